//! What pages declare, as a screen shows it: with what belongs together and who knew first.

use changeover_domain::{Incident, IncidentId, ProviderId, StatusTransition, UnixMs};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One incident, with what only the console knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct IncidentView {
    #[serde(flatten)]
    #[ts(flatten)]
    pub incident: Incident,
    /// Who knew first; `None` for planned work.
    pub lag: Option<LagView>,
    /// Other incidents of the same event, where this is its first; shown below it, told with it.
    pub children: Vec<IncidentId>,
}

/// Our own finding beside the page's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LagView {
    /// When our probes and traffic first showed it; `None` if they have not.
    pub ours_at: Option<UnixMs>,
    /// The page's oldest entry, by its own date.
    pub page_said_at: UnixMs,
    /// When we first read it there.
    pub page_read_at: Option<UnixMs>,
    /// How far we were ahead of the page's word; negative where the page was. `None` where it cannot
    /// be told, as of what the page said before we watched.
    pub ahead_ms: Option<i64>,
    /// "our probes and traffic showed it 31 min before the page said so"
    pub sentence: String,
}

/// Request of `incident_get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct IncidentGet {
    pub id: IncidentId,
}

/// Answer of `incident_get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct IncidentDetail {
    pub incident: IncidentView,
    /// The time of its oldest entry as it stands on the page; `None` where the page wrote none.
    pub start_written: Option<String>,
    /// The event's other incidents, whole, oldest first; for a child its first one and its siblings.
    pub event: Vec<IncidentView>,
    /// What was told of it, oldest first.
    pub told: Vec<StatusTransition>,
}

/// Request of `incident_list`: what touched a time, planned work included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct IncidentList {
    pub from: UnixMs,
    pub until: UnixMs,
    #[serde(default)]
    pub provider: Option<ProviderId>,
}

/// Answer of `incident_list`, latest start first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct IncidentListed {
    pub incidents: Vec<IncidentView>,
    /// There were more; the oldest are left out.
    pub more: bool,
}
