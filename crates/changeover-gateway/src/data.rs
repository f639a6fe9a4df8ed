//! The data side: what applications ask, in the dialect of either vendor's SDK.
//!
//! `POST /v1/chat/completions` and `/v1/embeddings` as `OpenAI` has them, `POST /v1/messages` as
//! Anthropic has it, `GET /v1/models` for both. The route is the `model` field or, winning over it,
//! the header `x-changeover-route`. Every answer says which way it went. Failing over happens
//! before the first byte of an answer only: two providers' texts never meet in one.

mod answer;
mod asked;
mod attempt;
mod embeddings;
mod fit;
mod headers;
mod held;
mod keeping;
mod leave;
mod limits;
mod models;
mod notice;
mod own_text;
mod passage;
mod refuse;
mod relay;
mod serve;
mod targets;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use changeover_llm::front::Door;

use crate::body::{self, BodyError};
use crate::shared::Shared;
use asked::Asked;
use passage::Passage;
use refuse::TurnedAway;

/// The router of the data listener.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/messages", post(messages))
        .route("/v1/embeddings", post(embeddings::embeddings))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{model}", get(models::one))
        .fallback(refuse::unknown_path)
        .method_not_allowed_fallback(refuse::wrong_method)
        .with_state(shared)
}

async fn chat_completions(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    completion(Door::OpenAi, shared, &headers, body).await
}

async fn messages(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> Response {
    completion(Door::Anthropic, shared, &headers, body).await
}

async fn completion(door: Door, shared: Arc<Shared>, headers: &HeaderMap, body: Body) -> Response {
    let visitor = match asked::let_in(door, &shared, headers) {
        Ok(visitor) => visitor,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    let body = match whole_body(body, &shared).await {
        Ok(body) => body,
        Err(unread) => return TurnedAway::unread_body(door, unread).answer(&shared),
    };
    let (passage, asked) = match Asked::read(&shared, visitor, headers, &body) {
        Ok(read) => read,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    drop(body);
    serve_and_answer(passage, asked).await
}

/// Reads a request's body, within the limits of a connection.
async fn whole_body(body: Body, shared: &Shared) -> Result<Bytes, BodyError> {
    let limits = shared.live.get().settings.connections;
    body::read(body, limits.body_bytes, &limits, &shared.clock).await
}

async fn serve_and_answer(mut passage: Passage, asked: Asked) -> Response {
    // Boxed: the attempts' state is large, and most of the time nobody waits for it.
    let served = Box::pin(serve::serve(&mut passage, &asked)).await;
    answer::respond(served, passage, asked)
}
