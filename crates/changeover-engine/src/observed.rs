//! What was seen lately, in memory: the last hour and a little, for verdicts and the board.
//!
//! The store keeps everything; this is only the window that the next decision looks at. It is
//! filled from the store at start, so that a restart does not forget what it saw a minute ago.

mod records;
mod traffic;

use std::collections::{BTreeMap, VecDeque};

use changeover_domain::{
    ComponentState, GatewayId, Incident, IncidentId, Outcome, ProbeSample, ProviderId, SourceId,
    SourceState, Target, TargetId, TrafficBucket, UnixMs,
};
use changeover_policy::event;
use changeover_policy::verdict::{PageWord, Tally, TargetInputs, Thresholds};

use records::{Records, Report};
pub(crate) use traffic::RecentTraffic;

/// How far back the window reaches: the board's hour, and a margin.
pub(crate) const WINDOW_MS: i64 = 65 * 60_000;

/// The window.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    probes: BTreeMap<TargetId, VecDeque<ProbeSample>>,
    pub(crate) traffic: RecentTraffic,
    records: Records,
    sources: BTreeMap<SourceId, SourceState>,
    incidents: BTreeMap<IncidentId, Incident>,
    /// When we first showed what an incident speaks of.
    leads: BTreeMap<IncidentId, UnixMs>,
}

impl Observed {
    /// An empty window on these targets.
    pub(crate) fn watching(targets: &[Target]) -> Self {
        Self { records: Records::of(targets), ..Self::default() }
    }

    /// Takes a probe in. Samples arrive in the order in which they ended.
    pub(crate) fn add_probe(&mut self, sample: ProbeSample) {
        self.records.probe(&sample);
        self.probes.entry(sample.target.clone()).or_default().push_back(sample);
    }

    /// Notes how far apart each target's calm probes are planned from `now` on.
    pub(crate) fn plan_probes<'a>(
        &mut self,
        planned: impl Iterator<Item = (&'a TargetId, i64)>,
        now: UnixMs,
    ) {
        planned.for_each(|(target, distance)| self.records.plan_probes(target, distance, now));
    }

    /// Takes in the buckets of traffic that one reading brought, each replacing its earlier state.
    pub(crate) fn add_traffic(
        &mut self,
        buckets: impl IntoIterator<Item = (GatewayId, TrafficBucket)>,
        now: UnixMs,
    ) {
        let mut report = Report::default();
        for (gateway, bucket) in buckets {
            self.traffic.set(&gateway, bucket, now, |grown, before, bucket| {
                self.records.report(&mut report, grown, before, bucket);
            });
        }
        self.records.traffic(&report);
    }

    pub(crate) fn set_source(&mut self, state: SourceState) {
        self.sources.insert(state.id.clone(), state);
    }

    pub(crate) fn set_incident(&mut self, incident: Incident) {
        self.incidents.insert(incident.id.clone(), incident);
    }

    pub(crate) fn incident(&self, id: &IncidentId) -> Option<&Incident> {
        self.incidents.get(id)
    }

    /// When our probes and traffic first showed what the incident speaks of.
    pub(crate) fn lead(&self, id: &IncidentId) -> Option<UnixMs> {
        self.leads.get(id).copied()
    }

    /// Keeps the earliest that was ever found: verdicts leave the window before incidents do.
    pub(crate) fn note_lead(&mut self, id: &IncidentId, ours_at: UnixMs) {
        let known = self.leads.entry(id.clone()).or_insert(ours_at);
        *known = (*known).min(ours_at);
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceState> {
        self.sources.values()
    }

    /// Incidents that are open, or ended within the window.
    pub(crate) fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// The same, each once: where several sources of a provider tell of it, as one.
    pub(crate) fn declared(&self) -> Vec<Incident> {
        event::united(self.incidents.values())
    }

    /// Lets go of what has left the window.
    pub(crate) fn forget_before(&mut self, now: UnixMs) {
        let oldest = now.plus_millis(-WINDOW_MS);
        for samples in self.probes.values_mut() {
            while samples.front().is_some_and(|sample| sample.at < oldest) {
                samples.pop_front();
            }
        }
        self.traffic.forget_before(oldest);
        self.records.forget(now);
        self.incidents.retain(|_, incident| incident.ended_at.is_none_or(|ended| ended >= oldest));
        self.leads.retain(|id, _| self.incidents.contains_key(id));
    }

    /// The target's probes since `from` that prove anything, oldest first.
    pub(crate) fn probes_since(
        &self,
        target: &TargetId,
        from: UnixMs,
    ) -> impl Iterator<Item = &ProbeSample> {
        let samples = self.probes.get(target);
        let lately = move |sample: &&ProbeSample| ended_at(sample) >= from;
        samples.into_iter().flatten().filter(lately).filter(|sample| sample.is_evidence())
    }

    /// All of the target's probes in the window, in the order in which they ended.
    pub(crate) fn all_probes(
        &self,
        target: &TargetId,
    ) -> impl DoubleEndedIterator<Item = &ProbeSample> {
        self.probes.get(target).into_iter().flatten()
    }

    pub(crate) fn last_probe(&self, target: &TargetId) -> Option<&ProbeSample> {
        self.probes.get(target).and_then(VecDeque::back)
    }

    /// What the verdicts of all targets are made from now.
    pub(crate) fn target_inputs(&self, thresholds: &Thresholds, now: UnixMs) -> Vec<TargetInputs> {
        let page = |inputs: &TargetInputs| self.page_word(&inputs.provider, &inputs.target);
        self.records.inputs(page, thresholds, now)
    }

    /// Counts the target's attempts since `from`.
    pub(crate) fn tally(&self, target: &TargetId, from: UnixMs) -> Tally {
        let mut tally = Tally::default();
        for sample in self.probes_since(target, from) {
            tally.probes.add_owned(sample.outcome, sample.whose, 1, ended_at(sample));
        }
        self.traffic.tally_target(target, from, &mut tally.traffic);
        tally
    }

    /// What the provider's pages say of one target. Several pages of one provider are one voice:
    /// the worst that was read well.
    pub(crate) fn page_word(&self, provider: &ProviderId, target: &TargetId) -> PageWord {
        let mut word = PageWord {
            state: ComponentState::Unknown,
            read_at: None,
            unreadable: false,
            network_down: false,
            open_incident: false,
        };
        let pages: Vec<&SourceState> =
            self.sources.values().filter(|source| source.provider == *provider).collect();
        // One that our own network kept us from asking is not silent.
        let readable = pages.iter().filter(|page| page.is_heard());
        word.read_at = readable.clone().filter_map(|page| page.last_good_at).max();
        word.state =
            readable.map(|page| page.page).max_by_key(|state| grade(*state)).unwrap_or_default();
        // Where another page of its was heard, that one is its word.
        word.network_down = word.read_at.is_none() && pages.iter().any(|page| page.network_down);
        word.unreadable = !pages.is_empty() && pages.iter().all(|page| page.unreadable);
        word.open_incident = self.incidents.values().any(|incident| {
            let is_trouble =
                incident.is_open() && !incident.is_maintenance() && incident.concerns(target);
            let source = self.sources.get(&incident.id.source);
            let is_believed = source.is_some_and(SourceState::is_heard);
            incident.provider == *provider && is_trouble && is_believed
        });
        word
    }
}

/// When a probe's outcome was known.
fn ended_at(sample: &ProbeSample) -> UnixMs {
    sample.at.plus_millis(i64::from(sample.phases.total_ms))
}

/// Among pages of one provider a statement weighs more than silence.
fn grade(state: ComponentState) -> u8 {
    match state {
        ComponentState::Unknown => 0,
        ComponentState::Operational => 1,
        ComponentState::UnderMaintenance => 2,
        ComponentState::DegradedPerformance => 3,
        ComponentState::PartialOutage => 4,
        ComponentState::MajorOutage => 5,
    }
}

/// Whether a sample says that the target did not do its work.
pub(crate) fn is_failure(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed(class) if class.usually_whose() != changeover_domain::Whose::Caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(unreadable: bool) -> SourceState {
        let page = serde_json::json!({
            "id": "claude-page", "provider": "anthropic", "url": "https://status.example",
            "page": "operational", "last_good_at": 1, "last_tried_at": 2, "failures": 0,
            "unreadable": unreadable, "problem": null,
        });
        serde_json::from_value(page).unwrap()
    }

    #[test]
    fn a_page_that_our_own_network_keeps_us_from_asking_is_not_called_silent() {
        use changeover_policy::verdict::page_phrase;
        let (provider, target) = ("anthropic".parse().unwrap(), "claude".parse().unwrap());
        let mut observed = Observed::default();
        observed.set_source(page(false));
        let said = |observed: &Observed| page_phrase(observed.page_word(&provider, &target));
        assert_eq!(said(&observed), "status page silent");
        let unasked = SourceState { network_down: true, ..page(false) };
        observed.set_source(unasked.clone());
        assert_eq!(said(&observed), "status page not asked, your network is down");
        let other = SourceState { id: "other-page".parse().unwrap(), ..page(false) };
        observed.set_source(other);
        assert_eq!(said(&observed), "status page silent", "another page of its is");
    }

    #[test]
    fn an_incident_of_a_page_that_cannot_be_read_is_not_believed() {
        let incident = serde_json::json!({
            "id": {"source": "claude-page", "native": "1"}, "provider": "anthropic",
            "title": "Errors", "state": "investigating", "impact": "major", "started_at": 1,
            "ended_at": null, "components": [], "targets": [], "updates": [], "url": null,
        });
        let mut observed = Observed::default();
        observed.set_incident(serde_json::from_value(incident).unwrap());
        let says = |observed: &Observed| {
            let (provider, target) = ("anthropic".parse().unwrap(), "claude".parse().unwrap());
            observed.page_word(&provider, &target).open_incident
        };
        assert!(!says(&observed), "the page was not looked at yet");
        observed.set_source(page(false));
        assert!(says(&observed));
        observed.set_source(page(true));
        assert!(!says(&observed));
        observed.set_source(SourceState { network_down: true, ..page(false) });
        assert!(!says(&observed), "nor is one of a page that we cannot ask");
    }
}
