//! How vendors write figures and times.

use std::borrow::Cow;
use std::time::Duration;

use changeover_domain::UnixMs;
use jiff::Timestamp;

use crate::classify::wait_of;

/// Numbers from here on are seconds since 1970, not seconds to wait.
const EARLIEST_TIME: f64 = 1_000_000_000.0;
/// And from here on milliseconds.
const EARLIEST_TIME_IN_MS: f64 = 1_000_000_000_000.0;

/// An answer's headers, their names in lower case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headers<'a>(pub(super) &'a [(Cow<'a, str>, &'a str)]);

impl<'a> Headers<'a> {
    pub(super) fn value(self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn any_starting(self, start: &str) -> bool {
        self.0.iter().any(|(name, _)| starts_with(name, start))
    }
}

/// Names of headers are the same in any case.
pub(super) fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// A count; some write it with a fraction, and a limit of nothing below zero.
pub(super) fn count(text: &str) -> Option<u64> {
    let whole = text.split(['.', ',', ';']).next()?.trim();
    if let Some(below) = whole.strip_prefix('-') {
        // Used more than there was.
        return below.parse::<u64>().ok().map(|_| 0);
    }
    whole.parse().ok()
}

/// How long until a reset: a point in time, a span, or seconds.
pub(super) fn reset(text: &str, now: UnixMs) -> Option<Duration> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(UnixMs(at.as_millisecond()).since(now));
    }
    let Ok(number) = text.parse::<f64>() else {
        return wait_of(text);
    };
    let now = Duration::from_millis(u64::try_from(now.0).ok()?);
    let since_1970 = if number >= EARLIEST_TIME_IN_MS {
        Duration::try_from_secs_f64(number / 1_000.0)
    } else if number >= EARLIEST_TIME {
        Duration::try_from_secs_f64(number)
    } else {
        return Duration::try_from_secs_f64(number).ok();
    };
    since_1970.ok().map(|at| at.saturating_sub(now))
}
