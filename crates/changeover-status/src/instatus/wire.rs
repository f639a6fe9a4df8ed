//! Instatus's JSON as it is sent: `summary.json` leaves lists out when they are empty,
//! `components.json` has nothing but components.

use serde::Deserialize;

use crate::json::Listed;

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) page: Option<Page>,
    #[serde(rename = "activeIncidents", default)]
    pub(super) active_incidents: Listed<Event>,
    #[serde(rename = "activeMaintenances", default)]
    pub(super) active_maintenances: Listed<Event>,
    pub(super) components: Option<Listed<Component>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) status: Option<String>,
}

/// An incident (`started`) or planned work (`start`).
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(alias = "start")]
    pub(super) started: Option<String>,
    pub(super) status: Option<String>,
    pub(super) impact: Option<String>,
    pub(super) url: Option<String>,
    /// Minutes, as a number or as text.
    pub(super) duration: Option<Minutes>,
    /// In webhooks only, like what follows.
    pub(super) created_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    #[serde(default, alias = "incident_updates", alias = "maintenance_updates")]
    pub(super) updates: Listed<Update>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    #[serde(alias = "markdown")]
    pub(super) text: Option<String>,
    pub(super) body: Option<String>,
    pub(super) created_at: Option<String>,
}

/// What a page sends by itself: one incident, one piece of planned work, or one component.
#[derive(Debug, Deserialize)]
pub(super) struct Webhook {
    pub(super) page: WebhookPage,
    pub(super) incident: Option<Event>,
    pub(super) maintenance: Option<Event>,
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

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Minutes {
    Number(u32),
    Text(String),
}

#[derive(Debug, Deserialize)]
pub(super) struct Component {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
}
