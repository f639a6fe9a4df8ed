//! Webhooks of status pages, for consoles that nobody outside reaches.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Json, Query, State};
use changeover_domain::admin::{HintsPage, ProblemKind};

use super::problem::Refused;
use super::state::Cursor;
use crate::shared::{Shared, locked};

/// `GET /hints?after=`
pub(super) async fn hints(
    State(shared): State<Arc<Shared>>,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Json<HintsPage>, Refused> {
    let Query(cursor) = cursor
        .map_err(|rejection| Refused::new(ProblemKind::InvalidRequest, rejection.body_text()))?;
    Ok(Json(locked(&shared.hints).page(cursor.after())))
}
