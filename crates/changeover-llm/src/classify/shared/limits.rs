//! Limits: of money, of windows of time, of the vendor's own capacity.

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

/// Credit, balance, budgets and caps on spending, whatever the status.
pub(super) fn money(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&[
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_error",
        "billing_not_active",
        "insufficient_balance",
        "insufficient_credits",
        "insufficient_user_quota",
        "budget_exceeded",
        "payment_required",
    ]);
    (coded || answer.status == Some(402) || speaks_of_money(&error.words)).then(|| {
        Classified::usual(FailureClass::SpendCap, "the account's money or budget is used up")
    })
}

fn speaks_of_money(words: &Words) -> bool {
    words.any(&[
        "credit balance is too low",
        "out of credits",
        "no credits",
        "any credits",
        "insufficient credits",
        "more credits are required",
        "insufficient balance",
        "insufficient funds",
        "budget has been exceeded",
        "spend limit",
        "spending limit",
        "spending cap",
        "billing hard limit",
        "extra usage is required",
        "api usage limits",
        "check your plan and billing details",
        "openrouter.ai/settings/keys",
        "openrouter.ai/settings/credits",
    ])
}

/// Limits per window of time, and on requests at once.
pub(super) fn window(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&["concurrent connections", "concurrent requests", "concurrency limit"])
        || error.is_coded(&["concurrency_limit_exceeded"])
    {
        let why = "too many of our requests are open at once";
        return Some(Classified::usual(FailureClass::ConcurrencyLimited, why));
    }
    if !is_limit(answer, error) || is_capacity(error) {
        return None;
    }
    if is_long_window(words) {
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
    let theirs = words.any(&["temporarily rate-limited upstream", "provider returned error"]);
    Some(if theirs { found.whose(Whose::Theirs) } else { found })
}

fn is_limit(answer: &HttpAnswer<'_>, error: &ErrorBody) -> bool {
    answer.status == Some(429)
        || error.is_coded(&[
            "rate_limit_exceeded",
            "rate_limit_error",
            "rate_limited",
            "too_many_requests",
            "too_many_requests_error",
            "request_quota_exceeded",
            "token_quota_exceeded",
            "429",
            "1300",
        ])
        || error.words.any(&["rate limit reached", "rate limit exceeded", "too many requests"])
}

fn is_long_window(words: &Words) -> bool {
    words.any(&[
        "per day",
        "per-day",
        "(rpd)",
        "(tpd)",
        "daily",
        "per hour",
        "-hour",
        "per week",
        "weekly",
        "per month",
        "monthly",
    ])
}

/// The vendor is full: theirs, whatever they call it.
pub(super) fn overload(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    is_capacity(error)
        .then(|| Classified::usual(FailureClass::Overloaded, "the vendor has no capacity to spare"))
}

fn is_capacity(error: &ErrorBody) -> bool {
    error.is_coded(&[
        "server_is_overloaded",
        "overloaded_error",
        "service_unavailable_error",
        "engine_overloaded",
        "slow_down",
        "model_not_ready",
    ]) || error.words.any(&[
        "overloaded",
        "at capacity",
        "capacity exceeded",
        "no capacity available",
        "experiencing high demand",
        "peak load",
        "temporarily unavailable",
        "loading model",
        "is currently loading",
    ])
}
