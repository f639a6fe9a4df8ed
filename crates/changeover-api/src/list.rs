//! The one list.

use changeover_domain::admin::RequestPath;
use changeover_domain::{MaintenanceWindow, OutgoingMessage};
use changeover_engine::Engine;
use changeover_engine::contract::{
    AlertAcknowledge, AlertList, AlertListed, AlertSnooze, AlertView, AuditList, AuditListed,
    AuditVerified, CredentialsCheck, CredentialsChecked, EngineChanged, EpisodeList, EpisodeListed,
    FallbackDetail, FallbackGet, FallbackList, FallbackListed, HistoryQuery, HistorySeries,
    IncidentDetail, IncidentGet, IncidentList, IncidentListed, MaintenanceList, MaintenanceListed,
    MaintenancePut, MaintenanceRemove, OutgoingList, OutgoingListed, OutgoingRetry, OverrideApply,
    OverrideClear, OverridePlan, OverridePlanAsked, OverrideUndo, OverrideUndoPlanAsked,
    OverrideView, ProbeForecast, ProbeForecastAsked, ProbeList, ProbeListed, RequestGet,
    SandboxGateway, SandboxGatewayChanged, SandboxView, ScenarioPlay, ScenarioPlayOwn, SinkTest,
    Snapshot, Triage, TriageGet, VerdictExplained, VerdictQuery,
};

use crate::lab::{ErrorClassified, ErrorClassify, FeedsRead, FeedsReadAsked};
use crate::{ApiError, Nothing};

/// What carrying out a command gives.
pub type Handled = Result<serde_json::Value, ApiError>;

/// A command, for routers and descriptions.
#[derive(Debug, Clone, Copy)]
pub struct CommandInfo {
    pub name: &'static str,
    pub about: &'static str,
    /// The request as a TypeScript type.
    pub request: fn(&ts_rs::Config) -> String,
    /// The response as a TypeScript type.
    pub response: fn(&ts_rs::Config) -> String,
}

crate::contract::contract! {
    engine {
        /// What pulling a lever would do on every gateway. Changes nothing.
        override_plan(OverridePlanAsked) -> OverridePlan;
        /// Sets an override on all gateways. Returns when it is recorded and on its way.
        override_apply(OverrideApply) -> OverrideView;
        /// Returns a route to auto on all gateways.
        override_clear(OverrideClear) -> OverrideView;
        /// What undo would do on every gateway. Changes nothing.
        override_undo_plan(OverrideUndoPlanAsked) -> OverridePlan;
        /// Returns a route to what was wanted before its last change.
        override_undo(OverrideUndo) -> OverrideView;
        /// Plays a scenario of the sandbox, or changes its speed.
        scenario_play(ScenarioPlay) -> SandboxView;
        /// Plays a scenario of one's own in the sandbox.
        scenario_play_own(ScenarioPlayOwn) -> SandboxView;
        /// Ends one of the sandbox's gateways as a crash would, or starts it again.
        sandbox_gateway(SandboxGateway) -> SandboxGatewayChanged;
        /// Fallback periods, newest first.
        fallback_list(FallbackList) -> FallbackListed;
        /// One fallback period with its minutes and its picture.
        fallback_get(FallbackGet) -> FallbackDetail;
        /// One point a minute of a target or a route.
        history_query(HistoryQuery) -> HistorySeries;
        /// One incident of a status page, with its updates, its event and who knew first.
        incident_get(IncidentGet) -> IncidentDetail;
        /// Incidents and planned work that touched a time, latest start first.
        incident_list(IncidentList) -> IncidentListed;
        /// Why a target is judged as it is.
        verdict_explain(VerdictQuery) -> VerdictExplained;
        /// Episodes of trouble by our own judgement, newest first, with peak and reach.
        episode_list(EpisodeList) -> EpisodeListed;
        /// The path that one request took through a gateway.
        request_get(RequestGet) -> RequestPath;
        /// The audit chain, newest first.
        audit_list(AuditList) -> AuditListed;
        /// Alerts, what needs somebody first.
        alert_list(AlertList) -> AlertListed;
        /// Takes an alert on: only worse, and its end, is told from then on.
        alert_acknowledge(AlertAcknowledge) -> AlertView;
        /// Puts an alert off until a time, or ends that.
        alert_snooze(AlertSnooze) -> AlertView;
        /// Our own maintenance windows.
        maintenance_list(MaintenanceList) -> MaintenanceListed;
        /// Makes a maintenance window, or gives one another shape.
        maintenance_put(MaintenancePut) -> MaintenanceWindow;
        /// Takes a maintenance window away; one that has begun ends now.
        maintenance_remove(MaintenanceRemove) -> MaintenanceWindow;
        /// Messages to sinks, newest first: delivered, tried again, given up.
        outgoing_list(OutgoingList) -> OutgoingListed;
        /// Tries a message again that was given up.
        outgoing_retry(OutgoingRetry) -> OutgoingMessage;
        /// Sends a message that says that nothing is the matter.
        sink_test(SinkTest) -> OutgoingMessage;
    }
    here {
        /// The whole state of the console at this moment.
        snapshot(Nothing) -> Snapshot;
        /// All that somebody who was just woken up needs to know of one target.
        triage_get(TriageGet) -> Triage;
        /// All commands with their types.
        describe(Nothing) -> serde_json::Value;
        /// What probes would cost in a day, whether they are made or not.
        probe_forecast(ProbeForecastAsked) -> ProbeForecast;
        /// A target's probes of the last hour, newest first.
        probe_list(ProbeList) -> ProbeListed;
        /// Which credential each provider's targets use, and what is odd about it. Never the secret.
        credentials_check(CredentialsCheck) -> CredentialsChecked;
        /// Walks the whole audit chain.
        audit_verify(Nothing) -> AuditVerified;
        /// Reads a folder of captured status feeds, one result per file.
        feeds_read(FeedsReadAsked) -> FeedsRead;
        /// The class of a vendor's answer, of one or of a file of them.
        error_classify(ErrorClassify) -> ErrorClassified;
    }
    events {
        /// Pieces of the snapshot that changed.
        engine_changed(EngineChanged);
    }
}

/// Carries out a command that needs no engine; `None` for all others.
pub async fn handle_without_engine(command: &str, payload: serde_json::Value) -> Option<Handled> {
    match command {
        "describe" => Some(
            crate::contract::read::<Nothing>(command, payload)
                .map(|_| crate::handlers::described()),
        ),
        "feeds_read" => Some(lab(command, payload, crate::lab::feeds_read).await),
        "error_classify" => Some(lab(command, payload, crate::lab::error_classify).await),
        _ if COMMANDS.iter().all(|known| known.name != command) => {
            Some(Err(ApiError::unknown_command(command)))
        }
        _ => None,
    }
}

async fn lab<Asked, Answered, Carried>(
    command: &str,
    payload: serde_json::Value,
    carry_out: impl FnOnce(Asked) -> Carried,
) -> Handled
where
    Asked: serde::de::DeserializeOwned,
    Answered: serde::Serialize,
    Carried: Future<Output = Result<Answered, ApiError>>,
{
    let answer = carry_out(crate::contract::read(command, payload)?).await?;
    crate::contract::write(&answer)
}
