//! The commands of the list that are not simply a method of the engine.

use changeover_engine::Engine;
use changeover_engine::contract::{
    AuditVerified, CredentialsCheck, CredentialsChecked, ProbeForecast, ProbeForecastAsked,
    ProbeList, ProbeListed, Snapshot, Triage, TriageGet,
};

use crate::lab::{self, ErrorClassified, ErrorClassify, FeedsRead, FeedsReadAsked};
use crate::{ApiError, COMMANDS, Nothing};

type Answer<T> = Result<T, ApiError>;

pub(crate) async fn audit_verify(engine: &Engine, _: Nothing) -> Answer<AuditVerified> {
    Ok(engine.audit_verify().await?)
}

pub(crate) async fn snapshot(engine: &Engine, _: Nothing) -> Answer<Snapshot> {
    Ok(engine.snapshot())
}

pub(crate) async fn probe_forecast(
    engine: &Engine,
    request: ProbeForecastAsked,
) -> Answer<ProbeForecast> {
    Ok(engine.probe_forecast(&request)?)
}

pub(crate) async fn probe_list(engine: &Engine, request: ProbeList) -> Answer<ProbeListed> {
    Ok(engine.probe_list(&request)?)
}

pub(crate) async fn credentials_check(
    engine: &Engine,
    request: CredentialsCheck,
) -> Answer<CredentialsChecked> {
    Ok(engine.credentials_check(&request)?)
}

pub(crate) async fn triage_get(engine: &Engine, request: TriageGet) -> Answer<Triage> {
    Ok(engine.triage_get(&request)?)
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
