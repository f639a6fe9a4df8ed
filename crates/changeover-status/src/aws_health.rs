//! AWS Health Dashboard: RSS with one item per update, `currentevents` (UTF-16), and the
//! `data.json` of the dashboard before it.
//!
//! Components are `<service>-<region>`, such as `bedrock-eu-west-1`; Bedrock often stands only
//! among the impacted services of an event of many.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::sniff::AwsShape;
use crate::{ReadError, json};

/// Reads a JSON document.
pub(crate) fn findings(shape: AwsShape, text: &str) -> Result<Findings, ReadError> {
    Ok(match shape {
        AwsShape::CurrentEvents => normalise::current_events(json::parse(text)?),
        AwsShape::Data => normalise::data(json::parse(text)?),
    })
}
