//! A test for change: has a target's usual behaviour become another one?
//!
//! Not for limits (an objective is a limit) and not for counts in a window ([`super::surprise`]):
//! for what has no limit anybody set, and is judged against its own past. Two things use it,
//! [`Throughput`] and [`Refusals`].
//!
//! # The statistic
//!
//! Page's CUSUM of log-likelihood ratios. Every observation `x` adds `ln(f1(x) / f0(x))` to a sum:
//! how much better the feared behaviour `f1` explains it than the usual one `f0`, in nats. The sum
//! never falls below zero, so that a good past is no credit against a bad present. When it reaches
//! the threshold `h` the behaviour has changed.
//!
//! # Why a simpler one fails
//!
//! A fixed limit has to be set for every target by hand and moves with the time of day. Comparing
//! the mean of the last ten with the mean of the last hundred is late by half of the ten and blunts
//! a sharp change; testing it anew at every observation makes false alarms certain. The CUSUM is the
//! quickest of all tests with its rate of false alarms (Moustakides 1986), needs one number of
//! memory, and its rate can be stated beforehand.
//!
//! # When it trips
//!
//! For known `f0` the mean number of observations between false alarms is at least `exp(h)` (Lorden
//! 1971), whatever `f0` is. [`TRIPS_AT`] is `ln(10^7)`: at one probe every 15 seconds that is more than
//! four years of one target. `f0` is learnt here and not known, which costs a part of that;
//! the tests measure what is left. No observation adds more than a third of `h`: three bad ones in a
//! row trip it, a single one never does, whatever its value.
//!
//! # How it recovers
//!
//! The sum stops at a quarter above `h`, so that a long trouble is not paid back observation by
//! observation. Usual ones take it down again; at zero it is over. While it is tripped nothing is
//! learnt, or trouble would become the norm within the hour. What lasts longer than
//! [`ACCEPTED_AFTER_MS`] is what the target is like now: the past is dropped and learnt anew.

mod refusals;
mod throughput;

use changeover_domain::UnixMs;
use serde::{Deserialize, Serialize};

pub use refusals::{Questions, RefusalChange, Refusals};
pub use throughput::{Throughput, ThroughputChange};

/// The threshold in nats: `ln(10^7)`.
pub const TRIPS_AT: f64 = 16.118;
/// Where the sum stops.
const MOST: f64 = 1.25 * TRIPS_AT;
/// What one observation can add at most: three are needed, and suffice.
const MOST_AT_ONCE: f64 = TRIPS_AT / 2.99;
/// From here on the next observations are wanted soon: one that is clearly odd brings it there.
const WORTH_A_LOOK: f64 = TRIPS_AT / 4.0;
/// After this time a change is the new norm.
pub const ACCEPTED_AFTER_MS: i64 = 6 * 3_600 * 1_000;
/// Millionths, so that a state reads back exactly as it was written.
const MICRO: f64 = 1e6;

/// The running sum of one test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cusum {
    /// Millionths of a nat.
    sum_micro: i64,
    /// When the sum last left zero: where the change is most likely to have begun.
    began_at: Option<UnixMs>,
    tripped_at: Option<UnixMs>,
}

impl Cusum {
    /// Adds the log-likelihood ratio of one observation, in nats. What is no number says nothing.
    pub fn add(&mut self, nats: f64, at: UnixMs) {
        if !nats.is_finite() {
            return;
        }
        let before = from_micro(self.sum_micro);
        let sum = (before + nats.min(MOST_AT_ONCE)).clamp(0.0, MOST);
        self.sum_micro = to_micro(sum);
        if self.sum_micro == 0 {
            (self.began_at, self.tripped_at) = (None, None);
            return;
        }
        self.began_at.get_or_insert(at);
        if sum >= TRIPS_AT {
            self.tripped_at.get_or_insert(at);
        }
    }

    /// Since when, most likely, the behaviour is another one; `None` while it is as usual.
    #[must_use]
    pub fn changed_since(&self) -> Option<UnixMs> {
        self.tripped_at.and(self.began_at)
    }

    /// Whether a change may have begun.
    #[must_use]
    fn may_change(&self) -> bool {
        from_micro(self.sum_micro) >= WORTH_A_LOOK
    }

    /// Whether a change has lasted so long that it is the norm by now.
    #[must_use]
    fn is_norm(&self, at: UnixMs) -> bool {
        self.tripped_at.is_some_and(|tripped| at.millis_since(tripped) >= ACCEPTED_AFTER_MS)
    }
}

fn from_micro(value: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "stays far below 2^53 millionths")]
    let value = value as f64;
    value / MICRO
}

/// Values here are a few hundred at most; a cast of anything larger or of no number saturates.
fn to_micro(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturating, and rounded before")]
    let value = (value * MICRO).round() as i64;
    value
}

#[cfg(test)]
mod tests;
