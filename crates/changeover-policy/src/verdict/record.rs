//! One target's recent past, as far as a verdict needs it.
//!
//! Not for keeping history (the store does) and not for judging. It is fed with what was seen, in
//! any order within its windows, and gives a verdict's inputs at any time. Counts are kept by the second
//! for the windows of failures and by the minute for the error budget, so that its size depends on
//! the length of the windows and not on the traffic.

mod cadence;
mod model;

use std::collections::{BTreeMap, VecDeque};

use changeover_domain::{
    FailureClass, Outcome, ProbeKind, ProbeSample, ProbeValidity, ProviderId, Slo, TargetId,
    UnixMs, Whose,
};
use serde::{Deserialize, Serialize};

use super::burn::{BurnWindows, Counts, LONGEST_MS};
use super::change::{Questions, Refusals, Throughput};
use super::inputs::{Drift, Headroom, Latency, Learnt, PageWord, Reach, TargetInputs, Timing};
use super::tally::{Tally, UNREACHED, whose};
use super::thresholds::Thresholds;
use cadence::Cadence;
pub use cadence::LONGEST_HOLD_MS;
use model::ModelSeen;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;
/// Seconds are kept for as long as the longest sensible window.
const SECONDS_KEPT_MS: i64 = 10 * MINUTE_MS;
/// And so many of them however old they are: of a target that is hardly asked they are what is known.
const SECONDS_KEPT_ANYWAY: usize = 16;

/// What a target is, apart from how it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetIdentity {
    pub target: TargetId,
    pub provider: ProviderId,
    pub model: String,
    pub region: Option<String>,
    pub slo: Slo,
}

/// Attempts of gateways that ended in the same way and were reported together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    pub at: UnixMs,
    pub outcome: Outcome,
    /// Whose failures they are, where the vendor said so and it is not as usual.
    pub whose: Option<Whose>,
    pub count: u64,
    /// Of good answers: how their times stand against the objective.
    pub timing: Timing,
}

/// What ended within one second.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Second {
    at: UnixMs,
    tally: Tally,
    timing: Timing,
}

/// What ended within one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Minute {
    at: UnixMs,
    counts: Counts,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetRecord {
    identity: TargetIdentity,
    /// Oldest first; only those in which something ended.
    seconds: VecDeque<Second>,
    minutes: VecDeque<Minute>,
    #[serde(default)]
    cadence: Cadence,
    reach: Reach,
    throughput: Throughput,
    probe_refusals: Refusals,
    traffic_refusals: Refusals,
    model: ModelSeen,
    last_ok_at: Option<UnixMs>,
    headroom: Option<Headroom>,
    page: PageWord,
}

impl TargetRecord {
    /// An empty record.
    #[must_use]
    pub fn new(identity: TargetIdentity) -> Self {
        Self {
            identity,
            seconds: VecDeque::new(),
            minutes: VecDeque::new(),
            cadence: Cadence::default(),
            reach: Reach::default(),
            throughput: Throughput::default(),
            probe_refusals: Refusals::new(Questions::Harmless),
            traffic_refusals: Refusals::new(Questions::Callers),
            model: ModelSeen::default(),
            last_ok_at: None,
            headroom: None,
            page: PageWord::default(),
        }
    }

    /// Notes how far apart calm probes that ask the model are planned from `now` on, in
    /// milliseconds; 0 where none are.
    pub fn plan_probes(&mut self, distance_ms: i64, now: UnixMs) {
        self.cadence.plan(distance_ms, now);
    }

    /// Takes a probe in, as of when it ended. One that proves nothing is no attempt at the target's
    /// work; that something answered it is known all the same.
    pub fn probe(&mut self, sample: &ProbeSample) {
        let at = sample.at.plus_millis(i64::from(sample.phases.total_ms));
        // Probes come in the order in which they ended, or close to it.
        self.reach = self.reach.after(sample.outcome, sample.at, at);
        self.note_limits(sample, at);
        if sample.is_evidence() {
            self.evidence(sample, at);
        } else if sample.validity == ProbeValidity::ProbeInvalid {
            let rejected = Outcome::Failed(FailureClass::InvalidRequest);
            self.second(at, |second| second.tally.probes.add(rejected, 1, at));
        }
    }

    fn evidence(&mut self, sample: &ProbeSample, at: UnixMs) {
        self.cadence.note(sample.outcome, sample.whose);
        let timing = self.timing_of(sample);
        self.second(at, |second| {
            second.tally.probes.add_owned(sample.outcome, sample.whose, 1, at);
            second.timing.merge(&timing);
        });
        self.count(at, sample.outcome, sample.whose, 1);
        let refused = is_refusal(sample.outcome);
        if sample.outcome.is_ok() || refused {
            self.probe_refusals.observe(1, u64::from(refused), at);
        }
        if sample.outcome.is_ok() {
            self.last_ok_at = self.last_ok_at.max(Some(at));
            sample.answered_model.iter().for_each(|model| self.model.observe(model, at));
        }
        // Other kinds ask for other answers, which are written at a pace of their own.
        if sample.outcome.is_ok() && sample.kind == ProbeKind::StreamingCompletion {
            sample.tokens_per_second.into_iter().for_each(|rate| self.throughput.observe(rate, at));
        }
    }

    fn note_limits(&mut self, sample: &ProbeSample, read_at: UnixMs) {
        let Some(left) = sample.limits_left else { return };
        let headroom = Headroom {
            requests_left_percent: left.requests.percent(),
            tokens_left_percent: left.tokens.percent(),
            read_at,
        };
        if headroom.least_percent().is_some() {
            self.headroom = Some(headroom);
        }
    }

    /// Takes in all of the gateways' attempts that one report told of, however they ended: which of
    /// them came first is not known, and answers are judged by how many of them refused.
    pub fn traffic(&mut self, report: &[Answers]) {
        let mut asked: BTreeMap<UnixMs, (u64, u64)> = BTreeMap::new();
        for answers in report {
            let Answers { at, outcome, whose, count, timing } = *answers;
            self.second(at, |second| {
                second.tally.traffic.add_owned(outcome, whose, count, at);
                second.timing.merge(&timing);
            });
            self.count(at, outcome, whose, count);
            if outcome.is_ok() {
                self.last_ok_at = self.last_ok_at.max(Some(at));
            }
            let refused = is_refusal(outcome);
            if outcome.is_ok() || refused {
                let (all, refusing) = asked.entry(at).or_default();
                *all = all.saturating_add(count);
                *refusing = refusing.saturating_add(if refused { count } else { 0 });
            }
        }
        for (at, (all, refusing)) in asked {
            self.traffic_refusals.observe(all, refusing, at);
        }
    }

    /// Notes what the vendor says is left of our limits.
    pub fn headroom(&mut self, headroom: Headroom) {
        self.headroom = Some(headroom);
    }

    /// Notes what the provider's page says.
    pub fn page(&mut self, page: PageWord) {
        self.page = page;
    }

    /// Lets go of what no window reaches any more.
    pub fn forget(&mut self, now: UnixMs) {
        let (second, minute) = (now.plus_millis(-SECONDS_KEPT_MS), now.plus_millis(-LONGEST_MS));
        let old = |seconds: &VecDeque<Second>| {
            let more = seconds.len() > SECONDS_KEPT_ANYWAY;
            more && seconds.front().is_some_and(|oldest| oldest.at < second)
        };
        while old(&self.seconds) {
            self.seconds.pop_front();
        }
        while self.minutes.front().is_some_and(|oldest| oldest.at < minute) {
            self.minutes.pop_front();
        }
    }

    /// What a verdict is made from, as of `now`.
    #[must_use]
    pub fn inputs(&self, thresholds: &Thresholds, now: UnixMs) -> TargetInputs {
        let (short, short_timing) = self.window(now.plus_millis(-thresholds.short_window_ms));
        let (long, long_timing, long_ms) = self.long_window(thresholds, now);
        let TargetIdentity { target, provider, model, region, slo } = self.identity.clone();
        TargetInputs {
            target,
            provider,
            model,
            region,
            slo,
            short,
            long,
            long_ms,
            probe_distance_ms: self.cadence.distance_ms(),
            latency: Latency { short: short_timing, long: long_timing },
            burn: self.burn(now),
            drift: self.drift(),
            reach: self.reach,
            last_ok_at: self.last_ok_at,
            headroom: self.headroom,
            page: self.page,
        }
    }

    fn drift(&self) -> Drift {
        Drift {
            throughput: self.throughput.change(),
            probe_refusals: self.probe_refusals.change(),
            traffic_refusals: self.traffic_refusals.change(),
            model: self.model.change(),
            may_begin: self.throughput.may_change() || self.model.may_change(),
            refusals_may_begin: self.probe_refusals.may_change(),
            learnt: Learnt {
                throughput: self.throughput.is_learnt(),
                probe_refusals: self.probe_refusals.is_learnt(),
                traffic_refusals: self.traffic_refusals.is_learnt(),
            },
        }
    }

    /// The long window, with how far it may reach where that is not as usual (else 0). Where probes
    /// come so seldom that the usual one holds too few, it is the last few, as far back as they were
    /// planned: what lies before those is over.
    fn long_window(&self, thresholds: &Thresholds, now: UnixMs) -> (Tally, Timing, i64) {
        let last_at = self.seconds.back().map(|second| second.at);
        let (usual, widest) = (thresholds.long_window_ms, self.cadence.reach_ms(last_at, now));
        let (tally, timing) = self.window(now.plus_millis(-usual));
        if widest <= usual || tally.attempts() >= thresholds.minimum_attempts {
            return (tally, timing, 0);
        }
        let (mut tally, mut timing) = (Tally::default(), Timing::default());
        for second in self.since(now.plus_millis(-widest)) {
            if tally.attempts() > thresholds.minimum_attempts {
                break;
            }
            tally.merge(&second.tally);
            timing.merge(&second.timing);
        }
        (tally, timing, widest)
    }

    fn since(&self, from: UnixMs) -> impl Iterator<Item = &Second> {
        self.seconds.iter().rev().take_while(move |second| second.at >= from)
    }

    fn window(&self, from: UnixMs) -> (Tally, Timing) {
        let (mut tally, mut timing) = (Tally::default(), Timing::default());
        for second in self.since(from) {
            tally.merge(&second.tally);
            timing.merge(&second.timing);
        }
        (tally, timing)
    }

    fn burn(&self, now: UnixMs) -> BurnWindows {
        let mut windows = BurnWindows::default();
        for minute in &self.minutes {
            windows.add(now.millis_since(minute.at), minute.counts);
        }
        windows
    }

    fn second(&mut self, at: UnixMs, add: impl FnOnce(&mut Second)) {
        let at = UnixMs(at.0 - at.0.rem_euclid(SECOND_MS));
        let empty = |at| Second { at, ..Second::default() };
        put(&mut self.seconds, (at, |second| second.at), empty, add);
    }

    /// Counts for the error budget: what is surely theirs, and what succeeded.
    fn count(&mut self, at: UnixMs, outcome: Outcome, said: Option<Whose>, count: u64) {
        let failed = match outcome {
            Outcome::Ok => 0,
            Outcome::Failed(class) if UNREACHED.contains(&class) => return,
            Outcome::Failed(class) => match whose(class, said) {
                Whose::Theirs | Whose::Unknown => count,
                Whose::Caller
                | Whose::OurConfiguration
                | Whose::OurQuota
                | Whose::OurBilling
                | Whose::OurNetwork => return,
            },
        };
        let empty = |at| Minute { at, ..Minute::default() };
        put(&mut self.minutes, (at.floor_to_minute(), |minute| minute.at), empty, |minute| {
            minute.counts.attempts = minute.counts.attempts.saturating_add(count);
            minute.counts.failed = minute.counts.failed.saturating_add(failed);
        });
    }

    fn timing_of(&self, sample: &ProbeSample) -> Timing {
        if !sample.outcome.is_ok() {
            return Timing::default();
        }
        let slo = &self.identity.slo;
        let first = sample.phases.first_token_ms;
        let slow_first = first.is_some_and(|first| first > slo.time_to_first_token_p95_ms);
        Timing {
            first_tokens: u64::from(first.is_some()),
            slow_first_tokens: u64::from(slow_first),
            totals: 1,
            slow_totals: u64::from(sample.phases.total_ms > slo.total_p95_ms),
        }
    }
}

fn is_refusal(outcome: Outcome) -> bool {
    use changeover_domain::FailureClass::{ContentFilter, Refusal};
    matches!(outcome, Outcome::Failed(Refusal | ContentFilter))
}

/// Puts something into the slot of `at` in a queue that is sorted by time; the slot is made where
/// there is none. Nearly always it is the last.
fn put<T>(
    queue: &mut VecDeque<T>,
    (at, time): (UnixMs, impl Fn(&T) -> UnixMs),
    empty: impl Fn(UnixMs) -> T,
    put: impl FnOnce(&mut T),
) {
    let place = queue.partition_point(|there| time(there) < at);
    if queue.get(place).is_none_or(|there| time(there) != at) {
        queue.insert(place, empty(at));
    }
    if let Some(slot) = queue.get_mut(place) {
        put(slot);
    }
}

#[cfg(test)]
mod tests;
