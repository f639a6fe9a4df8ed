//! Instatus's feeds: one entry per incident, dated by its start, updates oldest first. The names of
//! components stand in the short text only; the full text has commas where they should be.

use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, incident_code, web_link};
use crate::dates::Written;
use crate::feed::{Feed, FeedEntry, Order, history};
use crate::findings::Findings;
use crate::{Coverage, Platform, html, plain};
use changeover_domain::ComponentState;

/// Reads the entries.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.take_entries(Platform::Instatus, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let date = entry.date()?;
    let text = entry.text();
    let history = history(text, date, Order::NotKnown);
    let facts: Vec<&str> = history
        .preamble
        .iter()
        .map(String::as_str)
        .chain(entry.summary.lines())
        .map(str::trim)
        .collect();
    let fact = |key: &str| facts.iter().find_map(|line| Some(line.strip_prefix(key)?.trim()));
    let is_planned = fact("Type:") == Some("Maintenance") || history.is_maintenance();
    let names = facts.iter().filter_map(|line| line.strip_prefix("Affected Components:"));
    let names = names.flat_map(|names| names.split(',')).map(str::trim);
    let affected = names.filter(|name| !name.is_empty()).map(|name| Affected {
        id: None,
        name: html::to_line(name),
        state: ComponentState::Unknown,
    });
    let mut draft = Draft {
        native: incident_code(&entry.link).map_or_else(|| plain::native(entry), ToOwned::to_owned),
        title: entry.plain_title(),
        start: if is_planned { Start::Stated(date.at) } else { Start::Created(date.at) },
        components: affected.collect(),
        url: web_link(&entry.link),
        ..Draft::default()
    };
    if is_planned {
        let newest = history.blocks.iter().max_by_key(|block| block.at.at);
        draft.plan = Some(Plan {
            state: newest.and_then(|block| block.label.maintenance),
            ends_at: fact("Duration:").and_then(|text| ends_at(date, text)),
        });
    }
    if history.blocks.is_empty() {
        draft.push(UpdateKey::Words, date, None, text);
    }
    for block in &history.blocks {
        let words = tidy(&block.text);
        draft.push(UpdateKey::TimeAndWords, &block.at, block.label.state, words);
    }
    Ok(draft)
}

/// Its template ends every text with one full stop more.
fn tidy(text: &str) -> &str {
    match text.strip_suffix('.') {
        Some(rest) if rest.trim_end().ends_with(['.', '!', '?', ':']) => rest.trim_end(),
        _ => text,
    }
}

/// `46 minutes`, `2 hours and 25 minutes`, `1 day` after the start.
fn ends_at(start: &Written, text: &str) -> Option<changeover_domain::UnixMs> {
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "and").collect();
    let mut minutes = 0_i64;
    for pair in words.chunks(2) {
        let [number, unit] = pair else { return None };
        let number: i64 = number.parse().ok().filter(|number| (0..100_000).contains(number))?;
        minutes += number
            * match unit.trim_end_matches([',', 's']) {
                "minute" => 1,
                "hour" => 60,
                "day" => 24 * 60,
                _ => return None,
            };
    }
    (minutes > 0).then(|| start.at.plus_millis(minutes * 60_000))
}
