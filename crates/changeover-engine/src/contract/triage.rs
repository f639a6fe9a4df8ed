//! The triage sheet: all that somebody who was just woken up needs to know of one target.

use changeover_domain::{
    Confidence, Episode, EvidenceSource, FailureClass, Mode, ProviderId, RouteId, TargetId, UnixMs,
    Verdict, VerdictKind,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Timeline;

/// Request of `triage_get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TriageGet {
    pub target: TargetId,
}

/// Answer of `triage_get`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Triage {
    pub target: TargetId,
    pub provider: ProviderId,
    pub provider_name: String,
    pub model: String,
    pub region: Option<String>,
    /// When the sheet was made; ages count from here.
    pub at: UnixMs,
    /// "Anthropic claude-opus-4-5: their outage, all models, looks like capacity exhaustion"
    pub title: String,
    /// Sentence, kind, scope, signature, confidence, evidence with times, and what would change it.
    pub verdict: Verdict,
    pub score: Option<ScoreView>,
    /// Every other kind, with what speaks against it.
    pub excluded: Vec<ExcludedView>,
    /// The last 30 minutes of this target, its provider's page and the routes that use it.
    pub timeline: Timeline,
    pub timeline_from: UnixMs,
    /// Levers that would help; pulling one is for a person who has seen its plan.
    pub levers: Vec<SuggestedLever>,
    /// Why no lever is suggested, in a sentence: no route is served by it, or which standbys are not
    /// known to be well. `None` where one is, and where nothing is wrong.
    pub no_lever: Option<String>,
    /// What to mend, where it is ours.
    pub fix: Option<FixView>,
    /// A call that fails, as it can be tried by hand; `None` where none was seen to.
    pub failing_call: Option<FailingCall>,
    /// The trouble that goes on, with its peak and reach so far.
    pub episode: Option<Episode>,
    /// The whole sheet, to be pasted into an incident channel.
    pub markdown: String,
}

/// A kind that the verdict is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExcludedView {
    pub kind: VerdictKind,
    /// Whether the evidence speaks against it; else it is only less likely.
    pub ruled_out: bool,
    pub reason: String,
}

/// A lever that would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SuggestedLever {
    pub route: RouteId,
    /// `None` where the mode needs no target, or it stays as it is.
    pub target: Option<TargetId>,
    pub mode: Mode,
    /// Why this one.
    pub reason: String,
}

/// What to mend on our side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FixView {
    pub title: String,
    pub steps: Vec<String>,
}

/// A call that failed: a probe's own, or where only callers' requests fail a harmless one to the same
/// target. What callers asked is theirs and never told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FailingCall {
    /// `probes` or `traffic`.
    pub seen_by: EvidenceSource,
    /// For a POSIX shell; the key is the name of an environment variable, and a `FILE` the place of
    /// the authorities that this provider is believed by.
    pub curl: String,
    /// When it failed last; of callers' requests, the minute.
    pub at: UnixMs,
    pub class: FailureClass,
    pub http_status: Option<u16>,
    /// For the vendor's support.
    pub vendor_request_id: Option<String>,
    pub detail: Option<String>,
}

/// A target's health as a sum that can be unfolded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ScoreView {
    /// 0 to 100: the sum of the addends' points.
    pub score: u8,
    /// How much of what could be known is; with low confidence no number is health.
    pub confidence: Confidence,
    pub addends: Vec<AddendView>,
}

/// One part of the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AddendView {
    /// A stable name, as `failures` or `first_token`.
    pub name: String,
    pub label: String,
    pub points: i32,
    /// The most it can take.
    pub weight: u8,
    /// What it rests on; `None` where nothing is known, which takes nothing.
    pub figure: Option<String>,
}

/// Request of `episode_list`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct EpisodeList {
    pub provider: Option<ProviderId>,
    /// Only episodes that began before this.
    pub before: Option<UnixMs>,
    /// 1 to 500; 100 where left out.
    pub limit: Option<u32>,
}

/// Answer of `episode_list`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EpisodeListed {
    pub episodes: Vec<Episode>,
    /// There are older ones: ask again with `before`.
    pub more: bool,
}
