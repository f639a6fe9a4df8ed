//! Has a target become slower at writing?

use changeover_domain::UnixMs;
use serde::{Deserialize, Serialize};

use super::{Cusum, from_micro, to_micro};

/// Answers that are learnt from before anything is said.
const LEARNT_AFTER: u32 = 40;
/// After so many answers old ones fade: about an hour of probes, so that the usual swing of a day
/// is followed and not reported.
const MEMORY: u32 = 200;
/// The drop that is looked for, in standard deviations. Smaller ones are found late or never.
const DROP: f64 = 2.0;
/// One answer counts no further than this many standard deviations from the mean.
const WINSOR: f64 = 4.0;
/// Nobody is steadier than this: the standard deviation of the logarithm.
const STEADIEST: f64 = 0.10;

/// Tokens per second of one target, by the logarithm: rates differ by factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Throughput {
    answers: u32,
    mean_micro: i64,
    variance_micro: i64,
    /// Where the rate is now: the mean of the last five answers or so.
    recent_micro: i64,
    cusum: Cusum,
}

/// A drop, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThroughputChange {
    pub since: UnixMs,
    pub usual_tokens_per_second: u32,
    pub now_tokens_per_second: u32,
}

impl Throughput {
    /// Takes the rate of one answer in. What is not above zero is no rate.
    pub fn observe(&mut self, tokens_per_second: f64, at: UnixMs) {
        if !tokens_per_second.is_finite() || tokens_per_second <= 0.0 {
            return;
        }
        if self.cusum.is_norm(at) {
            *self = Self::default();
        }
        let rate = tokens_per_second.ln().clamp(-20.0, 20.0);
        self.recent_micro = if self.answers == 0 {
            to_micro(rate)
        } else {
            let recent = from_micro(self.recent_micro);
            to_micro(recent + (rate - recent) / 5.0)
        };
        if self.answers < LEARNT_AFTER {
            self.learn(rate);
            return;
        }
        let deviation = from_micro(self.variance_micro).max(0.0).sqrt().max(STEADIEST);
        let mean = from_micro(self.mean_micro);
        let z = ((rate - mean) / deviation).clamp(-WINSOR, WINSOR);
        self.cusum.add(-DROP * z - DROP * DROP / 2.0, at);
        if self.cusum.changed_since().is_none() {
            self.learn(mean + z * deviation);
        }
    }

    /// Whether a drop may have begun.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.cusum.may_change()
    }

    /// Whether it is known what is usual, so that "as usual" can be said.
    #[must_use]
    pub fn is_learnt(&self) -> bool {
        self.answers >= LEARNT_AFTER
    }

    /// The drop that is going on.
    #[must_use]
    pub fn change(&self) -> Option<ThroughputChange> {
        let since = self.cusum.changed_since()?;
        Some(ThroughputChange {
            since,
            usual_tokens_per_second: whole(from_micro(self.mean_micro).exp()),
            now_tokens_per_second: whole(from_micro(self.recent_micro).exp()),
        })
    }

    fn learn(&mut self, rate: f64) {
        self.answers = self.answers.saturating_add(1);
        let weight = 1.0 / f64::from(self.answers.min(MEMORY));
        let mean = from_micro(self.mean_micro);
        let distance = rate - mean;
        self.mean_micro = to_micro(mean + weight * distance);
        let variance = from_micro(self.variance_micro);
        self.variance_micro = to_micro((1.0 - weight) * (variance + weight * distance * distance));
    }
}

fn whole(value: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturating, and rounded before"
    )]
    let value = value.round() as u32;
    value
}
