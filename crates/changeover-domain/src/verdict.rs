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
    Provider,
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
    pub confidence: Confidence,
    pub since: UnixMs,
    /// The evidence in one sentence, for the board.
    pub sentence: String,
    pub evidence: Vec<Evidence>,
}
