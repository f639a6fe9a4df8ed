//! What one request may spend: its time, and its attempts.
//!
//! Not for measuring: how much has passed is handed in, from a clock that never steps back. The
//! time covers everything from arrival to answer, attempts in flight and pauses included, so an
//! attempt is never given more than what is left. A caller's own deadline shortens it and never
//! lengthens it: nobody occupies a gateway by asking for a long time.
//!
//! # Why an attempt does not get all that is left
//!
//! A provider that takes connections and then says nothing would eat the whole time, and the
//! standby that would have answered is never asked. So while targets follow, an attempt leaves a
//! reserve for each of them; but it keeps at least half of what is left, because the first target
//! is the one that most likely answers.

use std::time::Duration;

/// What requests may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBudgetSettings {
    /// From arrival until the answer, or until its first byte when it is streamed.
    pub total: Duration,
    /// How much earlier than the caller's own deadline it ends, so that our answer arrives before
    /// the caller hangs up.
    pub answer_margin: Duration,
    /// What an attempt leaves for each target that follows.
    pub standby_reserve: Duration,
    /// The most attempts, over all targets and modes.
    pub attempts_most: u32,
}

impl Default for RequestBudgetSettings {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(8),
            answer_margin: Duration::from_millis(50),
            standby_reserve: Duration::from_secs(2),
            attempts_most: 6,
        }
    }
}

/// Up to this part of its full time an attempt may be short of it and still count as one that had
/// its time: what passes between a request's arrival and its first attempt is no cut.
const CUT_PART: u32 = 10;

/// Whether an attempt's limit is so much below its full one that running out of time says nothing
/// about the target.
#[must_use]
pub fn is_cut_short(limit: Duration, full: Duration) -> bool {
    limit < full - full / CUT_PART
}

/// One request's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBudget {
    total: Duration,
    /// Without the caller's deadline.
    configured: Duration,
    standby_reserve: Duration,
    attempts_most: u32,
}

impl RequestBudget {
    /// The budget of a request whose caller waits for `callers_deadline` after its arrival, or
    /// does not say.
    #[must_use]
    pub fn new(settings: &RequestBudgetSettings, callers_deadline: Option<Duration>) -> Self {
        let callers = callers_deadline.map(|wait| wait.saturating_sub(settings.answer_margin));
        Self {
            configured: settings.total,
            total: callers.map_or(settings.total, |callers| callers.min(settings.total)),
            standby_reserve: settings.standby_reserve,
            attempts_most: settings.attempts_most.max(1),
        }
    }

    /// What is left, `elapsed` after the request's arrival.
    #[must_use]
    pub fn left(&self, elapsed: Duration) -> Duration {
        self.total.saturating_sub(elapsed)
    }

    /// Whether one more attempt may be made after `attempts` of them.
    #[must_use]
    pub fn allows_attempt(&self, elapsed: Duration, attempts: u32) -> bool {
        attempts < self.attempts_most && !self.left(elapsed).is_zero()
    }

    /// How long an attempt that begins now may take: `usual`, what is left less the reserve for
    /// the targets that follow, whichever is shorter.
    #[must_use]
    pub fn attempt_limit(
        &self,
        elapsed: Duration,
        usual: Duration,
        targets_following: u32,
    ) -> Duration {
        self.within(self.left(elapsed), usual, targets_following)
    }

    /// How long an attempt may take where nothing has used up time before it and the caller leaves
    /// the time to the configuration.
    #[must_use]
    pub fn full_attempt_limit(&self, usual: Duration, targets_following: u32) -> Duration {
        self.within(self.configured, usual, targets_following)
    }

    fn within(&self, left: Duration, usual: Duration, targets_following: u32) -> Duration {
        let reserve = self.standby_reserve.saturating_mul(targets_following).min(left / 2);
        usual.min(left.saturating_sub(reserve))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(callers_deadline: Option<Duration>) -> RequestBudget {
        RequestBudget::new(&RequestBudgetSettings::default(), callers_deadline)
    }

    #[test]
    fn a_callers_deadline_shortens_the_time_and_never_lengthens_it() {
        assert_eq!(budget(None).left(Duration::ZERO), 8 * SECOND);
        let shorter = budget(Some(3 * SECOND)).left(Duration::ZERO);
        assert_eq!(shorter, Duration::from_millis(2_950), "less what our answer needs to arrive");
        assert_eq!(budget(Some(600 * SECOND)).left(Duration::ZERO), 8 * SECOND);
        assert_eq!(budget(Some(Duration::ZERO)).left(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn neither_time_nor_attempts_are_given_beyond_their_number() {
        let budget = budget(None);
        assert!(budget.allows_attempt(7 * SECOND, 5));
        assert!(!budget.allows_attempt(7 * SECOND, 6), "six were made");
        assert!(!budget.allows_attempt(8 * SECOND, 0), "the time is over");
        assert_eq!(budget.left(9 * SECOND), Duration::ZERO);
    }

    #[test]
    fn a_target_that_says_nothing_leaves_time_for_those_that_follow() {
        let budget = budget(None);
        let usual = 30 * SECOND;
        assert_eq!(budget.attempt_limit(Duration::ZERO, usual, 0), 8 * SECOND);
        assert_eq!(budget.attempt_limit(Duration::ZERO, usual, 1), 6 * SECOND);
        assert_eq!(budget.attempt_limit(Duration::ZERO, usual, 2), 4 * SECOND);
        assert_eq!(budget.attempt_limit(Duration::ZERO, usual, 9), 4 * SECOND, "half is its own");
        assert_eq!(budget.attempt_limit(6 * SECOND, usual, 1), SECOND);
        assert_eq!(budget.attempt_limit(Duration::ZERO, SECOND, 1), SECOND);
    }

    #[test]
    fn a_hurried_caller_and_a_slow_predecessor_cut_an_attempt_short() {
        let usual = 30 * SECOND;
        let is_cut = |budget: RequestBudget, elapsed, usual, following| {
            let full = budget.full_attempt_limit(usual, following);
            is_cut_short(budget.attempt_limit(elapsed, usual, following), full)
        };
        let patient = budget(None);
        assert!(!is_cut(patient, Duration::from_millis(500), usual, 1), "reading it takes time");
        assert!(is_cut(patient, 6 * SECOND, usual, 0), "its predecessor took six of eight seconds");
        assert!(!is_cut(patient, 6 * SECOND, SECOND, 0), "all that it ever gets");
        let hurried = budget(Some(Duration::from_millis(60)));
        assert!(is_cut(hurried, Duration::ZERO, usual, 0));
        assert!(!is_cut(budget(Some(600 * SECOND)), Duration::ZERO, usual, 0));
    }

    proptest! {
        #[test]
        fn attempts_one_after_the_other_end_within_the_budget(
            deadline_ms in proptest::option::of(0_u64..20_000),
            usual_ms in 1_u64..20_000,
            targets in 1_u32..5,
        ) {
            let budget = budget(deadline_ms.map(Duration::from_millis));
            let mut elapsed = Duration::ZERO;
            for following in (0..targets).rev() {
                let limit =
                    budget.attempt_limit(elapsed, Duration::from_millis(usual_ms), following);
                prop_assert!(limit <= budget.left(elapsed));
                prop_assert!(limit >= (budget.left(elapsed) / 2).min(Duration::from_millis(usual_ms)));
                elapsed += limit;
            }
            prop_assert!(elapsed <= budget.left(Duration::ZERO));
        }
    }
}
