//! One function per command of the list, each a single call into the engine or the lab.

use changeover_domain::admin::RequestPath;
use changeover_engine::Engine;
use changeover_engine::contract::{
    AuditList, AuditListed, AuditVerified, FallbackDetail, FallbackGet, FallbackList,
    FallbackListed, HistoryQuery, HistorySeries, OverrideApply, OverrideClear, OverridePlan,
    OverridePlanAsked, OverrideUndo, OverrideView, RequestGet, SandboxGateway,
    SandboxGatewayChanged, SandboxView, ScenarioPlay, Snapshot, VerdictExplained, VerdictQuery,
};

use crate::lab::{self, ErrorClassified, ErrorClassify, FeedsRead, FeedsReadAsked};
use crate::{ApiError, COMMANDS, Nothing};

type Answer<T> = Result<T, ApiError>;

macro_rules! pass_on {
    ($( $name:ident($request:ty) -> $response:ty; )+) => { $(
        pub(crate) async fn $name(engine: &Engine, request: $request) -> Answer<$response> {
            Ok(engine.$name(request).await?)
        }
    )+ };
}

pass_on! {
    override_plan(OverridePlanAsked) -> OverridePlan;
    override_apply(OverrideApply) -> OverrideView;
    override_clear(OverrideClear) -> OverrideView;
    override_undo(OverrideUndo) -> OverrideView;
    scenario_play(ScenarioPlay) -> SandboxView;
    sandbox_gateway(SandboxGateway) -> SandboxGatewayChanged;
    fallback_list(FallbackList) -> FallbackListed;
    fallback_get(FallbackGet) -> FallbackDetail;
    history_query(HistoryQuery) -> HistorySeries;
    verdict_explain(VerdictQuery) -> VerdictExplained;
    request_get(RequestGet) -> RequestPath;
    audit_list(AuditList) -> AuditListed;
}

pub(crate) async fn audit_verify(engine: &Engine, _: Nothing) -> Answer<AuditVerified> {
    Ok(engine.audit_verify().await?)
}

pub(crate) async fn snapshot(engine: &Engine, _: Nothing) -> Answer<Snapshot> {
    Ok(engine.snapshot())
}

pub(crate) async fn describe(_: &Engine, _: Nothing) -> Answer<serde_json::Value> {
    Ok(described())
}

/// The contract in words and TypeScript.
pub(crate) fn described() -> serde_json::Value {
    let config = ts_rs::Config::from_env();
    let commands = COMMANDS.iter().map(|command| {
        serde_json::json!({
            "name": command.name,
            "about": command.about.trim(),
            "request": (command.request)(&config),
            "response": (command.response)(&config),
        })
    });
    serde_json::json!({ "commands": commands.collect::<Vec<_>>() })
}

pub(crate) async fn feeds_read(_: &Engine, request: FeedsReadAsked) -> Answer<FeedsRead> {
    lab::feeds_read(request).await
}

pub(crate) async fn error_classify(_: &Engine, request: ErrorClassify) -> Answer<ErrorClassified> {
    lab::error_classify(request).await
}
