//! What one good look at a page gives, the same for every platform.

use std::sync::Arc;

use changeover_domain::{ComponentState, Impact, Incident, PageComponent};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the list of incidents covers, and so what it means when one is no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Only what is going on: gone means over, once seen twice.
    OpenOnly,
    /// A window of the past: gone means out of the window, nothing else.
    History,
    /// The document does not speak of incidents.
    NotGiven,
}

/// An entry that is declared but could not be read as an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnreadEntry {
    /// Its title as plain text; may be empty.
    pub title: String,
    pub reason: String,
}

/// The longest title or name that is kept.
const MAX_LINE_CHARS: usize = 500;

/// A title or a name, cut where it is too long, and marked where it is cut.
pub(crate) fn line(text: &str) -> String {
    if text.chars().nth(MAX_LINE_CHARS).is_none() {
        return text.to_owned();
    }
    text.chars().take(MAX_LINE_CHARS - 1).chain(['…']).collect()
}

impl UnreadEntry {
    pub(crate) fn new(title: &str, reason: &str) -> Self {
        Self { title: line(title), reason: reason.to_owned() }
    }
}

/// One good look at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The worst that the page says, of itself, of a component or of what is open: one degraded
    /// component of hundreds makes it degraded. A feed without components is judged by its open
    /// incidents.
    pub page: ComponentState,
    /// Components in the page's order, groups left out.
    pub components: Vec<PageComponent>,
    /// Incidents with the latest start first, then planned work.
    /// Shared with the reading before where nothing about them changed.
    pub incidents: Vec<Arc<Incident>>,
    pub coverage: Coverage,
    /// What it does not list as open is not open, though it may list more than that.
    pub lists_all_open: bool,
    /// The page shows only the newest entry of each incident, so earlier ones are kept from before.
    pub newest_entry_only: bool,
    /// Monitors make its incidents, so that one look is not to be believed.
    pub flaps: bool,
    /// Entries that could not be read; while there are any the page is not believed operational.
    pub unread: Vec<UnreadEntry>,
}

impl Reading {
    /// Puts incidents in their order and keeps an entry that was not read from looking operational.
    pub(crate) fn finish(mut self) -> Self {
        self.incidents.sort_by(|a, b| {
            let kind = a.is_maintenance().cmp(&b.is_maintenance());
            kind.then(b.started_at.cmp(&a.started_at)).then_with(|| a.id.cmp(&b.id))
        });
        if !self.unread.is_empty() && self.page == ComponentState::Operational {
            self.page = ComponentState::Unknown;
        }
        self
    }
}

/// The worst of several states. Trouble that is known outweighs what is unknown, and what is
/// unknown outweighs "operational"; of nothing, nothing is known.
#[must_use]
pub fn worst(states: impl IntoIterator<Item = ComponentState>) -> ComponentState {
    states.into_iter().max_by_key(|state| gravity(*state)).unwrap_or_default()
}

/// How much a state asks to be looked at.
pub(crate) fn gravity(state: ComponentState) -> u8 {
    match state {
        ComponentState::Operational => 0,
        ComponentState::Unknown => 1,
        ComponentState::UnderMaintenance => 2,
        ComponentState::DegradedPerformance => 3,
        ComponentState::PartialOutage => 4,
        ComponentState::MajorOutage => 5,
    }
}

/// What a page without components says through its open incidents.
pub(crate) fn page_from_incidents<'a>(
    incidents: impl IntoIterator<Item = &'a Incident>,
) -> ComponentState {
    let open = incidents.into_iter().filter(|one| one.is_open() && !one.is_maintenance());
    let claims = open.map(|one| match one.impact {
        Impact::Critical => ComponentState::MajorOutage,
        Impact::Major => ComponentState::PartialOutage,
        // Declared and not over: at least this, whatever the page says of its weight.
        Impact::None | Impact::Minor | Impact::Maintenance | Impact::Unknown => {
            ComponentState::DegradedPerformance
        }
    });
    worst(claims.chain([ComponentState::Operational]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_is_cut_and_says_so() {
        let long = "é".repeat(MAX_LINE_CHARS);
        assert_eq!(line(&long), long);
        let cut = line(&format!("{long}é"));
        assert_eq!((cut.chars().count(), cut.ends_with("é…")), (MAX_LINE_CHARS, true));
        assert!(UnreadEntry::new(&long.repeat(2), "x").title.ends_with('…'));
    }

    #[test]
    fn unknown_is_never_hidden_behind_operational_nor_does_it_hide_an_outage() {
        use ComponentState::{MajorOutage, Operational, Unknown};
        assert_eq!(worst([Operational, Unknown]), Unknown);
        assert_eq!(worst([MajorOutage, Unknown, Operational]), MajorOutage);
        assert_eq!(worst([]), Unknown);
        assert_eq!(worst([Operational]), Operational);
    }
}
