//! What one good look at a page gives, the same for every platform.

use std::sync::Arc;

use changeover_domain::{ComponentState, Impact, Incident, IncidentState, PageComponent};
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

/// What a page says of itself as a whole, before it is held against what it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stated {
    /// Nothing: its components and what is open say it.
    Nothing,
    /// Nothing, and the components beside it are another document's: what is open says it.
    Feed,
    /// One word for all of it.
    Whole(ComponentState),
    /// One word for all of it, of which most is not ours: our components say it.
    Shared,
    /// It is shared, and of something that is open it is not told whose it is.
    NotWhose,
}

/// One good look at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The worst of the page's own word, of a component and of what its open incidents imply, as far as
    /// any may be of the API: one degraded component of hundreds makes it degraded, and what is declared
    /// and not over is at least that, whatever weight the page gives it; with a fix out no more.
    pub page: ComponentState,
    pub(crate) stated: Stated,
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
    /// Puts incidents in their order, says what the page is by them, and keeps an entry that was not
    /// read from looking operational.
    pub(crate) fn finish(mut self) -> Self {
        self.page = self.judged();
        self.incidents.sort_by(|a, b| {
            let kind = a.is_maintenance().cmp(&b.is_maintenance());
            kind.then(b.started_at.cmp(&a.started_at)).then_with(|| a.id.cmp(&b.id))
        });
        if !self.unread.is_empty() && self.page == ComponentState::Operational {
            self.page = ComponentState::Unknown;
        }
        self
    }

    fn judged(&self) -> ComponentState {
        let incidents = self.incidents.iter().map(Arc::as_ref);
        let open = page_from_incidents(incidents.filter(|incident| incident.concerns_api()));
        let ours = || {
            let serving = self.components.iter().filter(|component| component.serves);
            let listed = serving.map(|component| component.state);
            let known = listed.filter(|state| *state != ComponentState::Operational);
            worst(known.chain([open]))
        };
        match self.stated {
            Stated::Nothing => ours(),
            Stated::Feed => open,
            Stated::NotWhose => worst([ComponentState::Unknown, open]),
            Stated::Whole(word) if !self.is_of_others() => worst([word, open]),
            // The own components speak, and one that is gone says nothing.
            Stated::Whole(_) | Stated::Shared if self.components.is_empty() => {
                worst([ComponentState::Unknown, open])
            }
            Stated::Whole(_) | Stated::Shared => ours(),
        }
    }

    /// Whether the page's own colour may come from what serves us not: apps, consoles, others' models.
    fn is_of_others(&self) -> bool {
        let ails = |one: &PageComponent| !one.serves && one.state != ComponentState::Operational;
        let apart = |one: &Arc<Incident>| one.is_open() && !one.concerns_api();
        self.components.iter().any(ails) || self.incidents.iter().any(apart)
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

/// What a page says through its open incidents.
pub(crate) fn page_from_incidents<'a>(
    incidents: impl IntoIterator<Item = &'a Incident>,
) -> ComponentState {
    let open = incidents.into_iter().filter(|one| one.is_open() && !one.is_maintenance());
    let claims = open.map(|one| match one.impact {
        // A fix is out: what it was is not what it is.
        _ if one.state == IncidentState::Monitoring => ComponentState::DegradedPerformance,
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
