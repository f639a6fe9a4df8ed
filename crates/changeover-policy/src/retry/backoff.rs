//! How long a retry waits: exponential backoff with full jitter, and what the vendor states.
//!
//! # Why full jitter
//!
//! When a provider stumbles, everybody who asked it fails in the same moment. Whoever waits a
//! fixed time comes back in the same moment too, and the wave that knocked it over knocks it over
//! again; doubling the time only makes the waves rarer. Adding a little randomness to a fixed part
//! ("equal jitter") leaves a gap and then a crowd in half the time. *Full* jitter draws the whole
//! pause evenly from nothing to the bound:
//!
//! ```text
//! pause = random(0, min(cap, base * 2^(number - 1)))
//! ```
//!
//! so the returns of a crowd lie as flat as they can over the bound. This is AWS' definition
//! ("Exponential Backoff and Jitter", 2015), which also found it to need the least work in all.
//!
//! # What the vendor states
//!
//! `Retry-After` and the reset headers are a lower bound, and the jitter comes on top of it: a
//! thousand callers that were told "in 2 s" are a wave at 2 s. The spread is then at least a
//! quarter of what was stated.
//!
//! Stated waits lie both ways. One that is too long for the request's time is not waited for at
//! all: there is no pause, and the request goes elsewhere. One of nothing, after a limit was hit,
//! is not believed: a limit is never asked again within [`Backoff::throttle_least`].
//!
//! A pause must leave [`Backoff::attempt_least`] of the request's time: an attempt that cannot be
//! answered is only load.

use std::time::Duration;

use crate::actions::Wait;

/// Beyond this many doublings every bound is at its cap.
const MOST_DOUBLINGS: u32 = 16;
/// The spread after a stated wait is at least this part of it.
const STATED_SPREAD: u32 = 4;

/// How pauses grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first retry's pause.
    pub base: Duration,
    /// No bound grows beyond this.
    pub cap: Duration,
    /// After a limit was hit: the shortest wait, whatever the vendor states.
    pub throttle_least: Duration,
    /// What must be left of the request's time after the pause.
    pub attempt_least: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(400),
            cap: Duration::from_secs(3),
            throttle_least: Duration::from_secs(1),
            attempt_least: Duration::from_millis(250),
        }
    }
}

/// A retry that is thought of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// 1 for the first retry at this target: as many as attempts were made there.
    pub number: u32,
    pub wait: Wait,
    /// How long the vendor asks to wait, if it says.
    pub stated: Option<Duration>,
    /// What is left of the request's time.
    pub left: Duration,
}

impl Backoff {
    /// The pause before a retry, drawn with `random` (0 to 1). `None`: it does not fit what is
    /// left; go elsewhere.
    #[must_use]
    pub fn pause(&self, retry: &Retry, random: f64) -> Option<Duration> {
        let stated = retry.stated.unwrap_or_default();
        let least = match retry.wait {
            Wait::Backoff => stated,
            Wait::Throttle => stated.max(self.throttle_least),
        };
        let room = retry.left.checked_sub(self.attempt_least)?.checked_sub(least)?;
        let spread = self.bound(retry.number).max(least / STATED_SPREAD).min(room);
        Some(least.saturating_add(scaled(spread, random)))
    }

    /// The upper bound of the jittered part before the retry of this number.
    #[must_use]
    pub fn bound(&self, number: u32) -> Duration {
        let doublings = number.saturating_sub(1).min(MOST_DOUBLINGS);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}

/// A part of `duration`. What is no number from 0 to 1 is taken as the nearest that is.
pub(crate) fn scaled(duration: Duration, part: f64) -> Duration {
    let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
    Duration::try_from_secs_f64(duration.as_secs_f64() * part).unwrap_or(duration).min(duration)
}

#[cfg(test)]
#[path = "backoff/tests.rs"]
mod tests;
