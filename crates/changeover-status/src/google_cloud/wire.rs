//! `incidents.json` as it is sent. `end` is absent while an incident is open, whatever the
//! published schema says.

use serde::Deserialize;

use crate::json::Listed;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Incident {
    pub(super) id: Option<String>,
    pub(super) begin: Option<String>,
    pub(super) end: Option<String>,
    pub(super) external_desc: Option<String>,
    #[serde(default)]
    pub(super) updates: Listed<Update>,
    pub(super) most_recent_update: Option<Update>,
    pub(super) status_impact: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) service_key: Option<String>,
    pub(super) service_name: Option<String>,
    #[serde(default)]
    pub(super) affected_products: Listed<Product>,
    #[serde(default)]
    pub(super) currently_affected_locations: Listed<Product>,
    #[serde(default)]
    pub(super) previously_affected_locations: Listed<Product>,
    /// Relative to the page.
    pub(super) uri: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    pub(super) created: Option<String>,
    pub(super) when: Option<String>,
    pub(super) text: Option<String>,
    pub(super) status: Option<String>,
}

/// A product, or a location.
#[derive(Debug, Deserialize)]
pub(super) struct Product {
    pub(super) title: Option<String>,
    pub(super) id: Option<String>,
}

/// A record of an archive; what else stands in it is the archivist's own.
#[derive(Debug, Deserialize)]
pub(super) struct Archived {
    #[serde(default)]
    pub(super) raw: Incident,
}
