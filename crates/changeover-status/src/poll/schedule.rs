//! When a source is asked next: its interval, never in step with others, sooner while something is
//! open, later and later while it fails.

use std::time::Duration;

use changeover_domain::SourceId;
use sha2::{Digest as _, Sha256};

/// The longest that a failing source is left alone, unless its interval is longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// The longest that a page may ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// An open incident is looked at no more often than this, unless the interval is shorter.
const SHORTEST_WHEN_OPEN: Duration = Duration::from_secs(10);

/// What the next delay depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation<'a> {
    pub(super) source: &'a SourceId,
    pub(super) interval: Duration,
    /// Polls made so far; moves the jitter on.
    pub(super) polls: u64,
    pub(super) failures: u32,
    pub(super) has_open_incident: bool,
    /// What the page asked for with `Retry-After`.
    pub(super) retry_after: Option<Duration>,
}

/// The time to wait before the next poll: the same for the same situation, ±10 %.
pub(super) fn next_delay(situation: Situation<'_>) -> Duration {
    let interval = situation.interval;
    let base = if situation.failures > 0 {
        let doublings = situation.failures.saturating_sub(1).min(16);
        let backoff = interval.saturating_mul(1 << doublings);
        let asked = situation.retry_after.unwrap_or_default();
        backoff.min(LONGEST_BACKOFF.max(interval)).max(asked.min(LONGEST_RETRY_AFTER))
    } else if situation.has_open_incident {
        (interval / 3).max(SHORTEST_WHEN_OPEN).min(interval)
    } else {
        interval
    };
    base.saturating_mul(per_mille(situation.source, situation.polls)) / 1_000
}

/// 900 to 1,100, by source and turn.
fn per_mille(source: &SourceId, polls: u64) -> u32 {
    let mut hash = Sha256::new();
    hash.update(source.as_str());
    hash.update(polls.to_le_bytes());
    let phase =
        hash.finalize().iter().take(4).fold(0_u32, |phase, byte| (phase << 8) | u32::from(*byte));
    900 + phase % 201
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delay(source: &str, change: impl FnOnce(&mut Situation<'_>)) -> Duration {
        let source = SourceId::try_new(source).unwrap();
        let mut situation = Situation {
            source: &source,
            interval: Duration::from_secs(60),
            polls: 0,
            failures: 0,
            has_open_incident: false,
            retry_after: None,
        };
        change(&mut situation);
        next_delay(situation)
    }

    fn about(seconds: u64) -> std::ops::RangeInclusive<Duration> {
        Duration::from_millis(seconds * 900)..=Duration::from_millis(seconds * 1_100)
    }

    #[test]
    fn sources_do_not_run_in_step_and_the_same_source_repeats_itself() {
        let delays = ["a", "b", "c", "d"].map(|source| delay(source, |_| {}));
        for one in delays {
            assert!(about(60).contains(&one), "{one:?}");
        }
        assert!(delays.iter().any(|one| one != &delays[0]));
        assert_eq!(delay("a", |_| {}), delays[0]);
        assert_ne!(delay("a", |now| now.polls = 1), delays[0], "the phase moves on");
    }

    #[test]
    fn an_open_incident_is_watched_more_closely() {
        assert!(about(20).contains(&delay("a", |now| now.has_open_incident = true)));
        let short = delay("a", |now| {
            now.interval = Duration::from_secs(5);
            now.has_open_incident = true;
        });
        assert!(about(5).contains(&short), "never slower than its own interval");
    }

    #[test]
    fn failures_double_the_delay_up_to_a_limit() {
        assert!(about(60).contains(&delay("a", |now| now.failures = 1)));
        assert!(about(240).contains(&delay("a", |now| now.failures = 3)));
        assert!(about(900).contains(&delay("a", |now| now.failures = u32::MAX)));
    }

    #[test]
    fn a_page_that_asks_to_be_left_alone_is_within_reason() {
        let asked = |seconds| {
            delay("a", |now| {
                now.failures = 1;
                now.retry_after = Some(Duration::from_secs(seconds));
            })
        };
        assert!(about(300).contains(&asked(300)));
        assert!(about(3_600).contains(&asked(1_000_000)));
    }
}
