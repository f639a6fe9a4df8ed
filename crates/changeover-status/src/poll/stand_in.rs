//! While the preferred document of a page fails and its feed stands in for it.
//!
//! A feed that answers is no reason to press the document that does not: it is left alone for as long
//! as it asks to be, and later and later. And what it said of components is not true for ever, for no
//! feed tells of those.

use std::time::Duration;

use changeover_domain::{ComponentState, UnixMs};

use super::fetch::PollError;
use super::{FAILURES_TO_UNREADABLE, schedule};
use crate::Reading;

/// How often the preferred document has failed in a row, and until when it is left alone.
#[derive(Debug)]
pub(super) struct StandIn {
    failures: u32,
    problem: PollError,
    rests_until: UnixMs,
}

impl StandIn {
    /// After one more failure of the preferred document.
    pub(super) fn after(
        before: Option<&Self>,
        problem: PollError,
        interval: Duration,
        now: UnixMs,
    ) -> Self {
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let stated = problem.retry_after();
        // The first failure may be the only one.
        let rest = match (failures, stated) {
            (1, None) => Duration::ZERO,
            _ => schedule::backoff(interval, failures, stated),
        };
        Self { failures, problem, rests_until: now.plus(rest) }
    }

    /// Why it is not asked now, where it is left alone. One that is merely silent is asked each time: a
    /// feed at the same host has nothing to say then either.
    pub(super) fn rest(&self, now: UnixMs) -> Option<PollError> {
        let rests = now < self.rests_until && !self.problem.is_silence();
        rests.then(|| self.problem.clone())
    }

    /// What is still believed of what the document said last.
    pub(super) fn believed(&self, mut main: Reading) -> Reading {
        if self.failures >= FAILURES_TO_UNREADABLE {
            main.page = ComponentState::Unknown;
            for component in &mut main.components {
                component.state = ComponentState::Unknown;
            }
        }
        main
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

    fn failed(times: u32, problem: &PollError) -> StandIn {
        let first = StandIn::after(None, problem.clone(), MINUTE, NOW);
        (1..times)
            .fold(first, |before, _| StandIn::after(Some(&before), problem.clone(), MINUTE, NOW))
    }

    fn rests_for(stand_in: &StandIn) -> Duration {
        stand_in.rests_until.since(NOW)
    }

    #[test]
    fn a_document_is_left_alone_as_it_asks_and_later_and_later() {
        let hour = Duration::from_secs(3_600);
        let asked = failed(1, &refused(Some(hour)));
        assert_eq!(asked.rest(NOW.plus(hour).plus_millis(-1)), Some(refused(Some(hour))));
        assert_eq!(asked.rest(NOW.plus(hour)), None, "and no longer");
        let plain = refused(None);
        let rests = [1, 2, 3, 99].map(|times| rests_for(&failed(times, &plain)).as_secs());
        assert_eq!(rests, [0, 120, 240, 900]);
    }

    #[test]
    fn silence_is_asked_again_each_time() {
        let silent = PollError::Unreachable("refused".to_owned());
        assert_eq!(failed(5, &silent).rest(NOW), None);
    }
}
