//! Better Stack's RSS: `<monitor> went down` and `<monitor> recovered` are two items of one id, and
//! the link is the page's own. Reports stand among them as plain entries.

use changeover_domain::{ComponentState, IncidentState};

use crate::assemble::{Affected, Draft, UpdateKey, web_link};
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;
use crate::{Coverage, Platform, plain};

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.flaps = true;
    findings.take_entries(Platform::BetterStack, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, is_ahead: bool) -> Result<Draft, &'static str> {
    let title = entry.plain_title();
    let text = entry.text();
    let (name, state, component) = if let Some(name) = title.strip_suffix(" went down") {
        (name, IncidentState::Investigating, ComponentState::MajorOutage)
    } else if let Some(name) = title.strip_suffix(" recovered") {
        (name, IncidentState::Resolved, ComponentState::Operational)
    } else {
        return plain::declared(entry, is_ahead, text);
    };
    let date = entry.date()?;
    let mut draft = Draft {
        native: plain::native(entry),
        title: format!("{name} went down"),
        components: vec![Affected { id: None, name: name.to_owned(), state: component }],
        course: vec![component],
        url: web_link(&entry.link),
        ..Draft::default()
    };
    let text = if text.is_empty() { title.as_str() } else { text };
    draft.push(UpdateKey::TimeAndWords, date, Some(state), text);
    Ok(draft)
}
