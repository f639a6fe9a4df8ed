//! What an attempt came to, whichever sink it went to.

use std::time::Duration;

use changeover_domain::UnixMs;
use changeover_http::{Secret, redact};

/// How much of an answer is shown, in characters.
const SHOWN: usize = 200;
/// A stated wait beyond this is not waited for: the message is given up sooner than that.
const LONGEST_STATED: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The sink says that it has it.
    Delivered,
    /// It may work later.
    Later {
        problem: String,
        /// How long the sink asks to wait.
        stated: Option<Duration>,
        /// The sink is asked too often.
        throttled: bool,
    },
    /// It will not work however often it is tried.
    Refused { problem: String },
}

/// A sink's answer, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    /// The meaning that all sinks agree in: 2xx is delivered, a redirect is not followed, and one for
    /// the time being may be gone later; 429 and 5xx are worth another attempt. For all else, `refuses`
    /// says whether the sink means it.
    pub(crate) fn outcome(&self, refuses: bool, hidden: &[&Secret], now: UnixMs) -> Outcome {
        let problem = self.in_words(hidden);
        match self.status {
            200..=299 => Outcome::Delivered,
            302 | 303 | 307 => Outcome::Later {
                problem: format!("{problem}; redirects are not followed"),
                stated: self.stated(now),
                throttled: false,
            },
            300..=399 => {
                Outcome::Refused { problem: format!("{problem}; redirects are not followed") }
            }
            429 | 500..=599 => Outcome::Later {
                problem,
                stated: self.stated(now),
                throttled: matches!(self.status, 429 | 503),
            },
            _ if refuses => Outcome::Refused { problem },
            _ => Outcome::Later { problem, stated: self.stated(now), throttled: false },
        }
    }

    /// `HTTP 404: no_service`
    fn in_words(&self, hidden: &[&Secret]) -> String {
        let said = hide(&self.body, hidden);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        match shown(&said) {
            said if said.is_empty() => format!("HTTP {}", self.status),
            said => format!("HTTP {}: {said}", self.status),
        }
    }

    /// `Retry-After`: seconds, or a date.
    fn stated(&self, now: UnixMs) -> Option<Duration> {
        let text = self.retry_after.as_deref()?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let at = jiff::fmt::rfc2822::parse(text).ok()?;
                UnixMs(at.timestamp().as_millisecond()).since(now)
            }
        };
        Some(wait.min(LONGEST_STATED))
    }
}

/// A text of somebody else's, without what nobody may read: our secrets, and keys of any vendor's.
pub(crate) fn hide(text: &str, hidden: &[&Secret]) -> String {
    let mut clean = text.to_owned();
    for secret in hidden.iter().map(|secret| secret.expose()).filter(|secret| secret.len() >= 4) {
        clean = clean.replace(secret, "…");
    }
    redact(&clean)
}

fn shown(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> Answer {
        Answer { status, retry_after: retry_after.map(str::to_owned), body: body.to_owned() }
    }

    fn wait(retry_after: &str) -> Option<Duration> {
        // 21 October 2026, 07:28:00 UTC.
        answer(429, Some(retry_after), "").stated(UnixMs(1_792_567_680_000))
    }

    #[test]
    fn a_stated_wait_is_seconds_or_a_date_and_never_endless() {
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:27:30 GMT"), Some(Duration::ZERO), "it is over");
        assert_eq!(wait("18446744073709551615"), Some(LONGEST_STATED));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn an_answer_is_shown_short_on_one_line_and_without_secrets() {
        let secret = Secret::new("hunter2hunter2");
        let said =
            answer(403, None, "bad\n  key hunter2hunter2 and Bearer abc.def").in_words(&[&secret]);
        assert_eq!(said, "HTTP 403: bad key … and Bearer …");
        assert_eq!(answer(502, None, "").in_words(&[]), "HTTP 502");
        let long = answer(500, None, &"é".repeat(9_000)).in_words(&[]);
        assert_eq!(long.chars().count(), "HTTP 500: ".len() + SHOWN);
    }

    #[test]
    fn throttling_and_trouble_of_the_sinks_are_worth_another_attempt_and_a_lasting_redirect_is_not()
    {
        let later = |status| {
            matches!(answer(status, None, "").outcome(true, &[], UnixMs(0)), Outcome::Later { .. })
        };
        assert_eq!(
            [429, 500, 503, 302, 307, 400, 404, 301, 308].map(later),
            [true, true, true, true, true, false, false, false, false]
        );
        let unsure = answer(404, None, "").outcome(false, &[], UnixMs(0));
        assert!(matches!(unsure, Outcome::Later { .. }));
        assert_eq!(answer(204, None, "").outcome(true, &[], UnixMs(0)), Outcome::Delivered);
    }
}
