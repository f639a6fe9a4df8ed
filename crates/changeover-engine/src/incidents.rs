//! Looking back at what pages declared.

use std::collections::BTreeMap;

use changeover_domain::{Incident, IncidentId, ProviderId, UnixMs};
use changeover_policy::event;
use changeover_policy::lag::{self, Trouble};

use crate::contract::{IncidentDetail, IncidentGet, IncidentList, IncidentListed, IncidentView};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::view;

/// A list reaches at most this far: a quarter of a year.
const LONGEST_LIST_MS: i64 = 92 * 24 * 3_600_000;
/// The most incidents of one list.
const MOST_LISTED: usize = 500;
/// How far around incidents our own verdicts are looked for.
const AROUND_MS: i64 = 24 * 3_600_000;

impl Engine {
    /// One incident with its updates, its event and what was told of it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when no page that was read has declared it.
    pub async fn incident_get(&self, get: IncidentGet) -> Result<IncidentDetail, EngineError> {
        let found = self.reader().incident(&get.id).await?;
        let incident = found.ok_or_else(|| {
            EngineError::not_found("incident", &get.id.native, ["those of `incident_list`"])
        })?;
        let event = match &incident.event {
            Some(event) => event::united(&self.reader().incidents_of_event(event).await?),
            None => Vec::new(),
        };
        // As the list has it: with what other sources of the same provider know of it.
        let incident = event.iter().find(|one| one.id == incident.id).cloned().unwrap_or(incident);
        let all: Vec<&Incident> = std::iter::once(&incident).chain(&event).collect();
        let troubles = self.troubles_around(&all).await?;
        let view = |one: &Incident| self.incident_view(one, &event, &troubles);
        let start_written = incident.updates.first().map(|update| update.written.text.clone());
        Ok(IncidentDetail {
            incident: view(&incident),
            start_written: start_written.filter(|text| !text.is_empty()),
            event: event.iter().filter(|one| one.id != incident.id).map(view).collect(),
            told: self.reader().status_transitions_of(&get.id).await?,
        })
    }

    /// Incidents and planned work that touched a time, latest start first.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when the time is too long.
    pub async fn incident_list(&self, list: IncidentList) -> Result<IncidentListed, EngineError> {
        if !(0..=LONGEST_LIST_MS).contains(&list.until.millis_since(list.from)) {
            return Err(EngineError::invalid(
                "`until` must follow `from` by at most 92 days",
                "choose a shorter time",
            ));
        }
        let mut found = self.reader().incidents_between(list.from..list.until).await?;
        found.retain(|one| list.provider.as_ref().is_none_or(|own| one.provider == *own));
        found = event::united(&found);
        found.sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
        let more = found.len() > MOST_LISTED;
        found.truncate(MOST_LISTED);
        let all: Vec<&Incident> = found.iter().collect();
        let troubles = self.troubles_around(&all).await?;
        let incidents = found.iter().map(|one| self.incident_view(one, &found, &troubles));
        Ok(IncidentListed { incidents: incidents.collect(), more })
    }

    fn incident_view(
        &self,
        incident: &Incident,
        others: &[Incident],
        troubles: &BTreeMap<ProviderId, Vec<Trouble>>,
    ) -> IncidentView {
        let kept = self.state().observed.lead(&incident.id);
        let troubles = troubles.get(&incident.provider).map_or(&[][..], Vec::as_slice);
        let ours_at = [kept, lag::ours_at(incident, troubles)].into_iter().flatten().min();
        view::incident::view(incident, ours_at, others.iter())
    }

    /// Our verdicts that blame the incidents' providers, around their times, by provider.
    async fn troubles_around(
        &self,
        incidents: &[&Incident],
    ) -> Result<BTreeMap<ProviderId, Vec<Trouble>>, EngineError> {
        let mut spans: BTreeMap<ProviderId, (UnixMs, UnixMs)> = BTreeMap::new();
        let now = self.clock().now();
        for one in incidents.iter().filter(|one| !one.is_maintenance()) {
            let (from, until) = (one.started_at, one.ended_at.unwrap_or(now));
            let span = spans.entry(one.provider.clone()).or_insert((from, until));
            *span = (span.0.min(from), span.1.max(until));
        }
        let mut troubles = BTreeMap::new();
        for (provider, (from, until)) in spans {
            let range = from.plus_millis(-AROUND_MS)..until.plus_millis(AROUND_MS);
            troubles.insert(provider.clone(), self.troubles_of(&provider, range).await?);
        }
        Ok(troubles)
    }

    async fn troubles_of(
        &self,
        provider: &ProviderId,
        range: std::ops::Range<UnixMs>,
    ) -> Result<Vec<Trouble>, EngineError> {
        let mut troubles = Vec::new();
        for target in self.setup().catalogue.targets.iter().filter(|one| one.provider == *provider)
        {
            let verdicts = self.reader().verdicts_between(&target.id, range.clone()).await?;
            let ends = verdicts.iter().skip(1).map(|next| Some(next.since)).chain([None]);
            let stretches = verdicts.iter().zip(ends);
            troubles.extend(stretches.filter_map(|(one, end)| view::incident::trouble(one, end)));
        }
        Ok(troubles)
    }

    /// Remembers, for each incident on the board, when we first showed what it speaks of.
    pub(crate) fn note_leads(&self) {
        let mut state = self.state();
        let incidents: Vec<Incident> =
            state.observed.incidents().filter(|one| !one.is_maintenance()).cloned().collect();
        for incident in incidents {
            let troubles = view::incident::troubles(self.setup(), &state, &incident.provider);
            if let Some(ours_at) = lag::ours_at(&incident, &troubles) {
                state.observed.note_lead(&incident.id, ours_at);
            }
        }
    }

    /// After a restart: who knew first is in the store.
    pub(crate) async fn recall_leads(&self) {
        let open: Vec<Incident> = self.state().observed.incidents().cloned().collect();
        let all: Vec<&Incident> = open.iter().collect();
        let troubles = match self.troubles_around(&all).await {
            Ok(troubles) => troubles,
            Err(error) => {
                tracing::error!(%error, "verdicts of before could not be read");
                return;
            }
        };
        let mut state = self.state();
        let lead = |incident: &Incident| -> Option<(IncidentId, UnixMs)> {
            let at = lag::ours_at(incident, troubles.get(&incident.provider)?)?;
            Some((incident.id.clone(), at))
        };
        for (id, ours_at) in open.iter().filter_map(lead) {
            state.observed.note_lead(&id, ours_at);
        }
    }
}
