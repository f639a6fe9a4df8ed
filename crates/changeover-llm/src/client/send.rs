//! Sends a request and waits for the answer's headers, and for its body where it comes whole.
//!
//! That the connection stands is seen by the request's body being taken: the HTTP client asks for it
//! only then. So the limit on connecting holds in the clock's time, whatever the client is told.

use std::time::Duration;

use bytes::Bytes;
use changeover_domain::FailureClass;
use changeover_http::wire::{
    self, Answering, Header, Headers, Outgoing, Taken, WireError, read_capped_body,
};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};

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
#[derive(Debug, Default)]
pub(super) struct Head(Headers);

impl Head {
    /// All that are texts.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        let texts = self.0.texts().into_iter();
        texts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(super) fn content_type(&self) -> Option<String> {
        self.0.get(CONTENT_TYPE.as_str()).map(str::to_ascii_lowercase)
    }
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
    pub(super) fn received(&self, attempt: &Attempt<'_>, answer: wire::Answer) -> Received {
        let waited = self.clock.moment().since(attempt.started);
        let wire::Answer { status, headers, body } = answer;
        let (rate_limits, account) = self.account_of(&headers);
        let meta = AnswerMeta {
            http_status: status.as_u16(),
            vendor_request_id: vendor_request_id(&headers),
            first_byte_ms: u32::try_from(waited.as_millis()).unwrap_or(u32::MAX),
            rate_limits,
            account,
        };
        Received { body, meta, head: Head(headers) }
    }

    /// What is left of the vendor's limits, and under which names it books.
    fn account_of(&self, headers: &Headers) -> (RateLimits, Option<Box<Account>>) {
        if !self.reads_limits {
            return (RateLimits::default(), None);
        }
        let limits = rate_limits::parse(headers.texts().into_iter(), self.clock.now());
        (limits, account(headers))
    }

    /// The dialect's own headers, and every request's: where both have one, the dialect's is sent.
    fn headers_with(&self, own: Vec<(&'static str, String)>) -> Result<Vec<Header>, Failure> {
        let mut headers = Vec::with_capacity(ROOM);
        headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        for (name, text) in own {
            let mut value = HeaderValue::try_from(text).map_err(|_| {
                super::our_configuration("the provider's key has characters that no header takes")
            })?;
            value.set_sensitive(true);
            headers.push((HeaderName::from_static(name), value));
        }
        let of_dialect = headers.len();
        for (name, value) in &self.headers {
            let mut others = headers.iter().take(of_dialect);
            if !others.any(|(other, _)| other == name) {
                headers.push((name.clone(), value.clone()));
            }
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

    /// The whole body of an answer, which has as long as its head had. That of a refusal may break off
    /// or stay away: then its head must do.
    pub(super) async fn read_body(
        &self,
        attempt: &Attempt<'_>,
        received: Received,
        patience: Patience,
    ) -> Result<(AnswerMeta, Bytes, Head), Failure> {
        let Received { body, meta, head } = received;
        let over = self.clock.sleep_until(attempt.started.plus(patience.limit));
        let unread = tokio::select! {
            biased;
            read = read_capped_body(body, MAX_BODY_BYTES) => match read {
                Ok(body) => return Ok((meta, body, head)),
                Err(error) => broken_body(&error),
            },
            () = over => {
                let class = patience.class;
                Failure::without_answer(class, transport::timeout_sentence(class))
            }
        };
        let failure = if meta.http_status == 200 {
            unread
        } else {
            Failure::from_classified(attempt.classified(&meta, &head, ""))
        };
        Err(with_meta(failure, &meta))
    }
}

fn broken_body(error: &WireError) -> Failure {
    if let WireError::TooLarge { .. } = error {
        return Failure::without_answer(FailureClass::MalformedOutput, error.to_string());
    }
    Failure::without_answer(FailureClass::Connect, "the connection broke off in the answer")
}

fn vendor_request_id(headers: &Headers) -> Option<String> {
    let names = ["request-id", "x-request-id", "apim-request-id", "x-amzn-requestid", "cf-ray"];
    let id = names.iter().find_map(|name| headers.get(name))?;
    Some(id.get(..LONGEST_REQUEST_ID).unwrap_or(id).to_owned())
}

/// Under which names the vendor books the request: ids, not secrets, and no longer than any of them.
fn account(headers: &Headers) -> Option<Box<Account>> {
    let named = |names: &[&str]| {
        let id = names.iter().find_map(|name| headers.get(name))?;
        Some(id.chars().take(LONGEST_REQUEST_ID).collect())
    };
    let organization = named(&["openai-organization", "anthropic-organization-id"]);
    let project = named(&["openai-project", "anthropic-workspace-id"]);
    let known = organization.is_some() || project.is_some();
    known.then(|| Box::new(Account { organization, project }))
}
