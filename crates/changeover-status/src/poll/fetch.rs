//! One conditional GET, bounded in time and size.

use std::time::Duration;

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::UnixMs;
use changeover_http::{HttpError, error_chain, read_capped};
use reqwest::header::{
    ACCEPT, AGE, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    LOCATION, RETRY_AFTER,
};
use reqwest::{Response, StatusCode};

use crate::{MAX_BODY_BYTES, ReadError, dates};

/// The time one poll may take, body included, in the clock's time.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(15);

/// The oldest answer of a cache that is thought possible.
const LONGEST_AGE_S: i64 = 24 * 3_600;

const ACCEPTED: &str = "application/json, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9";

/// Why a poll gave nothing to believe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    #[error("no answer: {0}")]
    Unreachable(String),
    #[error("no whole answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("it answered with status {status}")]
    Status {
        status: u16,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    #[error(
        "it sends on to {to}, which is not followed; if the page has moved, set its new address"
    )]
    Redirected { to: String },
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    #[error(transparent)]
    Unreadable(#[from] ReadError),
}

impl PollError {
    /// Nobody was there: no connection, or no whole answer. Of a page that is down this is said as
    /// well as of our own network.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_) | Self::BrokeOff(_))
    }

    /// No connection, or one on which nothing was answered.
    pub(super) fn is_nobody_there(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What lets a page answer that nothing changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            etag: headers.get(ETAG).cloned(),
            last_modified: headers.get(LAST_MODIFIED).cloned(),
        }
    }

    fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// An answer that says something.
#[derive(Debug)]
pub(super) struct Fetched {
    /// `None` when nothing was modified.
    pub(super) body: Option<(Bytes, Validators)>,
    /// How long a cache on the way had kept it.
    pub(super) age_ms: i64,
}

/// Asks once.
pub(super) async fn fetch(
    http: &reqwest::Client,
    clock: &Clock,
    url: &str,
    validators: &Validators,
) -> Result<Fetched, PollError> {
    clock
        .timeout(TIME_LIMIT, ask(http, clock, url, validators))
        .await
        .unwrap_or(Err(PollError::TimedOut(TIME_LIMIT)))
}

async fn ask(
    http: &reqwest::Client,
    clock: &Clock,
    url: &str,
    validators: &Validators,
) -> Result<Fetched, PollError> {
    let mut request = http.get(url).header(ACCEPT, ACCEPTED);
    if let Some(etag) = &validators.etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(date) = &validators.last_modified {
        request = request.header(IF_MODIFIED_SINCE, date);
    }
    let response = request
        .send()
        .await
        .map_err(|error| PollError::Unreachable(error_chain(&error.without_url())))?;
    let status = response.status();
    let age_ms = age_ms(response.headers());
    if status == StatusCode::NOT_MODIFIED && !validators.is_empty() {
        return Ok(Fetched { body: None, age_ms });
    }
    if status != StatusCode::OK {
        return Err(refusal(&response, clock.now()));
    }
    let validators = Validators::of(response.headers());
    // What says beforehand that it is too much is not read at all.
    let limit = u64::try_from(MAX_BODY_BYTES).unwrap_or(u64::MAX);
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(ReadError::TooLarge { limit: MAX_BODY_BYTES }.into());
    }
    let bytes = read_capped(response, MAX_BODY_BYTES).await.map_err(broken)?;
    Ok(Fetched { body: Some((bytes, validators)), age_ms })
}

impl Fetched {
    /// A body that came by another way than the network.
    pub(super) fn of(bytes: Bytes) -> Self {
        Self { body: Some((bytes, Validators::default())), age_ms: 0 }
    }
}

/// What a cache says that it had kept the answer for. Caches may serve what is an hour old while the
/// page itself cannot be reached; more than a day is taken for a mistake.
fn age_ms(headers: &HeaderMap) -> i64 {
    let seconds = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse::<i64>().ok());
    seconds.filter(|age| (0..=LONGEST_AGE_S).contains(age)).unwrap_or_default() * 1_000
}

fn refusal(response: &Response, now: UnixMs) -> PollError {
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok()
    };
    let status = response.status();
    if let Some(to) = header(LOCATION).filter(|_| status.is_redirection()) {
        return PollError::Redirected {
            to: changeover_http::redact(to).chars().take(200).collect(),
        };
    }
    PollError::Status {
        status: status.as_u16(),
        retry_after: header(RETRY_AFTER).and_then(|text| wait(text, now)),
    }
}

/// What `Retry-After` asks for: seconds, or the time from when on it may be asked again. One that is
/// past asks for nothing.
fn wait(text: &str, now: UnixMs) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = dates::any_date(text)?.at;
    u64::try_from(at.millis_since(now)).ok().map(Duration::from_millis)
}

fn broken(error: HttpError) -> PollError {
    match error {
        HttpError::TooLarge { limit } => ReadError::TooLarge { limit }.into(),
        HttpError::Body(cause) => PollError::BrokeOff(error_chain(&cause.without_url())),
        HttpError::Build(cause) => PollError::Unreachable(error_chain(&cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_ask_for_seconds_or_name_the_time() {
        let now = dates::rfc3339("2026-10-21T07:28:00Z").unwrap();
        assert_eq!(wait(" 120 ", now), Some(Duration::from_secs(120)));
        let date = "Wed, 21 Oct 2026 07:33:00 GMT";
        assert_eq!(wait(date, now), Some(Duration::from_secs(300)));
        assert_eq!(wait(date, now.plus_millis(600_000)), None, "that time is past");
        assert_eq!(wait("soon", now), None);
    }
}
