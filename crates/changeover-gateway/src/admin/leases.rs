//! Taking turns: `/leases`.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Json, Path, Query, State};
use changeover_domain::admin::{Lease, LeaseNotes, LeasePut, ProblemKind};
use serde::Deserialize;

use super::problem::Refused;
use crate::leases::NotTaken;
use crate::shared::{Shared, locked};

/// The number of the last note that the reader has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

/// `PUT /leases/{name}`
pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Result<Json<LeasePut>, JsonRejection>,
) -> Result<Json<Lease>, Refused> {
    let Json(put) =
        body.map_err(|rejection| Refused::new(ProblemKind::InvalidRequest, rejection.body_text()))?;
    let now = shared.clock.now();
    let taken = locked(&shared.leases).put(&name, put, now);
    taken.map(Json).map_err(|not_taken| match not_taken {
        NotTaken::Held { holder, since } => Refused::held(&holder, since),
        NotTaken::Unfit(why) => Refused::new(ProblemKind::Unprocessable, why),
        NotTaken::Full => Refused::new(
            ProblemKind::Unprocessable,
            "64 leases are held here already: wait until one runs out",
        ),
    })
}

/// `GET /leases/{name}/notes?after=`
pub(super) async fn notes(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Json<LeaseNotes>, Refused> {
    let Query(After { after }) = query
        .map_err(|rejection| Refused::new(ProblemKind::InvalidRequest, rejection.body_text()))?;
    let notes = locked(&shared.leases).notes(&name, after, shared.clock.now());
    notes.map(Json).ok_or_else(|| {
        Refused::new(ProblemKind::NotFound, "nobody has held this lease since the gateway began")
    })
}
