//! incident.io's feeds: each entry is an incident with its newest update, dated by that update.
//!
//! The list of components changes its order from one fetch to the next, so it is no part of the
//! update's words. The labels are in the page's language.

use changeover_domain::ComponentState;

use super::normalise::created;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, incident_code, web_link};
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;
use crate::words::{self, Label};
use crate::{Coverage, Platform, html};

/// Reads the entries.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.newest_entry_only = true;
    findings.take_entries(Platform::IncidentIo, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let at = entry.changed()?;
    let code = incident_code(&entry.link).or_else(|| incident_code(&entry.id));
    let native = code.unwrap_or(entry.id.trim()).to_owned();
    if native.is_empty() {
        return Err("it has no id");
    }
    let (words, list) = parts(&entry.body);
    let text = html::entry_text(words);
    let (label, text) = labelled(&text);
    let maintenance = label.and_then(|label| label.maintenance);
    let mut draft = Draft {
        title: entry.plain_title(),
        start: if maintenance.is_some() { Start::NewestUpdate } else { created(&native) },
        plan: maintenance.map(|state| Plan { state: Some(state), ends_at: None }),
        components: list.iter().filter_map(|item| component(item)).collect(),
        url: web_link(&entry.link),
        native,
        ..Draft::default()
    };
    let state = label.and_then(|label| label.state);
    draft.push(UpdateKey::Words, at, state, text);
    Ok(draft)
}

/// The words, and the items of the list of components behind them.
fn parts(body: &str) -> (&str, Vec<String>) {
    let Some((before, list)) = body.rsplit_once("<ul") else {
        return (body, Vec::new());
    };
    // Its heading is the last bold piece before the list.
    let words = before.rsplit_once("<b>").map_or(before, |(words, _)| words);
    let items = list.split("<li").skip(1).map(|item| {
        let item = item.split_once('>').map_or("", |(_, item)| item);
        html::to_line(item.split("</li").next().unwrap_or_default())
    });
    (words, items.filter(|item| !item.is_empty()).take(500).collect())
}

/// `Status: Resolved`, in whichever language, and what follows it.
fn labelled(text: &str) -> (Option<Label>, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let word = first.rsplit_once([':', '：']).map(|(_, word)| word.trim());
    match word.and_then(words::label) {
        Some(label) => (Some(label), rest),
        None => (None, text),
    }
}

/// `Name (State)`.
fn component(item: &str) -> Option<Affected> {
    let (name, state) = match item.strip_suffix(')').and_then(|item| item.rsplit_once(" (")) {
        Some((name, state)) => (name, words::component_state(state)),
        None => (item, ComponentState::Unknown),
    };
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(Affected { id: None, name, state })
}
