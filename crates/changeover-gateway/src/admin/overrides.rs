//! Changing what routes do.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Json, Path, Query, State};
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse as _, Response};
use changeover_domain::RouteId;
use changeover_domain::admin::{
    GatewayPlan, OverrideDelete, OverridePut, OverridesPut, ProblemKind, RouteOverridePut,
};
use tokio::sync::oneshot;

use super::auth::Caller;
use super::preconditions::{idempotency_key, if_match};
use super::problem::Refused;
use crate::board::change::{Refusal, RouteChange, Wanted};
use crate::shared::{Shared, locked};
use crate::writer::{Answer, Ask, IdempotencyKey, Precondition};

/// The most routes that one change names.
const MOST_ROUTES: usize = 256;

/// `PUT /routes/{route}/override`
pub(super) async fn put_one(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    route: Result<Path<RouteId>, PathRejection>,
    headers: HeaderMap,
    body: Result<Json<OverridePut>, JsonRejection>,
) -> Result<Response, Refused> {
    let route = known_route(route)?;
    let tags = if_match(&headers)?;
    let Json(put) = body.map_err(|rejection| unread(&rejection.body_text()))?;
    let key = idempotency_key(&headers, &("put", &route, &put))?;
    let change = RouteChange { route, wanted: Wanted::Put(put) };
    ask(&shared, caller, Precondition::Route(tags), key, vec![change]).await
}

/// `DELETE /routes/{route}/override`
pub(super) async fn delete_one(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    route: Result<Path<RouteId>, PathRejection>,
    headers: HeaderMap,
    query: Result<Query<OverrideDelete>, QueryRejection>,
) -> Result<Response, Refused> {
    let route = known_route(route)?;
    let tags = if_match(&headers)?;
    let Query(delete) = query.map_err(|rejection| unread(&rejection.body_text()))?;
    let key = idempotency_key(&headers, &("delete", &route, &delete))?;
    let change = RouteChange {
        route,
        wanted: Wanted::Clear {
            holder: delete.holder,
            reason: delete.reason,
            generation: delete.generation,
        },
    };
    ask(&shared, caller, Precondition::Route(tags), key, vec![change]).await
}

/// `PUT /overrides`: all or none.
pub(super) async fn put_many(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Json<OverridesPut>, JsonRejection>,
) -> Result<Response, Refused> {
    let tags = if_match(&headers)?;
    let Json(put) = body.map_err(|rejection| unread(&rejection.body_text()))?;
    let key = idempotency_key(&headers, &("put_many", &put))?;
    let changes =
        put.overrides.into_iter().map(|entry| change_of(entry, &caller)).collect::<Vec<_>>();
    checked_number(&changes)?;
    ask(&shared, caller, Precondition::Gateway(tags), key, changes).await
}

/// `POST /overrides:plan`: the same looks, no effect.
pub(super) async fn plan(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    body: Result<Json<OverridesPut>, JsonRejection>,
) -> Result<Response, Refused> {
    let Json(put) = body.map_err(|rejection| unread(&rejection.body_text()))?;
    let changes: Vec<RouteChange> =
        put.overrides.into_iter().map(|entry| change_of(entry, &caller)).collect();
    checked_number(&changes)?;
    let now = shared.clock.now();
    let plan = {
        let board = locked(&shared.board);
        let routes = changes
            .iter()
            .map(|change| board.assess(change, now).map(|assessment| assessment.plan))
            .collect::<Result<Vec<_>, Refusal>>()?;
        GatewayPlan { gateway: shared.id.clone(), generation: board.generation, routes }
    };
    Ok(Json(plan).into_response())
}

/// A return to auto among several routes has no holder of its own: it is the caller's.
fn change_of(entry: RouteOverridePut, caller: &Caller) -> RouteChange {
    let wanted = match entry.r#override {
        Some(put) => Wanted::Put(put),
        None => Wanted::Clear {
            holder: caller.token.clone(),
            reason: "lifted together with changes of other routes".to_owned(),
            generation: None,
        },
    };
    RouteChange { route: entry.route, wanted }
}

fn checked_number(changes: &[RouteChange]) -> Result<(), Refused> {
    if (1..=MOST_ROUTES).contains(&changes.len()) {
        return Ok(());
    }
    let detail = format!("`overrides` names 1 to {MOST_ROUTES} routes");
    Err(Refused::new(ProblemKind::InvalidRequest, detail))
}

async fn ask(
    shared: &Shared,
    caller: Caller,
    precondition: Precondition,
    idempotency: Option<IdempotencyKey>,
    changes: Vec<RouteChange>,
) -> Result<Response, Refused> {
    let (reply, answer) = oneshot::channel();
    let ask = Ask { changes, precondition, idempotency, token: caller.token, reply };
    shared.asks.send(ask).await.map_err(|_| Refusal::Stopping)?;
    let answer = answer.await.map_err(|_| Refusal::Stopping)??;
    Ok(document(answer))
}

fn document(answer: Answer) -> Response {
    let headers: [(HeaderName, String); 2] =
        [(CONTENT_TYPE, "application/json".to_owned()), (ETAG, answer.etag)];
    (headers, answer.body).into_response()
}

fn known_route(route: Result<Path<RouteId>, PathRejection>) -> Result<RouteId, Refused> {
    route
        .map(|Path(route)| route)
        .map_err(|rejection| Refused::new(ProblemKind::NotFound, rejection.body_text()))
}

fn unread(why: &str) -> Refused {
    Refused::new(ProblemKind::InvalidRequest, why)
}
