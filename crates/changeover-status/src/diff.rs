//! What changed between what was known of a page and a new look at it.
//!
//! Entries are told apart by their own identity and words, never by comparing whole objects: pages
//! embed things in an ended incident that change for ever, and date entries anew. An incident that
//! is gone from a list of open ones is over, but only when two good looks in a row miss it. One that
//! is gone from a history is not over for that: it left the window, or was taken back. When it stays
//! away for an hour it is closed as what it is, one that left its page and whose end is not known. One
//! that is first seen when already over enters silently. Pages made by monitors flap, so there a
//! beginning and an end need two looks.

mod carry;
mod older;
mod step;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_domain::{
    Incident, IncidentId, IncidentState, IncidentUpdate, MaintenanceState, StatusStep, UnixMs,
};

pub use step::MaintenanceStep;

use crate::{Coverage, Reading};

/// How many good looks in a row must agree before they are believed.
const LOOKS: u32 = 2;
/// The most incidents that are kept though the page no longer lists them.
const MAX_KEPT: usize = 200;
/// How long an open incident is waited for that left a history.
const AWAITED_MS: i64 = 3_600_000;
/// How long one that is over and no longer listed is remembered, so that it is known when it comes back
/// or when an older copy of the page lists it.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

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
    /// Its history no longer lists it, and nobody said that it is over.
    LeftPage {
        incident: Incident,
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
            | Self::LeftPage { incident }
            | Self::Maintenance { incident, .. } => incident,
        }
    }

    /// The step as others know it.
    #[must_use]
    pub fn step(&self) -> StatusStep {
        match self {
            Self::Opened { .. } => StatusStep::Opened,
            Self::Updated { .. } => StatusStep::Updated,
            Self::StateChanged {
                from: IncidentState::Resolved | IncidentState::LeftPage, ..
            } => StatusStep::Reopened,
            Self::StateChanged { .. } => StatusStep::StateChanged,
            Self::Resolved { .. } => StatusStep::Resolved,
            Self::LeftPage { .. } => StatusStep::LeftPage,
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
    declared: Arc<Incident>,
    /// As the page gave it last; what is believed may have more in it, from before.
    listed: Arc<Incident>,
    /// Good looks in a row in which it was not listed.
    missed: u32,
    /// When the first of them was.
    missed_since: Option<UnixMs>,
    /// Good looks in a row that disagree with what is believed.
    doubts: u32,
    /// When it was first listed without its newest entries, while it still is.
    behind_since: Option<UnixMs>,
    /// Listed, and nobody was told yet.
    is_rumour: bool,
}

impl Tracked {
    fn believed(declared: Arc<Incident>, listed: Arc<Incident>) -> Self {
        Self {
            declared,
            listed,
            missed: 0,
            missed_since: None,
            doubts: 0,
            behind_since: None,
            is_rumour: false,
        }
    }

    /// As it is listed, and nothing else.
    fn as_listed(listed: Arc<Incident>) -> Self {
        Self::believed(Arc::clone(&listed), listed)
    }

    /// Nothing is in doubt, so that the same look tells the same.
    fn is_settled(&self) -> bool {
        let is_undoubted = self.doubts == 0 && self.behind_since.is_none() && !self.is_rumour;
        self.missed == 0 && self.missed_since.is_none() && is_undoubted
    }

    /// It comes back in the same words in which it was gone and taken to be over.
    fn is_back_unsaid(&self, now: &Self) -> bool {
        let is_gone = !self.declared.is_open() && self.missed_since.is_some();
        is_gone && now.declared.is_open() && !step::has_news(&self.declared, &now.declared)
    }
}

impl Known {
    /// What a first look shows; nothing of it is news.
    #[must_use]
    pub fn seeded(reading: &Reading) -> Self {
        let incidents = reading
            .incidents
            .iter()
            .map(|listed| (listed.id.clone(), Tracked::as_listed(Arc::clone(listed))));
        Self { incidents: incidents.collect() }
    }

    /// What was known before a restart: the incidents that were open then, and after those what had
    /// ended lately, which an older copy of the page may still call open.
    #[must_use]
    pub fn resumed(before: Vec<Incident>) -> Self {
        let incidents = before.into_iter().take(MAX_KEPT).map(|one| {
            let missed_since = one.ended_at.filter(|_| !one.is_open());
            (one.id.clone(), Tracked { missed_since, ..Tracked::as_listed(one.into()) })
        });
        Self { incidents: incidents.collect() }
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

    /// Whether the incident is known and believed to be going on.
    #[must_use]
    pub fn is_open(&self, id: &IncidentId) -> bool {
        let known = self.incidents.get(id);
        known.is_some_and(|tracked| !tracked.is_rumour && tracked.declared.is_open())
    }

    /// Whether a look is not believed yet, so that even an unchanged page tells something: that it
    /// is as it was.
    #[must_use]
    pub fn awaits_confirmation(&self) -> bool {
        let waits = |tracked: &Tracked| {
            let is_doubted = tracked.doubts > 0 || tracked.behind_since.is_some();
            tracked.missed > 0 || is_doubted || tracked.is_rumour
        };
        self.incidents.values().any(waits)
    }

    /// The incidents that are believed, listed or not.
    pub fn incidents(&self) -> impl Iterator<Item = &Arc<Incident>> {
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
    /// The look is an older copy of the page: it is not believed, and nothing of it is to be shown.
    pub is_older_copy: bool,
}

/// Compares what was known with a new reading, taken at `at`.
#[must_use]
pub fn diff(previous: &Known, next: &Reading, at: UnixMs) -> Diff {
    if let Some(known) = older::of_an_older_copy(previous, next, at) {
        return Diff { known, transitions: Vec::new(), is_older_copy: true };
    }
    let mut transitions = Vec::new();
    let mut known = Known::default();
    for listed in &next.incidents {
        let before = previous.incidents.get(&listed.id);
        let same = before.filter(|one| one.is_settled() && one.listed == *listed);
        let (tracked, transition) = match same {
            // Nothing to carry over and nothing to tell that was not when it was looked at before.
            Some(same) => (same.clone(), None),
            None => look(before, listed, next, at),
        };
        transitions.extend(transition);
        known.incidents.insert(listed.id.clone(), tracked);
    }
    let gone = previous.incidents.iter().filter(|(id, tracked)| {
        // A rumour that is not repeated was none.
        let is_kept = !tracked.is_rumour && is_remembered(tracked, at);
        is_kept && !known.incidents.contains_key(id)
    });
    let mut gone: Vec<Tracked> = gone.map(|(_, tracked)| tracked.clone()).collect();
    gone.sort_by_key(|tracked| !tracked.declared.is_open());
    for tracked in gone.into_iter().take(MAX_KEPT) {
        let (tracked, transition) = absent(tracked, next.coverage, at);
        transitions.extend(transition);
        known.incidents.insert(tracked.declared.id.clone(), tracked);
    }
    Diff { known, transitions, is_older_copy: false }
}

/// Whether one that is listed no longer is kept in mind.
fn is_remembered(tracked: &Tracked, at: UnixMs) -> bool {
    let is_recent = |since: UnixMs| at.millis_since(since) < REMEMBERED_MS;
    tracked.declared.is_open() || tracked.missed_since.is_none_or(is_recent)
}

/// One that is listed in other words than before, or for the first time.
fn look(
    before: Option<&Tracked>,
    listed: &Arc<Incident>,
    next: &Reading,
    at: UnixMs,
) -> (Tracked, Option<Transition>) {
    let Some(known) = before else {
        return step_to(None, Tracked::as_listed(Arc::clone(listed)), next.flaps);
    };
    if let Some(held) = older::held(known, listed, at) {
        return (held, None);
    }
    let mut declared = Incident::clone(listed);
    carry::facts(&known.declared, &mut declared);
    if next.newest_entry_only {
        carry::earlier(&known.declared, &mut declared);
    }
    let now = Tracked::believed(Arc::new(declared), Arc::clone(listed));
    step_to(before, now, next.flaps)
}

/// What is believed after a look, and what there is to tell.
fn step_to(before: Option<&Tracked>, now: Tracked, flaps: bool) -> (Tracked, Option<Transition>) {
    let told = before.filter(|before| !before.is_rumour);
    let is_open = now.declared.is_open();
    if flaps && is_open && before.is_none() {
        return (Tracked { is_rumour: true, ..now }, None);
    }
    let turns = told.is_some_and(|told| told.declared.is_open() != is_open);
    let is_doubted = |told: &&Tracked| (flaps && turns) || told.is_back_unsaid(&now);
    if let Some(told) = told.filter(is_doubted).filter(|told| told.doubts + 1 < LOOKS) {
        let doubts = told.doubts + 1;
        let missed_since = told.missed_since.filter(|_| !told.declared.is_open());
        let doubted =
            Tracked { doubts, missed: 0, missed_since, behind_since: None, ..told.clone() };
        return (doubted, None);
    }
    let transition = step::between(told.map(|told| &*told.declared), &now.declared);
    (now, transition)
}

/// One that is listed no longer.
fn absent(mut tracked: Tracked, coverage: Coverage, at: UnixMs) -> (Tracked, Option<Transition>) {
    let is_over = !tracked.declared.is_open();
    if coverage == Coverage::NotGiven && !is_over {
        return (tracked, None);
    }
    let since = *tracked.missed_since.get_or_insert(at);
    if is_over {
        return (tracked, None);
    }
    tracked.missed = tracked.missed.saturating_add(1);
    let is_awaited = coverage == Coverage::History && at.millis_since(since) < AWAITED_MS;
    if tracked.missed < LOOKS || is_awaited {
        return (tracked, None);
    }
    let mut incident = Incident::clone(&tracked.declared);
    let transition = match coverage {
        Coverage::OpenOnly => over(&mut incident, at),
        Coverage::History | Coverage::NotGiven => left(&mut incident, since),
    };
    tracked = Tracked::believed(Arc::new(incident), tracked.listed);
    tracked.missed_since = Some(since);
    (tracked, Some(transition))
}

/// Gone from a list of what is going on.
fn over(incident: &mut Incident, at: UnixMs) -> Transition {
    incident.state = IncidentState::Resolved;
    incident.ended_at = Some(at.max(incident.started_at));
    if let Some(maintenance) = &mut incident.maintenance {
        maintenance.state = MaintenanceState::Completed;
    }
    let incident = incident.clone();
    if incident.is_maintenance() {
        Transition::Maintenance { incident, step: MaintenanceStep::Ended }
    } else {
        Transition::Resolved { incident, updates: Vec::new(), by_absence: true }
    }
}

/// Gone from a history, in which it was open to the last.
fn left(incident: &mut Incident, since: UnixMs) -> Transition {
    incident.state = IncidentState::LeftPage;
    incident.ended_at = Some(since.max(incident.started_at));
    Transition::LeftPage { incident: incident.clone() }
}
