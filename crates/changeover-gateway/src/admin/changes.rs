//! Reading the gateway's own chain of changes.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Json, Query, State};
use axum::response::{IntoResponse as _, Response};
use changeover_domain::admin::ProblemKind;
use serde::Deserialize;

use super::problem::Refused;
use crate::chain::{PAGE, page};
use crate::journal::Journal;
use crate::shared::{Shared, locked};

/// The number of the last link that the reader has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

/// `GET /changes?after=`
pub(super) async fn changes(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(After { after }) = query
        .map_err(|rejection| Refused::new(ProblemKind::InvalidRequest, rejection.body_text()))?;
    let recent = locked(&shared.chain).page_after(after);
    if let Some(page) = recent {
        return Ok(Json(page).into_response());
    }
    let directory = shared.state_dir.clone();
    let read =
        shared.tracker.spawn_blocking(move || Journal::entries_after(&directory, after, PAGE));
    let older = read.await.map_err(|_| unread("the reader ended early"))?;
    let older = older.map_err(|error| unread(&changeover_http::error_chain(&error)))?;
    let (older, kept_after) = older;
    Ok(Json(page(older, after, kept_after)).into_response())
}

fn unread(why: &str) -> Refused {
    let detail = format!("older changes could not be read from disk: {why}");
    Refused::new(ProblemKind::StorageFailed, detail)
}
