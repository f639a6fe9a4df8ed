//! The document as it is sent, with the names that others use for the same.

use serde::Deserialize;

use crate::json::Listed;

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) incidents: Listed<Event>,
    #[serde(default)]
    pub(super) maintenances: Listed<Event>,
    #[serde(default)]
    pub(super) components: Listed<Component>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: Option<String>,
    #[serde(alias = "name")]
    pub(super) title: Option<String>,
    #[serde(alias = "status")]
    pub(super) current_status: Option<String>,
    #[serde(alias = "severity")]
    pub(super) impact: Option<String>,
    #[serde(alias = "started", alias = "startedAt", alias = "startDate", alias = "scheduledStart")]
    pub(super) published_date: Option<String>,
    #[serde(alias = "ended", alias = "endedAt", alias = "resolvedAt", alias = "completedDate")]
    pub(super) resolved_date: Option<String>,
    #[serde(alias = "endDate", alias = "scheduledEnd")]
    pub(super) planned_end: Option<String>,
    #[serde(alias = "permalink", alias = "link")]
    pub(super) url: Option<String>,
    #[serde(default, alias = "components", alias = "affectedComponents")]
    pub(super) components_affected: Listed<Component>,
    #[serde(default, alias = "updates")]
    pub(super) timeline: Listed<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    /// Where it belongs in time; `created_at` is when it was written down.
    pub(super) started_at: Option<String>,
    #[serde(alias = "created")]
    pub(super) created_at: Option<String>,
    #[serde(alias = "message", alias = "body", alias = "content", alias = "text")]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) components_affected: Listed<Component>,
}

/// A component by itself or as an incident names it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Component {
    Full {
        #[serde(alias = "componentId")]
        id: Option<String>,
        name: Option<String>,
        status: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
        /// Those under a heading, which has no state of its own.
        #[serde(default)]
        components: Listed<Self>,
    },
    Name(String),
}
