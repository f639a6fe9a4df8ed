//! Whether the gateway lives, whether it takes work, and its figures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::metrics::{self, Format, Standing};
use crate::shared::{Shared, locked};
use crate::tls::Tls;

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

/// `GET /metrics`, in `OpenMetrics` for whoever accepts it.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let now = shared.clock.now();
    let live = shared.live.get();
    let settings = &live.settings;
    let expiry = |listener, tls: &Option<Tls>| Some((listener, tls.as_ref()?.validity().until?));
    let certificates = [expiry("data", &settings.tls), expiry("admin", &settings.admin_tls)];
    let standing = Standing {
        catalogue: &settings.catalogue,
        routes: locked(&shared.board).states(now),
        gates: shared.gates.reports(now),
        callers: shared.seats.taken(),
        cache: locked(&shared.cache).extent(),
        certificates: certificates.into_iter().flatten().collect(),
        started_at: shared.started_at,
        draining: shared.draining.is_cancelled(),
    };
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let format = Format::accepted(accept);
    let text = metrics::page(&locked(&shared.metrics), &standing, format);
    ([(CONTENT_TYPE, format.content_type())], text).into_response()
}
