//! From one look at a page to what is known: when it was first read, which event it is part of, what
//! there is to tell. On disk first, then in memory.

use changeover_domain::{Incident, ProviderId, SourceState, UnixMs};
use changeover_policy::event;
use changeover_status::Transition;

use super::log;
use crate::engine::Engine;

/// How far back incidents may belong to the same event as a new one.
const EVENT_REACH_MS: i64 = 26 * 3_600_000;

/// What looks at a page have given and is not on disk yet: of one look, unless a disk refused. A poller
/// gives each step once, so it is kept here until a disk takes it.
#[derive(Default)]
pub(super) struct Unkept {
    incidents: Vec<Incident>,
    transitions: Vec<Transition>,
}

impl Unkept {
    /// Adds what one more look gave.
    pub(super) fn add(&mut self, incidents: Vec<Incident>, transitions: Vec<Transition>) {
        self.incidents.retain(|before| incidents.iter().all(|now| now.id != before.id));
        self.incidents.extend(incidents);
        self.transitions.extend(transitions);
    }
}

impl Engine {
    /// Takes in what looks gave, and keeps what no disk took for the next.
    pub(super) async fn take_in(&self, source: SourceState, unkept: &mut Unkept) {
        let now = self.clock().now();
        let Unkept { incidents, transitions } = unkept;
        self.place(&source.provider, incidents, now).await;
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
            *unkept = Unkept::default();
        }
    }

    /// Says when each incident was first read and which event it is part of.
    async fn place(&self, provider: &ProviderId, incidents: &mut [Incident], now: UnixMs) {
        let mut is_new = false;
        {
            let state = self.state();
            for incident in incidents.iter_mut() {
                let known = state.observed.incident(&incident.id);
                is_new |= known.is_none();
                incident.first_read_at = known.map_or(Some(now), |known| known.first_read_at);
                incident.event = known.and_then(|known| known.event.clone());
            }
        }
        if !is_new {
            return;
        }
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
