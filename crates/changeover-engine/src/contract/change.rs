//! What changed from one snapshot to the next, piece by piece.

use changeover_domain::{
    FallbackPeriod, Incident, IncidentId, MaintenanceWindow, PeriodId, RouteId, SourceState,
    UnixMs, Verdict, WindowId,
};
use serde::Serialize;
use ts_rs::TS;

use super::{
    AlertView, GatewayView, Headline, IncidentView, OverrideView, ProviderView, RouteView,
    SandboxView, Sparkline, TargetView, Timeline, Undelivered, WebhooksView, WitnessView,
};

/// One numbered event. A number that is not the next one means: fetch the snapshot again.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EngineChanged {
    pub sequence: u64,
    pub now: UnixMs,
    pub speed: f64,
    pub changes: Vec<Change>,
}

/// A piece of the snapshot that is new or different. Pieces of a list replace the one of the same
/// id, or join at the end.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "piece", content = "value")]
pub enum Change {
    Headline(Headline),
    Sandbox(Option<SandboxView>),
    Provider(ProviderView),
    Target(TargetView),
    Sparkline(Sparkline),
    Route(RouteView),
    Gateway(GatewayView),
    Override(OverrideView),
    OverrideGone(RouteId),
    Incident(IncidentView),
    IncidentGone(IncidentId),
    PageMaintenance(Incident),
    PageMaintenanceGone(IncidentId),
    Source(SourceState),
    Webhooks(WebhooksView),
    Verdict(Verdict),
    Period(FallbackPeriod),
    /// The period is closed and now stands in the ledger only.
    PeriodGone(PeriodId),
    Alert(AlertView),
    /// The alert is well, and has been for a while.
    AlertGone(String),
    Window(MaintenanceWindow),
    WindowGone(WindowId),
    Undelivered(Undelivered),
    Timeline(Timeline),
    Witness(WitnessView),
}
