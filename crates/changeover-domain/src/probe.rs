//! One synthetic request and what was measured.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Nanodollars, Outcome, TargetId, TokenUsage, UnixMs};

/// Where the time went, in milliseconds from the start of the request. Absent phases were not
/// reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct ProbePhases {
    /// Until the answer's status line.
    pub first_byte_ms: Option<u32>,
    pub first_token_ms: Option<u32>,
    /// The longest silence between two tokens.
    pub longest_gap_ms: Option<u32>,
    pub total_ms: u32,
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProbeSample {
    pub target: TargetId,
    pub at: UnixMs,
    /// How late the probe started after its planned time.
    pub lateness_ms: u32,
    pub phases: ProbePhases,
    pub outcome: Outcome,
    pub http_status: Option<u16>,
    /// Output tokens per second between the first and the last token.
    pub tokens_per_second: Option<f64>,
    pub usage: Option<TokenUsage>,
    /// `None` where no price is known: unpriced is not free.
    pub cost: Option<Nanodollars>,
    /// The model that the answer names.
    pub answered_model: Option<String>,
    /// The vendor's request id, for their support.
    pub vendor_request_id: Option<String>,
    /// A short sentence about a failure, without secrets.
    pub detail: Option<String>,
}
