//! The admin side: `/admin/v1` on its own listener, for consoles and scripts.
//!
//! The documents are `changeover_domain::admin`'s; `docs/gateway-admin.openapi.json` describes the
//! whole, and a test holds the two together. Every refusal is a problem document. Everything but
//! `/healthz` and `/readyz` needs a bearer token.

mod auth;
mod changes;
mod configuration;
mod events;
mod health;
mod hints;
mod leases;
mod overrides;
mod preconditions;
mod problem;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post, put};
use changeover_domain::admin::ProblemKind;

use crate::body;
use crate::settings::Role;
use crate::shared::Shared;
use problem::Refused;

/// The largest body of a change, in bytes.
const BODY_LIMIT: usize = 256 * 1024;

/// Every path, with who may ask it. The test of the OpenAPI file reads this list too.
pub(crate) fn endpoints() -> Vec<(&'static str, Role, MethodRouter<Arc<Shared>>)> {
    vec![
        ("/admin/v1/state", Role::Observe, get(state::state)),
        ("/admin/v1/routes/{route}", Role::Observe, get(state::route)),
        (
            "/admin/v1/routes/{route}/override",
            Role::Operate,
            put(overrides::put_one).delete(overrides::delete_one),
        ),
        ("/admin/v1/overrides", Role::Operate, put(overrides::put_many)),
        ("/admin/v1/overrides:plan", Role::Observe, post(overrides::plan)),
        ("/admin/v1/changes", Role::Observe, get(changes::changes)),
        ("/admin/v1/traffic", Role::Observe, get(state::traffic)),
        ("/admin/v1/hints", Role::Observe, get(hints::hints)),
        ("/admin/v1/requests/{id}", Role::Observe, get(state::request)),
        ("/admin/v1/events", Role::Observe, get(events::events)),
        // What a holder notes is believed by every console, so it takes more than looking on.
        ("/admin/v1/leases/{name}", Role::Operate, put(leases::put)),
        ("/admin/v1/leases/{name}/notes", Role::Observe, get(leases::notes)),
        ("/admin/v1/configuration:reload", Role::Admin, post(configuration::reload)),
        ("/metrics", Role::Observe, get(health::metrics)),
    ]
}

/// The router of the admin listener.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let guarded = endpoints().into_iter().fold(Router::new(), |router, (path, role, handler)| {
        let guard = middleware::from_fn_with_state((Arc::clone(&shared), role), guard);
        router.route(path, handler.layer(guard))
    });
    guarded
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(shared)
}

async fn guard(
    State((shared, needed)): State<(Arc<Shared>, Role)>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let live = shared.live.get();
    let caller = auth::caller(request.headers(), &live.settings.tokens, needed)?;
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(caller);
    let body = body::read(body, BODY_LIMIT, &live.settings.connections, &shared.clock).await;
    let body = body.map_err(|error| {
        Refused::new(ProblemKind::InvalidRequest, error.to_string()).with_status(error.status())
    })?;
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

async fn unknown_path() -> Refused {
    Refused::new(
        ProblemKind::NotFound,
        "this path is not served here: the admin API lies below /admin/v1",
    )
}

async fn wrong_method() -> Refused {
    let detail =
        "this path does not take that method; docs/gateway-admin.openapi.json lists what it takes";
    Refused::new(ProblemKind::InvalidRequest, detail).with_status(405)
}

#[cfg(test)]
mod tests;
