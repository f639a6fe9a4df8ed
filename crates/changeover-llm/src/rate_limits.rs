//! The vendors' limits on us, from the headers of every answer.
//!
//! Every vendor writes them in its own way, and some in one that means another thing elsewhere:
//! resets are points in time, spans, seconds or milliseconds since 1970; the same name counts
//! requests of a day at one vendor and of a minute at another. Here they become one: what is
//! allowed, what is left, how long until it is full again, and of which window, where that is said.
//! Nothing is made up: what is not said is not known, and "left" above zero promises nothing.

mod ietf;
mod value;

use std::borrow::Cow;
use std::time::Duration;

use changeover_domain::UnixMs;

use crate::answer::{RateLimit, RateLimits};
use value::{Headers, count, reset, starts_with};

/// Every header that tells of a limit begins with one of these; the last says which vendor it is from.
const STARTS: [&str; 6] =
    ["x-ratelimit", "anthropic-ratelimit-", "ratelimit", "x-tokenlimit-", "x-trial-", GROQ];
const GROQ: &str = "x-groq-";

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Names of one limit's three headers, and its window where the name says it.
struct Names {
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
    window: Option<Duration>,
}

const fn names(limit: &'static str, remaining: &'static str, reset: &'static str) -> Names {
    Names { limit, remaining, reset, window: None }
}

impl Names {
    const fn per(self, window: Duration) -> Self {
        Self { window: Some(window), ..self }
    }
}

/// Requests, the most telling first: those of a short window before those of a long one.
const REQUESTS: [Names; 8] = [
    names(
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    names(
        "x-ratelimit-limit-req-minute",
        "x-ratelimit-remaining-req-minute",
        "x-ratelimit-reset-req-minute",
    )
    .per(MINUTE),
    names(
        "x-ratelimit-limit-requests-minute",
        "x-ratelimit-remaining-requests-minute",
        "x-ratelimit-reset-requests-minute",
    )
    .per(MINUTE),
    names(
        "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    names(
        "x-ratelimit-limit-requests-day",
        "x-ratelimit-remaining-requests-day",
        "x-ratelimit-reset-requests-day",
    )
    .per(DAY),
    names("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    names("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    names("x-trial-endpoint-call-limit", "x-trial-endpoint-call-remaining", "").per(MINUTE),
];

const TOKENS: [Names; 8] = [
    names(
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    names(
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    names(
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
    names(
        "x-ratelimit-limit-tokens-minute",
        "x-ratelimit-remaining-tokens-minute",
        "x-ratelimit-reset-tokens-minute",
    )
    .per(MINUTE),
    names("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    names(
        "x-ratelimitbysize-limit-minute",
        "x-ratelimitbysize-remaining-minute",
        "x-ratelimitbysize-reset-minute",
    )
    .per(MINUTE),
    names("x-tokenlimit-limit", "x-tokenlimit-remaining", "x-tokenlimit-reset"),
    names(
        "x-ratelimit-limit-tokens-day",
        "x-ratelimit-remaining-tokens-day",
        "x-ratelimit-reset-tokens-day",
    )
    .per(DAY),
];

/// Reads the headers of any vendor's answer. Resets are points in time at some vendors, so `now` is
/// needed.
pub(crate) fn parse<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    now: UnixMs,
) -> RateLimits {
    let telling = headers.filter(|(name, _)| may_tell(name));
    let telling: Vec<_> = telling.map(|(name, value)| (in_lower_case(name), value)).collect();
    if telling.is_empty() {
        return RateLimits::default();
    }
    let headers = Headers(&telling);
    let mut limits = RateLimits {
        requests: tightest(&REQUESTS, headers, now),
        tokens: tightest(&TOKENS, headers, now),
    };
    // This vendor counts requests by the day and tokens by the minute, under the common names.
    if headers.any_starting(GROQ) {
        limits.requests.window = limits.requests.window.or(Some(DAY));
        limits.tokens.window = limits.tokens.window.or(Some(MINUTE));
    }
    if limits.requests == RateLimit::default() {
        limits.requests = ietf::parse(headers);
    }
    limits
}

/// Names of headers are the same in any case; from the wire they come in this one.
fn in_lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether a header of this name may be one of all those that are looked for: there are many, and an
/// answer has few of them.
fn may_tell(name: &str) -> bool {
    STARTS.iter().any(|start| starts_with(name, start))
}

/// How long until the limit that is used up is full again; `None` when none is known to be.
pub(crate) fn wait(limits: &RateLimits) -> Option<Duration> {
    [limits.requests, limits.tokens]
        .into_iter()
        .filter(|limit| limit.remaining == Some(0))
        .filter_map(|limit| limit.reset)
        .max()
}

/// Of several limits on the same thing the one with the smallest part left: it will refuse first.
fn tightest(all: &[Names], headers: Headers<'_>, now: UnixMs) -> RateLimit {
    let stated = all
        .iter()
        .map(|names| one(names, headers, now))
        .filter(|limit| *limit != RateLimit::default());
    stated.min_by_key(part_left).unwrap_or_default()
}

fn one(names: &Names, headers: Headers<'_>, now: UnixMs) -> RateLimit {
    let limit = headers.value(names.limit).and_then(count);
    let remaining = headers.value(names.remaining).and_then(count);
    let reset = headers.value(names.reset).and_then(|text| reset(text, now));
    let said = limit.is_some() || remaining.is_some() || reset.is_some();
    RateLimit { limit, remaining, reset, window: names.window.filter(|_| said) }
}

/// In thousandths; what is not known is taken as whole.
fn part_left(limit: &RateLimit) -> u64 {
    match (limit.remaining, limit.limit) {
        (Some(remaining), Some(limit)) if limit > 0 => remaining.saturating_mul(1_000) / limit,
        (Some(0), _) => 0,
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests;
