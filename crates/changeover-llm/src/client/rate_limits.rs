//! The vendors' limits on us, from the headers of every answer.

use std::time::Duration;

use changeover_domain::UnixMs;
use jiff::Timestamp;

use crate::answer::{RateLimit, RateLimits};
use crate::classify::wait_of;

/// Reads `anthropic-ratelimit-*` and `x-ratelimit-*`. Resets are points in time at one vendor and
/// spans at the other, so `now` is needed.
pub(super) fn parse(headers: &[(String, String)], now: UnixMs) -> RateLimits {
    RateLimits { requests: limit(headers, "requests", now), tokens: limit(headers, "tokens", now) }
}

fn limit(headers: &[(String, String)], what: &str, now: UnixMs) -> RateLimit {
    let find = |name: String| {
        headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name))
            .map(|(_, value)| value.trim())
    };
    let value = |field: &str| {
        find(format!("anthropic-ratelimit-{what}-{field}"))
            .or_else(|| find(format!("x-ratelimit-{field}-{what}")))
    };
    RateLimit {
        limit: value("limit").and_then(|text| text.parse().ok()),
        remaining: value("remaining").and_then(|text| text.parse().ok()),
        reset: value("reset").and_then(|text| reset(text, now)),
    }
}

fn reset(text: &str, now: UnixMs) -> Option<Duration> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(UnixMs(at.as_millisecond()).since(now));
    }
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.or_else(|| wait_of(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn both_vendors_writings_are_read() {
        let openai = parse(
            &headers(&[
                ("X-RateLimit-Limit-Requests", "3000"),
                ("x-ratelimit-remaining-requests", "2999"),
                ("x-ratelimit-reset-requests", "20ms"),
                ("x-ratelimit-reset-tokens", "1m2s"),
            ]),
            UnixMs(0),
        );
        assert_eq!(openai.requests.limit, Some(3_000));
        assert_eq!(openai.requests.remaining, Some(2_999));
        assert_eq!(openai.requests.reset, Some(Duration::from_millis(20)));
        assert_eq!(openai.tokens.reset, Some(Duration::from_secs(62)));
        assert_eq!(openai.tokens.limit, None, "what is not said is not known");

        let anthropic = parse(
            &headers(&[
                ("anthropic-ratelimit-tokens-remaining", "12000"),
                ("anthropic-ratelimit-tokens-reset", "1970-01-01T00:01:00Z"),
            ]),
            UnixMs(20_000),
        );
        assert_eq!(anthropic.tokens.remaining, Some(12_000));
        assert_eq!(anthropic.tokens.reset, Some(Duration::from_secs(40)));
    }
}
