//! The ledger's entry: a time in which a route was not served by its primary in full mode.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Mode, Nanodollars, PeriodId, RouteId, TargetId, TokenUsage, UnixMs};

/// Why the route left its primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FallbackCause {
    /// An operator pulled a lever.
    Manual,
    /// The primary's breaker opened.
    Breaker,
    /// A rule stepped down by itself.
    Policy,
}

/// What the work of a period cost, and would have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct FallbackCost {
    pub requests: u64,
    pub answered: u64,
    pub usage: TokenUsage,
    /// What was spent on priced requests.
    pub actual: Nanodollars,
    /// Requests without a known price; their cost is missing from `actual`.
    pub unpriced: u64,
    /// The same tokens at the primary's prices; `None` where the primary has no price.
    pub on_primary: Option<Nanodollars>,
    /// `actual` less `on_primary`; `None` where either is not known.
    pub premium: Option<Nanodollars>,
}

/// From when to when, why, and what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FallbackPeriod {
    pub id: PeriodId,
    pub route: RouteId,
    pub primary: TargetId,
    /// Who served most recently; `None` when the mode needs no provider.
    pub served_by: Option<TargetId>,
    pub mode: Mode,
    pub cause: FallbackCause,
    pub holder: Option<String>,
    pub reason: Option<String>,
    pub started_at: UnixMs,
    /// `None` while it lasts.
    pub ended_at: Option<UnixMs>,
    pub cost: FallbackCost,
}
