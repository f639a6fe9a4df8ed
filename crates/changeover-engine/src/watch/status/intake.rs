//! From one look at a page to what is known: when it was first read, which event it is part of, what
//! there is to tell. On disk first, then in memory.

use std::collections::BTreeMap;

use changeover_domain::{Incident, IncidentId, ProviderId, SourceState, UnixMs};
use changeover_policy::event;
use changeover_status::Transition;

use super::log;
use crate::engine::Engine;

/// How far back incidents may belong to the same event as a new one.
const EVENT_REACH_MS: i64 = 26 * 3_600_000;

/// What looks at a page have given. A poller gives each step once, so what no disk took yet is kept
/// here until one does.
#[derive(Default)]
pub(super) struct Intake {
    /// Not on disk yet: of one look, unless a disk refused.
    incidents: Vec<Incident>,
    transitions: Vec<Transition>,
    /// Of what the page lists: a long history is not looked up again at each change of it.
    placed: BTreeMap<IncidentId, Place>,
}

/// What is decided of an incident when it is first read.
#[derive(Clone)]
struct Place {
    first_read_at: Option<UnixMs>,
    event: Option<IncidentId>,
}

impl Place {
    fn of(incident: &Incident) -> Self {
        Self { first_read_at: incident.first_read_at, event: incident.event.clone() }
    }
}

impl Intake {
    /// Adds what one more look gave.
    pub(super) fn add(&mut self, incidents: Vec<Incident>, transitions: Vec<Transition>) {
        self.incidents.retain(|before| incidents.iter().all(|now| now.id != before.id));
        self.incidents.extend(incidents);
        self.transitions.extend(transitions);
    }
}

impl Engine {
    /// Takes in what looks gave, and keeps what no disk took for the next.
    pub(super) async fn take_in(&self, source: SourceState, intake: &mut Intake) {
        let now = self.clock().now();
        let Intake { incidents, transitions, placed } = intake;
        self.place(&source.provider, incidents, placed, now).await;
        let told: Vec<_> = transitions
            .iter()
            .filter_map(|transition| {
                let id = &transition.incident().id;
                let incident = incidents.iter().find(|one| one.id == *id)?;
                Some(transition.told(incident.clone(), now))
            })
            .collect();
        let kept = self.record_status(&source, incidents, &told).await;
        let is_kept = kept.is_some();
        kept.into_iter().flatten().for_each(|transition| log(&transition));
        let mut state = self.state();
        state.observed.set_source(source);
        for incident in incidents.iter() {
            // What begins again later is news.
            if !incident.is_open() {
                state.old_incidents.remove(&incident.id);
            }
            state.observed.set_incident(incident.clone());
        }
        if is_kept {
            incidents.clear();
            transitions.clear();
        }
    }

    /// Says when each incident was first read and which event it is part of.
    async fn place(
        &self,
        provider: &ProviderId,
        incidents: &mut [Incident],
        placed: &mut BTreeMap<IncidentId, Place>,
        now: UnixMs,
    ) {
        let mut is_new = false;
        {
            let state = self.state();
            for incident in incidents.iter_mut() {
                let lately = || state.observed.incident(&incident.id).map(Place::of);
                let known = placed.get(&incident.id).cloned().or_else(lately);
                is_new |= known.is_none();
                let place = known.unwrap_or(Place { first_read_at: Some(now), event: None });
                (incident.first_read_at, incident.event) = (place.first_read_at, place.event);
            }
        }
        if is_new {
            self.place_new(provider, incidents, now).await;
        }
        if !incidents.is_empty() {
            *placed = incidents.iter().map(|one| (one.id.clone(), Place::of(one))).collect();
        }
    }

    /// Looks up what was known of the provider's incidents around these, of which some are new here.
    async fn place_new(&self, provider: &ProviderId, incidents: &mut [Incident], now: UnixMs) {
        let oldest = incidents.iter().map(|one| one.started_at).min().unwrap_or(now);
        let from = oldest.plus_millis(-EVENT_REACH_MS);
        let known = self.recall_incidents(from..now.plus_millis(1)).await;
        let known: Vec<Incident> =
            known.into_iter().filter(|one| one.provider == *provider).collect();
        for incident in incidents.iter_mut() {
            let before = known.iter().find(|one| one.id == incident.id);
            incident.first_read_at =
                before.and_then(|before| before.first_read_at).or(incident.first_read_at);
        }
        event::assign(incidents, &known);
    }
}
