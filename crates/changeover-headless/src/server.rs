//! The contract over HTTP, on loopback, for whoever has the token.
//!
//! `POST /api/{command}` with the request as JSON, `GET /api/events` as server-sent events, and the
//! built screens at `/`. A page of another origin gets nothing: it has no token, and a name that
//! was rebound to loopback is refused by the `Host` it names.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use changeover_api::{ApiError, ApiErrorCode, Engine, Event, handle};
use changeover_http::Secret;
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use tokio_stream::wrappers::BroadcastStream;
use tokio_util::sync::CancellationToken;

use crate::assets;

/// No request of the contract comes near it.
const LARGEST_REQUEST: usize = 1024 * 1024;

#[derive(Clone)]
struct Shared {
    engine: Engine,
    token: Arc<Secret>,
    stop: CancellationToken,
}

/// The server's routes.
pub(crate) fn router(engine: Engine, token: Secret, stop: CancellationToken) -> Router {
    let shared = Shared { engine, token: Arc::new(token), stop };
    let events = Router::new()
        .route("/api/events", get(events))
        .layer(middleware::from_fn_with_state(shared.clone(), require_token_anywhere));
    let commands = Router::new()
        .route("/api/{command}", post(command))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(middleware::from_fn_with_state(shared.clone(), require_token));
    let api = events.merge(commands).with_state(shared);
    api.fallback(assets::serve).layer(middleware::from_fn(require_loopback_host))
}

#[derive(Debug, Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

/// A token in the `Authorization` header. Not in the address, which histories and logs keep.
async fn require_token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let given = bearer(&headers);
    checked(given, &shared, request, next).await
}

/// The same, or in the query: a browser's event stream can send no header.
async fn require_token_anywhere(
    State(shared): State<Shared>,
    Query(query): Query<TokenQuery>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let given = bearer(&headers).or(query.token.as_deref());
    checked(given, &shared, request, next).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.and_then(|value| value.strip_prefix("Bearer "))
}

async fn checked(given: Option<&str>, shared: &Shared, request: Request, next: Next) -> Response {
    if given.is_some_and(|given| same(given, shared.token.expose())) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, "the token that `serve` printed is missing or wrong")
            .into_response()
    }
}

/// Compares in a time that tells nothing about where the difference is.
fn same(given: &str, token: &str) -> bool {
    let differences = given.bytes().zip(token.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == token.len() && differences == 0
}

async fn require_loopback_host(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only this machine is served").into_response()
    }
}

async fn command(
    State(shared): State<Shared>,
    Path(command): Path<String>,
    body: Bytes,
) -> Response {
    let payload =
        if body.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&body) };
    let payload = match payload {
        Ok(payload) => payload,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("the request is not JSON: {error}"))
                .into_response();
        }
    };
    match handle(&shared.engine, &command, payload).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(error) => (status_of(&error), axum::Json(error)).into_response(),
    }
}

fn status_of(error: &ApiError) -> StatusCode {
    match error.code {
        ApiErrorCode::Stale => StatusCode::PRECONDITION_FAILED,
        ApiErrorCode::Interlock => StatusCode::CONFLICT,
        ApiErrorCode::Invalid => StatusCode::BAD_REQUEST,
        ApiErrorCode::NotFound | ApiErrorCode::UnknownCommand => StatusCode::NOT_FOUND,
        ApiErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ApiErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn events(
    State(shared): State<Shared>,
) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    // Events that a slow reader missed show as a gap in their numbers.
    let changed =
        BroadcastStream::new(shared.engine.events()).filter_map(|event| async { event.ok() });
    let sent = changed.map(|changed| {
        let data = serde_json::to_string(&Event::engine_changed(changed)).unwrap_or_default();
        Ok(SseEvent::default().data(data))
    });
    Sse::new(sent.take_until(shared.stop.cancelled_owned())).keep_alive(KeepAlive::default())
}
