//! The routes, in the shape in which each dialect lists models.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Json, Response};
use changeover_domain::{RouteId, UnixMs};
use changeover_llm::front::Door;
use serde_json::{Value, json};

use super::asked::known_routes;
use super::headers::with_bare_headers;
use super::passage::new_request_id;
use super::refuse::{self, TurnedAway};
use crate::callers;
use crate::shared::Shared;

/// `GET /v1/models`
pub(super) async fn list(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let door = refuse::door_of(&headers);
    let routes = match routes_of(&shared, door, &headers) {
        Ok(routes) => routes,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    let data: Vec<Value> = routes.iter().map(|route| model(door, route, &shared)).collect();
    let listed = match door {
        Door::OpenAi => json!({"object": "list", "data": data}),
        Door::Anthropic => json!({
            "data": data,
            "has_more": false,
            "first_id": routes.first(),
            "last_id": routes.last(),
        }),
    };
    with_bare_headers(Json(listed).into_response(), &new_request_id())
}

/// `GET /v1/models/{model}`
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    Path(asked_for): Path<String>,
    headers: HeaderMap,
) -> Response {
    let door = refuse::door_of(&headers);
    let routes = match routes_of(&shared, door, &headers) {
        Ok(routes) => routes,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    match routes.iter().find(|route| route.as_str() == asked_for) {
        Some(route) => {
            let found = Json(model(door, route, &shared)).into_response();
            with_bare_headers(found, &new_request_id())
        }
        None => TurnedAway::unknown_route(door, &routes, &asked_for).answer(&shared),
    }
}

fn routes_of(shared: &Shared, door: Door, headers: &HeaderMap) -> Result<Vec<RouteId>, TurnedAway> {
    let live = shared.live.get();
    let asker = callers::identify(headers, &live.callers)
        .map_err(|unknown| TurnedAway::unknown_caller(door, unknown))?;
    Ok(known_routes(shared, &asker))
}

fn model(door: Door, route: &RouteId, shared: &Shared) -> Value {
    let since = shared.started_at;
    match door {
        Door::OpenAi => json!({
            "id": route,
            "object": "model",
            "created": since.0.div_euclid(1_000),
            "owned_by": "changeover",
        }),
        Door::Anthropic => json!({
            "type": "model",
            "id": route,
            "display_name": route,
            "created_at": rfc3339(since),
        }),
    }
}

/// The time as the dialect has it: seconds, UTC.
fn rfc3339(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
