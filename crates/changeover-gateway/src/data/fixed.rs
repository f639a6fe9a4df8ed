//! A text of the gateway's own, in the shape that the caller asked for.

use axum::body::{Body, Bytes};
use axum::response::Response;
use changeover_domain::Outcome;
use changeover_llm::front::FrontRequest;
use changeover_llm::{ChatResponse, FinishReason, Part, StreamEvent};

use super::json_body;
use super::passage::Passage;
use super::relay::event_stream;

/// Answers with `text`, streaming or not.
pub(super) fn respond(text: String, mut passage: Passage, front: &FrontRequest) -> Response {
    let id = format!("chatcmpl-{}", passage.id);
    let created = passage.arrived_at;
    let answer = if front.stream {
        passage.first_token();
        let mut encoder = front.stream_encoder(created);
        let events = [
            StreamEvent::Start { id, model: front.model.clone() },
            StreamEvent::Text(text),
            StreamEvent::Finish(FinishReason::Stop),
        ];
        let mut frames: Vec<Bytes> = Vec::new();
        for event in &events {
            frames.push(encoder.encode(event));
        }
        frames.push(encoder.finish());
        event_stream(Body::from(frames.concat()))
    } else {
        let response = ChatResponse {
            id,
            model: front.model.clone(),
            parts: vec![Part::Text(text)],
            finish: FinishReason::Stop,
            stop_sequence: None,
            usage: None,
        };
        json_body(front.door.encode_response(&response, &front.model, created))
    };
    passage.end(Outcome::Ok);
    answer
}
