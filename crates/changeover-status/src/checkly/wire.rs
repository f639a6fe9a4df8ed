//! The document as it is sent.

use serde::Deserialize;

use crate::json::Listed;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    #[serde(default)]
    pub(super) metadata: Listed<Group>,
    #[serde(default)]
    pub(super) uptime: Listed<Group>,
    /// Some of the data could not be fetched.
    pub(super) partial_error: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    pub(super) services: Listed<Service>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Service {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) days: Listed<Day>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Day {
    #[serde(default)]
    pub(super) events: Listed<Event>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// Seconds.
    pub(super) duration: Option<f64>,
    pub(super) severity: Option<String>,
    #[serde(rename = "lastUpdateStatus")]
    pub(super) last_update_status: Option<String>,
    #[serde(alias = "createdAt")]
    pub(super) created_at: Option<String>,
}
