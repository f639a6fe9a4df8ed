//! A text of the gateway's own, in the shape that the caller asked for.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Json, Response};
use changeover_domain::Outcome;
use changeover_llm::openai_front::{FrontRequest, StreamEncoder, encode_response};
use changeover_llm::{ChatResponse, FinishReason, Part, StreamEvent};

use super::passage::Passage;
use super::relay::{event_stream, frame};

/// Answers with `text`, streaming or not.
pub(super) fn respond(text: String, mut passage: Passage, front: &FrontRequest) -> Response {
    let id = format!("chatcmpl-{}", passage.id);
    let created = passage.arrived_at;
    let answer = if front.stream {
        passage.first_token();
        let mut encoder = StreamEncoder::new(&front.model, created, front.include_usage);
        let events = [
            StreamEvent::Start { id, model: front.model.clone() },
            StreamEvent::Text(text),
            StreamEvent::Finish(FinishReason::Stop),
        ];
        let mut frames: Vec<Bytes> = Vec::new();
        for event in &events {
            frames.extend(encoder.encode(event).iter().map(|payload| frame(payload)));
        }
        frames.extend(encoder.done().iter().map(|payload| frame(payload)));
        event_stream(Body::from(frames.concat()))
    } else {
        let response = ChatResponse {
            id,
            model: front.model.clone(),
            parts: vec![Part::Text(text)],
            finish: FinishReason::Stop,
            usage: None,
        };
        Json(encode_response(&response, &front.model, created)).into_response()
    };
    passage.end(Outcome::Ok);
    answer
}
