//! Feeds of nobody's platform: an entry is an incident or one update of it, its state is told by a
//! leading word or by nothing, and nothing is made of what it does not say.

use crate::assemble::{Draft, Plan, Start, UpdateKey, digest, incident_code, web_link};
use crate::feed::{Feed, FeedEntry, leading_label, title_is_maintenance};
use crate::findings::Findings;
use crate::html;
use crate::statuspage;
use crate::words::{self, Label};
use changeover_domain::MaintenanceState;

#[cfg(test)]
mod tests;

/// Reads the entries. One that holds a history, as those who copy Statuspage write it, is read as
/// Statuspage's.
pub(crate) fn feed_findings(feed: &Feed) -> Findings {
    statuspage::feed_findings(feed)
}

/// Reads one entry as one update.
pub(crate) fn draft(entry: &FeedEntry, is_ahead: bool, text: &str) -> Result<Draft, &'static str> {
    let (date, changed) = (entry.date()?, entry.changed()?);
    let title = entry.plain_title();
    let label = label(&title, text);
    let maintenance = label.and_then(|label| label.maintenance);
    let is_planned = maintenance.is_some() || title_is_maintenance(&title) || is_ahead;
    let mut draft = Draft {
        native: native(entry),
        start: Start::Created(date.at),
        plan: is_planned.then(|| Plan {
            state: maintenance.or(Some(MaintenanceState::Scheduled)),
            ends_at: None,
        }),
        url: web_link(&entry.link),
        title,
        ..Draft::default()
    };
    let state = label.and_then(|label| label.state);
    draft.push(UpdateKey::Words, changed, state, text);
    Ok(draft)
}

/// Its code, its id, or what else it is made of: two entries without an id stay apart, and each
/// stays itself from one reading to the next.
pub(crate) fn native(entry: &FeedEntry) -> String {
    if let Some(code) = incident_code(&entry.link) {
        return code.to_owned();
    }
    let id = entry.id.trim();
    if !id.is_empty() {
        return id.to_owned();
    }
    let at = entry.date().map(|date| date.at.0).unwrap_or_default();
    digest(&[&entry.link, &html::to_line(&entry.title), &at.to_string()])
}

/// `[RESOLVED] …`, `Resolved: …`, `Resolved - …`, in the title or in the first line.
fn label(title: &str, text: &str) -> Option<Label> {
    let first = text.lines().next().unwrap_or_default();
    [title, first].into_iter().find_map(|line| {
        let bracketed = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        match bracketed {
            Some((word, _)) => words::label(word),
            None => leading_label(line).map(|(label, _)| label),
        }
    })
}
