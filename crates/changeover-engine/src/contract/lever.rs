//! Pulling a lever: the plan that a person sees, and what that person confirms.

use changeover_domain::admin::InterlockCheck;
use changeover_domain::{
    ForcedBreaker, GatewayId, Generation, Mode, Nanodollars, OnExpiry, RouteId, TargetId, UnixMs,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Tone;

/// Request of `override_plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverridePlanAsked {
    pub route: RouteId,
    /// `None` leaves the choice to the gateway; with mode `full` and no forced breaker it plans the
    /// return to auto.
    #[serde(default)]
    pub target: Option<TargetId>,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub forced_breakers: Vec<ForcedBreaker>,
    #[serde(default)]
    pub until: Option<UnixMs>,
}

/// What would happen. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OverridePlan {
    pub route: RouteId,
    /// "Switch chat from claude-opus to gpt-main"
    pub title: String,
    /// "41 req/min on 3 gateways · must succeed · now 38 % failing"
    pub subtitle: String,
    /// The plan is the return to auto.
    pub clears: bool,
    /// The generation that all gateways would have.
    pub generation: Generation,
    pub gateways: Vec<GatewayDiff>,
    /// Is the standby good enough?
    pub checks: Vec<Check>,
    /// Each interlock once, as the strictest gateway sees it.
    pub interlocks: Vec<InterlockCheck>,
    /// What an hour of the present traffic would cost more than on the primary in full mode. `None`
    /// where that cannot be known: a price or the traffic is missing, or the mode is one that saves
    /// nobody knows how much.
    pub premium_per_hour: Option<Nanodollars>,
    /// To be handed back with the confirmation: it says what was looked at.
    pub expected: Vec<ExpectedEtag>,
    /// Why it cannot be applied as it is; empty when it can.
    pub problems: Vec<String>,
}

/// What a gateway's route was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExpectedEtag {
    pub gateway: GatewayId,
    /// `None`: it could not be reached; it will be brought along when it returns.
    pub etag: Option<String>,
}

/// What would change on one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct GatewayDiff {
    pub gateway: GatewayId,
    pub reachable: bool,
    pub generation_before: Option<Generation>,
    pub generation_after: Generation,
    pub lines: Vec<DiffLine>,
    pub problem: Option<String>,
}

/// One field, before and after, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DiffLine {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Good,
    Caution,
    Bad,
    /// It could not be looked at; never shown as good.
    Unknown,
}

/// One question about the standby, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Check {
    pub name: String,
    pub state: CheckState,
    pub detail: String,
    pub tone: Tone,
}

/// Request of `override_apply`: what a person confirms after seeing the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverrideApply {
    pub route: RouteId,
    #[serde(default)]
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
    #[serde(default)]
    pub break_interlocks: Vec<String>,
    /// From the plan. Left out, the state of this moment is taken: for scripts that did not look.
    #[serde(default)]
    pub expected: Option<Vec<ExpectedEtag>>,
}

/// Request of `override_clear`: the route goes back to auto.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverrideClear {
    pub route: RouteId,
    pub holder: String,
    pub reason: String,
    #[serde(default)]
    pub expected: Option<Vec<ExpectedEtag>>,
}

/// Request of `override_undo`: the route goes back to what it was before the last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverrideUndo {
    pub route: RouteId,
    pub holder: String,
    pub reason: String,
    /// From the plan of `override_undo_plan`. Left out, the state of this moment is taken.
    #[serde(default)]
    #[ts(optional)]
    pub expected: Option<Vec<ExpectedEtag>>,
}

/// Request of `override_undo_plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OverrideUndoPlanAsked {
    pub route: RouteId,
}
