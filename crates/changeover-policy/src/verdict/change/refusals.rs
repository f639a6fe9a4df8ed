//! Does a target refuse more than it used to?
//!
//! Answers come in batches: what a gateway's poll of two seconds brings, or a whole minute when the
//! past is read back. The order within a batch is not known, so a batch is one observation: its
//! log-likelihood ratio is the sum over its answers, and the sum moves once. To add the good ones
//! first and the refused ones after them would build an alarm out of the order alone: at 20 answers a
//! second and a usual share of 20 % hundreds in an hour. As of any observation, no batch adds more
//! than a third of the threshold, which only makes alarms rarer.
//!
//! The feared share is the usual one at five times the odds, so that there is room above every usual
//! share. The usual share is learnt, and so the upper end of what it may be (Wilson's interval) is
//! what alarms are judged by: a share learnt from two hundred answers is no more than a guess.

use changeover_domain::UnixMs;
use serde::{Deserialize, Serialize};

use super::{Cusum, from_micro, to_micro};
use crate::verdict::tally::share;

/// Callers' answers that are learnt from before anything is said.
const LEARNT_AFTER: u64 = 200;
/// After so many answers old ones fade.
const MEMORY: u64 = 5_000;
/// No target refuses less than this by any usage; a share of nothing would make every refusal proof.
const LEAST_USUAL: f64 = 0.002;
/// A target that refuses more than this all the time cannot be judged by it.
const MOST_USUAL: f64 = 0.5;
/// The odds that are feared are so many times the usual ones, and the share never less than the next
/// constant.
const FEARED_ODDS: f64 = 5.0;
const LEAST_FEARED: f64 = 0.08;
/// The one-sided 95 % quantile of the normal distribution.
const QUANTILE: f64 = 1.645;

/// A probe's harmless question is refused by next to nobody, so no usage has to be learnt, and who
/// refuses it refuses it often.
const HARMLESS: (f64, f64) = (0.001, 0.5);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Questions {
    /// Probes, always the same harmless thing.
    Harmless,
    /// Callers, who may themselves begin to ask for something else.
    #[default]
    Callers,
}

/// Refusals among a target's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refusals {
    questions: Questions,
    answers: u64,
    usual_micro: i64,
    cusum: Cusum,
    /// Answers and refusals since the change began.
    since_change: (u64, u64),
}

/// More refusals, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalChange {
    pub since: UnixMs,
    /// Refusals in a thousand answers, as usual.
    pub usual_per_mille: u32,
    /// Since the change began.
    pub answers: u64,
    pub refused: u64,
}

impl Refusals {
    /// A test that has seen nothing yet.
    #[must_use]
    pub fn new(questions: Questions) -> Self {
        Self { questions, ..Self::default() }
    }

    /// Takes in all answers of one batch, of which `refused` refused.
    pub fn observe(&mut self, answers: u64, refused: u64, at: UnixMs) {
        if self.cusum.is_norm(at) {
            *self = Self::new(self.questions);
        }
        let refused = refused.min(answers);
        let Some((usual, feared)) = self.usual_and_feared() else {
            self.learn(answers, refused);
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let (good, refusing) = ((answers - refused) as f64, refused as f64);
        let nats = good * ((1.0 - feared) / (1.0 - usual)).ln() + refusing * (feared / usual).ln();
        self.cusum.add(nats, at);
        if self.cusum == Cusum::default() {
            self.since_change = (0, 0);
        } else {
            self.since_change.0 = self.since_change.0.saturating_add(answers);
            self.since_change.1 = self.since_change.1.saturating_add(refused);
        }
        if self.cusum.changed_since().is_none() {
            self.learn(answers, refused);
        }
    }

    /// The change that is going on.
    #[must_use]
    pub fn change(&self) -> Option<RefusalChange> {
        let usual = match self.questions {
            Questions::Harmless => HARMLESS.0,
            Questions::Callers => from_micro(self.usual_micro).max(LEAST_USUAL),
        };
        Some(RefusalChange {
            since: self.cusum.changed_since()?,
            usual_per_mille: u32::try_from(to_micro(usual) / 1_000).unwrap_or(0),
            answers: self.since_change.0,
            refused: self.since_change.1,
        })
    }

    /// Whether a change may have begun.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.cusum.may_change()
    }

    /// Whether it is known what is usual, so that "as usual" can be said.
    #[must_use]
    pub fn is_learnt(&self) -> bool {
        self.answers > 0 && self.usual_and_feared().is_some()
    }

    /// What alarms are judged by; `None` while too little is known, or where refusing is usual.
    fn usual_and_feared(&self) -> Option<(f64, f64)> {
        if self.questions == Questions::Harmless {
            return Some(HARMLESS);
        }
        if self.answers < LEARNT_AFTER {
            return None;
        }
        let usual = self.usual_at_most().max(LEAST_USUAL);
        let odds = FEARED_ODDS * usual / (1.0 - usual);
        (usual <= MOST_USUAL).then(|| (usual, (odds / (1.0 + odds)).max(LEAST_FEARED)))
    }

    /// The upper end of Wilson's interval for the share that was learnt.
    fn usual_at_most(&self) -> f64 {
        let usual = from_micro(self.usual_micro).clamp(0.0, 1.0);
        #[expect(clippy::cast_precision_loss, reason = "never above the memory's length")]
        let n = self.answers.min(MEMORY) as f64;
        let z2 = QUANTILE * QUANTILE;
        let spread = QUANTILE * (usual * (1.0 - usual) / n + z2 / (4.0 * n * n)).sqrt();
        ((usual + z2 / (2.0 * n) + spread) / (1.0 + z2 / n)).clamp(0.0, 1.0)
    }

    fn learn(&mut self, answers: u64, refused: u64) {
        if answers == 0 {
            return;
        }
        self.answers = self.answers.saturating_add(answers);
        let weight = share(answers, self.answers.min(MEMORY)).min(1.0);
        let usual = from_micro(self.usual_micro);
        self.usual_micro = to_micro(usual + weight * (share(refused, answers) - usual));
    }
}
