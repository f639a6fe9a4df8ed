//! The JSON documents as they are sent. Everything is optional, because those who imitate the
//! format leave out different things; what a missing field means is decided in `normalise`.

use serde::Deserialize;

use crate::json::{Listed, word};

/// `summary.json` and its kin.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    pub(super) page: Page,
    pub(super) status: Option<Status>,
    pub(super) components: Option<Listed<Component>>,
    pub(super) incidents: Option<Listed<Incident>>,
    pub(super) scheduled_maintenances: Option<Listed<Incident>>,
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
    #[serde(default, deserialize_with = "word")]
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    /// A heading over others, whose state only repeats theirs.
    pub(super) group: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Incident {
    #[serde(default, deserialize_with = "word")]
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
    pub(super) scheduled_until: Option<String>,
    #[serde(default)]
    pub(super) components: Listed<Component>,
    #[serde(default)]
    pub(super) incident_updates: Listed<Update>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    #[serde(default, deserialize_with = "word")]
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) body: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) display_at: Option<String>,
    pub(super) affected_components: Option<Listed<AffectedComponent>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AffectedComponent {
    #[serde(default, deserialize_with = "word")]
    pub(super) code: Option<String>,
    pub(super) name: Option<String>,
    pub(super) new_status: Option<String>,
    pub(super) old_status: Option<String>,
}

/// A record of an archive; what else stands in it is the archivist's own.
#[derive(Debug, Deserialize)]
pub(super) struct Archived {
    #[serde(default)]
    pub(super) raw: Incident,
}

/// What a page sends by itself. Its kinds are told apart by their keys only.
#[derive(Debug, Deserialize)]
pub(super) struct Webhook {
    pub(super) page: WebhookPage,
    pub(super) incident: Option<Incident>,
    pub(super) component: Option<Component>,
    pub(super) component_update: Option<ComponentUpdate>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WebhookPage {
    pub(super) status_indicator: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ComponentUpdate {
    pub(super) new_status: Option<String>,
    pub(super) component_id: Option<String>,
}
