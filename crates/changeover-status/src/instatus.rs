//! Instatus: `summary.json` and `components.json` with words in capitals and JavaScript's dates,
//! and RSS and Atom whose HTML is escaped twice.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::{ReadError, json};

/// Reads a JSON document.
pub(crate) fn findings(text: &str) -> Result<Findings, ReadError> {
    Ok(normalise::findings(json::parse(text)?))
}
