//! incident.io: Atom and RSS whose entries hold only the newest update, JSON in Statuspage's form,
//! and its own JSON for widgets (`/api/v1/summary`) and for its page (`/proxy/<host>`).
//!
//! Its ids are ULIDs, the same in all of them; they carry the time at which an incident was
//! created, which the feeds do not tell.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::sniff::IncidentIoShape;
use crate::{ReadError, json, statuspage};

/// Reads a JSON document.
pub(crate) fn findings(shape: IncidentIoShape, text: &str) -> Result<Findings, ReadError> {
    Ok(match shape {
        IncidentIoShape::Compatible => statuspage::page_findings(json::parse(text)?),
        IncidentIoShape::Widget => normalise::widget(json::parse(text)?),
        IncidentIoShape::Proxy => normalise::proxy(json::parse(text)?),
    })
}
