//! One attempt at one target, from request to answer.

mod conclude;
mod embed;
mod events;
mod forward;
mod look;
mod reader;
mod send;
mod transport;

use changeover_clock::{Clock, Moment};
use changeover_domain::{FailureClass, ProviderKind, Whose};
use changeover_http::wire::{Noting, Taken, WireClient};
use futures::StreamExt as _;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::answer::{Answer, AnswerMeta, AnswerStream, Wait};
use crate::canonical::{ChatRequest, ChatResponse, Part};
use crate::classify::content;
use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer, classify};
use crate::dialect::{self, Dialect, ReadAnswer, WireRequest};
use crate::endpoint::{Endpoint, Limits};
use crate::failure::Failure;
use crate::validate::events_of;
use conclude::{Written, conclude};
pub use embed::Embeddings;
pub use forward::{Forwarded, Given};
use reader::Reader;
use send::{Head, Patience, Received};

/// A whole body larger than this is not read on.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Speaks to every vendor. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct LlmClient {
    http: WireClient,
    clock: Clock,
    /// Sent with every request beside the dialect's own.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether answers are searched for what they tell of the vendor's limits.
    reads_limits: bool,
}

/// One attempt: what its failures are told with.
struct Attempt<'a> {
    provider: &'static str,
    dialect: &'static dyn Dialect,
    limits: &'a Limits,
    started: Moment,
    /// The request has stop texts, and this vendor does not say whether one of them ended the
    /// answer: it has the benefit of the doubt.
    stops_unsaid: bool,
}

impl LlmClient {
    /// A client over `http`, with all limits in `clock`'s time.
    #[must_use]
    pub fn new(http: WireClient, clock: Clock) -> Self {
        Self { http, clock, headers: Vec::new(), reads_limits: true }
    }

    /// The same client for who does not ask what is left of a vendor's limits: every vendor tells it
    /// under other names, and to look for all of them costs as much as to write the request.
    #[must_use]
    pub fn not_reading_limits(self) -> Self {
        Self { reads_limits: false, ..self }
    }

    /// The same client, which makes a connection of its own for each request and notes what its
    /// phases took.
    #[must_use]
    pub fn unkept(&self, noting: &Noting) -> Self {
        Self { http: self.http.unkept(noting), ..self.clone() }
    }

    /// The same client, which sends these headers too: what a trace is known by. Where the dialect
    /// has one of the same name, that one is sent.
    #[must_use]
    pub fn with_headers(
        &self,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Self {
        let headers = headers.into_iter().collect();
        let Self { http, clock, reads_limits, .. } = self;
        Self { http: http.clone(), clock: clock.clone(), headers, reads_limits: *reads_limits }
    }

    /// Asks for a whole answer.
    ///
    /// # Errors
    /// [`Failure`], also when the vendor answered well-formed but with a refusal, a filtered or an
    /// empty answer, or a tool call that is no JSON. An answer cut at its length limit is an answer
    /// if it has any content.
    pub async fn complete(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        limits: &Limits,
    ) -> Result<Answer, Failure> {
        self.complete_noting(endpoint, request, limits, &Taken::default()).await
    }

    /// The same, and `taken` tells meanwhile whether the provider has taken the request: from then
    /// on it may cost something, though no answer comes. It is for whoever may stop waiting.
    ///
    /// # Errors
    /// As of [`Self::complete`].
    pub async fn complete_noting(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        limits: &Limits,
        taken: &Taken,
    ) -> Result<Answer, Failure> {
        let attempt = self.attempt(endpoint, limits)?.stopping(endpoint, !request.stop.is_empty());
        let wire = wire_request(&attempt, endpoint, request, false)?;
        let patience = Patience { limit: limits.total, class: FailureClass::TimeoutTotal };
        let received = self.send(&attempt, wire, patience, taken).await?;
        self.whole_answer(&attempt, received, patience).await
    }

    /// Asks for a streamed answer; resolves when the answer's headers are good.
    ///
    /// # Errors
    /// [`Failure`] when it does not come so far; later failures come through the stream, after
    /// which it ends.
    pub async fn stream(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        limits: &Limits,
    ) -> Result<AnswerStream, Failure> {
        self.stream_noting(endpoint, request, limits, &Taken::default()).await
    }

    /// The same; `taken` is as for [`Self::complete_noting`].
    ///
    /// # Errors
    /// As of [`Self::stream`].
    pub async fn stream_noting(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        limits: &Limits,
        taken: &Taken,
    ) -> Result<AnswerStream, Failure> {
        let attempt = self.attempt(endpoint, limits)?.stopping(endpoint, !request.stop.is_empty());
        let wire = wire_request(&attempt, endpoint, request, true)?;
        self.opened(&attempt, wire, taken).await
    }

    /// Sends a request for a stream.
    async fn opened(
        &self,
        attempt: &Attempt<'_>,
        wire: WireRequest,
        taken: &Taken,
    ) -> Result<AnswerStream, Failure> {
        let patience = Patience {
            limit: attempt.limits.first_token.min(attempt.limits.total),
            class: FailureClass::TimeoutFirstToken,
        };
        let received = self.send(attempt, wire, patience, taken).await?;
        if received.is_whole() {
            let answer = self.whole_answer(attempt, received, patience).await?;
            let events = futures::stream::iter(events_of(answer.response).into_iter().map(Ok));
            return Ok(AnswerStream::new(answer.meta, Wait::default(), events.boxed()));
        }
        let meta = received.meta.clone();
        let reader = Reader::new(attempt, received, self.clock.clone());
        Ok(AnswerStream::new(meta, reader.wait(), reader.into_stream()))
    }

    fn attempt<'a>(
        &self,
        endpoint: &Endpoint<'_>,
        limits: &'a Limits,
    ) -> Result<Attempt<'a>, Failure> {
        let kind = endpoint.provider.kind;
        Ok(Attempt {
            provider: kind.as_str(),
            dialect: dialect::of_kind(kind).ok_or_else(|| unsupported(kind))?,
            limits,
            started: self.clock.moment(),
            stops_unsaid: false,
        })
    }

    /// Reads and judges an answer that does not come in events.
    async fn whole_answer(
        &self,
        attempt: &Attempt<'_>,
        received: Received,
        patience: Patience,
    ) -> Result<Answer, Failure> {
        let (meta, body, head) = self.read_body(attempt, received, patience).await?;
        attempt.judged(meta, &head, &body)
    }

    /// The document of a good answer: status 200, JSON, and no error in it.
    async fn document(
        &self,
        attempt: &Attempt<'_>,
        received: Received,
        patience: Patience,
    ) -> Result<(Value, AnswerMeta), Failure> {
        let (meta, body, head) = self.read_body(attempt, received, patience).await?;
        if let Some(document) = error_free(&meta, &body) {
            return Ok((document, meta));
        }
        let found = attempt.classified(&meta, &head, &String::from_utf8_lossy(&body));
        Err(with_meta(Failure::from_classified(found), &meta))
    }
}

impl Attempt<'_> {
    /// For a request that `stops` at texts of its own.
    fn stopping(self, endpoint: &Endpoint<'_>, stops: bool) -> Self {
        let says_so = endpoint.provider.kind == ProviderKind::Anthropic;
        Self { stops_unsaid: !says_so && stops, ..self }
    }

    /// The answer that a whole body is, or why it is none.
    fn judged(&self, meta: AnswerMeta, head: &Head, body: &[u8]) -> Result<Answer, Failure> {
        let judged = |found: Classified| with_meta(Failure::from_classified(found), &meta);
        let read = (meta.http_status == 200).then(|| self.dialect.read_answer(body));
        let Some(read) = read.flatten() else {
            let text = String::from_utf8_lossy(body);
            let found = match error_free(&meta, body) {
                Some(_) => Classified::usual(
                    FailureClass::MalformedOutput,
                    "the answer is JSON, but not an answer of this vendor's API",
                ),
                None => self.classified(&meta, head, &text),
            };
            return Err(judged(found));
        };
        let usage = read.usage;
        let stops_unsaid = self.stops_unsaid;
        let response =
            concluded(read, stops_unsaid).map_err(|found| Failure { usage, ..judged(found) })?;
        Ok(Answer { response, meta })
    }

    /// What it is that came instead of a good answer.
    fn classified(&self, meta: &AnswerMeta, head: &Head, body: &str) -> Classified {
        classify(&HttpAnswer {
            provider: self.provider,
            status: Some(meta.http_status),
            headers: &head.texts(),
            content_type: head.content_type().as_deref(),
            body,
            in_stream: false,
        })
    }
}

/// The document of a body that is JSON, came with 200 and holds no error.
fn error_free(meta: &AnswerMeta, body: &[u8]) -> Option<Value> {
    let document: Value = serde_json::from_slice(body).ok()?;
    (meta.http_status == 200 && ErrorBody::find(&document).is_none()).then_some(document)
}

/// The answer, if its end and its content are good.
fn concluded(read: ReadAnswer, stops_unsaid: bool) -> Result<ChatResponse, Classified> {
    let arguments = read.parts.iter().filter_map(|part| match part {
        Part::ToolCall { arguments, .. } => Some(arguments.as_str()),
        _ => None,
    });
    let any = read.parts.iter().any(|part| match part {
        Part::Text(text) => !text.is_empty(),
        Part::ToolCall { .. } => true,
        _ => false,
    });
    let at_stop_text = stops_unsaid || read.stop_sequence.is_some();
    let finish = conclude(read.ending, Written { any, at_stop_text }, arguments)?;
    Ok(ChatResponse {
        id: read.id,
        model: read.model,
        fingerprint: read.fingerprint,
        parts: read.parts,
        finish,
        stop_sequence: read.stop_sequence,
        usage: read.usage,
    })
}

fn wire_request(
    attempt: &Attempt<'_>,
    endpoint: &Endpoint<'_>,
    request: &ChatRequest,
    streaming: bool,
) -> Result<WireRequest, Failure> {
    attempt
        .dialect
        .request(endpoint, request, streaming)
        .map_err(|_| our_configuration("the provider's base address is not an address"))
}

fn with_meta(failure: Failure, meta: &AnswerMeta) -> Failure {
    let mut failure = Failure { http_status: Some(meta.http_status), ..failure };
    let marks = &mut *failure.vendor;
    marks.request_id = meta.vendor_request_id.clone();
    (marks.rate_limits, marks.account) = (meta.rate_limits, meta.account.clone());
    failure
}

fn unsupported(kind: ProviderKind) -> Failure {
    let kind = kind.as_str();
    our_configuration(format!("the provider kind `{kind}` is not supported yet by this version"))
}

fn our_configuration(why: impl Into<String>) -> Failure {
    Failure {
        whose: Whose::OurConfiguration,
        next_target_helps: true,
        ..Failure::without_answer(FailureClass::InvalidRequest, why)
    }
}

#[cfg(test)]
mod tests;
