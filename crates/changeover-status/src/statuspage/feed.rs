//! Statuspage's RSS and Atom: one entry per incident, its whole history inside, and the code in
//! its link as the identity that JSON and webhooks share.
//!
//! `published` is no start: it is the end of what is over, the last change of what is open, and a
//! future date for planned work. The start is the oldest block's.

use crate::assemble::{Draft, Plan, Start, UpdateKey, incident_code, web_link};
use crate::dates::{Written, history_date};
use crate::feed::{Feed, FeedEntry, History, Order, history, is_over, title_is_maintenance};
use crate::findings::Findings;
use crate::{Coverage, Platform, plain};

/// Reads the entries.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.take_entries(Platform::Statuspage, feed, draft);
    plain::leave_untold(&mut findings);
    findings
}

/// Whether only Statuspage's own program writes such an entry.
pub(crate) fn is_marked(entry: &FeedEntry) -> bool {
    entry.id.contains(",2005:Incident/") || entry.body.contains("<var data-var=")
}

/// Reads one entry; one that has no history in it is read as any feed's.
fn draft(entry: &FeedEntry, is_ahead: bool) -> Result<Draft, &'static str> {
    let date = entry.date()?;
    let text = entry.text();
    let order = if is_marked(entry) { Order::NewestFirst } else { Order::NotKnown };
    let history = history(text, date, order);
    if history.blocks.is_empty() {
        return match order {
            Order::NewestFirst => Err("the history in it cannot be read"),
            Order::NotKnown => plain::draft(entry, is_ahead, text),
        };
    }
    let title = entry.plain_title();
    let heading = heading(text);
    let is_announced = title_is_maintenance(&title) && !history.is_incident();
    let is_planned = heading.is_some() || history.is_maintenance() || is_announced;
    let mut draft = Draft {
        native: incident_code(&entry.link).unwrap_or(entry.id.trim()).to_owned(),
        title,
        url: web_link(&entry.link),
        ..Draft::default()
    };
    if draft.native.is_empty() {
        draft.native = plain::native(entry);
    }
    if is_planned {
        (draft.start, draft.plan) = plan(&history, heading, entry, date);
    }
    for block in &history.blocks {
        draft.push(UpdateKey::TimeAndWords, &block.at, block.label.state, &block.text);
    }
    Ok(draft)
}

/// When planned work begins and ends, and where it stands: it is dated by its start until it is
/// over, and by its end after that.
fn plan(
    history: &History,
    heading: Option<&str>,
    entry: &FeedEntry,
    date: &Written,
) -> (Start, Option<Plan>) {
    let newest = history
        .blocks
        .iter()
        .filter(|block| block.label.maintenance.is_some())
        .max_by_key(|block| block.at.at);
    let state = newest.and_then(|block| block.label.maintenance);
    let window = heading.and_then(|heading| window(heading, date));
    let begun = history.begun().map(|begun| begun.at);
    let planned = window.map(|(start, _)| start).or((!is_over(history)).then_some(date.at));
    let start = planned.or(begun).map_or(Start::OldestUpdate, Start::Stated);
    let ends_at = window.map(|(_, end)| end).or(entry.planned_end.as_ref().map(|end| end.at));
    (start, Some(Plan { state, ends_at }))
}

/// `THIS IS A SCHEDULED EVENT` and what follows it, its window.
fn heading(text: &str) -> Option<&str> {
    text.lines().next()?.trim().strip_prefix("THIS IS A SCHEDULED EVENT").map(str::trim)
}

/// `Nov 4, 00:00 - 02:00 PST` or `Nov 25, 20:00 PST - Nov 26, 00:00 PST`. A window ends within a
/// year of its start, so its end is dated from there.
fn window(
    heading: &str,
    date: &Written,
) -> Option<(changeover_domain::UnixMs, changeover_domain::UnixMs)> {
    // A sign stands before some zones, so it is the one between spaces.
    let (from, until) = heading.split_once(" - ").or_else(|| heading.split_once(" – "))?;
    let (from, until) = (from.trim(), until.trim());
    let zone = until.rsplit(' ').next()?;
    let from = if from.ends_with(|c: char| c.is_ascii_digit()) {
        format!("{from} {zone}")
    } else {
        from.to_owned()
    };
    let day = from.split_once(',')?.0;
    let until = if until.contains(',') { until.to_owned() } else { format!("{day}, {until}") };
    let (start, _) = history_date(&from, date, None)?;
    let (end, _) = history_date(&until, &start, None)?;
    Some((start.at, end.at))
}
