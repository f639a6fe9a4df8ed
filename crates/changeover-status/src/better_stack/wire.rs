//! `index.json` as it is sent: one document, and everything else as included resources of many
//! types, told apart by `type`.

use serde::Deserialize;

use crate::json::{Listed, word};

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) data: Resource,
    #[serde(default)]
    pub(super) included: Listed<Resource>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    #[serde(default, deserialize_with = "word")]
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) attributes: Attributes,
    #[serde(default)]
    pub(super) relationships: Relationships,
}

/// The attributes of all types that are read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Attributes {
    /// Of the page and of reports.
    pub(super) aggregate_state: Option<String>,
    /// Of the page.
    pub(super) custom_domain: Option<String>,
    pub(super) updated_at: Option<String>,
    /// Of resources.
    pub(super) public_name: Option<String>,
    pub(super) status: Option<String>,
    /// Of reports.
    pub(super) title: Option<String>,
    pub(super) report_type: Option<String>,
    pub(super) starts_at: Option<String>,
    pub(super) ends_at: Option<String>,
    #[serde(default)]
    pub(super) affected_resources: Listed<AffectedResource>,
    /// Of updates.
    pub(super) message: Option<String>,
    pub(super) published_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AffectedResource {
    #[serde(default, deserialize_with = "word")]
    pub(super) status_page_resource_id: Option<String>,
    pub(super) status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Relationships {
    #[serde(default)]
    pub(super) status_updates: Links,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Links {
    #[serde(default)]
    pub(super) data: Listed<Link>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Link {
    #[serde(default, deserialize_with = "word")]
    pub(super) id: Option<String>,
}
