//! Whose fault is it? The verdict on one target, from what was seen in the last minutes.
//!
//! Three witnesses speak: our probes, the attempts that the gateways made for real callers, and the
//! provider's status page. Probes and attempts are counted together, because each answers the same
//! question ("did the target do its work when asked?"); the page only adds to a sentence and to the
//! confidence, since pages are late in both directions.
//!
//! Two windows are looked at. The **short** one finds trouble: after 45 seconds of a total outage
//! it holds nothing else, so detection takes less than a minute. The **long** one ends trouble: a
//! bad verdict stays until three minutes together are good, so that a flapping provider is one
//! event. Few attempts prove nothing: below [`Thresholds::minimum_attempts`] in the long window the
//! verdict is `unknown`, and trouble needs [`Thresholds::minimum_failures`] failures, so that one
//! of one is not 100 %. A small share of failures on a target with little traffic shows in the long
//! window only, and is a degradation there.
//!
//! What the caller did wrong (400, too long, refused) says nothing about the target and is left
//! out on both sides of every share.

mod sentence;
mod tally;

use changeover_domain::{
    ComponentState, Confidence, Scope, Slo, TargetId, UnixMs, Verdict, VerdictKind, Whose,
};

pub use sentence::{class_phrase, clock_time, kind_phrase, page_phrase};
pub use tally::{Attempts, Tally};

/// Where trouble begins and ends.
#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    pub short_window_ms: i64,
    pub long_window_ms: i64,
    /// Fewer attempts than this in the long window: unknown.
    pub minimum_attempts: u64,
    /// Fewer failures than this: no trouble yet.
    pub minimum_failures: u64,
    /// From this share of failures on it is an outage.
    pub outage_share: f64,
    /// From this share of failures on it is a degradation.
    pub degraded_share: f64,
    /// Below this share in the long window trouble has ended.
    pub recovered_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            short_window_ms: 45_000,
            long_window_ms: 180_000,
            minimum_attempts: 3,
            minimum_failures: 3,
            outage_share: 0.5,
            degraded_share: 0.05,
            recovered_share: 0.02,
        }
    }
}

/// What the provider's status page says, and how far that can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageWord {
    pub state: ComponentState,
    /// When the page was last read well; `None` where none is watched or it was never read.
    pub read_at: Option<UnixMs>,
    pub unreadable: bool,
    /// An incident that names this target, or the provider as a whole, is open.
    pub open_incident: bool,
}

/// Latencies of the long window, where there are enough values to say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latency {
    pub time_to_first_token_p95_ms: Option<f64>,
    pub total_p95_ms: Option<f64>,
    /// The medians, which fewer values suffice for: where half of all answers break what only one
    /// in twenty may break, no p95 is needed to say so.
    pub time_to_first_token_p50_ms: Option<f64>,
    pub total_p50_ms: Option<f64>,
}

/// Everything that is known of one target.
#[derive(Debug, Clone)]
pub struct TargetInputs {
    pub target: TargetId,
    pub slo: Slo,
    /// Counted over the short window.
    pub short: Tally,
    /// Counted over the long window; contains the short one.
    pub long: Tally,
    pub latency: Latency,
    pub page: PageWord,
    /// No target of any provider could be connected to in the short window, and at least two
    /// providers were tried: the one thing they share is our network.
    pub everything_unreachable: bool,
}

/// Judges one target. `before` is its last verdict: it gives `since` while nothing changes.
#[must_use]
pub fn judge(
    inputs: &TargetInputs,
    before: Option<&Verdict>,
    thresholds: &Thresholds,
    now: UnixMs,
) -> Verdict {
    let was = before.map(|verdict| verdict.kind);
    let kind = kind_of(inputs, was, thresholds);
    let since = match before {
        Some(verdict) if verdict.kind == kind => verdict.since,
        _ => onset(inputs, kind, now),
    };
    let evidence = sentence::evidence(inputs, kind, now);
    Verdict {
        target: inputs.target.clone(),
        kind,
        scope: Scope::Model,
        confidence: confidence(inputs, kind),
        since,
        sentence: sentence::whole(inputs, kind, since),
        evidence,
    }
}

/// When what the verdict says began: with the first failure that carries it, where there is one.
fn onset(inputs: &TargetInputs, kind: VerdictKind, now: UnixMs) -> UnixMs {
    if kind == VerdictKind::Operating || kind == VerdictKind::Unknown {
        return now;
    }
    inputs.long.first_failure_at().unwrap_or(now)
}

fn kind_of(
    inputs: &TargetInputs,
    was: Option<VerdictKind>,
    thresholds: &Thresholds,
) -> VerdictKind {
    if inputs.long.attempts() < thresholds.minimum_attempts {
        return VerdictKind::Unknown;
    }
    if inputs.everything_unreachable {
        return VerdictKind::OurNetwork;
    }
    if let Some(kind) = trouble(&inputs.short, thresholds) {
        return kind;
    }
    let slow = is_slow(inputs);
    let in_trouble =
        was.is_some_and(|kind| !matches!(kind, VerdictKind::Operating | VerdictKind::Unknown));
    if in_trouble && inputs.long.failed_share() >= thresholds.recovered_share {
        // Trouble lasts until the long window is clean; an outage that fades is a degradation.
        let fading = trouble(&inputs.long, thresholds).unwrap_or(VerdictKind::TheirDegradation);
        return if fading == VerdictKind::TheirOutage {
            VerdictKind::TheirDegradation
        } else {
            fading
        };
    }
    // A target that only probes ask shows a small share of failures late, but it does show it.
    let slowly_failing = trouble(&inputs.long, thresholds).map(|kind| match kind {
        VerdictKind::TheirOutage => VerdictKind::TheirDegradation,
        other => other,
    });
    match slowly_failing {
        Some(kind) => kind,
        None if slow => VerdictKind::TheirDegradation,
        None => VerdictKind::Operating,
    }
}

/// The kind of trouble a tally shows, if it shows any: whoever holds the largest part of the
/// failures has it.
fn trouble(tally: &Tally, thresholds: &Thresholds) -> Option<VerdictKind> {
    if tally.failed() < thresholds.minimum_failures
        || tally.failed_share() < thresholds.degraded_share
    {
        return None;
    }
    let kind = match tally.mostly_whose()? {
        Whose::OurConfiguration => VerdictKind::OurConfiguration,
        Whose::OurQuota => VerdictKind::OurQuota,
        Whose::OurBilling => VerdictKind::OurBilling,
        Whose::OurNetwork => VerdictKind::OurNetwork,
        Whose::Theirs | Whose::Caller | Whose::Unknown => {
            if tally.failed_share() >= thresholds.outage_share {
                VerdictKind::TheirOutage
            } else {
                VerdictKind::TheirDegradation
            }
        }
    };
    Some(kind)
}

/// Latency alone can break a product while every answer is a 200.
fn is_slow(inputs: &TargetInputs) -> bool {
    let over =
        |measured: Option<f64>, limit: u32| measured.is_some_and(|value| value > f64::from(limit));
    let (latency, slo) = (&inputs.latency, &inputs.slo);
    over(latency.time_to_first_token_p95_ms, slo.time_to_first_token_p95_ms)
        || over(latency.time_to_first_token_p50_ms, slo.time_to_first_token_p95_ms)
        || over(latency.total_p95_ms, slo.total_p95_ms)
        || over(latency.total_p50_ms, slo.total_p95_ms)
}

/// Sure when both witnesses, or a witness and the page, say the same; unsure on few attempts.
fn confidence(inputs: &TargetInputs, kind: VerdictKind) -> Confidence {
    if kind == VerdictKind::Unknown || inputs.long.attempts() < 10 {
        return Confidence::Low;
    }
    let (probes, traffic) = (&inputs.long.probes, &inputs.long.traffic);
    let agree = if kind == VerdictKind::Operating {
        probes.attempts() > 0 && traffic.attempts() > 0
    } else {
        let page_agrees = inputs.page.open_incident;
        page_agrees || (probes.failed() > 0 && traffic.failed() > 0)
    };
    if agree { Confidence::High } else { Confidence::Medium }
}

/// How far the trouble of one provider reaches, from the verdicts on all its targets.
#[must_use]
pub fn scope_of(verdicts: &[Verdict]) -> Scope {
    let bad = verdicts
        .iter()
        .filter(|verdict| !matches!(verdict.kind, VerdictKind::Operating | VerdictKind::Unknown))
        .count();
    match bad {
        0 => Scope::Model,
        all if all == verdicts.len() => Scope::Provider,
        1 => Scope::Model,
        _ => Scope::SeveralModels,
    }
}

/// How much a kind needs somebody; the larger the worse.
#[must_use]
pub fn severity(kind: VerdictKind) -> u8 {
    match kind {
        VerdictKind::Operating => 0,
        VerdictKind::Unknown => 1,
        VerdictKind::TheirDegradation => 2,
        VerdictKind::OurQuota => 3,
        VerdictKind::OurConfiguration => 4,
        VerdictKind::OurBilling => 5,
        VerdictKind::TheirOutage => 6,
        VerdictKind::OurNetwork => 7,
    }
}

#[cfg(test)]
mod tests;
