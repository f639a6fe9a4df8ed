//! What the engine answers and publishes: plain data for hosts, screens and scripts.
//!
//! Figures are finished here: nothing outside the engine computes a percentile, a share or a cost.
//! Ages are not sent, only points in time, so that a snapshot does not change by growing old.

pub mod alert;
pub mod change;
pub mod fallback;
pub mod history;
pub mod incident;
pub mod lever;
pub mod probing;
pub mod snapshot;
pub mod triage;
pub mod webhook;

pub use alert::{
    Acknowledgement, AlertAcknowledge, AlertList, AlertListed, AlertRuleId, AlertSnooze, AlertView,
    MaintenanceList, MaintenanceListed, MaintenancePut, MaintenanceRemove, OutgoingList,
    OutgoingListed, OutgoingRetry, SinkTest, Snooze, Told, Undelivered,
};
pub use change::{Change, EngineChanged};
pub use fallback::{FallbackDetail, FallbackGet, FallbackList, FallbackListed, FallbackMinute};
pub use history::{
    AuditList, AuditListed, AuditVerified, HistoryPoint, HistoryQuery, HistorySeries, RequestGet,
    VerdictChange, VerdictExplained, VerdictQuery, VerdictReplay,
};
pub use incident::{
    IncidentDetail, IncidentGet, IncidentList, IncidentListed, IncidentView, LagView,
};
pub use lever::{
    Check, CheckState, DiffLine, ExpectedEtag, GatewayDiff, OverrideApply, OverrideClear,
    OverridePlan, OverridePlanAsked, OverrideUndo, OverrideUndoPlanAsked,
};
pub use probing::{
    AccountName, CredentialFinding, CredentialReport, CredentialsCheck, CredentialsChecked,
    FindingSeverity, OwnNetworkState, ProbeForecast, ProbeForecastAsked, ProbeList, ProbeListed,
    ProviderForecast, ProviderProbes, SkippedProbes, TargetForecast, WitnessView,
};
pub use snapshot::{
    GatewayView, Headline, Lane, LaneKind, LaneMark, LaneSpan, Measured, OverrideView, PlayingView,
    ProviderView, Reachability, RouteBreaker, RouteView, SandboxGateway, SandboxGatewayChanged,
    SandboxView, ScenarioPlay, ScenarioPlayOwn, ScenarioView, Snapshot, Sparkline, Suggestion,
    TargetFigures, TargetView, Timeline, Tone,
};
pub use triage::{
    AddendView, EpisodeList, EpisodeListed, ExcludedView, FailingCall, FixView, ScoreView,
    SuggestedLever, Triage, TriageGet,
};
pub use webhook::{HintView, HintWay, ReceiverPage, ReceiverRefusal, ReceiverView, WebhooksView};
