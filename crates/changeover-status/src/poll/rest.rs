//! How long a document that fails is left alone.
//!
//! For as long as it asks to be it is not asked at all, whoever would like to know sooner. And while
//! the page's other document does for it, it is asked later and later: an answer that can be had
//! elsewhere is no reason to press a server in trouble, or to wait for one that hangs.

use std::time::Duration;

use changeover_domain::UnixMs;

use super::fetch::PollError;
use super::schedule;

/// The failures in a row of one document, and what they ask for.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    pub(super) failures: u32,
    pub(super) problem: PollError,
    /// Until when it asked to be left alone, where it did.
    asked_until: Option<UnixMs>,
    /// Until when it is left alone while there is another document.
    until: UnixMs,
}

impl Rest {
    /// After one more failure.
    pub(super) fn after(
        before: Option<&Self>,
        problem: PollError,
        interval: Duration,
        now: UnixMs,
    ) -> Self {
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let asked = problem.retry_after().map(schedule::within_reason);
        // The first failure may be the only one.
        let rest = match (failures, asked) {
            (1, None) => Duration::ZERO,
            _ => schedule::backoff(interval, failures, asked),
        };
        let asked_until = asked.map(|asked| now.plus(asked));
        Self { failures, problem, asked_until, until: now.plus(rest) }
    }

    /// For how long from now on it asks to be left alone.
    pub(super) fn asked(&self, now: UnixMs) -> Duration {
        self.asked_until.map_or(Duration::ZERO, |until| until.since(now))
    }

    /// Whether it is left alone now, although there is no other document to be had.
    pub(super) fn is_asked_for(&self, now: UnixMs) -> bool {
        self.asked_until.is_some_and(|until| now < until)
    }

    /// Whether it is left alone now, while there is another document.
    pub(super) fn holds(&self, now: UnixMs) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn refused(retry_after: Option<Duration>) -> PollError {
        PollError::Status { status: 429, retry_after }
    }

    fn failed(times: u32, problem: &PollError) -> Rest {
        let first = Rest::after(None, problem.clone(), MINUTE, NOW);
        (1..times).fold(first, |before, _| Rest::after(Some(&before), problem.clone(), MINUTE, NOW))
    }

    #[test]
    fn a_document_is_left_alone_as_it_asks_and_later_and_later() {
        let hour = Duration::from_secs(3_600);
        let asked = failed(1, &refused(Some(hour)));
        let last = NOW.plus(hour).plus_millis(-1);
        assert!(asked.is_asked_for(last) && asked.holds(last));
        assert!(!asked.is_asked_for(NOW.plus(hour)) && !asked.holds(NOW.plus(hour)), "no longer");
        assert_eq!(asked.asked(NOW.plus(MINUTE)), hour.saturating_sub(MINUTE));
        let plain = refused(None);
        let rests = [1, 2, 3, 99].map(|times| failed(times, &plain).until.since(NOW).as_secs());
        assert_eq!(rests, [0, 120, 240, 900]);
        assert!(!failed(9, &plain).is_asked_for(NOW), "it asked for nothing");
    }

    #[test]
    fn a_document_that_asks_for_a_week_is_asked_within_the_hour() {
        let week = failed(1, &refused(Some(Duration::from_secs(7 * 86_400))));
        assert_eq!(week.asked(NOW), Duration::from_secs(3_600));
    }
}
