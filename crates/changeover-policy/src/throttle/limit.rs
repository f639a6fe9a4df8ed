//! How many requests may be at a target at once: additive increase, multiplicative decrease.
//!
//! # Why AIMD and not a gradient
//!
//! A gradient (Vegas, Netflix' Gradient2, Envoy's adaptive concurrency) reads congestion from
//! latency: the present one against the smallest ever seen. That needs requests that cost about
//! the same. An answer of ten tokens takes a fifth of a second and one of four thousand a minute,
//! so with language models the quotient tells who asks for much, and a busy hour of long answers
//! would strangle a healthy target. The vendors say in so many words when it is too much; AIMD
//! needs nothing but that word. It is also the rule under which several gateways that share one
//! quota without knowing each other come to share it evenly (Chiu and Jain, 1989).
//!
//! # Down
//!
//! To a part of what was *in flight*, not of the limit: where 64 are allowed and ten are refused,
//! half of 64 would change nothing. At most once in a while, and never for a request that was sent
//! before the last lowering: a hundred refusals of one moment are one piece of news.
//!
//! # Up
//!
//! By one for every limit's worth of successes, and only while at least half the limit is in use:
//! a limit that nobody comes near proves nothing by its successes. From 1 to 64 takes some two
//! thousand of them, minutes at a usual pace, which is how long the vendors' windows are.

use std::time::Duration;

use changeover_domain::UnixMs;

use super::ThrottleSettings;

/// The limit is kept in thousandths, so that a success can raise it by a part of one.
const WHOLE: u64 = 1_000;

/// The limit of one target. Never below 1: then nobody would find out that it takes more again.
#[derive(Debug)]
pub(super) struct AdaptiveLimit {
    thousandths: u64,
    most: u64,
    lowered_to_percent: u64,
    lowered_every: Duration,
    lowered_at: Option<UnixMs>,
}

impl AdaptiveLimit {
    pub(super) fn new(settings: &ThrottleSettings) -> Self {
        let most = u64::from(settings.limit_most.max(1)) * WHOLE;
        Self {
            thousandths: most,
            most,
            lowered_to_percent: u64::from(settings.lowered_to_percent.min(100)),
            lowered_every: settings.lowered_every,
            lowered_at: None,
        }
    }

    /// Other bounds; what was learnt stays. A limit that had nothing to learn follows its bound.
    pub(super) fn reconfigure(&mut self, settings: &ThrottleSettings) {
        let was_at_most = self.thousandths == self.most;
        let fresh = Self::new(settings);
        let thousandths = if was_at_most { fresh.most } else { self.thousandths.min(fresh.most) };
        *self = Self { thousandths, lowered_at: self.lowered_at, ..fresh };
    }

    /// The limit of the moment.
    pub(super) fn whole(&self) -> u32 {
        u32::try_from(self.thousandths / WHOLE).unwrap_or(u32::MAX).max(1)
    }

    /// A request succeeded; `in_flight` were, itself included.
    pub(super) fn raise(&mut self, in_flight: usize) {
        let in_use = thousandths(in_flight).saturating_mul(2) >= self.thousandths;
        if in_use {
            let step = (WHOLE * WHOLE).div_ceil(self.thousandths.max(1));
            self.thousandths = self.thousandths.saturating_add(step).min(self.most);
        }
    }

    /// A request that was sent at `sent` was refused; `in_flight` were, itself included.
    pub(super) fn lower(&mut self, in_flight: usize, sent: UnixMs, now: UnixMs) {
        let is_old_news =
            self.lowered_at.is_some_and(|at| sent < at || now.since(at) < self.lowered_every);
        if is_old_news {
            return;
        }
        let used = self.thousandths.min(thousandths(in_flight));
        self.thousandths = (used * self.lowered_to_percent / 100).max(WHOLE);
        self.lowered_at = Some(now);
    }
}

fn thousandths(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(WHOLE)
}

#[cfg(test)]
#[path = "limit/tests.rs"]
mod tests;
