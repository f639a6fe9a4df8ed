//! What the store holds of the last hours, from which records are filled again at a start: every probe,
//! and traffic by the minute.

use std::collections::{BTreeMap, VecDeque};

use changeover_domain::{Outcome, ProbeSample, UnixMs};
use changeover_policy::verdict::{Answers, TargetRecord};

/// As far back as an error budget is reckoned.
const KEPT_MS: i64 = 6 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// The store, as far as the console reads it at a start.
#[derive(Debug, Default)]
pub(crate) struct History {
    probes: VecDeque<(usize, ProbeSample)>,
    minutes: BTreeMap<(UnixMs, usize), BTreeMap<Outcome, Answers>>,
}

impl History {
    pub(crate) fn probe(&mut self, index: usize, sample: &ProbeSample) {
        self.probes.push_back((index, sample.clone()));
    }

    /// Notes an answer in the minute in which it ended.
    pub(crate) fn answered(&mut self, index: usize, one: Answers) {
        let minute = self.minutes.entry((one.at.floor_to_minute(), index)).or_default();
        let told = minute.entry(one.outcome).or_insert(Answers { count: 0, ..one });
        if told.count > 0 {
            told.timing.merge(&one.timing);
        }
        told.count += one.count;
    }

    /// Fills records that know nothing yet.
    pub(crate) fn recall(&self, records: &mut [TargetRecord], now: UnixMs) {
        for (index, sample) in &self.probes {
            records[*index].probe(sample);
        }
        for ((minute, index), answers) in &self.minutes {
            let at = minute.plus_millis(MINUTE_MS).min(now);
            let report: Vec<Answers> =
                answers.values().map(|answers| Answers { at, ..*answers }).collect();
            records[*index].traffic(&report);
        }
        records.iter_mut().for_each(|record| record.forget(now));
    }

    pub(crate) fn forget(&mut self, now: UnixMs) {
        let oldest = now.plus_millis(-KEPT_MS);
        while self.probes.front().is_some_and(|(_, sample)| sample.at < oldest) {
            self.probes.pop_front();
        }
        self.minutes = self.minutes.split_off(&(oldest, 0));
    }
}
