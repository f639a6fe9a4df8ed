//! The data side: what applications ask. OpenAI-compatible `POST /v1/chat/completions`, streaming
//! and not, and `GET /v1/models`.
//!
//! The route is the `model` field or, winning over it, the header `x-changeover-route`. Every
//! answer says which way it went. Failing over happens before the first byte of an answer only:
//! two providers' texts never meet in one.

mod attempt;
mod fixed;
mod headers;
mod passage;
mod refuse;
mod relay;
mod serve;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{get, post};
use changeover_domain::RouteId;
use changeover_llm::openai_front::{FrontRequest, encode_response, parse_request};
use serde_json::json;

use crate::shared::{Shared, locked};
use headers::{ROUTE, with_bare_headers};
use passage::{Passage, new_request_id};
use serve::{Served, serve};

/// The largest request body, in bytes.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The router of the data listener.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/models", get(models))
        .fallback(refuse::unknown_path)
        .method_not_allowed_fallback(refuse::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shared)
}

async fn chat_completions(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refuse::unread_body(&rejection),
    };
    let front = match parse_request(&body) {
        Ok(front) => front,
        Err(error) => return refuse::malformed(&error),
    };
    drop(body);
    let asked_for =
        headers.get(ROUTE).and_then(|route| route.to_str().ok()).unwrap_or(&front.model);
    let now = shared.clock.now();
    let plan =
        RouteId::try_new(asked_for).ok().and_then(|route| locked(&shared.board).plan(&route, now));
    let Some(plan) = plan else {
        return refuse::unknown_route(&shared, asked_for);
    };
    answer(Passage::begin(shared, plan), front).await
}

async fn answer(mut passage: Passage, front: FrontRequest) -> Response {
    // Boxed: the attempts' state is large, and most of the time nobody waits for it.
    let served = Box::pin(serve(&mut passage, &front)).await;
    let headers = passage.headers();
    let mut response = match served {
        Served::Whole(whole) => {
            let created = passage.arrived_at;
            passage.end(whole.outcome);
            Json(encode_response(&whole.response, &front.model, created)).into_response()
        }
        Served::Stream(open) => relay::respond(open, passage, &front),
        Served::Fixed(text) => fixed::respond(text, passage, &front),
        Served::Refused(refusal) => {
            passage.end(refusal.outcome);
            refusal.into_response()
        }
    };
    response.headers_mut().extend(headers);
    response
}

/// The routes, in the shape in which the dialect lists models.
async fn models(State(shared): State<Arc<Shared>>) -> Response {
    let created = shared.started_at.0.div_euclid(1_000);
    let data: Vec<_> = locked(&shared.board)
        .route_ids()
        .map(|route| {
            json!({"id": route, "object": "model", "created": created, "owned_by": "changeover"})
        })
        .collect();
    let answer = Json(json!({"object": "list", "data": data})).into_response();
    with_bare_headers(answer, &new_request_id())
}
