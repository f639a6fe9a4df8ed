//! The JSON document as it is sent. Everything is optional, because those who imitate the format
//! leave out different things; what a missing field means is decided in `normalise`.
//!
//! `serde_json` ends at 128 levels of nesting, so depth needs no guard of ours.

use serde::Deserialize;

use crate::{ReadError, xml::MAX_ENTRIES};

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) page: Page,
    pub(super) status: Option<Status>,
    pub(super) components: Option<Vec<Component>>,
    pub(super) incidents: Option<Vec<Incident>>,
    pub(super) scheduled_maintenances: Option<Vec<Incident>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) indicator: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Component {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    /// A heading over others, whose state only repeats theirs.
    pub(super) group: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) impact: Option<String>,
    pub(super) shortlink: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    /// The key stands in ordinary incidents too, with null.
    pub(super) scheduled_for: Option<String>,
    pub(super) components: Option<Vec<Component>>,
    pub(super) incident_updates: Option<Vec<Update>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) body: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) display_at: Option<String>,
    pub(super) affected_components: Option<Vec<AffectedComponent>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AffectedComponent {
    pub(super) code: Option<String>,
    pub(super) name: Option<String>,
    pub(super) new_status: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Document, ReadError> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| ReadError::of_json(&error))?;
    let lists = [&document.incidents, &document.scheduled_maintenances];
    if lists.iter().any(|list| list.as_ref().is_some_and(|list| list.len() > MAX_ENTRIES)) {
        return Err(ReadError::TooMany { what: "incidents", limit: MAX_ENTRIES });
    }
    Ok(document)
}
