//! What a verdict is made from: one value that can be kept and replayed.
//!
//! Not for gathering it ([`super::TargetRecord`] does, or an engine of its own). The rule it keeps:
//! a verdict depends on nothing that is not in here, and what is in here reads back from JSON
//! exactly as it was written. So figures are integers, and the only fractions are settings that
//! people wrote.

use changeover_domain::{
    ComponentState, Outcome, ProviderId, Slo, TargetId, UnixMs, Verdict, VerdictKind,
};
use serde::{Deserialize, Serialize};

use super::burn::BurnWindows;
use super::change::{RefusalChange, ThroughputChange};
use super::tally::{Tally, UNREACHED};
use super::thresholds::Thresholds;
use crate::witness::OwnNetwork;

/// What the provider's status page says, and how far that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PageWord {
    pub state: ComponentState,
    /// When the page was last read well; `None` where none is watched or it was never read.
    pub read_at: Option<UnixMs>,
    pub unreadable: bool,
    /// It could not be asked, because our own network is down.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub network_down: bool,
    /// An incident that names this target, or the provider as a whole, is open.
    pub open_incident: bool,
}

/// Good answers of a window, and how many of them were slower than the objective's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Answers of which the time to the first token is known.
    pub first_tokens: u64,
    pub slow_first_tokens: u64,
    /// Answers of which the total time is known.
    pub totals: u64,
    pub slow_totals: u64,
}

impl Timing {
    /// Adds what another count holds.
    pub fn merge(&mut self, other: &Self) {
        self.first_tokens = self.first_tokens.saturating_add(other.first_tokens);
        self.slow_first_tokens = self.slow_first_tokens.saturating_add(other.slow_first_tokens);
        self.totals = self.totals.saturating_add(other.totals);
        self.slow_totals = self.slow_totals.saturating_add(other.slow_totals);
    }
}

/// Latencies of both windows against the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Latency {
    pub short: Timing,
    pub long: Timing,
}

/// How the probes get through: whether anything of the target answers at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reach {
    /// When anything last answered a probe over HTTP, well or badly.
    pub answered_at: Option<UnixMs>,
    /// Since when every probe has been answered; `None` while they are not.
    pub answering_since: Option<UnixMs>,
    /// Probes since the last answer that did not get so far.
    pub unreached_since: u32,
    /// When the last of those began: what has come back since, it could not know.
    pub unreached_at: Option<UnixMs>,
    /// When the one before it began, where there are two: a single one may be lost on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreached_before_at: Option<UnixMs>,
}

impl Reach {
    /// What is known after one more probe.
    #[must_use]
    pub fn after(self, outcome: Outcome, began_at: UnixMs, ended_at: UnixMs) -> Self {
        match outcome {
            Outcome::Failed(class) if UNREACHED.contains(&class) => Self {
                answered_at: self.answered_at,
                answering_since: None,
                unreached_since: self.unreached_since.saturating_add(1),
                unreached_at: Some(began_at),
                unreached_before_at: self.unreached_at.filter(|_| self.unreached_since > 0),
            },
            _ => Self {
                answered_at: Some(ended_at),
                answering_since: self.answering_since.or(Some(ended_at)),
                unreached_since: 0,
                unreached_at: self.unreached_at,
                unreached_before_at: None,
            },
        }
    }
}

/// What differs from the target's own past.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Drift {
    pub throughput: Option<ThroughputChange>,
    /// Refusals of the probes' harmless question.
    pub probe_refusals: Option<RefusalChange>,
    /// Refusals of callers' questions, who may have changed themselves.
    pub traffic_refusals: Option<RefusalChange>,
    pub model: Option<ModelChange>,
    /// What may be the beginning of one of these: worth a closer look, and no finding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_begin: bool,
    /// Refusals of the probes' harmless question may have begun: no finding, and no sure health.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refusals_may_begin: bool,
    #[serde(default)]
    pub learnt: Learnt,
}

impl Drift {
    /// When the first of the changes that go on began.
    #[must_use]
    pub fn since(&self) -> Option<UnixMs> {
        let changes = [
            self.throughput.map(|change| change.since),
            self.probe_refusals.map(|change| change.since),
            self.traffic_refusals.map(|change| change.since),
            self.model.as_ref().map(|change| change.since),
        ];
        changes.into_iter().flatten().min()
    }
}

/// Of what the target's own past is known well enough to say "as usual".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Learnt {
    pub throughput: bool,
    pub probe_refusals: bool,
    pub traffic_refusals: bool,
}

/// Answers name another model than they used to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChange {
    pub since: UnixMs,
    pub usual: String,
    pub now: String,
}

/// How much of the vendor's limits is left, by its own headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headroom {
    pub requests_left_percent: Option<u8>,
    pub tokens_left_percent: Option<u8>,
    pub read_at: UnixMs,
}

impl Headroom {
    /// The scarcer of both.
    #[must_use]
    pub fn least_percent(&self) -> Option<u8> {
        match (self.requests_left_percent, self.tokens_left_percent) {
            (Some(requests), Some(tokens)) => Some(requests.min(tokens)),
            (requests, tokens) => requests.or(tokens),
        }
    }
}

/// Everything that is known of one target by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetInputs {
    pub target: TargetId,
    pub provider: ProviderId,
    pub model: String,
    pub region: Option<String>,
    pub slo: Slo,
    /// Counted over the short window.
    pub short: Tally,
    /// Counted over the long window; contains the short one.
    pub long: Tally,
    /// Where probes come so seldom that the usual long window holds too few of them, `long` holds the
    /// last few, at most so far back; 0 where it is the usual window.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub long_ms: i64,
    /// Between two calm probes, as they are planned; 0 where none are or nobody said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub probe_distance_ms: i64,
    pub latency: Latency,
    pub burn: BurnWindows,
    pub drift: Drift,
    pub reach: Reach,
    /// When any attempt last succeeded, also before the windows; within the last hour or so.
    pub last_ok_at: Option<UnixMs>,
    pub headroom: Option<Headroom>,
    pub page: PageWord,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(ms: &i64) -> bool {
    *ms == 0
}

impl TargetInputs {
    /// Whether the long window holds the last few attempts instead of the last minutes'.
    pub(super) fn is_seldom_asked(&self) -> bool {
        self.long_ms > 0
    }

    /// How far back the long window reaches, in words: "the last 3 minutes".
    pub(super) fn lately(&self, thresholds: &Thresholds) -> String {
        let ms = if self.long_ms > 0 { self.long_ms } else { thresholds.long_window_ms };
        format!("the last {} minutes", ms.div_euclid(60_000).max(1))
    }
}

/// What one target's judgement needs to know of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Surroundings {
    pub own_network: OwnNetwork,
    /// When the own network was last looked at, and since when it has been as it is.
    pub witness_read_at: Option<UnixMs>,
    pub witness_since: Option<UnixMs>,
    /// No target of any provider could be connected to in the short window, and at least two
    /// providers were tried: the one thing they share is our network.
    pub everything_unreachable: bool,
    /// When a target of another provider last answered.
    pub others_answered_at: Option<UnixMs>,
    /// Since when some target of another provider has answered every time.
    pub others_answering_since: Option<UnixMs>,
    /// When another target, of whichever provider, last answered whose last probe got through.
    #[serde(default)]
    pub others_reached_at: Option<UnixMs>,
    /// When another target of this provider last succeeded.
    pub siblings_ok_at: Option<UnixMs>,
    /// Targets of this provider that lately answered and whose model is not found now, this one
    /// included.
    pub models_not_found: u32,
    /// Targets of this provider that are asked at all.
    pub models_asked: u32,
    pub neighbours: Neighbours,
}

/// The provider's targets whose trouble is of the same kind, this one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Neighbours {
    /// Targets of the provider with a verdict other than unknown.
    pub judged: u32,
    pub troubled: u32,
    /// Of those, in this target's region.
    pub judged_in_region: u32,
    pub troubled_in_region: u32,
    /// The same model is well in another region.
    pub well_elsewhere: bool,
}

/// What is remembered of the verdict before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub kind: VerdictKind,
    pub since: UnixMs,
}

impl From<&Verdict> for Before {
    fn from(verdict: &Verdict) -> Self {
        Self { kind: verdict.kind, since: verdict.since }
    }
}

/// One verdict's inputs, whole: [`super::judge`] makes the same verdict of them wherever and
/// whenever it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictInputs {
    pub at: UnixMs,
    pub of: TargetInputs,
    pub around: Surroundings,
    pub before: Option<Before>,
    pub thresholds: Thresholds,
}
