//! Reading the configuration again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Json;
use changeover_domain::admin::{ConfigurationReloaded, ProblemKind};

use super::problem::Refused;
use crate::reload;
use crate::shared::Shared;

/// `POST /configuration:reload`
pub(super) async fn reload(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<ConfigurationReloaded>, Refused> {
    let reloaded = reload::from_file(&shared).await.map_err(|refused| {
        let why = changeover_http::error_chain(&refused);
        Refused::new(ProblemKind::Unprocessable, format!("{why}. Nothing was changed"))
    })?;
    Ok(Json(reloaded))
}
