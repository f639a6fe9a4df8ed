//! Whose fault is it? The verdict on every target, from what was seen in the last minutes.
//!
//! Not for gathering, keeping or showing: the whole of what a verdict rests on is one value,
//! [`VerdictInputs`], and [`judge`] makes the same verdict of it wherever and whenever it is asked.
//!
//! Five witnesses speak: our probes, the attempts that the gateways made for real callers, the
//! provider's status page, neutral hosts that vouch for our own network, and the vendor's word on
//! what is left of our limits. Probes and attempts are counted together, because each answers the
//! same question ("did the target do its work when asked?"); page and headroom only add to a sentence
//! and to the confidence, since pages are late in both directions.
//!
//! Two windows are looked at. The **short** one finds trouble: after 45 seconds of a total outage
//! it holds nothing else, so detection takes less than a minute. The **long** one ends trouble: a
//! bad verdict stays until three minutes together are good, so that a flapping provider is one
//! event. Few attempts prove nothing: below [`Thresholds::minimum_attempts`] in the long window the
//! verdict is `unknown` (where a target is asked so seldom that this window cannot hold as many: over
//! six planned distances of its probes); and failures must be more than chance makes of a healthy target
//! (`surprise`), so that one of one is not 100 %.
//!
//! Where no attempt fails three things can still be wrong: answers come later than the objective allows
//! (a breach), the objective's error budget is burning over hours (`burn`), or the target is not
//! what it used to be (`change`: it writes more slowly, refuses more, answers as another model).
//!
//! Noise alone changes the verdict on a target at most once in a thousand hours: with up to 0.3 % random
//! errors, single slow calls, seconds of rate limit and lost probes (`tests/judging/calm.rs`).
//!
//! What the caller did wrong (400, too long) says nothing about the target and is left out on both
//! sides of every share; so is a probe that the provider rejects as malformed.
//!
//! | finding | whose |
//! |---|---|
//! | nothing reached anywhere, neutral hosts neither | `our_network` |
//! | nothing reached anywhere, neutral hosts answer | `unknown`: a wall of ours, or a network they share |
//! | not reached, neutral hosts silent, and some other target was reached all the same | as if nobody had looked at our network: one closed host is no proof |
//! | one name or one TLS fails, our network is there | theirs, if gateways see it too; else `unknown` |
//! | key or model refused | `our_configuration`, unless the same key is accepted in turn or all models of the provider are lost at once |
//! | rate limit, quota / spend cap | `our_quota` / `our_billing` |
//! | only our probes fail, of our own fault, and callers are served | `operating` |
//! | anything else that fails, slows, burns or drifts | theirs: outage from half of the attempts on |
//! | answers that come, and too late for some who wait less | theirs: a degradation, however many gave up |

mod burn;
mod change;
mod confidence;
mod evidence;
mod excluded;
mod fix;
mod inputs;
mod outlook;
mod reach;
mod record;
mod sentence;
mod surprise;
mod survey;
mod tally;
mod thresholds;
mod trouble;
mod words;

use std::collections::BTreeMap;

use changeover_domain::{Scope, TargetId, UnixMs, Verdict, VerdictKind};

pub use burn::{BurnWindows, Burning, Counts, LONGEST_MS};
pub use change::{
    ACCEPTED_AFTER_MS, Cusum, Questions, RefusalChange, Refusals, TRIPS_AT, Throughput,
    ThroughputChange,
};
pub use excluded::{Excluded, excluded};
pub use fix::{Fix, fix};
pub use inputs::{
    Before, Drift, Headroom, Latency, Learnt, ModelChange, Neighbours, PageWord, Reach,
    Surroundings, TargetInputs, Timing, VerdictInputs,
};
pub use record::{Answers, LONGEST_HOLD_MS, TargetIdentity, TargetRecord};
pub use surprise::surprise;
pub use tally::{Attempts, Tally};
pub use thresholds::Thresholds;
pub use words::{class_phrase, clock_time, kind_phrase, page_phrase};

use crate::witness::WitnessReading;

/// A verdict with what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    pub inputs: VerdictInputs,
}

/// Judges one target.
#[must_use]
pub fn judge(inputs: &VerdictInputs) -> Verdict {
    told(inputs, &trouble::finding(inputs))
}

fn told(inputs: &VerdictInputs, found: &trouble::Finding) -> Verdict {
    let since = match inputs.before {
        Some(before) if before.kind == found.kind => before.since,
        _ => onset(inputs, found),
    };
    let confidence = confidence::confidence(inputs, found);
    Verdict {
        target: inputs.of.target.clone(),
        kind: found.kind,
        scope: reach::scope(inputs, found.kind),
        signature: reach::signature(inputs, found),
        confidence,
        since,
        sentence: sentence::whole(inputs, found, since),
        evidence: evidence::evidence(inputs, found),
        would_change: outlook::would_change(inputs, found, confidence),
    }
}

/// Judges all targets together, each with what it needs to know of the others; in their order.
#[must_use]
pub fn judge_all(
    targets: Vec<TargetInputs>,
    witness: &WitnessReading,
    before: &BTreeMap<TargetId, Verdict>,
    thresholds: &Thresholds,
    now: UnixMs,
) -> Vec<Judged> {
    let around = survey::surroundings(&targets, witness, thresholds, now);
    let mut all: Vec<VerdictInputs> = targets
        .into_iter()
        .zip(around)
        .map(|(of, around)| {
            let before = before.get(&of.target).map(Before::from);
            VerdictInputs { at: now, of, around, before, thresholds: *thresholds }
        })
        .collect();
    // What is found does not depend on the neighbours' verdicts; how far it reaches does.
    let found: Vec<trouble::Finding> = all.iter().map(trouble::finding).collect();
    let kinds: Vec<(&TargetInputs, VerdictKind)> =
        all.iter().zip(&found).map(|(inputs, found)| (&inputs.of, found.kind)).collect();
    let neighbours = survey::neighbours(&kinds);
    for (inputs, neighbours) in all.iter_mut().zip(neighbours) {
        inputs.around.neighbours = neighbours;
    }
    let judged = all.into_iter().zip(found);
    judged.map(|(inputs, found)| Judged { verdict: told(&inputs, &found), inputs }).collect()
}

/// When what the verdict says began: with the first failure that carries it, or the first answer that
/// differs from the target's past. A failure of long before the short window, where that one proves
/// the trouble, is another matter.
fn onset(inputs: &VerdictInputs, found: &trouble::Finding) -> UnixMs {
    use trouble::Basis;
    let of = &inputs.of;
    let proved_lately = of.short.failed() >= inputs.thresholds.minimum_failures;
    let began = match found.basis {
        _ if found.kind == VerdictKind::Operating || found.kind == VerdictKind::Unknown => None,
        Basis::Failures | Basis::Connections if proved_lately => of.short.first_failure_at(),
        Basis::Failures | Basis::Connections => of.long.first_failure_at(),
        Basis::Drift => of.drift.since(),
        Basis::Nothing | Basis::Health | Basis::ProbesAlone | Basis::Slowness | Basis::Burn(_) => {
            None
        }
    };
    began.unwrap_or(inputs.at)
}

/// Whether a target should be probed more closely: it is in trouble, or the short window holds what
/// could be the beginning of one.
///
/// Looking closer costs a few probes; being late costs callers. But asking more often is no answer to
/// limits, to bills and to a key that is refused.
#[must_use]
pub fn deserves_a_closer_look(inputs: &VerdictInputs) -> bool {
    let in_trouble = |kind| {
        use VerdictKind::{OurNetwork, TheirDegradation, TheirOutage};
        matches!(kind, TheirDegradation | TheirOutage | OurNetwork)
    };
    in_trouble(trouble::finding(inputs).kind)
        || inputs.before.is_some_and(|before| in_trouble(before.kind))
        || trouble::may_begin(inputs)
}

/// How far the trouble of one provider reaches, from the verdicts on all its targets: the widest
/// that one of them says. Nothing wrong is said of a model.
#[must_use]
pub fn scope_of(verdicts: &[Verdict]) -> Scope {
    verdicts.iter().map(|verdict| verdict.scope).max().unwrap_or(Scope::Model)
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
