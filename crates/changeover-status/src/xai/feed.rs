//! xAI's items.

use changeover_domain::{ComponentState, IncidentState, MaintenanceState};

use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, incident_code, web_link};
use crate::feed::{Feed, FeedEntry, History, Order, history};
use crate::findings::Findings;
use crate::words::{self, Label};
use crate::{Coverage, Platform, html, plain};

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.take_entries(Platform::Xai, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let date = entry.date()?;
    let text = entry.text();
    let history = history(text, date, Order::NotKnown);
    let (label, severity) = front(entry, &history);
    let gravity = severity.as_deref().map(words::component_state).unwrap_or_default();
    let state = label.and_then(|label| label.state);
    let planned = planned(label, gravity);
    let (component, title) = titled(&entry.plain_title());
    let now =
        if state == Some(IncidentState::Resolved) { ComponentState::Operational } else { gravity };
    let mut draft = Draft {
        native: incident_code(&entry.link).map_or_else(|| plain::native(entry), ToOwned::to_owned),
        title,
        state,
        start: if planned.is_some() { Start::Stated(date.at) } else { Start::Created(date.at) },
        plan: planned.map(|state| Plan { state: Some(state), ends_at: None }),
        course: vec![gravity],
        components: component
            .map(|name| Affected { id: None, name, state: now })
            .into_iter()
            .collect(),
        severity,
        url: web_link(&entry.link),
        ..Draft::default()
    };
    if history.blocks.is_empty() {
        draft.push(UpdateKey::Words, date, state, text);
    }
    for block in history.blocks {
        draft.push(UpdateKey::TimeAndWords, &block.at, block.label.state, &block.text);
    }
    // A heading `Updated` hides that the last word was the end.
    if state == Some(IncidentState::Resolved) {
        draft.end = draft.updates.iter().map(|update| update.at).max();
    }
    Ok(draft)
}

/// What stands in front of the updates: the state and the severity, both as a line of the text or else as
/// a category.
fn front(entry: &FeedEntry, history: &History) -> (Option<Label>, Option<String>) {
    let told = |key: &str| {
        let line = history.preamble.iter().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim().to_owned())
    };
    let categories = || entry.categories.iter().map(|category| html::to_line(category));
    let label = match told("Status:") {
        Some(word) => words::label(&word),
        None => categories().find_map(|word| words::label(&word)),
    };
    let is_severity = |word: &String| {
        words::component_state(word) != ComponentState::Unknown && words::label(word).is_none()
    };
    (label, told("Severity:").or_else(|| categories().find(is_severity)))
}

/// Where planned work stands, by its label or by its severity; what is said to be looked into is none.
fn planned(label: Option<Label>, gravity: ComponentState) -> Option<MaintenanceState> {
    if let Some(state) = label.and_then(|label| label.maintenance) {
        return Some(state);
    }
    match label.and_then(|label| label.state) {
        _ if gravity != ComponentState::UnderMaintenance => None,
        None => Some(MaintenanceState::Scheduled),
        Some(IncidentState::Resolved) => Some(MaintenanceState::Completed),
        Some(_) => None,
    }
}

/// `[API Console] Console not loading`: the component, and the words.
fn titled(title: &str) -> (Option<String>, String) {
    match title.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((component, words)) if words::label(component).is_none() => {
            (Some(component.trim().to_owned()), words.trim().to_owned())
        }
        _ => (None, title.to_owned()),
    }
}
