//! What a gateway carried, per minute.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    FailureClass, Generation, LatencySketch, Mode, Nanodollars, Outcome, RouteId, TargetId,
    TokenUsage, UnixMs, Whose,
};

/// One minute of one route on one gateway, for one combination of target, mode, outcome and
/// override. Counts are requests that ended in this minute, not attempts.
///
/// A bucket is sent again, whole, whenever it has grown; the reader replaces what it had under the
/// same [`BucketKey`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TrafficBucket {
    #[serde(flatten)]
    #[ts(flatten)]
    pub key: BucketKey,
    pub requests: u64,
    /// Attempts at providers beyond the first of each request.
    pub retries: u64,
    pub cache_hits: u64,
    /// From the start of the attempt that answered (of the last attempt, for a failed request; from
    /// arrival, where no provider was asked) to the last byte, milliseconds. So it is the key's
    /// target alone that is measured; what the caller waited before it shows in `retries`.
    pub latency: LatencySketch,
    /// From the start of the attempt that answered to the first token, milliseconds; streamed
    /// answers only. What the caller waited before it shows in `retries`.
    pub time_to_first_token: LatencySketch,
    pub usage: TokenUsage,
    /// What is known of what the requests cost, failed attempts included.
    pub cost: Nanodollars,
    /// Requests whose cost is not known in full, because no price was known or because an answer
    /// began that never said what it used; what is not known is missing from `cost`. A request that
    /// failed before any answer began cost nothing and is not among them.
    pub unpriced: u64,
    /// Every failed attempt of these requests at any target, also where another target answered
    /// in the end: what is known of a target's health from traffic. Not those that had less than their
    /// usual time, for a caller in a hurry. Sorted by target, class and whose they are.
    #[serde(default)]
    pub failed_attempts: Vec<FailedAttempts>,
}

/// How often attempts at one target failed in one way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct FailedAttempts {
    pub target: TargetId,
    pub class: FailureClass,
    /// Whose they are, where the vendor said so and it is not as usual for the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub whose: Option<Whose>,
    pub count: u64,
}

/// What makes a bucket this one and no other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct BucketKey {
    /// When the gateway process started: counters begin anew with each start.
    pub epoch: UnixMs,
    pub minute: UnixMs,
    pub route: RouteId,
    /// Who answered, or was asked last; `None` when no provider was asked.
    pub target: Option<TargetId>,
    pub mode: Mode,
    pub outcome: Outcome,
    /// The route's override generation under which the requests were served.
    pub generation: Generation,
    /// Since when the route's effective target and mode had been what they were.
    pub effective_since: UnixMs,
    /// Whether the route was then away from its primary in full mode.
    pub fallback: bool,
}
