//! What providers say of themselves. The life cycle of an incident and the state of a component
//! are two things and stay two enums.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{IncidentId, ProviderId, SourceId, TargetId, UnixMs};

/// Where an incident stands in its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
}

/// The state of a component as its page gives it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    Operational,
    UnderMaintenance,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    /// Never shown as operational.
    #[default]
    Unknown,
}

/// How grave the provider says it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    None,
    Minor,
    Major,
    Critical,
    Maintenance,
    #[default]
    Unknown,
}

/// One entry of an incident, as plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IncidentUpdate {
    /// The page's own id, or one made of time and text where it gives none.
    pub native: String,
    pub at: UnixMs,
    /// `None` for an entry that only adds words.
    pub state: Option<IncidentState>,
    pub text: String,
}

/// What a provider's status page declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Incident {
    pub id: IncidentId,
    pub provider: ProviderId,
    pub title: String,
    pub state: IncidentState,
    pub impact: Impact,
    pub started_at: UnixMs,
    pub ended_at: Option<UnixMs>,
    /// Components by name, with the state that the incident gives them.
    pub components: Vec<(String, ComponentState)>,
    /// Our targets that are named. Empty means the provider as a whole, never "all models".
    pub targets: Vec<TargetId>,
    /// Oldest first.
    pub updates: Vec<IncidentUpdate>,
    pub url: Option<String>,
}

impl Incident {
    /// Whether the page still counts it as going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state != IncidentState::Resolved
    }
}

/// How well one page or feed can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceState {
    pub id: SourceId,
    pub provider: ProviderId,
    pub url: String,
    /// The worst component, as last read; unknown until the first good fetch and when unreadable.
    pub page: ComponentState,
    pub last_good_at: Option<UnixMs>,
    pub last_tried_at: Option<UnixMs>,
    /// Failures since the last good fetch.
    pub failures: u32,
    /// Three failures in a row: what it says is no longer believed.
    pub unreadable: bool,
    /// Why the last try failed.
    pub problem: Option<String>,
}
