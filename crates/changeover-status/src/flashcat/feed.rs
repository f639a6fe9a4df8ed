//! Flashcat's feeds: one entry per incident; its state is the line `Status: …`.

use crate::assemble::{Draft, Start, UpdateKey, web_link};
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;
use crate::words;
use crate::{Coverage, Platform, plain};

/// Reads the entries.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.take_entries(Platform::Flashcat, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let (date, changed) = (entry.date()?, entry.changed()?);
    let text = entry.text();
    let told = |key: &str| text.lines().find_map(|line| Some(line.strip_prefix(key)?.trim()));
    let label = told("Status:").and_then(super::label);
    let severity = told("Impact:").or_else(|| told("Severity:"));
    let mut draft = Draft {
        native: plain::native(entry),
        title: entry.plain_title(),
        start: Start::Created(date.at),
        impact: severity.map(words::impact),
        severity: severity.map(ToOwned::to_owned),
        plan: label
            .and_then(|label| label.maintenance)
            .map(|state| crate::assemble::Plan { state: Some(state), ends_at: None }),
        url: web_link(&entry.link),
        ..Draft::default()
    };
    let words: Vec<&str> = text.lines().filter(|line| !line.starts_with("Status:")).collect();
    let state = label.and_then(|label| label.state);
    draft.push(UpdateKey::Words, changed, state, &words.join("\n"));
    Ok(draft)
}
