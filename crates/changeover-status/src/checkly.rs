//! Checkly: the JSON behind its page, made by monitors: services by group, and their events by day.
//! Many events of one day may carry the same title; each has its own id.

mod normalise;
#[cfg(test)]
mod tests;
mod wire;

use crate::findings::Findings;
use crate::{ReadError, json};

/// Reads the document.
pub(crate) fn findings(text: &str) -> Result<Findings, ReadError> {
    Ok(normalise::findings(json::parse(text)?))
}
