// Generated from changeover-api by `cargo xtask contract`. Do not edit.
import type { AuditList } from "./AuditList";
import type { AuditListed } from "./AuditListed";
import type { AuditVerified } from "./AuditVerified";
import type { EngineChanged } from "./EngineChanged";
import type { FallbackDetail } from "./FallbackDetail";
import type { FallbackGet } from "./FallbackGet";
import type { FallbackList } from "./FallbackList";
import type { FallbackListed } from "./FallbackListed";
import type { HistoryQuery } from "./HistoryQuery";
import type { HistorySeries } from "./HistorySeries";
import type { OverrideApply } from "./OverrideApply";
import type { OverrideClear } from "./OverrideClear";
import type { OverridePlan } from "./OverridePlan";
import type { OverridePlanAsked } from "./OverridePlanAsked";
import type { OverrideUndo } from "./OverrideUndo";
import type { OverrideView } from "./OverrideView";
import type { SandboxView } from "./SandboxView";
import type { ScenarioPlay } from "./ScenarioPlay";
import type { Snapshot } from "./Snapshot";
import type { VerdictExplained } from "./VerdictExplained";
import type { VerdictQuery } from "./VerdictQuery";

export interface Commands {
  snapshot: { request: null; response: Snapshot };
  scenario_play: { request: ScenarioPlay; response: SandboxView };
  override_plan: { request: OverridePlanAsked; response: OverridePlan };
  override_apply: { request: OverrideApply; response: OverrideView };
  override_clear: { request: OverrideClear; response: OverrideView };
  override_undo: { request: OverrideUndo; response: OverrideView };
  fallback_list: { request: FallbackList; response: FallbackListed };
  fallback_get: { request: FallbackGet; response: FallbackDetail };
  history_query: { request: HistoryQuery; response: HistorySeries };
  verdict_explain: { request: VerdictQuery; response: VerdictExplained };
  audit_list: { request: AuditList; response: AuditListed };
  audit_verify: { request: null; response: AuditVerified };
}

export type CommandName = keyof Commands;

export interface Events {
  engine_changed: EngineChanged;
}
