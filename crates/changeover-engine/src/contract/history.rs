//! Looking back: series, verdicts and the audit chain.

use changeover_domain::{
    AuditEntry, GatewayId, RequestId, RouteId, TargetId, UnixMs, Verdict, VerdictKind,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Request of `history_query`: of one target or one route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    #[serde(default)]
    pub target: Option<TargetId>,
    #[serde(default)]
    pub route: Option<RouteId>,
    pub from: UnixMs,
    pub until: UnixMs,
}

/// Answer of `history_query`: one point a minute; minutes without values are missing.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HistorySeries {
    pub points: Vec<HistoryPoint>,
}

/// One minute.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HistoryPoint {
    pub minute: UnixMs,
    pub count: u64,
    pub failed: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub time_to_first_token_p95_ms: Option<f64>,
}

/// Request of `verdict_explain`: the present verdict, or the one that held at `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct VerdictQuery {
    pub target: TargetId,
    /// A past time; the verdict that held then is explained.
    #[serde(default)]
    pub at: Option<UnixMs>,
    /// A past change by its number, as in `changes`; `at` is not looked at then.
    #[serde(default)]
    pub change: Option<u64>,
}

/// Answer of `verdict_explain`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VerdictExplained {
    pub verdict: Verdict,
    /// The figures the verdict was made from; `null` where they are not kept any more.
    pub inputs: serde_json::Value,
    /// What making the verdict again from its inputs gives.
    pub replay: VerdictReplay,
    /// Verdicts before this one, newest first.
    pub earlier: Vec<Verdict>,
    /// Changes of the verdict that can be explained, newest first.
    pub changes: Vec<VerdictChange>,
}

/// A verdict made again from what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VerdictReplay {
    /// `None` where the inputs are not kept any more.
    pub verdict: Option<Verdict>,
    /// Whether it is the verdict that was said then, word for word; `None` without inputs.
    pub same: Option<bool>,
    /// The same for people.
    pub sentence: String,
}

/// One change of a target's verdict, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct VerdictChange {
    pub change: u64,
    pub kind: VerdictKind,
    /// What it says began then.
    pub since: UnixMs,
    /// When it was said.
    pub said_at: UnixMs,
    /// Whether its inputs are kept, so that it can be made again.
    pub replayable: bool,
}

/// Request of `audit_list`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct AuditList {
    /// Only entries with a smaller sequence.
    pub before: Option<u64>,
    /// 1 to 500; 100 where left out.
    pub limit: Option<u32>,
}

/// Answer of `audit_list`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AuditListed {
    pub entries: Vec<AuditEntry>,
}

/// Answer of `audit_verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AuditVerified {
    pub entries: u64,
    pub intact: bool,
    /// The first entry that does not follow from the one before.
    pub broken_at: Option<u64>,
}

/// Request of `request_get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RequestGet {
    pub gateway: GatewayId,
    /// As the gateway's `x-changeover-request-id` header said.
    pub id: RequestId,
}
