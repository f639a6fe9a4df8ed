//! Our limits: of one request, of requests at once, of windows of time.

use std::time::Duration;

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::words::Words;
use crate::classify::{Classified, HttpAnswer, wait};

/// One request that is larger than the whole window: no wait makes it fit.
pub(super) fn larger_than_window(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let figure = |name| error.words.after(name).and_then(leading_number);
    let exceeds = match (figure("requested "), figure("limit ")) {
        (Some(requested), Some(limit)) => requested > limit,
        _ => false,
    };
    // A wait of exactly a day is how Azure says that a request is larger than the whole limit.
    let never = error.words.any(&["retry after 86400 seconds"]);
    (exceeds || never || error.words.any(&["request too large for"])).then(|| {
        Classified::usual(
            FailureClass::PayloadTooLarge,
            "the request is larger than our whole limit for a minute",
        )
        .whose(Whose::OurQuota)
        .next_target_helps(true)
    })
}

fn leading_number(text: &str) -> Option<u64> {
    let digits: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// Requests at once.
pub(super) fn concurrency(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let told = error.is_coded(&[
        "concurrency_limit_exceeded",
        "concurrency_limit_reached",
        "concurrent_requests_limit",
        "too_many_concurrent_requests",
        "max_parallel_requests",
    ]) || error.words.any(&[
        "concurrent connections",
        "concurrent requests",
        "concurrent request",
        "concurrency limit",
        "concurrency exceeded",
        "organization concurrency",
        "high concurrency",
        "reduce concurrency",
        "requests in parallel",
        "parallel request",
        "max_parallel_requests",
        "simultaneous requests",
    ]);
    told.then(|| {
        let why = "too many of our requests are open at once";
        Classified::usual(FailureClass::ConcurrencyLimited, why)
    })
}

/// Limits per window of time.
pub(super) fn window(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if !is_limit(answer, error) {
        return None;
    }
    if is_long_window(words) || error.is_coded(&LONG_WINDOW_CODES) {
        // A day's bucket that refills all the time lets one more through after seconds.
        let soon = words.after("try again in ").and_then(wait::duration);
        let refills = soon.is_some_and(|wait| wait <= Duration::from_secs(60));
        return Some(
            Classified::usual(
                FailureClass::QuotaExhausted,
                "our limit for hours or days is used up",
            )
            .retryable(refills),
        );
    }
    let found = Classified::usual(FailureClass::RateLimited, "our limit per minute is reached");
    let theirs = words.any(&["rate-limited upstream", "rate limited upstream"])
        || words.any(&["provider returned error"]);
    Some(if theirs { found.whose(Whose::Theirs) } else { found })
}

const LIMIT_CODES: [&str; 19] = [
    "rate_limit_exceeded",
    "rate_limit_error",
    "rate_limit_reached",
    "rate_limit_reached_error",
    "rate_limited",
    "rate_limit",
    "ratelimit_error",
    "too_many_requests",
    "too_many_requests_error",
    "too_many_tokens_error",
    "request_quota_exceeded",
    "token_quota_exceeded",
    "request_limit_exceeded",
    "requests_limit_exceeded",
    "request_rate_limit_exceeded",
    "model_rate_limit",
    "throttling",
    "throttling_rate_quota",
    "429",
];

/// Codes that mean a long window where the words do not say it.
const LONG_WINDOW_CODES: [&str; 4] = [
    "throttling_allocation_quota",
    "quota_exceeded",
    "daily_limit_exceeded",
    "usage_limit_reached",
];

fn is_limit(answer: &HttpAnswer<'_>, error: &ErrorBody) -> bool {
    answer.status == Some(429)
        || error.is_coded(&LIMIT_CODES)
        || error.is_coded(&LONG_WINDOW_CODES)
        || error.words.any(&[
            "rate limit",
            "rate-limit",
            "ratelimit",
            "rate limiting",
            "too many requests",
            "requests per minute limit",
            "tokens per minute limit",
            "too many tokens, please wait",
            "too many tokens per day",
            "usage limit",
            "quota exceeded",
            "request limit reached",
            "requests too quickly",
            "requests too fast",
            "api calls /",
            "throttl",
        ])
}

fn is_long_window(words: &Words) -> bool {
    words.any(&[
        "per day",
        "per-day",
        "/day",
        "/ day",
        "perday",
        "byday",
        "_per_day",
        "per 86400s",
        "(rpd)",
        "(tpd)",
        "daily",
        "per hour",
        "per-hour",
        "/hour",
        "/ hour",
        "hourly",
        "-hour",
        "5 hour",
        "per week",
        "weekly",
        "per month",
        "/month",
        "/ month",
        "monthly",
        "usage limit reached",
        "reached your usage limit",
        "hit your usage limit",
    ])
}
