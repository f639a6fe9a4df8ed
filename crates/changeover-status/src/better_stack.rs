//! Better Stack: `index.json` (JSON:API) with resources and reports, and RSS of single monitors,
//! where `went down` and `recovered` share one id.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::{ReadError, json};

/// Reads `index.json`.
pub(crate) fn findings(text: &str) -> Result<Findings, ReadError> {
    Ok(normalise::findings(json::parse(text)?))
}
