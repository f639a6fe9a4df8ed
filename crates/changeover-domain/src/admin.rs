//! The documents of a gateway's admin API, `/admin/v1`.
//!
//! Both sides share them: the reference gateway answers with them, `changeover-control` asks with
//! them. `docs/gateway-admin.openapi.json` describes them for others who put the API in front of
//! their own gateway, so a field here is a promise.

mod lease;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AuditEntry, BreakerReport, Criticality, ForcedBreaker, GatewayId, Generation, Mode, OnExpiry,
    Outcome, Override, PageHint, RequestId, RouteId, TargetId, TrafficBucket, UnixMs,
};

pub use lease::{Lease, LeaseNote, LeaseNotes, LeasePut};

/// `GET /state`. Its `ETag` is `"<generation>"` of the whole gateway, quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct GatewayState {
    pub gateway: GatewayId,
    pub version: String,
    pub started_at: UnixMs,
    pub now: UnixMs,
    /// Rises with every accepted change of any route.
    pub generation: Generation,
    pub routes: Vec<RouteState>,
}

/// One route of `GET /state`, and the answer of `GET /routes/{route}` and of every change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RouteState {
    pub route: RouteId,
    pub criticality: Criticality,
    /// The route's targets by configuration, primary first.
    pub targets: Vec<TargetId>,
    /// The modes the route can be put into.
    pub modes: Vec<Mode>,
    /// The revision of the override that is loaded; 0 before the first.
    pub generation: Generation,
    /// What `If-Match` must name to change this route, quotes included.
    pub etag: String,
    pub r#override: Option<Override>,
    /// The override ran out while the primary was not fit to return to: it still holds.
    pub expiry_held: bool,
    pub effective: Effective,
    pub breakers: Vec<BreakerReport>,
}

/// What the route does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Effective {
    /// Where the next request goes first; `None` when the mode needs no provider or no breaker
    /// lets through.
    pub target: Option<TargetId>,
    pub mode: Mode,
    pub since: UnixMs,
    pub cause: EffectiveCause,
}

/// Why the route does what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EffectiveCause {
    /// As configured: the primary in full mode.
    Configured,
    /// An operator's override.
    Override,
    /// A breaker is open.
    Breaker,
    /// A rule stepped down.
    Policy,
}

/// Body of `PUT /routes/{route}/override`, and one entry of `PUT /overrides`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverridePut {
    pub target: Option<TargetId>,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub forced_breakers: Vec<ForcedBreaker>,
    pub holder: String,
    pub reason: String,
    pub until: UnixMs,
    #[serde(default)]
    pub on_expiry: OnExpiry,
    /// Higher than the route's present one; left out, the gateway takes the next.
    pub generation: Option<Generation>,
    /// Interlocks that the operator breaks, by name.
    #[serde(default)]
    pub break_interlocks: Vec<String>,
}

impl OverridePut {
    /// The override that this body asks for on `route`.
    #[must_use]
    pub fn to_override(&self, route: RouteId) -> Override {
        Override {
            route,
            target: self.target.clone(),
            mode: self.mode,
            forced_breakers: self.forced_breakers.clone(),
            holder: self.holder.clone(),
            reason: self.reason.clone(),
            until: self.until,
            on_expiry: self.on_expiry,
        }
    }

    /// The body that asks for `wanted`.
    #[must_use]
    pub fn from_override(
        wanted: &Override,
        generation: Option<Generation>,
        break_interlocks: Vec<String>,
    ) -> Self {
        Self {
            target: wanted.target.clone(),
            mode: wanted.mode,
            forced_breakers: wanted.forced_breakers.clone(),
            holder: wanted.holder.clone(),
            reason: wanted.reason.clone(),
            until: wanted.until,
            on_expiry: wanted.on_expiry,
            generation,
            break_interlocks,
        }
    }
}

/// Query of `DELETE /routes/{route}/override`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideDelete {
    pub holder: String,
    pub reason: String,
    pub generation: Option<Generation>,
}

/// Body of `PUT /overrides` and `POST /overrides:plan`: all or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverridesPut {
    pub overrides: Vec<RouteOverridePut>,
}

/// One route of a change of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteOverridePut {
    pub route: RouteId,
    /// `None` plans the return to auto.
    pub r#override: Option<OverridePut>,
}

/// Answer of `POST /overrides:plan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct GatewayPlan {
    pub gateway: GatewayId,
    pub generation: Generation,
    pub routes: Vec<RoutePlan>,
}

/// What would happen to one route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RoutePlan {
    pub route: RouteId,
    pub etag: String,
    pub generation_before: Generation,
    pub generation_after: Generation,
    pub before: Effective,
    pub after: Effective,
    pub interlocks: Vec<InterlockCheck>,
    /// Why it would be refused; empty when it would be accepted.
    pub problems: Vec<String>,
}

/// One safety rule, looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InterlockCheck {
    /// What to name in `break_interlocks`.
    pub name: String,
    pub holds: bool,
    /// In words: what was found.
    pub detail: String,
    /// Whether naming it lets the change through all the same.
    pub breakable: bool,
}

/// `GET /changes?after=`: the gateway's own chain, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangesPage {
    pub changes: Vec<AuditEntry>,
    /// Pass as `after` to go on. Less than the `after` that was asked for: the chain ends before it,
    /// because the gateway began a new one; start again from 0.
    pub next: u64,
    /// Links up to this number are no longer kept; 0 while all are. Whoever asked for what comes
    /// after an earlier one has missed those between.
    #[serde(default)]
    pub kept_after: u64,
}

/// What [`AuditEntry::details`] holds in a gateway's chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ChangeDetails {
    pub generation: Generation,
    pub before: Effective,
    pub after: Effective,
    pub r#override: Option<Override>,
}

/// `GET /traffic?after=`: every bucket that has grown since the cursor, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrafficPage {
    pub buckets: Vec<TrafficBucket>,
    /// Opaque; pass as `after` to go on. A cursor of an earlier start is answered from the beginning.
    pub next: String,
    /// There is more to fetch at once.
    pub more: bool,
}

/// `GET /hints?after=`: webhooks of status pages that came to this gateway, oldest first. What a
/// console cannot receive itself, because nobody outside reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintsPage {
    pub hints: Vec<PageHint>,
    /// Opaque; pass as `after` to go on. A cursor of an earlier start is answered from the beginning.
    pub next: String,
    /// Hints since the gateway's start that had to make room for newer ones of the same page.
    pub dropped: u64,
}

/// Answer of `POST /configuration:reload`: the configuration is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationReloaded {
    /// What differs from the one before, by name; empty when nothing does.
    pub changed: Vec<String>,
    /// What works and will be regretted.
    pub warnings: Vec<String>,
}

/// `GET /requests/{id}`: the path one request took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RequestPath {
    pub id: RequestId,
    pub route: RouteId,
    pub mode: Mode,
    pub generation: Generation,
    pub started_at: UnixMs,
    pub total_ms: u32,
    pub outcome: Outcome,
    pub steps: Vec<RequestStep>,
}

/// One attempt, or one decision between attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RequestStep {
    /// Milliseconds since the request arrived.
    pub at_ms: u32,
    pub target: Option<TargetId>,
    /// In words: what was done, and what came of it.
    pub what: String,
    pub outcome: Option<Outcome>,
}

/// `GET /events`: server-sent; the event's name is the tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum GatewayEvent {
    StateChanged { route: RouteId, generation: Generation, effective: Effective },
    BreakerMoved { route: RouteId, breaker: BreakerReport },
    PeriodOpened { route: RouteId, effective: Effective },
    PeriodClosed { route: RouteId, effective: Effective },
}

/// RFC 9457 problem document: the body of every refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:changeover:problem:` and one of the names of [`ProblemKind`].
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// What, where and what to do next.
    pub detail: String,
    /// For a stale write: who changed it since, and when.
    pub changed_by: Option<String>,
    pub changed_at: Option<UnixMs>,
    /// For a refusal by interlocks: those that do not hold.
    #[serde(default)]
    pub interlocks: Vec<InterlockCheck>,
}

/// Kinds of refusal, each with its HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// 400: not what the API takes.
    InvalidRequest,
    /// 401: no token, or an unknown one.
    Unauthenticated,
    /// 403: the token's role does not allow it.
    Forbidden,
    /// 404: no such route, target or request.
    NotFound,
    /// 409: an interlock does not hold.
    Interlock,
    /// 409: the idempotency key was used for something else.
    IdempotencyConflict,
    /// 412: changed since it was read.
    Stale,
    /// 422: well-formed, but not possible here.
    Unprocessable,
    /// 428: `If-Match` is missing.
    PreconditionRequired,
    /// 503: the change could not be put on disk; nothing was changed.
    StorageFailed,
}

impl ProblemKind {
    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Interlock | Self::IdempotencyConflict => 409,
            Self::Stale => 412,
            Self::Unprocessable => 422,
            Self::PreconditionRequired => 428,
            Self::StorageFailed => 503,
        }
    }

    /// The `type` of its problem document.
    #[must_use]
    pub fn urn(self) -> String {
        let name = match self {
            Self::InvalidRequest => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Interlock => "interlock",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::Stale => "stale",
            Self::Unprocessable => "unprocessable",
            Self::PreconditionRequired => "precondition_required",
            Self::StorageFailed => "storage_failed",
        };
        format!("urn:changeover:problem:{name}")
    }
}
