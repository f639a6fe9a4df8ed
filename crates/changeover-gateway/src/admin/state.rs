//! Reading what the gateway does and what it carried.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Json, Path, Query, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use changeover_domain::admin::{GatewayState, ProblemKind};
use changeover_domain::{RequestId, RouteId};
use serde::Deserialize;

use super::problem::Refused;
use crate::shared::{Shared, locked};

/// `GET /state`
pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let now = shared.clock.now();
    let state = {
        let board = locked(&shared.board);
        GatewayState {
            generation: board.generation,
            routes: board.states(now),
            ..shared.state_frame(now)
        }
    };
    let etag = format!("\"{}\"", state.generation);
    ([(ETAG, etag)], Json(state)).into_response()
}

/// `GET /routes/{route}`
pub(super) async fn route(
    State(shared): State<Arc<Shared>>,
    route: Result<Path<RouteId>, PathRejection>,
) -> Result<Response, Refused> {
    let now = shared.clock.now();
    let found = route.ok().and_then(|Path(route)| {
        let board = locked(&shared.board);
        board.route(&route).map(|route| route.state(now))
    });
    let state = found.ok_or_else(|| {
        let board = locked(&shared.board);
        let known: Vec<&str> = board.route_ids().map(RouteId::as_str).collect();
        let detail = format!("there is no such route; known: {}", known.join(", "));
        Refused::new(ProblemKind::NotFound, detail)
    })?;
    Ok(([(ETAG, state.etag.clone())], Json(state)).into_response())
}

/// Where a reader stopped.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    #[serde(default)]
    after: String,
}

impl Cursor {
    pub(super) fn after(&self) -> &str {
        &self.after
    }
}

/// `GET /traffic?after=`
pub(super) async fn traffic(
    State(shared): State<Arc<Shared>>,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(cursor) = cursor
        .map_err(|rejection| Refused::new(ProblemKind::InvalidRequest, rejection.body_text()))?;
    let reading = Arc::clone(&shared);
    let page = shared.tracker.spawn_blocking(move || reading.traffic_page(&cursor.after));
    let page = page
        .await
        .map_err(|_| Refused::new(ProblemKind::StorageFailed, "the gateway is stopping"))?;
    Ok(Json(page).into_response())
}

/// `GET /requests/{id}`
pub(super) async fn request(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<RequestId>, PathRejection>,
) -> Result<Response, Refused> {
    let found = id.ok().and_then(|Path(id)| locked(&shared.requests).get(&id).cloned());
    let path = found.ok_or_else(|| {
        Refused::new(
            ProblemKind::NotFound,
            "no such request is remembered: only the latest are, once they have ended",
        )
    })?;
    Ok(Json(path).into_response())
}
