//! Datadog Status Pages, and pages that answer JSON in the same style (`OnlineOrNot`'s among them):
//! incidents with a timeline. After a move to the platform old incidents are filled in, long after
//! they ended; they are history and no news.

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
