//! One synthetic request and what was measured.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Nanodollars, Outcome, TargetId, TokenUsage, UnixMs, Whose};

/// What a probe asks, and what it holds the answer to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// A short streamed answer: well-formed, with words, ended properly.
    #[default]
    StreamingCompletion,
    /// An answer that must fit a JSON schema.
    StructuredOutput,
    /// A call of a tool whose arguments must fit the tool's schema.
    ToolCall,
    /// A question with one right answer: for refusals, worse answers and another model.
    Canary,
    /// Only that the address answers over HTTP and TLS. Costs nothing and proves no model.
    Reachability,
}

impl ProbeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::StreamingCompletion,
        Self::StructuredOutput,
        Self::ToolCall,
        Self::Canary,
        Self::Reachability,
    ];

    /// The kind as it stands in configuration, database and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StreamingCompletion => "streaming_completion",
            Self::StructuredOutput => "structured_output",
            Self::ToolCall => "tool_call",
            Self::Canary => "canary",
            Self::Reachability => "reachability",
        }
    }

    /// Whether a model answers it; only then is it evidence of the model's health.
    #[must_use]
    pub fn asks_the_model(self) -> bool {
        self != Self::Reachability
    }
}

/// Whether a probe is evidence at all.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ProbeValidity {
    #[default]
    Valid,
    /// The vendor refused the probe as a request that cannot be: neither healthy nor an outage.
    ProbeInvalid,
    /// It succeeded where it could not have failed: the address says yes to everything.
    Vacuous,
}

/// Where the time went, in milliseconds. Absent phases were not reached or not needed.
///
/// Resolving, connecting and TLS are spans of their own; the rest counts from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct ProbePhases {
    /// Looking the name up.
    #[serde(default)]
    pub resolve_ms: Option<u32>,
    /// The TCP connection, of all addresses that were tried.
    #[serde(default)]
    pub connect_ms: Option<u32>,
    /// The TLS handshake; absent where the address has none.
    #[serde(default)]
    pub tls_ms: Option<u32>,
    /// Whether a connection that already stood was used, so that the three above were not needed;
    /// `None` where none was reached or nobody looked.
    #[serde(default)]
    pub connection_reused: Option<bool>,
    /// Until the answer's status line.
    pub first_byte_ms: Option<u32>,
    pub first_token_ms: Option<u32>,
    /// The median silence between two pieces of the answer.
    #[serde(default)]
    pub gap_p50_ms: Option<u32>,
    /// The longest silence between two pieces: a stall.
    pub longest_gap_ms: Option<u32>,
    pub total_ms: u32,
}

/// What is left of one of the vendor's limits, by the answer's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct LimitLeft {
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    /// How long until it is full again, in milliseconds.
    pub reset_ms: Option<u64>,
}

/// How far the vendor's limits are from being reached, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct LimitsLeft {
    pub requests: LimitLeft,
    pub tokens: LimitLeft,
}

impl LimitLeft {
    /// What is left in whole percent, rounded down; `None` where the vendor does not say both.
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let (remaining, limit) = (self.remaining?, self.limit.filter(|limit| *limit > 0)?);
        let percent = u128::from(remaining) * 100 / u128::from(limit);
        u8::try_from(percent.min(100)).ok()
    }
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProbeSample {
    pub target: TargetId,
    #[serde(default)]
    pub kind: ProbeKind,
    pub at: UnixMs,
    /// How late the probe started after its planned time.
    pub lateness_ms: u32,
    pub phases: ProbePhases,
    pub outcome: Outcome,
    /// Whose a failure is, by what the vendor said and not only by its class.
    #[serde(default)]
    pub whose: Option<Whose>,
    #[serde(default)]
    pub validity: ProbeValidity,
    pub http_status: Option<u16>,
    /// Output tokens per second between the first and the last token.
    pub tokens_per_second: Option<f64>,
    pub usage: Option<TokenUsage>,
    /// `None` where no price is known: unpriced is not free.
    pub cost: Option<Nanodollars>,
    /// The model that the answer names.
    pub answered_model: Option<String>,
    /// What the vendor says the model ran as, where it says so.
    #[serde(default)]
    pub fingerprint: Option<String>,
    #[serde(default)]
    pub limits_left: Option<LimitsLeft>,
    /// The vendor's request id, for their support.
    pub vendor_request_id: Option<String>,
    /// A short sentence about a failure, without secrets.
    pub detail: Option<String>,
    /// The console that probed, where it was another one that shares the account.
    #[serde(default)]
    pub probed_by: Option<String>,
}

impl ProbeSample {
    /// A sample of which only the necessary is known; the rest was not measured.
    #[must_use]
    pub fn bare(target: TargetId, at: UnixMs, outcome: Outcome, total_ms: u32) -> Self {
        Self {
            target,
            kind: ProbeKind::default(),
            at,
            lateness_ms: 0,
            phases: ProbePhases { total_ms, ..ProbePhases::default() },
            outcome,
            whose: None,
            validity: ProbeValidity::Valid,
            http_status: None,
            tokens_per_second: None,
            usage: None,
            cost: None,
            answered_model: None,
            fingerprint: None,
            limits_left: None,
            vendor_request_id: None,
            detail: None,
            probed_by: None,
        }
    }

    /// Whether it says anything about the target. A probe that the vendor refused as such does not,
    /// a success that could not have been a failure does not, and an address that answers is no
    /// model that does.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        let reached_only = !self.kind.asks_the_model() && self.outcome.is_ok();
        match self.validity {
            ProbeValidity::Valid => !reached_only,
            ProbeValidity::ProbeInvalid => false,
            ProbeValidity::Vacuous => !self.outcome.is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureClass;

    fn sample(outcome: Outcome) -> ProbeSample {
        ProbeSample::bare(TargetId::try_new("a").unwrap(), UnixMs(0), outcome, 10)
    }

    #[test]
    fn a_sample_of_an_older_version_reads_as_a_plain_valid_one() {
        let before = serde_json::json!({
            "target": "a", "at": 5, "lateness_ms": 0,
            "phases": {"first_byte_ms": 1, "first_token_ms": 2, "longest_gap_ms": null, "total_ms": 9},
            "outcome": {"kind": "ok"}, "http_status": 200, "tokens_per_second": null, "usage": null,
            "cost": null, "answered_model": null, "vendor_request_id": null, "detail": null,
        });
        let read: ProbeSample = serde_json::from_value(before).unwrap();
        assert_eq!(read.kind, ProbeKind::StreamingCompletion);
        assert_eq!((read.validity, read.phases.tls_ms), (ProbeValidity::Valid, None));
        assert!(read.is_evidence());
    }

    #[test]
    fn what_could_not_fail_and_what_was_refused_as_such_is_no_evidence() {
        let failed = Outcome::Failed(FailureClass::Overloaded);
        let with = |outcome, validity| ProbeSample { validity, ..sample(outcome) };
        assert!(!with(Outcome::Ok, ProbeValidity::Vacuous).is_evidence());
        assert!(with(failed, ProbeValidity::Vacuous).is_evidence(), "it did fail");
        let refused = Outcome::Failed(FailureClass::InvalidRequest);
        assert!(!with(refused, ProbeValidity::ProbeInvalid).is_evidence());
        let reached = |outcome| ProbeSample { kind: ProbeKind::Reachability, ..sample(outcome) };
        assert!(!reached(Outcome::Ok).is_evidence(), "an address is no model");
        assert!(reached(Outcome::Failed(FailureClass::Connect)).is_evidence());
    }

    #[test]
    fn every_kinds_name_is_the_one_on_the_wire() {
        for kind in ProbeKind::ALL {
            let wire = serde_json::to_string(&kind).unwrap();
            assert_eq!(wire, format!("\"{}\"", kind.as_str()));
        }
    }

    #[test]
    fn what_is_left_of_a_limit_is_a_percentage_only_where_both_are_said() {
        let left = |remaining, limit| LimitLeft { remaining, limit, reset_ms: None }.percent();
        assert_eq!(left(Some(1), Some(3)), Some(33));
        assert_eq!(left(Some(9), Some(3)), Some(100), "more than all is all");
        assert_eq!(left(Some(1), None), None);
        assert_eq!(left(Some(1), Some(0)), None);
    }
}
