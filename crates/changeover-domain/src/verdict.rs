//! Our judgement of a target, with what it rests on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{TargetId, UnixMs};

/// Whose fault it is, as far as the evidence tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    Operating,
    TheirDegradation,
    TheirOutage,
    OurConfiguration,
    OurQuota,
    OurBilling,
    OurNetwork,
    Unknown,
}

impl VerdictKind {
    /// The kind as it stands in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operating => "operating",
            Self::TheirDegradation => "their_degradation",
            Self::TheirOutage => "their_outage",
            Self::OurConfiguration => "our_configuration",
            Self::OurQuota => "our_quota",
            Self::OurBilling => "our_billing",
            Self::OurNetwork => "our_network",
            Self::Unknown => "unknown",
        }
    }
}

/// How far it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Model,
    SeveralModels,
    /// Every model of the provider in one region, while another region is well.
    Region,
    Provider,
}

/// What kind of failure it looks like. A verdict has one only where the evidence tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// Models run out of room: overloaded, and slower the longer the answer. Asking less helps.
    CapacityExhaustion,
    /// What places requests fails while models are well: 5xx, keys that are refused and accepted in
    /// turn, models that are suddenly not found. Another model of the same provider rarely helps.
    OrchestrationFailure,
}

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    Probes,
    Traffic,
    StatusPage,
    Witness,
    /// The vendor's own word on how much of a limit is left.
    Headroom,
}

/// One piece of evidence, as a sentence with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Evidence {
    pub source: EvidenceSource,
    pub sentence: String,
    /// When it was last seen to be so.
    pub at: UnixMs,
}

/// Our judgement of one target now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Verdict {
    pub target: TargetId,
    pub kind: VerdictKind,
    pub scope: Scope,
    /// What kind of failure it looks like, where the evidence tells.
    #[serde(default)]
    pub signature: Option<Signature>,
    pub confidence: Confidence,
    pub since: UnixMs,
    /// The evidence in one sentence, for the board.
    pub sentence: String,
    pub evidence: Vec<Evidence>,
    /// What would have to be seen for another verdict, as sentences.
    #[serde(default)]
    pub would_change: Vec<String>,
}
