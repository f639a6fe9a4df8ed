//! What is wrong with a target, if anything, and whose it is.
//!
//! Not for words or confidence. One [`Finding`] per judgement: the strongest thing that the windows
//! show. Trouble is found in the short window or, for a quiet target, in the long one; it ends with
//! the long one.

mod network;
mod owner;
mod slowness;

use changeover_domain::{FailureClass, VerdictKind, Whose};

use super::burn::Burning;
use super::inputs::{TargetInputs, VerdictInputs};
use super::surprise::surprise;
use super::tally::{Attempts, Tally, share};
use super::thresholds::Thresholds;
use network::network;
pub(super) use network::{is_there, present_since_failure};
pub(super) use owner::has_room;
use owner::owner;
pub(super) use slowness::{given_up_waiting, is_dubious, is_slow, may_begin};

/// Rate limits that refuse for a shorter time than this are the vendor's way to spread requests.
const PASSING_LIMIT_MS: i64 = 5_000;

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
    if kind == VerdictKind::OurQuota && is_passing_limit(tally) {
        return None;
    }
    if only_the_probes_are_ours(inputs, kind) {
        return Some(Finding::sure(VerdictKind::Operating, Basis::ProbesAlone));
    }
    let doubtful = doubtful || whose == Whose::Unknown;
    // Our network is there, and only we were seen to lose this target: nobody else was asked.
    let untold = kind == VerdictKind::OurNetwork && doubtful;
    let kind = if untold { VerdictKind::Unknown } else { kind };
    Some(Finding { kind, basis: Basis::Failures, doubtful })
}

/// A rate limit of a few seconds is a bucket that was empty and is filled again. Its refusals come
/// together, so that chance, which counts each for itself, cannot explain them, and need not.
fn is_passing_limit(tally: &Tally) -> bool {
    tally.commonest() == Some(FailureClass::RateLimited)
        && tally.limited_for_ms().is_some_and(|lasted| lasted < PASSING_LIMIT_MS)
}

/// Whether the failures of a tally are more than chance and more than the objective bears.
fn proves_trouble(of: &TargetInputs, tally: &Tally, thresholds: &Thresholds) -> bool {
    let (failed, attempts) = (tally.failed(), tally.attempts());
    let bearable = thresholds.degraded_share.max(1.0 - of.slo.success_share);
    failed >= thresholds.minimum_failures
        && share(failed, attempts) >= bearable
        && surprise(failed, attempts, thresholds.usual_failed_share) >= thresholds.proof
}

/// An outage is most of the attempts; it has to become clearly less to be called a degradation. Slow
/// is not down: what we gave up waiting for, while others got it late, is no part of an outage.
fn theirs(inputs: &VerdictInputs, tally: &Tally, late: bool) -> VerdictKind {
    let thresholds = &inputs.thresholds;
    let was_outage = inputs.before.is_some_and(|before| before.kind == VerdictKind::TheirOutage);
    let from = if was_outage { thresholds.outage_until_share } else { thresholds.outage_share };
    let down = tally.failed().saturating_sub(given_up_waiting(inputs, tally));
    if !late && share(down, tally.attempts()) >= from {
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
    // A single failure among few attempts is a large share and says nothing.
    let over = of.long.failed() < 2 || of.long.failed_share() < thresholds.recovered_share;
    if !in_trouble || over {
        return None;
    }
    if only_the_probes_are_ours(inputs, before) {
        return Some(Finding::sure(VerdictKind::Operating, Basis::ProbesAlone));
    }
    let (whose, doubtful) = owner(inputs, &of.long)?;
    // Where probes are far apart the short window may hold none: what was not seen to ease off has not.
    let eases_off = of.short.attempts() > of.short.failed();
    let kind = match (before, whose) {
        (VerdictKind::TheirOutage, Whose::Theirs | Whose::Unknown) if eases_off => {
            VerdictKind::TheirDegradation
        }
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

fn drift(inputs: &VerdictInputs) -> Option<Finding> {
    let drift = &inputs.of.drift;
    let any = drift.throughput.is_some()
        || drift.probe_refusals.is_some()
        || drift.traffic_refusals.is_some()
        || drift.model.is_some();
    any.then_some(Finding::sure(VerdictKind::TheirDegradation, Basis::Drift))
}
