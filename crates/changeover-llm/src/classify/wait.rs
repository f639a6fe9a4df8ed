//! How long a vendor asks to wait, and what that says about the limit.
//!
//! Stated waits lie both ways, so they only bend a verdict in one direction: a limit that is named
//! for a minute but lasts longer than five is a longer window's. A wait on something that no wait
//! cures (an empty account, a request that can never fit) is dropped.

use std::time::Duration;

use changeover_domain::{FailureClass, UnixMs};
use jiff::fmt::rfc2822;
use serde_json::Value;

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer};
use crate::rate_limits;

/// A minute's window cannot need longer than this.
const LONGEST_SHORT_WINDOW: Duration = Duration::from_secs(300);

/// The wait that the answer states: by header, by a field of the body, or in words. Zero says
/// nothing and is left out.
pub(super) fn stated(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Duration> {
    header_wait(answer)
        .or_else(|| field_wait(&error.value))
        .or_else(|| words_wait(error))
        .or_else(|| error.upstream.as_deref().and_then(words_wait))
        .or_else(|| used_up(answer))
        .filter(|wait| !wait.is_zero())
}

/// Brings the verdict and the stated wait together.
pub(super) fn temper(mut found: Classified, stated: Option<Duration>) -> Classified {
    let is_window = found.class == FailureClass::RateLimited;
    if is_window && stated.is_some_and(|wait| wait > LONGEST_SHORT_WINDOW) {
        found.class = FailureClass::QuotaExhausted;
        found.retryable = false;
        found.why = "the wait is longer than any minute's limit, so a longer one is used up".into();
    }
    let waiting_cures = found.retryable || found.class == FailureClass::QuotaExhausted;
    found.retry_after = stated.filter(|_| waiting_cures);
    found
}

fn header_wait(answer: &HttpAnswer<'_>) -> Option<Duration> {
    if let Some(millis) = answer.header("retry-after-ms").and_then(|text| text.trim().parse().ok())
    {
        return Some(Duration::from_millis(millis));
    }
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // A date is meant by the vendor's clock, which the answer's own date shows.
    let until = rfc2822::parse(text).ok()?.timestamp();
    let now = rfc2822::parse(answer.header("date")?).ok()?.timestamp();
    Duration::try_from(until.duration_since(now)).ok()
}

/// Until the limit is full again that the headers show to be used up. Points in time count by the
/// vendor's clock; without it they say nothing.
fn used_up(answer: &HttpAnswer<'_>) -> Option<Duration> {
    let limited = answer.status == Some(429);
    let date = answer.header("date").and_then(|date| rfc2822::parse(date).ok());
    let now = date.map_or(UnixMs(i64::MAX), |date| UnixMs(date.timestamp().as_millisecond()));
    limited.then(|| {
        let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        rate_limits::wait(&rate_limits::parse(headers, now))
    })?
}

/// Google's `RetryInfo`, and fields of gateways and inference servers.
fn field_wait(error: &Value) -> Option<Duration> {
    let details = error.get("details").and_then(Value::as_array);
    let by_details = details
        .into_iter()
        .flatten()
        .find_map(|detail| detail.get("retryDelay").and_then(Value::as_str).and_then(duration));
    by_details.or_else(|| {
        ["retry_after", "estimated_time"]
            .iter()
            .find_map(|name| error.get(*name).and_then(Value::as_f64))
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    })
}

fn words_wait(error: &ErrorBody) -> Option<Duration> {
    [
        "try again in ",
        "retry in ",
        "retry after ",
        "reset after ",
        "reset in ",
        "resets in ",
        "please wait ",
    ]
    .iter()
    .find_map(|words| error.words.after(words).and_then(duration))
}

/// Reads `1m2.5s`, `114h18m0s`, `539.4ms`, `20 seconds` from the beginning of a text.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = None;
    while let Some((seconds, after)) = one_unit(rest) {
        total = Some(total.unwrap_or(0.0) + seconds);
        rest = after;
    }
    Duration::try_from_secs_f64(total?).ok()
}

fn one_unit(text: &str) -> Option<(f64, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (digits, rest) = text.split_at_checked(unit_at)?;
    let number: f64 = digits.parse().ok()?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let seconds = match unit {
        "ms" | "milliseconds" => 0.001,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    };
    Some((number * seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_in_every_vendors_writing() {
        let read = |text| duration(text).map(|wait| wait.as_millis());
        assert_eq!(read("8.64s. visit us"), Some(8_640));
        assert_eq!(read("114h18m0s."), Some(411_480_000));
        assert_eq!(read("539.477544ms"), Some(539));
        assert_eq!(read("20 seconds."), Some(20_000));
        assert_eq!(read("1m2.5s"), Some(62_500));
        assert_eq!(read("a while"), None);
        assert_eq!(read("5 bananas"), None);
    }

    fn with(headers: &[(String, String)]) -> Option<Duration> {
        header_wait(&HttpAnswer {
            provider: "openai",
            status: Some(429),
            headers,
            content_type: None,
            body: "",
            in_stream: false,
        })
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date() {
        let headers = [
            ("Retry-After".to_owned(), "Wed, 21 Oct 2026 07:28:30 GMT".to_owned()),
            ("date".to_owned(), "Wed, 21 Oct 2026 07:28:00 GMT".to_owned()),
        ];
        assert_eq!(with(&headers), Some(Duration::from_secs(30)));
        assert_eq!(with(&headers[..1]), None, "without the vendor's clock a date says nothing");
    }

    #[test]
    fn a_limit_that_is_used_up_says_when_it_is_full_again() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [
            header("anthropic-ratelimit-requests-remaining", "0"),
            header("anthropic-ratelimit-requests-reset", "2026-10-21T07:28:09Z"),
            header("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ];
        let wait = |headers: &[(String, String)]| {
            let body =
                "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"x\"}}";
            let provider = "anthropic";
            let answer = HttpAnswer {
                provider,
                status: Some(429),
                headers,
                content_type: None,
                body,
                in_stream: false,
            };
            crate::classify(&answer).retry_after
        };
        assert_eq!(wait(&headers), Some(Duration::from_secs(9)));
        assert_eq!(wait(&headers[..2]), None, "without the vendor's clock a time says nothing");
    }

    #[test]
    fn milliseconds_are_finer_than_seconds() {
        let headers = [
            ("retry-after".to_owned(), "1".to_owned()),
            ("retry-after-ms".to_owned(), "250".to_owned()),
        ];
        assert_eq!(with(&headers), Some(Duration::from_millis(250)));
    }
}
