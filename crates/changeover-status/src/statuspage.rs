//! Atlassian Statuspage: JSON v2 (`summary`, `incidents`, `components`, `scheduled-maintenances`
//! and their kin), its webhooks, and `history.rss`/`history.atom`, whose entries hold an
//! incident's whole history and are edited in place.

mod feed;
mod memory;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::{findings as feed_findings, is_marked};
pub(crate) use memory::{Memory, findings_again};
pub(crate) use normalise::page_findings;

use crate::findings::Findings;
use crate::sniff::StatuspageShape;
use crate::{Coverage, ReadError, json};

/// Reads a JSON document.
pub(crate) fn findings(shape: StatuspageShape, text: &str) -> Result<Findings, ReadError> {
    Ok(match shape {
        StatuspageShape::Page => page_findings(json::parse(text)?),
        StatuspageShape::List => {
            let incidents: json::Listed<wire::Incident> = json::parse(text)?;
            normalise::incident_findings(incidents.0, "", Coverage::History)
        }
        StatuspageShape::Archive => {
            let records: json::Listed<wire::Archived> = json::parse(text)?;
            let incidents = records.into_iter().map(|record| record.raw).collect();
            normalise::incident_findings(incidents, "", Coverage::History)
        }
        StatuspageShape::Webhook => normalise::webhook_findings(json::parse(text)?),
    })
}
