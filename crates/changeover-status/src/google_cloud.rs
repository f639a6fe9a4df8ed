//! Google Cloud Service Health: `incidents.json`, a window of the past with all updates, and an
//! Atom feed with one entry per update.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::sniff::ListShape;
use crate::{ReadError, json};

/// Reads `incidents.json`.
pub(crate) fn findings(shape: ListShape, text: &str) -> Result<Findings, ReadError> {
    Ok(match shape {
        ListShape::Bare => {
            let incidents: json::Listed<wire::Incident> = json::parse(text)?;
            normalise::findings(incidents.into_iter())
        }
        ListShape::Archive => {
            let records: json::Listed<wire::Archived> = json::parse(text)?;
            normalise::findings(records.into_iter().map(|record| record.raw))
        }
    })
}
