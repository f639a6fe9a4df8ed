//! How fast the error budget of a target's objective is being used up.
//!
//! The multi-window, multi-burn-rate alert of the Site Reliability Workbook (chapter 5, "Alerting on
//! SLOs", the sixth way), with its two paging pairs:
//!
//! | burn rate | long window | short window | budget gone by then |
//! |---|---|---|---|
//! | 14.4 | 1 h | 5 min | 2 % of 30 days' |
//! | 6 | 6 h | 30 min | 5 % of 30 days' |
//!
//! Both windows of a pair must be over its rate. The long one proves that it matters, the short one
//! that it is still going on. The workbook's half hour is for people who are paged; here an outage
//! that is over would be called a degradation for as long, so the last five minutes must burn at
//! half the rate in any case, by more than one failure. It sees what
//! the minutes' windows cannot: an objective of 99.9 % is broken by a steady 1.5 %, which no look at
//! three minutes tells from noise.
//!
//! A rate of few attempts is noise: one failure of twenty is fifty times the budget of 99.9 %.
//! Below [`LEAST_FAILED_LONG`] and [`LEAST_FAILED_SHORT`] failures nothing is said. Failures that
//! are ours to mend burn no budget of theirs and are not counted, nor are connections that did not
//! come about, which may be either's.

use serde::{Deserialize, Serialize};

use super::tally::share;

/// Failures in the long window of a pair, below which nothing is said.
const LEAST_FAILED_LONG: u64 = 10;
/// Failures in the short window of a pair, below which nothing is said.
const LEAST_FAILED_SHORT: u64 = 3;
/// Failures in the last five minutes, below which it has stopped.
const LEAST_FAILED_LATELY: u64 = 2;
const MINUTE_MS: i64 = 60_000;

/// How far back the longest window reaches.
pub const LONGEST_MS: i64 = 6 * 60 * MINUTE_MS;

/// Attempts, and of those the provider's failures, in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub attempts: u64,
    pub failed: u64,
}

/// The four windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BurnWindows {
    pub five_minutes: Counts,
    pub half_hour: Counts,
    pub hour: Counts,
    pub six_hours: Counts,
}

/// A pair of windows that are both over their rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burning {
    pub rate_long: f64,
    pub rate_short: f64,
    pub limit: f64,
    /// As the windows are called: `1 h`, `5 min`.
    pub long: &'static str,
    pub short: &'static str,
}

impl BurnWindows {
    /// Counts attempts that ended `ago_ms` before now in every window that reaches so far back.
    pub fn add(&mut self, ago_ms: i64, counts: Counts) {
        let windows = [
            (5, &mut self.five_minutes),
            (30, &mut self.half_hour),
            (60, &mut self.hour),
            (360, &mut self.six_hours),
        ];
        for (minutes, window) in windows {
            if ago_ms < minutes * MINUTE_MS {
                window.attempts = window.attempts.saturating_add(counts.attempts);
                window.failed = window.failed.saturating_add(counts.failed);
            }
        }
    }

    /// The pair that is over its rate, the faster first, for an objective of `success_share`.
    #[must_use]
    pub fn burning(&self, success_share: f64) -> Option<Burning> {
        let allowed = 1.0 - success_share;
        if allowed <= 0.0 {
            return None;
        }
        let pairs = [
            (14.4, ("1 h", self.hour), ("5 min", self.five_minutes)),
            (6.0, ("6 h", self.six_hours), ("30 min", self.half_hour)),
        ];
        pairs.into_iter().find_map(|(limit, (long, slow), (short, fast))| {
            let enough = slow.failed >= LEAST_FAILED_LONG && fast.failed >= LEAST_FAILED_SHORT;
            let rate = |counts: Counts| share(counts.failed, counts.attempts) / allowed;
            let (rate_long, rate_short) = (rate(slow), rate(fast));
            let goes_on = self.five_minutes.failed >= LEAST_FAILED_LATELY
                && rate(self.five_minutes) >= limit / 2.0;
            (enough && goes_on && rate_long >= limit && rate_short >= limit).then_some(Burning {
                rate_long,
                rate_short,
                limit,
                long,
                short,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A steady share of failures for some hours, a minute at a time.
    fn steady(per_minute: u64, failed_every: u64, minutes: i64) -> BurnWindows {
        let mut windows = BurnWindows::default();
        for minute in 0..minutes {
            let (first, end) =
                (minute.unsigned_abs() * per_minute, (minute.unsigned_abs() + 1) * per_minute);
            let failed = (first..end).filter(|attempt| attempt % failed_every == 0).count();
            let failed = u64::try_from(failed).unwrap();
            windows.add(minute * MINUTE_MS, Counts { attempts: per_minute, failed });
        }
        windows
    }

    #[test]
    fn a_strict_objective_is_broken_by_a_share_that_minutes_cannot_tell_from_noise() {
        let windows = steady(60, 60, 60);
        let burning = windows.burning(0.999).unwrap();
        assert!((burning.rate_long - 16.7).abs() < 0.1, "{burning:?}");
        assert_eq!((burning.long, burning.short), ("1 h", "5 min"));
        assert_eq!(windows.burning(0.99), None, "1.7 % of 1 % allowed is no page");
    }

    #[test]
    fn a_slow_burn_is_found_by_the_slow_pair() {
        let windows = steady(60, 140, 360);
        assert_eq!(windows.burning(0.999).unwrap().long, "6 h");
    }

    #[test]
    fn what_has_stopped_burning_is_over_with_the_short_window() {
        let mut windows = BurnWindows::default();
        windows.add(10 * MINUTE_MS, Counts { attempts: 3_000, failed: 600 });
        windows.add(0, Counts { attempts: 300, failed: 0 });
        assert_eq!(windows.burning(0.999), None);
    }

    #[test]
    fn one_failure_of_few_attempts_is_no_rate() {
        let mut windows = BurnWindows::default();
        windows.add(0, Counts { attempts: 20, failed: 2 });
        assert_eq!(windows.burning(0.999), None, "a hundred times the budget, and nothing");
    }

    #[test]
    fn an_objective_that_allows_nothing_has_no_rate() {
        assert_eq!(steady(60, 2, 60).burning(1.0), None);
    }
}
