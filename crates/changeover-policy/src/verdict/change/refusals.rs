//! Does a target refuse more than it used to?

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
const MOST_USUAL: f64 = 0.2;
/// The share that is feared is so many times the usual one, and never less than the next constant.
const FEARED_TIMES: f64 = 5.0;
const LEAST_FEARED: f64 = 0.08;

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

    /// Takes answers in, of which `refused` refused. Those that did not come first: their order is
    /// not known, and so no alarm is made of it.
    pub fn observe(&mut self, answers: u64, refused: u64, at: UnixMs) {
        if self.cusum.is_norm(at) {
            *self = Self::new(self.questions);
        }
        let refused = refused.min(answers);
        if self.questions == Questions::Callers && self.answers < LEARNT_AFTER {
            self.learn(answers, refused);
            return;
        }
        let (usual, feared) = self.usual_and_feared();
        let (by_good, by_refused) = (((1.0 - feared) / (1.0 - usual)).ln(), (feared / usual).ln());
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        self.cusum.add(by_good * (answers - refused) as f64, at);
        // Beyond a few the sum stands at its end.
        (0..refused.min(32)).for_each(|_| self.cusum.add(by_refused, at));
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
        let per_mille = to_micro(self.usual_and_feared().0) / 1_000;
        Some(RefusalChange {
            since: self.cusum.changed_since()?,
            usual_per_mille: u32::try_from(per_mille).unwrap_or(0),
            answers: self.since_change.0,
            refused: self.since_change.1,
        })
    }

    fn usual_and_feared(&self) -> (f64, f64) {
        if self.questions == Questions::Harmless {
            return HARMLESS;
        }
        let usual = from_micro(self.usual_micro).clamp(LEAST_USUAL, MOST_USUAL);
        (usual, (FEARED_TIMES * usual).max(LEAST_FEARED))
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
