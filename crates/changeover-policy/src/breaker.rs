//! A breaker: when to stop sending requests to a target, and when to try it again.
//!
//! Not for routing (that is [`crate::routing`]), not for reading a clock or drawing random
//! numbers: `now` and the jitter are handed in. A breaker belongs to one route and one target,
//! because a model may fail for long answers and serve short ones well.
//!
//! # The statistic
//!
//! The share of failed calls, and apart from it the share of slow ones, within a rolling window of
//! ten slices. Counting *consecutive* failures fails in both directions: a target that fails every
//! second call never has five in a row, and five failures of a busy minute with thousands of
//! successes mean nothing. A rate over *all time* forgets nothing and so reacts to nothing. The
//! window forgets in steps of a tenth, so one bad minute does not linger.
//!
//! A share needs a number to be a share of: below [`BreakerSettings::minimum_calls`] the breaker
//! never trips. The first request of the night may fail without closing a route for everybody.
//!
//! # What counts
//!
//! Failures that are not the caller's. A malformed request fails at every provider alike; were it
//! counted, one broken client would take the route from all others. Whoever reports a call
//! decides that and reports nothing for such calls: dropping the [`Permit`] counts as no call.
//! Rate limits do count: a target that refuses most of our calls does not serve us, whoever is to
//! blame, and a pause is what it asks for.
//!
//! # Tripping and coming back
//!
//! ```text
//! closed --(share reached)--> open --(cool-down over, a request comes)--> half_open
//!   ^                           ^                                            |
//!   |                           +----------(a trial fails or is slow)--------+
//!   +-------------------------(every trial succeeds)-------------------------+
//! ```
//!
//! The cool-down doubles with every trial that fails, up to a longest one, and is lengthened by
//! the jitter that is handed in: a fleet that tripped together does not return in one wave. It
//! ends only when a request comes: without traffic there is nothing to find out.
//!
//! Half open, at most `BreakerSettings::trials` requests are risked at once, successes so far
//! included. A trial's permit holds a token, and the tokens that exist are the trials under way;
//! a request that is cancelled, panics or is forgotten gives its trial back by being dropped. So
//! trials neither leak beyond their number nor get lost.
//!
//! A permit remembers the phase in which it was given. What was sent before the breaker opened and
//! comes back after it has opened says nothing about the target now, and is not counted.
//!
//! # Force
//!
//! An operator's forced state wins over what is observed and is kept apart from it. Forced open,
//! nothing passes. Forced closed, everything passes and observation goes on, so that lifting the
//! force shows the truth and not the state of an hour ago.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{BreakerReport, BreakerState, ForcedState, TargetId, UnixMs};

use crate::retry::scaled;

/// In how many steps the window forgets.
const SLICES: u32 = 10;
/// Beyond this many doublings every cool-down is at its longest.
const MOST_DOUBLINGS: u32 = 16;

/// When a breaker trips and how it comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakerSettings {
    /// How far back calls are counted.
    pub window: Duration,
    /// Fewer calls than this in the window never trip it.
    pub minimum_calls: u32,
    /// The share of failed calls that trips it, 0 to 1.
    pub failure_share: f64,
    /// The share of slow calls that trips it, 0 to 1.
    pub slow_share: f64,
    /// How long it refuses after it has tripped.
    pub cooldown: Duration,
    /// The longest that the doubled cool-down becomes.
    pub cooldown_longest: Duration,
    /// By how much of itself a cool-down is lengthened at the highest jitter, 0 to 1.
    pub cooldown_jitter: f64,
    /// How many trials must succeed, and how many run at most at once.
    pub trials: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(30),
            minimum_calls: 10,
            failure_share: 0.5,
            slow_share: 0.8,
            cooldown: Duration::from_secs(15),
            cooldown_longest: Duration::from_secs(120),
            cooldown_jitter: 0.2,
            trials: 3,
        }
    }
}

impl BreakerSettings {
    fn trials(&self) -> usize {
        usize::try_from(self.trials.max(1)).unwrap_or(usize::MAX)
    }

    fn cooldown_after(&self, reopened: u32, jitter: f64) -> Duration {
        let doubled = self.cooldown.saturating_mul(1 << reopened.min(MOST_DOUBLINGS));
        let bounded = doubled.min(self.cooldown_longest.max(self.cooldown));
        bounded.saturating_add(scaled(bounded, self.cooldown_jitter * jitter))
    }
}

/// How a permitted call ended. A call that was the caller's fault or was cancelled is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    Success,
    /// It succeeded, but later than the target is held to.
    Slow,
    Failure,
}

/// Leave for one call. Dropping it unreported gives it back.
#[derive(Debug)]
#[must_use = "a permit that is dropped at once permits nothing"]
pub struct Permit {
    phase_number: u64,
    trial: Option<Arc<()>>,
}

impl Permit {
    /// Leave to call that no breaker counts: how the call ends is nobody's business.
    pub fn unobserved() -> Self {
        Self { phase_number: u64::MAX, trial: None }
    }

    /// Whether this call is one of the few that find out whether the target is back.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.trial.is_some()
    }
}

#[derive(Debug)]
enum Phase {
    Closed(Window),
    Open {
        next_trial_at: UnixMs,
    },
    HalfOpen {
        succeeded: usize,
        /// Its clones are the trials under way.
        token: Arc<()>,
    },
}

/// The state machine of one route and target.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    phase: Phase,
    /// Rises with every move, so that a permit knows whether its phase is over.
    phase_number: u64,
    since: UnixMs,
    forced: Option<ForcedState>,
    /// How often it has opened since it was last closed, beyond the first time.
    reopened: u32,
    /// What the window held when it tripped, for the report while it is open.
    tripped_on: Counts,
}

impl Breaker {
    /// A closed breaker that has seen nothing.
    #[must_use]
    pub fn new(settings: BreakerSettings, now: UnixMs) -> Self {
        Self {
            phase: Phase::Closed(Window::new(settings.window)),
            settings,
            phase_number: 0,
            since: now,
            forced: None,
            reopened: 0,
            tripped_on: Counts::default(),
        }
    }

    /// Takes it that nothing is known of the target: only trials pass until they have succeeded.
    /// For a breaker that was forgotten, in a restart, while a return waited for its word.
    pub fn require_trials(&mut self, now: UnixMs) {
        let token = Arc::new(());
        self.enter(Phase::HalfOpen { succeeded: 0, token }, now);
    }

    /// Asks for leave to call. `None`: go elsewhere.
    #[must_use]
    pub fn admit(&mut self, now: UnixMs) -> Option<Permit> {
        match self.forced {
            Some(ForcedState::ForcedOpen) => None,
            Some(ForcedState::ForcedClosed) => {
                Some(self.admit_observed(now).unwrap_or_else(Permit::unobserved))
            }
            None => self.admit_observed(now),
        }
    }

    fn admit_observed(&mut self, now: UnixMs) -> Option<Permit> {
        if let Phase::Open { next_trial_at } = self.phase
            && next_trial_at <= now
        {
            self.require_trials(now);
        }
        let trial = match &self.phase {
            Phase::Closed(_) => None,
            Phase::Open { .. } => return None,
            Phase::HalfOpen { succeeded, token } => {
                let under_way = Arc::strong_count(token) - 1;
                if succeeded + under_way >= self.settings.trials() {
                    return None;
                }
                Some(Arc::clone(token))
            }
        };
        Some(Permit { phase_number: self.phase_number, trial })
    }

    /// Reports how a permitted call ended. `jitter` (0 to 1) lengthens the cool-down if this trips
    /// the breaker.
    pub fn report_call(&mut self, permit: Permit, result: CallResult, now: UnixMs, jitter: f64) {
        let Permit { phase_number, trial } = permit;
        if phase_number != self.phase_number {
            return;
        }
        // Before the phase is looked at: the trial is over.
        drop(trial);
        match &mut self.phase {
            Phase::Closed(window) => {
                window.count(result, now);
                let counts = window.counts(now);
                if counts.reach(&self.settings) {
                    self.tripped_on = counts;
                    self.reopened = 0;
                    self.open(now, jitter);
                }
            }
            Phase::HalfOpen { succeeded, .. } => {
                if result != CallResult::Success {
                    self.reopened = self.reopened.saturating_add(1);
                    self.open(now, jitter);
                    return;
                }
                *succeeded += 1;
                if *succeeded >= self.settings.trials() {
                    let window = Window::new(self.settings.window);
                    self.enter(Phase::Closed(window), now);
                }
            }
            Phase::Open { .. } => {}
        }
    }

    fn open(&mut self, now: UnixMs, jitter: f64) {
        let cooldown = self.settings.cooldown_after(self.reopened, jitter);
        let next_trial_at = now.plus(cooldown);
        self.enter(Phase::Open { next_trial_at }, now);
    }

    fn enter(&mut self, phase: Phase, now: UnixMs) {
        self.phase = phase;
        self.phase_number += 1;
        self.since = now;
    }

    /// Takes up other settings. What was counted and what was found stays; the length of the window
    /// and a cool-down under way are those of before until the next phase begins.
    pub fn reconfigure(&mut self, settings: BreakerSettings) {
        self.settings = settings;
    }

    /// Sets or lifts an operator's force.
    pub fn force(&mut self, forced: Option<ForcedState>) {
        self.forced = forced;
    }

    /// What it found by itself.
    #[must_use]
    pub fn observed(&self) -> BreakerState {
        match self.phase {
            Phase::Closed(_) => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// The breaker as a gateway reports it. While it is not closed, `calls` and `failures` are
    /// those that tripped it.
    #[must_use]
    pub fn report(&self, target: TargetId, now: UnixMs) -> BreakerReport {
        let (counts, next_trial_at) = match &self.phase {
            Phase::Closed(window) => (window.counts(now), None),
            Phase::Open { next_trial_at } => (self.tripped_on, Some(*next_trial_at)),
            Phase::HalfOpen { .. } => (self.tripped_on, None),
        };
        BreakerReport {
            target,
            observed: self.observed(),
            forced: self.forced,
            since: self.since,
            calls: counts.calls,
            failures: counts.failures,
            next_trial_at,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    calls: u32,
    failures: u32,
    slow: u32,
}

impl Counts {
    fn reach(self, settings: &BreakerSettings) -> bool {
        let share_reached =
            |count: u32, share: f64| f64::from(count) >= share * f64::from(self.calls);
        self.calls >= settings.minimum_calls.max(1)
            && (share_reached(self.failures, settings.failure_share)
                || share_reached(self.slow, settings.slow_share))
    }
}

/// Calls of the last while, forgotten slice by slice.
#[derive(Debug)]
struct Window {
    length: Duration,
    slices: VecDeque<(UnixMs, Counts)>,
}

impl Window {
    fn new(length: Duration) -> Self {
        Self { length, slices: VecDeque::new() }
    }

    fn count(&mut self, result: CallResult, now: UnixMs) {
        let slice_length = self.length / SLICES;
        let begin_new =
            self.slices.back().is_none_or(|(begun, _)| now.since(*begun) >= slice_length);
        if begin_new {
            self.slices.push_back((now, Counts::default()));
        }
        while let Some((begun, _)) = self.slices.front()
            && now.since(*begun) >= self.length
        {
            self.slices.pop_front();
        }
        if let Some((_, counts)) = self.slices.back_mut() {
            counts.calls = counts.calls.saturating_add(1);
            match result {
                CallResult::Success => {}
                CallResult::Slow => counts.slow = counts.slow.saturating_add(1),
                CallResult::Failure => counts.failures = counts.failures.saturating_add(1),
            }
        }
    }

    fn counts(&self, now: UnixMs) -> Counts {
        self.slices.iter().filter(|(begun, _)| now.since(*begun) < self.length).fold(
            Counts::default(),
            |sum, (_, here)| Counts {
                calls: sum.calls.saturating_add(here.calls),
                failures: sum.failures.saturating_add(here.failures),
                slow: sum.slow.saturating_add(here.slow),
            },
        )
    }
}

#[cfg(test)]
#[path = "breaker/tests.rs"]
mod tests;
