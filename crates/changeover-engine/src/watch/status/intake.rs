//! From one look at a page to what is known: when it was first read, which event it is part of, what
//! there is to tell. On disk first, then in memory.

use changeover_domain::{Incident, ProviderId, SourceState, UnixMs};
use changeover_policy::event;
use changeover_status::Transition;

use super::log;
use crate::engine::Engine;

/// How far back incidents may belong to the same event as a new one.
const EVENT_REACH_MS: i64 = 26 * 3_600_000;

impl Engine {
    /// Takes in what one look gave.
    pub(super) async fn take_in(
        &self,
        source: SourceState,
        mut incidents: Vec<Incident>,
        transitions: &[Transition],
    ) {
        let now = self.clock().now();
        self.place(&source.provider, &mut incidents, now).await;
        let told: Vec<_> = transitions
            .iter()
            .filter_map(|transition| {
                let id = &transition.incident().id;
                let incident = incidents.iter().find(|one| one.id == *id)?;
                Some(transition.told(incident.clone(), now))
            })
            .collect();
        for (sequence, transition) in self.record_status(&source, &incidents, &told).await {
            log(&transition);
            self.0.status_news.send_replace(sequence);
        }
        let mut state = self.state();
        state.observed.set_source(source);
        incidents.into_iter().for_each(|incident| state.observed.set_incident(incident));
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
