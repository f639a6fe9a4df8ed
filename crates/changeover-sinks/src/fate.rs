//! What becomes of a message after an attempt: delivered, given up, or tried again and when.
//!
//! Pauses grow exponentially with full jitter, and what the sink states is a lower bound
//! (`policy::retry::Backoff`). A message is worth a day: an alarm of yesterday is in the list of
//! what could not be delivered, where a person decides. One that was given up and is queued again
//! gets one more attempt, since its day is over.

use std::time::Duration;

use changeover_domain::{OutgoingMessage, OutgoingState, UnixMs};
use changeover_policy::actions::Wait;
use changeover_policy::retry::{Backoff, Retry};

use crate::Outcome;

/// How long a message is worth trying, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    pub most_attempts: u32,
    /// Since it was told.
    pub most_age: Duration,
    pub backoff: Backoff,
}

/// Two seconds, doubling to an hour at most, for a day or sixty attempts.
pub const DELIVERY: Delivery = Delivery {
    most_attempts: 60,
    most_age: Duration::from_secs(24 * 3_600),
    backoff: Backoff {
        base: Duration::from_secs(2),
        cap: Duration::from_secs(3_600),
        throttle_least: Duration::from_secs(5),
        attempt_least: Duration::ZERO,
    },
};

/// The message after an attempt that ended at `now`. `random` is drawn evenly from 0 to 1.
#[must_use]
pub fn after_attempt(
    message: OutgoingMessage,
    outcome: Outcome,
    delivery: &Delivery,
    now: UnixMs,
    random: f64,
) -> OutgoingMessage {
    let attempts = message.attempts.saturating_add(1);
    let tried = OutgoingMessage { attempts, last_tried_at: Some(now), begun_at: None, ..message };
    let done = |state, problem| OutgoingMessage {
        state,
        next_try_at: None,
        done_at: Some(now),
        problem,
        ..tried.clone()
    };
    match outcome {
        Outcome::Delivered => done(OutgoingState::Delivered, None),
        Outcome::Refused { problem } => done(OutgoingState::GivenUp, Some(problem)),
        Outcome::Later { problem, stated, throttled } => {
            let wait = if throttled { Wait::Throttle } else { Wait::Backoff };
            match pause(&tried, (wait, stated), delivery, now, random) {
                Some(pause) => OutgoingMessage {
                    next_try_at: Some(now.plus(pause)),
                    problem: Some(problem),
                    ..tried
                },
                None => {
                    let problem = format!("given up at attempt {attempts}: {problem}");
                    done(OutgoingState::GivenUp, Some(problem))
                }
            }
        }
    }
}

fn pause(
    tried: &OutgoingMessage,
    (wait, stated): (Wait, Option<Duration>),
    delivery: &Delivery,
    now: UnixMs,
    random: f64,
) -> Option<Duration> {
    let left = delivery.most_age.checked_sub(now.since(tried.created_at))?;
    if tried.attempts >= delivery.most_attempts {
        return None;
    }
    let retry = Retry { number: tried.attempts, wait, stated, left };
    delivery.backoff.pause(&retry, random)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tests::message;

    const NOW: UnixMs = UnixMs(1_795_183_200_000);

    fn later(stated_s: Option<u64>, throttled: bool) -> Outcome {
        let stated = stated_s.map(Duration::from_secs);
        Outcome::Later { problem: "HTTP 503".into(), stated, throttled }
    }

    fn fresh() -> OutgoingMessage {
        OutgoingMessage { created_at: NOW, ..message() }
    }

    fn wait_ms(message: &OutgoingMessage, now: UnixMs) -> Option<i64> {
        message.next_try_at.map(|at| at.millis_since(now))
    }

    #[test]
    fn pauses_double_from_two_seconds_to_an_hour() {
        let mut message = fresh();
        let bounds: Vec<Option<i64>> = (0..14)
            .map(|_| {
                message = after_attempt(message.clone(), later(None, false), &DELIVERY, NOW, 1.0);
                wait_ms(&message, NOW).map(|ms| ms / 1_000)
            })
            .collect();
        let expected = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600];
        assert_eq!(bounds, expected.map(Some));
        assert_eq!(message.attempts, 14);
    }

    #[test]
    fn the_sinks_own_word_on_when_to_come_back_is_obeyed() {
        let asked = after_attempt(fresh(), later(Some(120), true), &DELIVERY, NOW, 0.0);
        assert_eq!(wait_ms(&asked, NOW), Some(120_000));
        let unbelieved = after_attempt(fresh(), later(Some(0), true), &DELIVERY, NOW, 0.0);
        assert_eq!(wait_ms(&unbelieved, NOW), Some(5_000), "a limit is not asked again at once");
        let too_long = after_attempt(fresh(), later(Some(90_000), true), &DELIVERY, NOW, 0.0);
        assert_eq!(too_long.state, OutgoingState::GivenUp, "its day is over by then");
    }

    #[test]
    fn what_is_refused_or_a_day_old_is_given_up_and_says_why() {
        let refusal = Outcome::Refused { problem: "HTTP 404: no_service".into() };
        let refused = after_attempt(fresh(), refusal, &DELIVERY, NOW, 0.5);
        assert_eq!((refused.state, refused.attempts), (OutgoingState::GivenUp, 1));
        assert_eq!(refused.problem.as_deref(), Some("HTTP 404: no_service"));
        let tomorrow = NOW.plus(DELIVERY.most_age).plus_millis(1);
        let old = after_attempt(fresh(), later(None, false), &DELIVERY, tomorrow, 0.5);
        assert_eq!(old.problem.as_deref(), Some("given up at attempt 1: HTTP 503"));
        assert_eq!((old.next_try_at, old.done_at), (None, Some(tomorrow)));
    }

    #[test]
    fn a_delivered_message_has_no_problem_any_more() {
        let begun = OutgoingMessage { begun_at: Some(NOW), ..fresh() };
        let tried = after_attempt(begun, later(None, false), &DELIVERY, NOW, 0.5);
        assert_eq!(tried.begun_at, None, "it is known how the attempt ended");
        let done = after_attempt(tried, Outcome::Delivered, &DELIVERY, NOW, 0.5);
        assert_eq!(
            (done.state, done.problem, done.next_try_at),
            (OutgoingState::Delivered, None, None)
        );
        assert_eq!(done.attempts, 2);
    }

    proptest! {
        #[test]
        fn however_it_goes_it_ends_within_its_day_and_its_attempts(
            draws in proptest::collection::vec((0.0_f64..=1.0, any::<bool>()), 80),
        ) {
            let (mut message, mut now) = (fresh(), NOW);
            for (random, throttled) in draws {
                if message.state != OutgoingState::Queued { break; }
                now = message.next_try_at.map_or(now, |at| at.max(now));
                prop_assert!(now.since(NOW) <= DELIVERY.most_age);
                message = after_attempt(message, later(None, throttled), &DELIVERY, now, random);
            }
            prop_assert_eq!(message.state, OutgoingState::GivenUp);
            prop_assert!(message.attempts <= DELIVERY.most_attempts);
        }
    }
}
