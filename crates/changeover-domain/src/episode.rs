//! One stretch of trouble by our own judgement, from its first failure until all is well again.
//!
//! Not what a provider declares (that is an [`crate::Incident`]) and not one target's verdict: the
//! trouble of one provider is one episode, however many of its models it takes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Confidence, EpisodeId, ProviderId, Scope, Signature, TargetId, UnixMs, VerdictKind};

/// From when to when something was wrong, and how bad it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Episode {
    pub id: EpisodeId,
    /// `None`: our own network, which is no provider's.
    pub provider: Option<ProviderId>,
    /// The worst kind that was said.
    pub kind: VerdictKind,
    /// The widest reach that was said.
    pub scope: Scope,
    /// What it looked like, where the evidence ever told.
    pub signature: Option<Signature>,
    /// The highest with which the worst kind was said.
    pub confidence: Confidence,
    /// Every target that was in it, by id.
    pub targets: Vec<TargetId>,
    /// The first failure.
    pub started_at: UnixMs,
    /// The first verdict that said so.
    pub detected_at: UnixMs,
    /// When all of its targets were judged well again; `None` while it lasts.
    pub ended_at: Option<UnixMs>,
    /// The worst window of one target; `None` where nothing failed, as when answers are only slow.
    pub peak: Option<EpisodePeak>,
    /// The verdict's sentence at its worst.
    pub sentence: String,
}

/// The largest share of attempts that failed within one short window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EpisodePeak {
    pub target: TargetId,
    pub at: UnixMs,
    pub failed: u64,
    pub attempts: u64,
    /// `failed` of `attempts`, in thousandths.
    pub failed_permille: u32,
}
