//! What was served, as an HTTP answer in the caller's dialect, streamed or whole as it was asked.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use changeover_domain::{Mode, Outcome};
use changeover_llm::validate::events_of;
use changeover_llm::{ChatResponse, FinishReason};

use super::asked::Asked;
use super::headers::roomy;
use super::notice;
use super::passage::Passage;
use super::relay;
use super::serve::{Served, Whole};

/// The answer. A stream goes on after this; everything else has ended.
pub(super) fn respond(served: Served, mut passage: Box<Passage>, asked: Asked) -> Response {
    match served {
        Served::Whole(whole) => {
            let mut response = whole_answer(whole, &mut passage, &asked);
            passage.write_headers(response.headers_mut());
            response
        }
        Served::Document(document) => {
            let body = document.into_body(asked.question.model());
            passage.end(Outcome::Ok);
            let mut response = json(body);
            passage.write_headers(response.headers_mut());
            response
        }
        Served::Stream(open) => {
            let mut headers = HeaderMap::new();
            passage.write_headers(&mut headers);
            let mut response = relay::respond(open, passage, asked);
            response.headers_mut().extend(headers);
            response
        }
        Served::Refused(refusal) => {
            passage.refuse(&refusal);
            let mut response = refusal.into_response();
            passage.write_headers(response.headers_mut());
            response
        }
    }
}

fn whole_answer(whole: Whole, passage: &mut Passage, asked: &Asked) -> Response {
    let Whole { mut response, outcome, is_ours } = whole;
    let question = &asked.question;
    if !is_ours && matches!(passage.mode, Mode::Short | Mode::Cached) {
        notice::put_before(&mut response, passage, &question.front().request);
    }
    let created = passage.arrived_at;
    let answer = if question.stream() {
        passage.first_token();
        event_stream(Body::from(replayed(response, passage, asked)))
    } else {
        json(question.door().encode_response(&response, question.model(), created))
    };
    passage.end(outcome);
    answer
}

/// A whole answer in the frames of a stream.
fn replayed(response: ChatResponse, passage: &Passage, asked: &Asked) -> Bytes {
    let mut encoder = asked.question.stream_encoder(passage.arrived_at);
    if response.finish == FinishReason::Refusal {
        encoder.begin_refusal();
    }
    let mut frames = Vec::new();
    for event in events_of(response) {
        frames.extend_from_slice(&encoder.encode(&event));
    }
    frames.extend_from_slice(&encoder.finish());
    Bytes::from(frames)
}

/// An answer of one JSON document.
pub(super) fn json(body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    let headers = answer.headers_mut();
    *headers = roomy();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// An answer of server-sent events.
pub(super) fn event_stream(body: Body) -> Response {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    *headers = roomy();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}
