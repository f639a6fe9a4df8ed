//! Sends a request and waits for the answer's headers, and for its body where it comes whole.
//!
//! That the connection stands is seen by the request's body being taken: the HTTP client asks for it
//! only then. So the limit on connecting holds in the clock's time, whatever the client is told.

use std::time::Duration;

use bytes::Bytes;
use changeover_domain::FailureClass;
use changeover_http::wire::{Answering, Outgoing, Taken, WireError, read_capped_body};
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::{Attempt, LlmClient, MAX_BODY_BYTES, transport, with_meta};
use crate::answer::{Account, AnswerMeta, RateLimits};
use crate::dialect::WireRequest;
use crate::failure::Failure;
use crate::rate_limits;

/// Of a vendor's request id, the bytes that are kept; header texts have one byte per character.
const LONGEST_REQUEST_ID: usize = 128;

/// For so many headers a request gets room at once.
const ROOM: usize = 12;

/// How long the headers may take, from the attempt's start, and what it is if they do not come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) limit: Duration,
    pub(super) class: FailureClass,
}

/// An answer's headers. A judgement of a failure needs them as texts; a good answer is never judged.
#[derive(Debug, Clone, Default)]
pub(super) struct Head(HeaderMap);

impl Head {
    /// The same in memory of its own: the headers of an answer lie in what was read of the connection,
    /// and would hold that for as long as the answer lasts.
    pub(super) fn apart(&self) -> Self {
        let copied = self.0.iter().filter_map(|(name, value)| {
            Some((name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?))
        });
        Self(copied.collect())
    }

    /// All that are texts.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        texts(&self.0).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(super) fn content_type(&self) -> Option<String> {
        let named = self.0.get(CONTENT_TYPE)?;
        named.to_str().ok().map(str::to_ascii_lowercase)
    }
}

fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

/// An answer whose body has not been read.
pub(super) struct Received {
    pub(super) body: Answering,
    pub(super) meta: AnswerMeta,
    pub(super) head: Head,
}

impl Received {
    /// The body is to be read as a whole: it says so, or it is no good answer.
    pub(super) fn is_whole(&self) -> bool {
        let named = self.head.content_type().unwrap_or_default();
        let whole = named.contains("json") || named.contains("html");
        self.meta.http_status != 200 || whole
    }
}

impl LlmClient {
    pub(super) async fn send(
        &self,
        attempt: &Attempt<'_>,
        wire: WireRequest,
        patience: Patience,
        taken: &Taken,
    ) -> Result<Received, Failure> {
        let body = Outgoing::noting(wire.body, taken);
        let sending = self.http.post(wire.url.as_str(), self.headers_with(wire.headers)?, body);
        let answered = tokio::select! {
            biased;
            answered = sending => answered.map_err(|error| transport::failure(&error))?,
            class = self.out_of_patience(attempt, patience, taken) => {
                return Err(Failure::without_answer(class, transport::timeout_sentence(class)));
            }
        };
        Ok(self.received(attempt, answered))
    }

    /// An answer whose head has come, with what the head tells.
    pub(super) fn received(&self, attempt: &Attempt<'_>, answer: Response<Answering>) -> Received {
        let waited = self.clock.moment().since(attempt.started);
        let (answer, body) = answer.into_parts();
        let meta = AnswerMeta {
            http_status: answer.status.as_u16(),
            vendor_request_id: vendor_request_id(&answer.headers),
            first_byte_ms: u32::try_from(waited.as_millis()).unwrap_or(u32::MAX),
            rate_limits: self.limits_of(&answer.headers),
            account: account(&answer.headers),
        };
        Received { body, meta, head: Head(answer.headers) }
    }

    fn limits_of(&self, headers: &HeaderMap) -> RateLimits {
        if !self.reads_limits {
            return RateLimits::default();
        }
        rate_limits::parse(texts(headers), self.clock.now())
    }

    /// Every request's headers with the dialect's own, which win.
    fn headers_with(&self, own: Vec<(&'static str, String)>) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(ROOM);
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, text) in own {
            let mut value = HeaderValue::try_from(text).map_err(|_| {
                super::our_configuration("the provider's key has characters that no header takes")
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    async fn out_of_patience(
        &self,
        attempt: &Attempt<'_>,
        patience: Patience,
        connected: &Taken,
    ) -> FailureClass {
        let connect = attempt.limits.connect.min(patience.limit);
        self.clock.sleep_until(attempt.started.plus(connect)).await;
        if !connected.get() {
            return FailureClass::TimeoutConnect;
        }
        self.clock.sleep_until(attempt.started.plus(patience.limit)).await;
        patience.class
    }

    /// The whole body of an answer. That of a refusal may break off: then its head must do.
    pub(super) async fn read_body(
        &self,
        attempt: &Attempt<'_>,
        received: Received,
    ) -> Result<(AnswerMeta, Bytes, Head), Failure> {
        let Received { body, meta, head } = received;
        let total = self.clock.sleep_until(attempt.started.plus(attempt.limits.total));
        let outcome = tokio::select! {
            biased;
            read = read_capped_body(body, MAX_BODY_BYTES) => read,
            () = total => {
                let class = FailureClass::TimeoutTotal;
                let failure = Failure::without_answer(class, transport::timeout_sentence(class));
                return Err(with_meta(failure, &meta));
            }
        };
        match outcome {
            Ok(body) => Ok((meta, body, head)),
            Err(error) if meta.http_status == 200 => Err(with_meta(broken_body(&error), &meta)),
            Err(_) => {
                let found = attempt.classified(&meta, &head, "");
                Err(with_meta(Failure::from_classified(found), &meta))
            }
        }
    }
}

fn broken_body(error: &WireError) -> Failure {
    if let WireError::TooLarge { .. } = error {
        return Failure::without_answer(FailureClass::MalformedOutput, error.to_string());
    }
    Failure::without_answer(FailureClass::Connect, "the connection broke off in the answer")
}

fn vendor_request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["request-id", "x-request-id", "apim-request-id", "x-amzn-requestid", "cf-ray"];
    let id = names.iter().find_map(|name| headers.get(*name)?.to_str().ok())?;
    Some(id.get(..LONGEST_REQUEST_ID).unwrap_or(id).to_owned())
}

/// Under which names the vendor books the request: ids, not secrets, and no longer than any of them.
fn account(headers: &HeaderMap) -> Option<Box<Account>> {
    let named = |names: &[&str]| {
        let id = names.iter().find_map(|name| headers.get(*name)?.to_str().ok())?;
        Some(id.chars().take(LONGEST_REQUEST_ID).collect())
    };
    let organization = named(&["openai-organization", "anthropic-organization-id"]);
    let project = named(&["openai-project", "anthropic-workspace-id"]);
    let known = organization.is_some() || project.is_some();
    known.then(|| Box::new(Account { organization, project }))
}
