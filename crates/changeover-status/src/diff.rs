//! What changed between what was known of a page and a new look at it.
//!
//! Entries are told apart by their own identity and words, never by comparing whole objects: pages
//! embed things in an ended incident that change for ever. An incident that is gone from a list of
//! open ones is over, but only when two good looks in a row miss it; gone from a history it has
//! only left the window. One that is first seen when already over enters silently.

use std::collections::BTreeMap;

use changeover_domain::{Incident, IncidentId, IncidentState, IncidentUpdate, UnixMs};

use crate::{Coverage, Reading};

/// How many good looks in a row must miss an incident before it counts as over.
const LOOKS_TO_RESOLVE: u32 = 2;
/// The most open incidents that are kept though the page no longer lists them.
const MAX_KEPT: usize = 200;

/// One thing that happened to an incident.
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
}

/// What is known of a page's incidents between two looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    incidents: BTreeMap<IncidentId, Tracked>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tracked {
    incident: Incident,
    /// Good looks in a row in which it was not listed.
    missed: u32,
}

impl Known {
    /// What a first look shows; nothing of it is news.
    #[must_use]
    pub fn seeded(reading: &Reading) -> Self {
        let incidents = reading.incidents.iter().map(|incident| {
            let tracked = Tracked { incident: incident.clone(), missed: 0 };
            (incident.id.clone(), tracked)
        });
        Self { incidents: incidents.collect() }
    }

    /// Whether an open incident was not listed last time, so that even an unchanged page tells
    /// something: that it is missing still.
    #[must_use]
    pub fn awaits_confirmation(&self) -> bool {
        self.incidents.values().any(|tracked| tracked.missed > 0)
    }

    /// The incidents that are believed, listed or not.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values().map(|tracked| &tracked.incident)
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
    let mut known = Known::seeded(next);
    for incident in &next.incidents {
        let before = previous.incidents.get(&incident.id);
        transitions.extend(transition(before.map(|tracked| &tracked.incident), incident));
    }
    let gone = previous
        .incidents
        .iter()
        .filter(|(id, tracked)| tracked.incident.is_open() && !known.incidents.contains_key(id))
        .take(MAX_KEPT)
        .map(|(_, tracked)| tracked.clone())
        .collect::<Vec<_>>();
    for tracked in gone {
        let (tracked, transition) = absent(tracked, next.coverage, at);
        transitions.extend(transition);
        known.incidents.insert(tracked.incident.id.clone(), tracked);
    }
    Diff { known, transitions }
}

fn transition(before: Option<&Incident>, now: &Incident) -> Option<Transition> {
    let incident = now.clone();
    let Some(before) = before else {
        // Born resolved, or filled in from another platform: history, not news.
        return now.is_open().then_some(Transition::Opened { incident });
    };
    let updates = news(before, now);
    if before.state != now.state {
        return Some(if now.is_open() {
            let from = before.state;
            Transition::StateChanged { incident, from, updates }
        } else {
            Transition::Resolved { incident, updates, by_absence: false }
        });
    }
    let is_reworded = before.title != now.title || before.impact != now.impact;
    (is_reworded || !updates.is_empty()).then_some(Transition::Updated { incident, updates })
}

/// The entries of `now` that `before` did not have in these words.
fn news(before: &Incident, now: &Incident) -> Vec<IncidentUpdate> {
    let is_new = |update: &&IncidentUpdate| {
        let known = before.updates.iter().find(|old| old.native == update.native);
        known.is_none_or(|old| old.text != update.text || old.state != update.state)
    };
    now.updates.iter().filter(is_new).cloned().collect()
}

fn absent(mut tracked: Tracked, coverage: Coverage, at: UnixMs) -> (Tracked, Option<Transition>) {
    if coverage != Coverage::OpenOnly {
        return (tracked, None);
    }
    tracked.missed = tracked.missed.saturating_add(1);
    if tracked.missed < LOOKS_TO_RESOLVE {
        return (tracked, None);
    }
    tracked.missed = 0;
    tracked.incident.state = IncidentState::Resolved;
    tracked.incident.ended_at = Some(at.max(tracked.incident.started_at));
    let resolved = Transition::Resolved {
        incident: tracked.incident.clone(),
        updates: Vec::new(),
        by_absence: true,
    };
    (tracked, Some(resolved))
}
