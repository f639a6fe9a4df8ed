//! incident.io's own JSON as it is sent.

use serde::Deserialize;

use crate::json::Listed;

/// `/api/v1/summary`.
#[derive(Debug, Deserialize)]
pub(super) struct Widget {
    #[serde(default)]
    pub(super) ongoing_incidents: Listed<WidgetEvent>,
    #[serde(default)]
    pub(super) in_progress_maintenances: Listed<WidgetEvent>,
    #[serde(default)]
    pub(super) scheduled_maintenances: Listed<WidgetEvent>,
}

/// An incident or planned work, with its newest update only.
#[derive(Debug, Deserialize)]
pub(super) struct WidgetEvent {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) url: Option<String>,
    pub(super) last_update_at: Option<String>,
    pub(super) last_update_message: Option<String>,
    pub(super) current_worst_impact: Option<String>,
    #[serde(default)]
    pub(super) affected_components: Listed<WidgetComponent>,
    #[serde(alias = "starts_at")]
    pub(super) started_at: Option<String>,
    #[serde(alias = "ends_at")]
    pub(super) scheduled_end_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WidgetComponent {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) current_status: Option<String>,
}

/// `/proxy/<host>`, `/proxy/<host>/incidents` and `/proxy/<host>/component_impacts`: whichever of
/// these are there.
#[derive(Debug, Deserialize)]
pub(super) struct Proxy {
    pub(super) summary: Option<Summary>,
    pub(super) incidents: Option<Listed<Incident>>,
    #[serde(default)]
    pub(super) component_impacts: Listed<Impact>,
    pub(super) incident_links: Option<Listed<Incident>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    #[serde(default)]
    pub(super) components: Listed<Component>,
    #[serde(default)]
    pub(super) affected_components: Listed<ComponentStatus>,
    #[serde(default)]
    pub(super) ongoing_incidents: Listed<Incident>,
    #[serde(default)]
    pub(super) scheduled_maintenances: Listed<Incident>,
    pub(super) structure: Option<Structure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Structure {
    #[serde(default)]
    pub(super) items: Listed<Item>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub(super) component: Option<Component>,
    pub(super) group: Option<Group>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    pub(super) components: Listed<Component>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Component {
    #[serde(alias = "component_id")]
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ComponentStatus {
    pub(super) component_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) current_status: Option<String>,
}

/// An incident with its history; in `incident_links` without.
#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) published_at: Option<String>,
    pub(super) permalink: Option<String>,
    #[serde(default)]
    pub(super) updates: Listed<Update>,
    #[serde(default)]
    pub(super) affected_components: Listed<ComponentStatus>,
    #[serde(default)]
    pub(super) component_impacts: Listed<Impact>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    pub(super) id: Option<String>,
    pub(super) message_string: Option<String>,
    pub(super) to_status: Option<String>,
    pub(super) published_at: Option<String>,
    #[serde(default)]
    pub(super) component_statuses: Listed<ComponentStatus>,
}

/// For how long an incident held a component in a state.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Impact {
    pub(super) component_id: Option<String>,
    pub(super) status_page_incident_id: Option<String>,
    pub(super) start_at: Option<String>,
    pub(super) end_at: Option<String>,
    pub(super) status: Option<String>,
}
