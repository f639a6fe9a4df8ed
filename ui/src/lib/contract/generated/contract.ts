// Generated from the contract in changeover-api by `cargo xtask contract`. Do not edit.
import type { AuditList } from "./AuditList";
import type { AuditListed } from "./AuditListed";
import type { AuditVerified } from "./AuditVerified";
import type { CredentialsCheck } from "./CredentialsCheck";
import type { CredentialsChecked } from "./CredentialsChecked";
import type { EngineChanged } from "./EngineChanged";
import type { EpisodeList } from "./EpisodeList";
import type { EpisodeListed } from "./EpisodeListed";
import type { ErrorClassified } from "./ErrorClassified";
import type { ErrorClassify } from "./ErrorClassify";
import type { FallbackDetail } from "./FallbackDetail";
import type { FallbackGet } from "./FallbackGet";
import type { FallbackList } from "./FallbackList";
import type { FallbackListed } from "./FallbackListed";
import type { FeedsRead } from "./FeedsRead";
import type { FeedsReadAsked } from "./FeedsReadAsked";
import type { HistoryQuery } from "./HistoryQuery";
import type { HistorySeries } from "./HistorySeries";
import type { IncidentDetail } from "./IncidentDetail";
import type { IncidentGet } from "./IncidentGet";
import type { IncidentList } from "./IncidentList";
import type { IncidentListed } from "./IncidentListed";
import type { JsonValue } from "./serde_json/JsonValue";
import type { Nothing } from "./Nothing";
import type { OverrideApply } from "./OverrideApply";
import type { OverrideClear } from "./OverrideClear";
import type { OverridePlan } from "./OverridePlan";
import type { OverridePlanAsked } from "./OverridePlanAsked";
import type { OverrideUndo } from "./OverrideUndo";
import type { OverrideView } from "./OverrideView";
import type { ProbeForecast } from "./ProbeForecast";
import type { ProbeForecastAsked } from "./ProbeForecastAsked";
import type { ProbeList } from "./ProbeList";
import type { ProbeListed } from "./ProbeListed";
import type { RequestGet } from "./RequestGet";
import type { RequestPath } from "./RequestPath";
import type { SandboxGateway } from "./SandboxGateway";
import type { SandboxGatewayChanged } from "./SandboxGatewayChanged";
import type { SandboxView } from "./SandboxView";
import type { ScenarioPlay } from "./ScenarioPlay";
import type { Snapshot } from "./Snapshot";
import type { Triage } from "./Triage";
import type { TriageGet } from "./TriageGet";
import type { VerdictExplained } from "./VerdictExplained";
import type { VerdictQuery } from "./VerdictQuery";

export interface Commands {
  override_plan: { request: OverridePlanAsked; response: OverridePlan };
  override_apply: { request: OverrideApply; response: OverrideView };
  override_clear: { request: OverrideClear; response: OverrideView };
  override_undo: { request: OverrideUndo; response: OverrideView };
  scenario_play: { request: ScenarioPlay; response: SandboxView };
  sandbox_gateway: { request: SandboxGateway; response: SandboxGatewayChanged };
  fallback_list: { request: FallbackList; response: FallbackListed };
  fallback_get: { request: FallbackGet; response: FallbackDetail };
  history_query: { request: HistoryQuery; response: HistorySeries };
  incident_get: { request: IncidentGet; response: IncidentDetail };
  incident_list: { request: IncidentList; response: IncidentListed };
  verdict_explain: { request: VerdictQuery; response: VerdictExplained };
  episode_list: { request: EpisodeList; response: EpisodeListed };
  request_get: { request: RequestGet; response: RequestPath };
  audit_list: { request: AuditList; response: AuditListed };
  snapshot: { request: Nothing; response: Snapshot };
  triage_get: { request: TriageGet; response: Triage };
  describe: { request: Nothing; response: JsonValue };
  probe_forecast: { request: ProbeForecastAsked; response: ProbeForecast };
  probe_list: { request: ProbeList; response: ProbeListed };
  credentials_check: { request: CredentialsCheck; response: CredentialsChecked };
  audit_verify: { request: Nothing; response: AuditVerified };
  feeds_read: { request: FeedsReadAsked; response: FeedsRead };
  error_classify: { request: ErrorClassify; response: ErrorClassified };
}

export type CommandName = keyof Commands;

export interface Events {
  engine_changed: EngineChanged;
}
