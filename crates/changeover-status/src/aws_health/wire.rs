//! AWS's JSON as it is sent: numbers are texts outside and numbers inside.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::json::{Listed, word};

/// One of `currentevents`.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(default, deserialize_with = "word")]
    pub(super) date: Option<String>,
    pub(super) arn: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) status: Option<String>,
    pub(super) service: Option<String>,
    pub(super) service_name: Option<String>,
    /// In words: `Ireland`.
    pub(super) region_name: Option<String>,
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) event_log: Listed<LogEntry>,
    #[serde(default)]
    pub(super) impacted_services: Option<BTreeMap<String, ImpactedService>>,
    #[serde(default, deserialize_with = "word")]
    pub(super) end_time: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LogEntry {
    pub(super) summary: Option<String>,
    pub(super) message: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) timestamp: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ImpactedService {
    pub(super) service_name: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) current: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) max: Option<String>,
}

/// `data.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Data {
    #[serde(default)]
    pub(super) current: Listed<DataEvent>,
    #[serde(default)]
    pub(super) archive: Listed<DataEvent>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DataEvent {
    #[serde(default, deserialize_with = "word")]
    pub(super) date: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(super) status: Option<String>,
    pub(super) service: Option<String>,
    pub(super) service_name: Option<String>,
    pub(super) summary: Option<String>,
    /// HTML: a time of day and words, one after the other.
    pub(super) description: Option<String>,
}
