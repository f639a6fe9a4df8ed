//! Google's Atom: one entry per update, under an id that changes with each; the link is what stays.
//!
//! The title says whether it is over. The last entry's text tells begin and end, in Pacific time.

use changeover_domain::{IncidentState, UnixMs};

use crate::assemble::{Draft, Start, UpdateKey, incident_code, web_link};
use crate::dates::us_pacific;
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;
use crate::{Coverage, Platform};

/// Reads the entries.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.take_entries(Platform::GoogleCloud, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let at = entry.changed()?;
    let native = incident_code(&entry.link).ok_or("it has no link to its incident")?;
    let text = entry.text();
    let (mark, title) = title(&entry.plain_title());
    let begun = stated(text, "began at");
    let ended = stated(text, "ended at");
    let mut draft = Draft {
        native: native.to_owned(),
        title,
        start: match (begun, mark) {
            (Some(begun), _) => Start::Stated(begun),
            (None, Mark::None) => Start::OldestUpdate,
            // The first word of it is no longer in the feed, unless another entry has it.
            (None, Mark::Update | Mark::Resolved) => Start::NewestUpdate,
        },
        end: ended,
        url: web_link(&entry.link),
        ..Draft::default()
    };
    // `tag:…,2025:feed:<incident>.<update>`
    let update = entry.id.rsplit_once(&format!("{native}.")).map(|(_, update)| update.to_owned());
    let key = update.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, at, mark.state(), text);
    Ok(draft)
}

/// What stands in front of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Update,
    Resolved,
}

impl Mark {
    fn state(self) -> Option<IncidentState> {
        match self {
            Self::None => Some(IncidentState::Investigating),
            Self::Update => None,
            Self::Resolved => Some(IncidentState::Resolved),
        }
    }
}

fn title(title: &str) -> (Mark, String) {
    for (text, mark) in [("RESOLVED:", Mark::Resolved), ("UPDATE:", Mark::Update)] {
        if let Some(rest) = title.strip_prefix(text) {
            return (mark, rest.trim().to_owned());
        }
    }
    (Mark::None, title.to_owned())
}

/// The time behind the words, when the text says in which zone it writes.
fn stated(text: &str, words: &str) -> Option<UnixMs> {
    if !text.contains("US/Pacific") {
        return None;
    }
    let (_, rest) = text.split_once(words)?;
    let time: String = rest.trim_start().chars().take(16).collect();
    us_pacific(&time)
}
