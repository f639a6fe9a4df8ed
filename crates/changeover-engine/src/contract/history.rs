//! Looking back: series, verdicts and the audit chain.

use changeover_domain::{AuditEntry, GatewayId, RequestId, RouteId, TargetId, UnixMs, Verdict};
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

/// Request of `verdict_explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct VerdictQuery {
    pub target: TargetId,
}

/// Answer of `verdict_explain`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VerdictExplained {
    pub verdict: Verdict,
    /// The figures the verdict was made from.
    pub inputs: serde_json::Value,
    /// Verdicts before this one, newest first.
    pub earlier: Vec<Verdict>,
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
