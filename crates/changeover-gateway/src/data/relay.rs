//! A provider's stream, passed on to the caller in the caller's dialect.
//!
//! The first byte has been given, so there is no other target any more: a failure ends the stream
//! with an error event. When the caller goes away the relay is dropped, and the request is counted
//! as cancelled with what it had used so far.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use changeover_domain::{Outcome, TargetId, TokenUsage};
use changeover_llm::openai_front::{
    ErrorFields, FrontRequest, StreamEncoder, encode_error, status_of,
};
use changeover_llm::{AnswerStream, Failure, StreamEvent};
use changeover_policy::breaker::{CallResult, Permit};
use futures::StreamExt as _;
use futures::stream;

use super::attempt::{self, OpenStream};
use super::passage::Passage;

/// Answers with a stream that is open.
pub(super) fn respond(open: OpenStream, mut passage: Passage, front: &FrontRequest) -> Response {
    passage.first_token();
    let encoder = StreamEncoder::new(&front.model, passage.arrived_at, front.include_usage);
    let mut relay = Relay {
        encoder,
        target: open.target,
        permit: Some(open.permit),
        result: open.result,
        events: open.events,
        usage: None,
        charged: false,
        frames: VecDeque::new(),
        over: false,
        passage,
    };
    for event in open.ahead {
        relay.take(Ok(event));
    }
    let frames = stream::unfold(relay, |mut relay| async move {
        let frame = relay.next_frame().await?;
        Some((Ok::<_, Infallible>(frame), relay))
    });
    event_stream(Body::from_stream(frames))
}

/// An answer of server-sent events.
pub(super) fn event_stream(body: Body) -> Response {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// The payload as one event on the wire.
pub(super) fn frame(payload: &str) -> Bytes {
    Bytes::from(format!("data: {payload}\n\n"))
}

struct Relay {
    encoder: StreamEncoder,
    target: TargetId,
    permit: Option<Permit>,
    result: CallResult,
    events: AnswerStream,
    /// The latest count.
    usage: Option<TokenUsage>,
    charged: bool,
    frames: VecDeque<Bytes>,
    over: bool,
    passage: Passage,
}

impl Relay {
    async fn next_frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            match self.events.next().await {
                Some(event) => self.take(event),
                None => self.end(Outcome::Ok),
            }
        }
    }

    fn take(&mut self, event: Result<StreamEvent, Failure>) {
        match event {
            Ok(StreamEvent::Usage(usage)) => {
                self.usage = Some(usage);
                self.encode(&StreamEvent::Usage(usage));
            }
            Ok(event @ StreamEvent::Finish(_)) => {
                self.encode(&event);
                self.finish();
            }
            Ok(event) => self.encode(&event),
            Err(failure) => self.fail(&failure),
        }
    }

    fn encode(&mut self, event: &StreamEvent) {
        let payloads = self.encoder.encode(event);
        self.frames.extend(payloads.iter().map(|payload| frame(payload)));
    }

    fn finish(&mut self) {
        self.frames.extend(self.encoder.done().iter().map(|payload| frame(payload)));
        if let Some(permit) = self.permit.take() {
            let route = &self.passage.plan.route;
            let shared = &self.passage.shared;
            shared.report_call(route, &self.target, permit, self.result);
        }
        self.end(Outcome::Ok);
    }

    fn fail(&mut self, failure: &Failure) {
        self.usage = failure.usage.or(self.usage);
        if let Some(permit) = self.permit.take() {
            let route = &self.passage.plan.route;
            let shared = &self.passage.shared;
            shared.report_failure(route, &self.target, permit, failure);
        }
        if let Some(reason) = failure.finish_reason() {
            self.encode(&StreamEvent::Finish(reason));
            self.frames.extend(self.encoder.done().iter().map(|payload| frame(payload)));
        } else {
            let error = encode_error(status_of(failure), &ErrorFields::of(failure));
            self.frames.push_back(frame(&error.to_string()));
        }
        self.passage.failed(&self.target, failure.class, &failure.why);
        self.end(Outcome::Failed(failure.class));
    }

    fn end(&mut self, outcome: Outcome) {
        self.over = true;
        self.charge(outcome);
        if outcome.is_ok() {
            self.passage.note(Some(&self.target), "streamed to its end", Some(outcome));
        }
        self.passage.end(outcome);
    }

    /// Puts the stream's use onto the account, once.
    fn charge(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.charged, true) {
            return;
        }
        self.passage.charge(&self.target, self.usage);
        if let Some(target) = self.passage.shared.settings.catalogue.target(&self.target) {
            let took = self.passage.attempt_elapsed();
            attempt::count(&self.passage, target, outcome, took, self.usage);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Before the passage is dropped and counts itself as cancelled.
        let outcome = Outcome::Failed(changeover_domain::FailureClass::ClientCancelled);
        self.charge(outcome);
    }
}
