//! When a source is asked next: its interval, never in step with others, sooner in trouble and step by
//! step slower after it, later and later while the page fails.

use std::time::Duration;

use changeover_domain::SourceId;
use sha2::{Digest as _, Sha256};

/// The longest that a failing source is left alone, unless its interval is longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// The longest that a page may ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// Trouble is looked at no more often than this, unless the interval is shorter.
const SHORTEST_WHEN_URGENT: Duration = Duration::from_secs(10);

/// What the pace depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation {
    pub(super) interval: Duration,
    /// The pace until now.
    pub(super) before: Duration,
    pub(super) failures: u32,
    /// It fails because our own network is down.
    pub(super) network_down: bool,
    /// An incident is open, or the provider is known to be in trouble.
    pub(super) is_urgent: bool,
    /// How long the page asked to be left alone.
    pub(super) asked_rest: Duration,
}

/// The time between this poll and the next, without jitter.
pub(super) fn pace(now: Situation) -> Duration {
    let interval = now.interval;
    let quick = (interval / 3).max(SHORTEST_WHEN_URGENT).min(interval);
    let usual = if now.failures > 0 {
        backoff(interval, now.failures, None)
    } else if now.network_down {
        // It costs the page nothing, and its word is wanted as soon as the network is back.
        interval
    } else if now.is_urgent {
        quick
    } else {
        // What is over may come back: half as slow again each time.
        (now.before.saturating_mul(3) / 2).clamp(quick, interval)
    };
    usual.max(now.asked_rest)
}

/// As long as a page may ask to be left alone.
pub(super) fn within_reason(stated: Duration) -> Duration {
    stated.min(LONGEST_RETRY_AFTER)
}

/// How long a document is left alone after so many failures in a row, and as long as it asks to be.
pub(super) fn backoff(interval: Duration, failures: u32, asked: Option<Duration>) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let doubled = interval.saturating_mul(1 << doublings);
    doubled.min(LONGEST_BACKOFF.max(interval)).max(asked.unwrap_or_default())
}

/// A pace with the jitter of one source and turn, ±10 %: the same for the same. A page that asked to be
/// left alone for so long is not asked sooner, nor by everybody at the same moment.
pub(super) fn with_jitter(
    source: &SourceId,
    polls: u64,
    pace: Duration,
    asked_rest: Duration,
) -> Duration {
    let least = if asked_rest < pace { 900 } else { 1_000 };
    let per_mille = least + phase(source, polls) % (1_101 - least);
    (pace.saturating_mul(per_mille) / 1_000).max(asked_rest)
}

/// Any number, by source and turn.
fn phase(source: &SourceId, polls: u64) -> u32 {
    let mut hash = Sha256::new();
    hash.update(source.as_str());
    hash.update(polls.to_le_bytes());
    hash.finalize().iter().take(4).fold(0_u32, |phase, byte| (phase << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn paced(change: impl FnOnce(&mut Situation)) -> u64 {
        let mut situation = Situation {
            interval: MINUTE,
            before: MINUTE,
            failures: 0,
            network_down: false,
            is_urgent: false,
            asked_rest: Duration::ZERO,
        };
        change(&mut situation);
        pace(situation).as_secs()
    }

    #[test]
    fn sources_do_not_run_in_step_and_the_same_source_repeats_itself() {
        let delay = |source: &str, polls| {
            with_jitter(&SourceId::try_new(source).unwrap(), polls, MINUTE, Duration::ZERO)
        };
        let delays = ["a", "b", "c", "d"].map(|source| delay(source, 0));
        let about = Duration::from_secs(54)..=Duration::from_secs(66);
        for one in delays {
            assert!(about.contains(&one), "{one:?}");
        }
        assert!(delays.iter().any(|one| one != &delays[0]));
        assert_eq!(delay("a", 0), delays[0]);
        assert_ne!(delay("a", 1), delays[0], "the phase moves on");
    }

    #[test]
    fn trouble_is_watched_more_closely_and_left_step_by_step() {
        assert_eq!(paced(|now| now.is_urgent = true), 20);
        let short = paced(|now| {
            now.interval = Duration::from_secs(5);
            now.is_urgent = true;
        });
        assert_eq!(short, 5, "never slower than its own interval");
        let after = |seconds| paced(|now| now.before = Duration::from_secs(seconds));
        assert_eq!([after(20), after(30), after(45), after(900)], [30, 45, 60, 60]);
    }

    #[test]
    fn failures_double_the_pace_up_to_a_limit() {
        let failing = |failures| paced(|now| now.failures = failures);
        assert_eq!([failing(1), failing(3), failing(u32::MAX)], [60, 240, 900]);
        let ours = paced(|now| {
            (now.network_down, now.before) = (true, Duration::from_secs(900));
        });
        assert_eq!(ours, 60, "a network that is down is no reason to leave the page alone");
    }

    #[test]
    fn a_page_that_asks_to_be_left_alone_is_never_asked_sooner() {
        let asked = |rest| paced(|now| (now.failures, now.asked_rest) = (1, rest));
        let five = 5 * MINUTE;
        assert_eq!(asked(five), 300);
        assert_eq!(within_reason(Duration::from_secs(1_000_000)).as_secs(), 3_600);
        let source = SourceId::try_new("a").unwrap();
        let delays: Vec<Duration> =
            (0..200).map(|polls| with_jitter(&source, polls, five, five)).collect();
        assert!(delays.iter().all(|delay| (five..=five * 11 / 10).contains(delay)));
        assert!(delays.iter().any(|delay| *delay != five), "nor by everybody at once");
        let nearly = five - Duration::from_secs(1);
        assert!((0..200).all(|polls| with_jitter(&source, polls, five, nearly) >= nearly));
    }
}
