//! The ledger of fallback periods.

use changeover_domain::{FallbackPeriod, Nanodollars, PeriodId, UnixMs};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Request of `fallback_list`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct FallbackList {
    /// Only periods that started before this.
    pub before: Option<UnixMs>,
    /// 1 to 500; 100 where left out.
    pub limit: Option<u32>,
}

/// Answer of `fallback_list`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FallbackListed {
    pub periods: Vec<FallbackPeriod>,
    /// There are older ones: ask again with `before`.
    pub more: bool,
}

/// Request of `fallback_get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FallbackGet {
    pub id: PeriodId,
}

/// Answer of `fallback_get`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FallbackDetail {
    pub period: FallbackPeriod,
    /// "manual, by mk · Anthropic 529, status page silent"
    pub subtitle: String,
    pub minutes: Vec<FallbackMinute>,
    /// Cost per minute, with the hour around the period, as an SVG that is safe to inline.
    pub chart: String,
    pub chart_description: String,
    /// When the verdict on the primary changed, if it did shortly before.
    pub detected_at: Option<UnixMs>,
    /// From that verdict until the route had moved.
    pub detect_to_switch_ms: Option<i64>,
}

/// One minute of the route, in or around the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FallbackMinute {
    pub minute: UnixMs,
    pub in_fallback: bool,
    pub requests: u64,
    pub answered: u64,
    pub actual: Nanodollars,
    /// Requests whose cost is missing from `actual`.
    pub unpriced: u64,
    pub on_primary: Option<Nanodollars>,
}
