//! The document as it is sent, by itself or under `data`.

use serde::Deserialize;

use crate::json::Listed;

#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) data: Option<Document>,
    #[serde(flatten)]
    pub(super) bare: Document,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Document {
    #[serde(default, alias = "changes")]
    pub(super) active_changes: Listed<Change>,
    #[serde(default)]
    pub(super) components: Listed<Component>,
    pub(super) page: Option<Page>,
}

/// The page behind the document; its components have no state of their own.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) components: Listed<Component>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Component {
    #[serde(alias = "id")]
    pub(super) component_id: Option<Id>,
    #[serde(alias = "component_name")]
    pub(super) name: Option<String>,
    #[serde(alias = "current_status")]
    pub(super) status: Option<String>,
}

/// An incident or planned work.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    #[serde(alias = "id")]
    pub(super) change_id: Option<Id>,
    pub(super) title: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) status: Option<String>,
    #[serde(alias = "started_at", alias = "start_at", alias = "created_at")]
    pub(super) start_at_seconds: Option<Id>,
    #[serde(alias = "closed_at", alias = "close_at", alias = "end_at")]
    pub(super) close_at_seconds: Option<Id>,
    #[serde(default)]
    pub(super) affected_components: Listed<Component>,
    #[serde(default, alias = "timelines")]
    pub(super) updates: Listed<Update>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    #[serde(alias = "timeline_id", alias = "id")]
    pub(super) update_id: Option<Id>,
    #[serde(alias = "at", alias = "created_at")]
    pub(super) at_seconds: Option<Id>,
    pub(super) status: Option<String>,
    #[serde(alias = "message")]
    pub(super) description: Option<String>,
    #[serde(default, alias = "affected_components")]
    pub(super) component_changes: Listed<Component>,
}

/// An id or a time, as a number or as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(i64),
    Text(String),
}

impl Id {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}
