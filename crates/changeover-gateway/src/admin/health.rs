//! Whether the gateway lives, whether it takes work, and its figures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::metrics;
use crate::shared::{Shared, locked};

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: new requests are taken.
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    if shared.draining.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
    } else {
        "ready\n".into_response()
    }
}

/// `GET /metrics`
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let now = shared.clock.now();
    let routes = locked(&shared.board).states(now);
    let live = shared.live.get();
    let catalogue = &live.settings.catalogue;
    let text = metrics::exposition(&locked(&shared.metrics), &routes, catalogue);
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}
