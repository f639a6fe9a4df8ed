//! Where trouble begins and ends.

use serde::{Deserialize, Serialize};

/// Where trouble begins and ends. Part of what a verdict is replayed from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    pub short_window_ms: i64,
    pub long_window_ms: i64,
    /// Fewer attempts than this in the long window: unknown.
    pub minimum_attempts: u64,
    /// Fewer failures than this: no trouble yet.
    pub minimum_failures: u64,
    /// The share of failures that a healthy target may have on any day.
    pub usual_failed_share: f64,
    /// How surprising failures must be on a healthy target before they are trouble, in nats. 13.8
    /// is a chance of one in a million per look.
    pub proof: f64,
    /// From this share of failures on it is an outage.
    pub outage_share: f64,
    /// An outage stays one until the short window is below this share.
    pub outage_until_share: f64,
    /// While at least this share of the attempts is answered, and slowly, those that were given up
    /// while waiting are late answers too.
    pub still_answered_share: f64,
    /// From this share of failures on it is a degradation, or from what the objective allows, if
    /// that is more.
    pub degraded_share: f64,
    /// Below this share in the long window trouble has ended.
    pub recovered_share: f64,
    /// The share of answers that may be slower than the objective's p95: its own definition.
    pub usual_slow_share: f64,
    /// Fewer slow answers than this: not slow yet.
    pub minimum_slow: u64,
    /// How surprising slow answers must be on a target that just keeps its objective, in nats: 9.2 is
    /// one in ten thousand. Smaller than `proof`, since hardly any target is just at its limit.
    pub slow_proof: f64,
    /// Failed connections in a row, at each of two providers, from which on all of them together
    /// are a sign of our own network.
    pub unreached_in_a_row: u32,
    /// Whoever has answered within this time shows that our network is there.
    pub answered_lately_ms: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            short_window_ms: 45_000,
            long_window_ms: 180_000,
            minimum_attempts: 3,
            minimum_failures: 3,
            usual_failed_share: 0.003,
            proof: 13.8,
            outage_share: 0.5,
            outage_until_share: 0.35,
            still_answered_share: 0.1,
            degraded_share: 0.05,
            recovered_share: 0.02,
            usual_slow_share: 0.05,
            minimum_slow: 4,
            slow_proof: 9.2,
            unreached_in_a_row: 2,
            answered_lately_ms: 10_000,
        }
    }
}
