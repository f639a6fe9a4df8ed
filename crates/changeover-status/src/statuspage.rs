//! Statuspage JSON v2: `summary.json`, `incidents.json`, `status.json`, `components.json` and
//! those who answer in the same form (incident.io's `/api/v2`).

mod normalise;
mod wire;

use crate::{ReadContext, ReadError, Reading};

/// Reads a document.
pub(crate) fn read(context: ReadContext<'_>, text: &str) -> Result<Reading, ReadError> {
    Ok(normalise::reading(context, wire::parse(text)?))
}
