//! What is wrong with a target, if anything, and whose it is.
//!
//! Not for words or confidence. One [`Finding`] per judgement: the strongest thing that the windows
//! show. Trouble is found in the short window or, for a quiet target, in the long one; it ends with
//! the long one.

use changeover_domain::{FailureClass, UnixMs, VerdictKind, Whose};

use super::burn::Burning;
use super::inputs::{TargetInputs, Timing, VerdictInputs};
use super::surprise::surprise;
use super::tally::{Attempts, Tally, UNAUTHORISED, UNREACHED, share};
use super::thresholds::Thresholds;
use crate::witness::OwnNetwork;

/// No connection is waited for any longer.
const LONGEST_CONNECT_MS: i64 = 10_000;

/// Where a verdict comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finding {
    pub(super) kind: VerdictKind,
    pub(super) basis: Basis,
    /// The owner was concluded against what such a failure usually means, or cannot be told apart.
    pub(super) doubtful: bool,
}

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Basis {
    /// Too little, or too contradictory, to say anything.
    Nothing,
    /// Nothing is wrong.
    Health,
    /// Only the probes fail, of our own fault, while callers are served.
    ProbesAlone,
    Connections,
    Failures,
    Slowness,
    Burn(Burning),
    Drift,
}

impl Finding {
    fn sure(kind: VerdictKind, basis: Basis) -> Self {
        Self { kind, basis, doubtful: false }
    }
}

/// The finding on one target.
pub(super) fn finding(inputs: &VerdictInputs) -> Finding {
    let (of, thresholds) = (&inputs.of, &inputs.thresholds);
    let drifted = drift(inputs);
    if let Some(found) = network(inputs) {
        return found;
    }
    if of.long.attempts() < thresholds.minimum_attempts {
        return drifted.unwrap_or(Finding::sure(VerdictKind::Unknown, Basis::Nothing));
    }
    let found = failures(inputs, &of.short, false)
        .or_else(|| lasting(inputs))
        .or_else(|| failures(inputs, &of.long, true));
    if let Some(found) = found {
        return found;
    }
    let slow =
        is_slow(inputs).then_some(Finding::sure(VerdictKind::TheirDegradation, Basis::Slowness));
    let burning = of
        .burn
        .burning(of.slo.success_share)
        .map(|burning| Finding::sure(VerdictKind::TheirDegradation, Basis::Burn(burning)));
    slow.or(burning).or(drifted).unwrap_or(Finding::sure(VerdictKind::Operating, Basis::Health))
}

/// Our own network, as far as it explains this target: nothing is reached anywhere.
fn network(inputs: &VerdictInputs) -> Option<Finding> {
    let (of, around, thresholds) = (&inputs.of, &inputs.around, &inputs.thresholds);
    // Callers who are served through gateways elsewhere show that the target is well.
    let served = of.short.traffic.attempts() > of.short.traffic.of_any(&UNREACHED);
    let unreached = of.reach.unreached_since >= thresholds.unreached_in_a_row;
    let heard_lately = around
        .others_answered_at
        .max(of.reach.answered_at)
        .is_some_and(|at| inputs.at.millis_since(at) < thresholds.answered_lately_ms);
    if served || heard_lately || !(unreached || of.short.nothing_reached()) {
        return None;
    }
    if around.own_network.is_broken() {
        return Some(Finding::sure(VerdictKind::OurNetwork, Basis::Connections));
    }
    if !around.everything_unreachable {
        return None;
    }
    // Every provider at once, and neutral hosts answer: a wall of ours, or a network they share.
    if present_since_failure(inputs) {
        return Some(Finding::sure(VerdictKind::Unknown, Basis::Connections));
    }
    Some(Finding::sure(VerdictKind::OurNetwork, Basis::Connections))
}

/// Whether our network was seen to be there while this target could not be reached: something else
/// has answered since it stopped, and had begun to before it was last tried. Without the second,
/// a target that is only the last to be tried after our own network has come back would be blamed.
pub(super) fn present_since_failure(inputs: &VerdictInputs) -> bool {
    let (of, around) = (&inputs.of, &inputs.around);
    let stopped = of.reach.answered_at.max(of.long.first_failure_at());
    let traffic = &of.long.traffic;
    let by_traffic = traffic.last_at().filter(|_| traffic.of_any(&UNREACHED) > 0);
    // Gateways tell when an attempt ended, and a connection may be waited for that long.
    let by_traffic = by_traffic.map(|at| at.plus_millis(-LONGEST_CONNECT_MS));
    let last_tried = of.reach.unreached_at.max(by_traffic);
    let there = |since: Option<UnixMs>, last: Option<UnixMs>| {
        since.is_some() && since < last_tried && last > stopped
    };
    let neutral = around.own_network == OwnNetwork::Present
        && there(around.witness_since, around.witness_read_at);
    neutral || there(around.others_answering_since, around.others_answered_at)
}

/// Trouble that a tally proves. `late`: seen in the long window only, where an outage is fading or
/// was never whole.
fn failures(inputs: &VerdictInputs, tally: &Tally, late: bool) -> Option<Finding> {
    if !proves_trouble(&inputs.of, tally, &inputs.thresholds) {
        return None;
    }
    let (whose, doubtful) = owner(inputs, tally)?;
    let kind = match whose {
        Whose::OurConfiguration => VerdictKind::OurConfiguration,
        Whose::OurQuota => VerdictKind::OurQuota,
        Whose::OurBilling => VerdictKind::OurBilling,
        Whose::OurNetwork => VerdictKind::OurNetwork,
        Whose::Theirs | Whose::Caller | Whose::Unknown => theirs(inputs, tally, late),
    };
    if only_the_probes_are_ours(inputs, kind) {
        return Some(Finding::sure(VerdictKind::Operating, Basis::ProbesAlone));
    }
    let doubtful = doubtful || whose == Whose::Unknown;
    Some(Finding { kind, basis: Basis::Failures, doubtful })
}

/// Whether the failures of a tally are more than chance and more than the objective bears.
pub(super) fn proves_trouble(of: &TargetInputs, tally: &Tally, thresholds: &Thresholds) -> bool {
    let (failed, attempts) = (tally.failed(), tally.attempts());
    let bearable = thresholds.degraded_share.max(1.0 - of.slo.success_share);
    failed >= thresholds.minimum_failures
        && share(failed, attempts) >= bearable
        && surprise(failed, attempts, thresholds.usual_failed_share) >= thresholds.proof
}

/// An outage is most of the attempts; it has to become clearly less to be called a degradation.
fn theirs(inputs: &VerdictInputs, tally: &Tally, late: bool) -> VerdictKind {
    let thresholds = &inputs.thresholds;
    let was_outage = inputs.before.is_some_and(|before| before.kind == VerdictKind::TheirOutage);
    let from = if was_outage { thresholds.outage_until_share } else { thresholds.outage_share };
    if !late && tally.failed_share() >= from {
        VerdictKind::TheirOutage
    } else {
        VerdictKind::TheirDegradation
    }
}

/// Trouble that was there lasts until the long window is clean; an outage that fades is a
/// degradation. So a target that comes and goes is in one trouble and not in twenty.
fn lasting(inputs: &VerdictInputs) -> Option<Finding> {
    let before = inputs.before.map(|before| before.kind)?;
    let in_trouble = !matches!(before, VerdictKind::Operating | VerdictKind::Unknown);
    let (of, thresholds) = (&inputs.of, &inputs.thresholds);
    if !in_trouble || of.long.failed_share() < thresholds.recovered_share {
        return None;
    }
    if only_the_probes_are_ours(inputs, before) {
        return Some(Finding::sure(VerdictKind::Operating, Basis::ProbesAlone));
    }
    let (whose, doubtful) = owner(inputs, &of.long)?;
    let kind = match (before, whose) {
        (VerdictKind::TheirOutage, Whose::Theirs | Whose::Unknown) => VerdictKind::TheirDegradation,
        // A few of another kind do not turn a trouble that is ending into a new one.
        (before, _) => before,
    };
    Some(Finding { kind, basis: Basis::Failures, doubtful })
}

/// Callers are served well, and our own probes fail of our own fault: their key, their quota.
fn only_the_probes_are_ours(inputs: &VerdictInputs, kind: VerdictKind) -> bool {
    let ours = matches!(
        kind,
        VerdictKind::OurConfiguration
            | VerdictKind::OurQuota
            | VerdictKind::OurBilling
            | VerdictKind::OurNetwork
    );
    ours && is_clean(&inputs.of.long.traffic, &inputs.thresholds)
}

/// Enough attempts, and next to none failed.
pub(super) fn is_clean(attempts: &Attempts, thresholds: &Thresholds) -> bool {
    attempts.attempts() >= 10 && attempts.failed_share() < thresholds.recovered_share
}

/// Whoever holds the largest part of the failures, and whether that is in doubt. "Theirs" wins a
/// draw: a rate limit beside an outage is its echo.
fn owner(inputs: &VerdictInputs, tally: &Tally) -> Option<(Whose, bool)> {
    let candidates = [
        Whose::Unknown,
        Whose::OurNetwork,
        Whose::OurQuota,
        Whose::OurBilling,
        Whose::OurConfiguration,
        Whose::Theirs,
    ];
    let (count, _, whose) = candidates
        .into_iter()
        .enumerate()
        .map(|(rank, whose)| (tally.of_whose(whose), rank, whose))
        .max()
        .filter(|(count, ..)| *count > 0)?;
    let by_name = tally.of_any(&[FailureClass::Dns, FailureClass::Tls]);
    Some(match whose {
        Whose::OurConfiguration if keys_take_turns(tally) || not_found_storm(inputs, tally) => {
            (Whose::Theirs, true)
        }
        // One gateway of several may have a bad key; and a lost model may be the first of all.
        Whose::OurConfiguration => {
            (whose, tally.traffic.taking_turns() || may_be_a_storm(inputs, tally))
        }
        Whose::OurNetwork if both_witnesses(tally) && present_since_failure(inputs) => {
            (Whose::Theirs, true)
        }
        Whose::OurNetwork => (whose, present_since_failure(inputs) && by_name == count),
        Whose::OurQuota => (whose, has_room(inputs)),
        other => (other, false),
    })
}

/// One key, refused and accepted in turn: what checks it is broken, not the key. Only the probes
/// have one key; gateways may have several.
fn keys_take_turns(tally: &Tally) -> bool {
    let probes = &tally.probes;
    probes.taking_turns() && share(probes.of_any(&UNAUTHORISED), probes.attempts()) < 0.9
}

/// A name that we misspell is one; all of a provider's models do not lose theirs by our doing.
fn not_found_storm(inputs: &VerdictInputs, tally: &Tally) -> bool {
    let around = &inputs.around;
    tally.commonest() == Some(FailureClass::ModelNotFound)
        && around.models_not_found >= 2
        && around.models_not_found == around.models_asked
}

/// Whether a model is not found, and none of the provider's others has answered since.
fn may_be_a_storm(inputs: &VerdictInputs, tally: &Tally) -> bool {
    tally.commonest() == Some(FailureClass::ModelNotFound)
        && inputs.around.models_asked >= 2
        && inputs.around.siblings_ok_at < inputs.of.last_ok_at.max(tally.first_failure_at())
}

fn both_witnesses(tally: &Tally) -> bool {
    tally.probes.of_any(&UNREACHED) > 0 && tally.traffic.of_any(&UNREACHED) > 0
}

/// Whether the vendor itself says that half of every limit is left.
pub(super) fn has_room(inputs: &VerdictInputs) -> bool {
    let left =
        inputs.of.headroom.filter(|headroom| inputs.at.millis_since(headroom.read_at) <= 60_000);
    left.and_then(|headroom| headroom.least_percent()).is_some_and(|percent| percent >= 50)
}

/// Latency alone can break a product while every answer is a 200. What is broken is the objective:
/// more answers than one in twenty are over its limit, and not by chance.
pub(super) fn is_slow(inputs: &VerdictInputs) -> bool {
    let (latency, thresholds) = (&inputs.of.latency, &inputs.thresholds);
    let was_bad = inputs.before.is_some_and(|before| before.kind == VerdictKind::TheirDegradation);
    [latency.short, latency.long].iter().any(|timing| proves_slowness(timing, thresholds))
        || (was_bad && still_slow(&latency.long, thresholds))
}

/// Whether the short window holds a failure or a slow answer that is not one of very many.
pub(super) fn may_begin(inputs: &VerdictInputs) -> bool {
    let (short, timing) = (&inputs.of.short, &inputs.of.latency.short);
    let thresholds = &inputs.thresholds;
    let more = |part, whole, usual| part > 0 && share(part, whole) > usual;
    more(short.failed(), short.attempts(), thresholds.usual_failed_share)
        || more(timing.slow_first_tokens, timing.first_tokens, thresholds.usual_slow_share)
        || more(timing.slow_totals, timing.totals, thresholds.usual_slow_share)
}

fn proves_slowness(timing: &Timing, thresholds: &Thresholds) -> bool {
    let proves = |slow: u64, all: u64| {
        slow >= thresholds.minimum_slow
            && surprise(slow, all, thresholds.usual_slow_share) >= thresholds.slow_proof
    };
    proves(timing.slow_first_tokens, timing.first_tokens)
        || proves(timing.slow_totals, timing.totals)
}

/// What was too slow is so until the objective is kept again.
fn still_slow(timing: &Timing, thresholds: &Thresholds) -> bool {
    let over = |slow: u64, all: u64| slow >= 2 && share(slow, all) > thresholds.usual_slow_share;
    over(timing.slow_first_tokens, timing.first_tokens) || over(timing.slow_totals, timing.totals)
}

fn drift(inputs: &VerdictInputs) -> Option<Finding> {
    let drift = &inputs.of.drift;
    let any = drift.throughput.is_some()
        || drift.probe_refusals.is_some()
        || drift.traffic_refusals.is_some()
        || drift.model.is_some();
    any.then_some(Finding::sure(VerdictKind::TheirDegradation, Basis::Drift))
}
