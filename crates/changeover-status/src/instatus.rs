//! Instatus: `summary.json` and `components.json` with words in capitals and JavaScript's dates,
//! webhooks in Statuspage's form with the same words, and RSS and Atom whose HTML is escaped twice.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::sniff::InstatusShape;
use crate::{ReadError, json};

/// Reads a JSON document.
pub(crate) fn findings(shape: InstatusShape, text: &str) -> Result<Findings, ReadError> {
    Ok(match shape {
        InstatusShape::Page => normalise::findings(json::parse(text)?),
        InstatusShape::Webhook => normalise::webhook_findings(json::parse(text)?),
    })
}
