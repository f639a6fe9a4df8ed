//! What changed between what was known of a page and a new look at it.
//!
//! Entries are told apart by their own identity and words, never by comparing whole objects: pages
//! embed things in an ended incident that change for ever, and date entries anew. An incident that
//! is gone from a list of open ones is over, but only when two good looks in a row miss it; gone
//! from a history it has only left the window. One that is first seen when already over enters
//! silently. Pages made by monitors flap, so there a beginning and an end need two looks.

mod carry;
mod step;
mod told;

use std::collections::BTreeMap;

use changeover_domain::{
    Incident, IncidentId, IncidentState, IncidentUpdate, MaintenanceState, StatusStep, UnixMs,
};

pub use step::MaintenanceStep;

use crate::{Coverage, Reading};

/// How many good looks in a row must agree before they are believed.
const LOOKS: u32 = 2;
/// The most open incidents that are kept though the page no longer lists them.
const MAX_KEPT: usize = 200;

/// One thing that happened to an incident or to planned work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    Opened {
        incident: Incident,
    },
    /// New or edited entries, title or weight; the state stayed.
    Updated {
        incident: Incident,
        /// The entries that are new or have other words than before, oldest first.
        updates: Vec<IncidentUpdate>,
    },
    /// Another state than resolved: onwards, back a step, or re-opened.
    StateChanged {
        incident: Incident,
        from: IncidentState,
        updates: Vec<IncidentUpdate>,
    },
    Resolved {
        incident: Incident,
        updates: Vec<IncidentUpdate>,
        /// The page did not say so; it no longer lists the incident among the open ones.
        by_absence: bool,
    },
    /// Planned work moved on. It is no incident and opens none.
    Maintenance {
        incident: Incident,
        step: MaintenanceStep,
    },
}

impl Transition {
    /// What it happened to.
    #[must_use]
    pub fn incident(&self) -> &Incident {
        match self {
            Self::Opened { incident }
            | Self::Updated { incident, .. }
            | Self::StateChanged { incident, .. }
            | Self::Resolved { incident, .. }
            | Self::Maintenance { incident, .. } => incident,
        }
    }

    /// The step as others know it.
    #[must_use]
    pub fn step(&self) -> StatusStep {
        match self {
            Self::Opened { .. } => StatusStep::Opened,
            Self::Updated { .. } => StatusStep::Updated,
            Self::StateChanged { from: IncidentState::Resolved, .. } => StatusStep::Reopened,
            Self::StateChanged { .. } => StatusStep::StateChanged,
            Self::Resolved { .. } => StatusStep::Resolved,
            Self::Maintenance { step, .. } => match step {
                MaintenanceStep::Announced => StatusStep::MaintenanceAnnounced,
                MaintenanceStep::Changed => StatusStep::MaintenanceChanged,
                MaintenanceStep::Began => StatusStep::MaintenanceBegan,
                MaintenanceStep::Ended => StatusStep::MaintenanceEnded,
            },
        }
    }

    /// Whether it is over because it is no longer listed, and not because the page said so.
    #[must_use]
    pub fn is_by_absence(&self) -> bool {
        matches!(self, Self::Resolved { by_absence: true, .. })
    }
}

/// What is known of a page's incidents between two looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    incidents: BTreeMap<IncidentId, Tracked>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tracked {
    /// As it is believed.
    declared: Incident,
    /// Good looks in a row in which it was not listed.
    missed: u32,
    /// Good looks in a row that disagree with what is believed.
    doubts: u32,
    /// Listed, and nobody was told yet.
    is_rumour: bool,
}

impl Tracked {
    fn believed(declared: Incident) -> Self {
        Self { declared, missed: 0, doubts: 0, is_rumour: false }
    }
}

impl Known {
    /// What a first look shows; nothing of it is news.
    #[must_use]
    pub fn seeded(reading: &Reading) -> Self {
        let incidents = reading
            .incidents
            .iter()
            .map(|declared| (declared.id.clone(), Tracked::believed(declared.clone())));
        Self { incidents: incidents.collect() }
    }

    /// What was known before a restart: the incidents that were open then.
    #[must_use]
    pub fn resumed(open: Vec<Incident>) -> Self {
        let incidents = open.into_iter().map(|one| (one.id.clone(), Tracked::believed(one)));
        Self { incidents: incidents.take(MAX_KEPT).collect() }
    }

    /// Takes in what another look knows of other incidents.
    pub(crate) fn join(&mut self, other: Self) {
        self.incidents.extend(other.incidents);
    }

    /// Whether the incident is known.
    #[must_use]
    pub fn contains(&self, id: &IncidentId) -> bool {
        self.incidents.contains_key(id)
    }

    /// Whether a look is not believed yet, so that even an unchanged page tells something: that it
    /// is as it was.
    #[must_use]
    pub fn awaits_confirmation(&self) -> bool {
        let waits =
            |tracked: &Tracked| tracked.missed > 0 || tracked.doubts > 0 || tracked.is_rumour;
        self.incidents.values().any(waits)
    }

    /// The incidents that are believed, listed or not.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        let told = self.incidents.values().filter(|tracked| !tracked.is_rumour);
        told.map(|tracked| &tracked.declared)
    }
}

/// What a new look gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    pub known: Known,
    /// In the order of the new reading, then those it no longer lists.
    pub transitions: Vec<Transition>,
}

/// Compares what was known with a new reading, taken at `at`.
#[must_use]
pub fn diff(previous: &Known, next: &Reading, at: UnixMs) -> Diff {
    let mut transitions = Vec::new();
    let mut known = Known::default();
    for declared in &next.incidents {
        let before = previous.incidents.get(&declared.id);
        let mut declared = declared.clone();
        if let Some(before) = before {
            carry::facts(&before.declared, &mut declared);
            if next.newest_entry_only {
                carry::earlier(&before.declared, &mut declared);
            }
        }
        let (tracked, transition) = listed(before, declared, next.flaps);
        transitions.extend(transition);
        known.incidents.insert(tracked.declared.id.clone(), tracked);
    }
    let gone = previous.incidents.iter().filter(|(id, tracked)| {
        // A rumour that is not repeated was none.
        let is_believed = !tracked.is_rumour && tracked.declared.is_open();
        is_believed && !known.incidents.contains_key(id)
    });
    let gone: Vec<Tracked> = gone.take(MAX_KEPT).map(|(_, tracked)| tracked.clone()).collect();
    for tracked in gone {
        let (tracked, transition) = absent(tracked, next.coverage, at);
        transitions.extend(transition);
        known.incidents.insert(tracked.declared.id.clone(), tracked);
    }
    Diff { known, transitions }
}

/// One that is listed, and what there is to tell.
fn listed(before: Option<&Tracked>, now: Incident, flaps: bool) -> (Tracked, Option<Transition>) {
    let told = before.filter(|before| !before.is_rumour);
    let is_news = told.is_none() && now.is_open();
    if flaps && is_news && before.is_none() {
        let rumour = Tracked { is_rumour: true, ..Tracked::believed(now) };
        return (rumour, None);
    }
    let was_open = told.map(|told| told.declared.is_open());
    let turns = was_open.is_some_and(|was_open| was_open != now.is_open());
    if let Some(told) = told.filter(|told| flaps && turns && told.doubts + 1 < LOOKS) {
        let doubted = Tracked { doubts: told.doubts + 1, missed: 0, ..told.clone() };
        return (doubted, None);
    }
    let transition = step::between(told.map(|told| &told.declared), &now);
    (Tracked::believed(now), transition)
}

/// One that is listed no longer.
fn absent(mut tracked: Tracked, coverage: Coverage, at: UnixMs) -> (Tracked, Option<Transition>) {
    if coverage != Coverage::OpenOnly {
        return (tracked, None);
    }
    tracked.missed = tracked.missed.saturating_add(1);
    if tracked.missed < LOOKS {
        return (tracked, None);
    }
    tracked = Tracked::believed(tracked.declared);
    let incident = &mut tracked.declared;
    incident.state = IncidentState::Resolved;
    incident.ended_at = Some(at.max(incident.started_at));
    if let Some(maintenance) = &mut incident.maintenance {
        maintenance.state = MaintenanceState::Completed;
    }
    let incident = incident.clone();
    let transition = if incident.is_maintenance() {
        Transition::Maintenance { incident, step: MaintenanceStep::Ended }
    } else {
        Transition::Resolved { incident, updates: Vec::new(), by_absence: true }
    };
    (tracked, Some(transition))
}
