//! What verdicts are made from: one record per target, fed with everything as it comes in.
//!
//! Not for the board's figures (those are reckoned from samples and buckets). The rule it keeps: a
//! record lives as long as the engine and is filled again from the store at a start, so that a
//! restart neither forgets an error budget half burnt nor learns a target's usual pace anew.

use std::collections::BTreeMap;

use changeover_domain::{Outcome, ProbeSample, Slo, Target, TargetId, TrafficBucket, UnixMs};
use changeover_policy::verdict::{
    Answers, PageWord, TargetIdentity, TargetInputs, TargetRecord, Thresholds, Timing,
};

use super::traffic::Growth;

/// The records of all watched targets, in the order of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Records {
    order: Vec<TargetId>,
    records: BTreeMap<TargetId, (Slo, TargetRecord)>,
}

/// What one reading of a gateway's traffic tells of each target, good answers and bad ones together:
/// a share of refusals can only be seen in both.
#[derive(Debug, Default)]
pub(super) struct Report(BTreeMap<TargetId, Vec<Answers>>);

impl Records {
    /// Empty records of these targets; what is seen of others is passed over.
    pub(crate) fn of(targets: &[Target]) -> Self {
        let record = |target: &Target| {
            let identity = TargetIdentity {
                target: target.id.clone(),
                provider: target.provider.clone(),
                model: target.model.clone(),
                region: target.region.clone(),
                slo: target.slo,
            };
            (target.id.clone(), (target.slo, TargetRecord::new(identity)))
        };
        Self {
            order: targets.iter().map(|target| target.id.clone()).collect(),
            records: targets.iter().map(record).collect(),
        }
    }

    pub(super) fn probe(&mut self, sample: &ProbeSample) {
        if let Some((_, record)) = self.records.get_mut(&sample.target) {
            record.probe(sample);
        }
    }

    pub(super) fn plan_probes(&mut self, target: &TargetId, distance_ms: i64, now: UnixMs) {
        if let Some((_, record)) = self.records.get_mut(target) {
            record.plan_probes(distance_ms, now);
        }
    }

    /// Adds to a report by what one of its buckets has grown.
    pub(super) fn report(
        &self,
        report: &mut Report,
        grown: &[Growth],
        before: Option<&TrafficBucket>,
        bucket: &TrafficBucket,
    ) {
        for growth in grown.iter().filter(|growth| growth.is_an_attempt()) {
            let Some(target) = &growth.target else { continue };
            let Some((slo, _)) = self.records.get(target) else { continue };
            let timing = match growth.outcome {
                Outcome::Ok => timing_grown(slo, before, bucket),
                Outcome::Failed(_) => Timing::default(),
            };
            let Growth { at, outcome, whose, count, .. } = *growth;
            let answers = Answers { at, outcome, whose, count, timing };
            report.0.entry(target.clone()).or_default().push(answers);
        }
    }

    /// Takes a report in, whole.
    pub(super) fn traffic(&mut self, report: &Report) {
        for (target, answers) in &report.0 {
            if let Some((_, record)) = self.records.get_mut(target) {
                record.traffic(answers);
            }
        }
    }

    pub(super) fn forget(&mut self, now: UnixMs) {
        self.records.values_mut().for_each(|(_, record)| record.forget(now));
    }

    /// What the verdicts of all targets are made from now, with what their pages say.
    pub(super) fn inputs(
        &self,
        page: impl Fn(&TargetInputs) -> PageWord,
        thresholds: &Thresholds,
        now: UnixMs,
    ) -> Vec<TargetInputs> {
        let records = self.order.iter().filter_map(|target| self.records.get(target));
        let inputs = |(_, record): &(Slo, TargetRecord)| {
            let mut inputs = record.inputs(thresholds, now);
            inputs.page = page(&inputs);
            inputs
        };
        records.map(inputs).collect()
    }
}

/// How the times of the good answers that have come since stand against the objective.
fn timing_grown(slo: &Slo, before: Option<&TrafficBucket>, bucket: &TrafficBucket) -> Timing {
    let of = |bucket: &TrafficBucket| Timing {
        first_tokens: bucket.time_to_first_token.count(),
        slow_first_tokens: bucket.time_to_first_token.count_over(slo.time_to_first_token_p95_ms),
        totals: bucket.latency.count(),
        slow_totals: bucket.latency.count_over(slo.total_p95_ms),
    };
    let (now, had) = (of(bucket), before.map_or_else(Timing::default, of));
    Timing {
        first_tokens: now.first_tokens.saturating_sub(had.first_tokens),
        slow_first_tokens: now.slow_first_tokens.saturating_sub(had.slow_first_tokens),
        totals: now.totals.saturating_sub(had.totals),
        slow_totals: now.slow_totals.saturating_sub(had.slow_totals),
    }
}

#[cfg(test)]
mod tests;
