//! How often one page's webhooks are let in: a bucket of tokens.
//!
//! Counted only behind the right secret. Who guesses is not counted, on purpose: a bucket that
//! strangers can empty would lock out the page itself, and guessing at 128 bits needs no limit.

use std::time::Duration;

use changeover_domain::UnixMs;

/// As many as may come at once: an incident that names every component.
const BURST: u32 = 30;
/// After that, one in this time.
const EVERY: Duration = Duration::from_secs(2);

/// Too many; the time after which one more is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    pub retry_after: Duration,
}

/// A bucket, as the time at which it will be full again: no tokens need be counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rate {
    full_at: UnixMs,
}

impl Rate {
    /// Takes a token, or says when there is one.
    pub(crate) fn take(&mut self, now: UnixMs) -> Result<(), Limited> {
        let full_at = self.full_at.max(now).plus(EVERY);
        let latest = now.plus(EVERY.saturating_mul(BURST));
        if full_at > latest {
            // A clock that was set back must not shut the page out until it has caught up.
            self.full_at = self.full_at.min(latest);
            return Err(Limited { retry_after: full_at.since(latest) });
        }
        self.full_at = full_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_one_at_a_time() {
        let mut rate = Rate::default();
        let now = UnixMs(1_000_000);
        for n in 0..BURST {
            assert_eq!(rate.take(now), Ok(()), "{n}");
        }
        assert_eq!(rate.take(now), Err(Limited { retry_after: EVERY }));
        assert!(rate.take(now.plus_millis(1_999)).is_err());
        assert_eq!(rate.take(now.plus(EVERY)), Ok(()));
        assert!(rate.take(now.plus(EVERY)).is_err(), "one, and not another burst");
        let later = now.plus(Duration::from_secs(3_600));
        assert_eq!((0..100).filter(|_| rate.take(later).is_ok()).count(), 30, "never more at once");
    }

    #[test]
    fn a_clock_that_went_back_shuts_nobody_out_for_long() {
        let mut rate = Rate::default();
        rate.take(UnixMs(10_000_000)).ok();
        assert!(rate.take(UnixMs(0)).is_err());
        assert_eq!(rate.take(UnixMs(0).plus(EVERY)), Ok(()));
    }
}
