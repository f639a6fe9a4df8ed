//! How sure a verdict is. The rule it keeps: a wrong verdict may be made, but not with confidence.
//!
//! Witnesses that saw the same independently make sure: probes, traffic, and a page that admits it. A
//! witness that had enough to see and saw the opposite takes it away. A silent status page is no
//! witness, since pages are late.

use changeover_domain::{ComponentState, Confidence, FailureClass, VerdictKind};

use super::inputs::VerdictInputs;
use super::tally::{Attempts, UNREACHED, share};
use super::trouble::{Basis, Finding, has_room, is_clean, is_dubious, present_since_failure};
use crate::witness::OwnNetwork;

/// Fewer attempts than this are thin evidence for anything.
const THIN: u64 = 10;
/// Failures of one witness that stand against the other's good word.
const MANY: u64 = 20;

pub(super) fn confidence(inputs: &VerdictInputs, found: &Finding) -> Confidence {
    match found.kind {
        VerdictKind::Unknown => Confidence::Low,
        VerdictKind::Operating => of_health(inputs, found),
        VerdictKind::OurNetwork => of_network(inputs, found),
        _ if found.doubtful || inputs.of.long.attempts() < THIN => Confidence::Low,
        VerdictKind::OurConfiguration | VerdictKind::OurQuota | VerdictKind::OurBilling => {
            of_ours(inputs, found.kind)
        }
        VerdictKind::TheirDegradation | VerdictKind::TheirOutage => of_theirs(inputs, found),
    }
}

fn of_health(inputs: &VerdictInputs, found: &Finding) -> Confidence {
    let (probes, traffic) = (&inputs.of.long.probes, &inputs.of.long.traffic);
    let in_doubt = found.basis == Basis::Health && is_dubious(inputs);
    if inputs.of.long.attempts() < THIN || in_doubt {
        return Confidence::Low;
    }
    let page_disagrees = inputs.of.page.open_incident || page_admits(inputs);
    let both = probes.attempts() > 0 && traffic.attempts() > 0;
    // A witness that fails while the other drowns it out is a reason to hesitate.
    let hesitant = [probes, traffic].iter().any(|witness| fails(inputs, witness));
    if both && !page_disagrees && !hesitant && found.basis == Basis::Health {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

fn of_network(inputs: &VerdictInputs, found: &Finding) -> Confidence {
    if found.basis != Basis::Connections || found.doubtful {
        return Confidence::Low;
    }
    let around = &inputs.around;
    if around.own_network == OwnNetwork::Present {
        return Confidence::Low;
    }
    let both = around.own_network.is_broken() && around.everything_unreachable;
    if both { Confidence::High } else { Confidence::Medium }
}

fn of_ours(inputs: &VerdictInputs, kind: VerdictKind) -> Confidence {
    let (probes, traffic) = (&inputs.of.long.probes, &inputs.of.long.traffic);
    let against = [probes, traffic].iter().any(|witness| is_clean(witness, &inputs.thresholds));
    let spent = kind == VerdictKind::OurQuota && is_spent(inputs);
    match (against, fails(inputs, probes) && fails(inputs, traffic)) {
        (true, _) => Confidence::Low,
        (false, true) => Confidence::High,
        (false, false) if spent => Confidence::High,
        (false, false) => Confidence::Medium,
    }
}

fn of_theirs(inputs: &VerdictInputs, found: &Finding) -> Confidence {
    let of = &inputs.of;
    match found.basis {
        Basis::Failures => of_failures(inputs),
        Basis::Slowness if inputs.of.page.open_incident => Confidence::High,
        Basis::Slowness | Basis::Burn(_) => Confidence::Medium,
        // Callers may themselves have begun to ask for what is refused.
        Basis::Drift if of.drift.throughput.is_none() && of.drift.probe_refusals.is_none() => {
            Confidence::Low
        }
        Basis::Drift | Basis::Connections | Basis::Health | Basis::ProbesAlone => {
            Confidence::Medium
        }
        Basis::Nothing => Confidence::Low,
    }
}

fn of_failures(inputs: &VerdictInputs) -> Confidence {
    let of = &inputs.of;
    // What was never reached may be our side, until something else is seen to answer since.
    let unreached = share(of.long.of_any(&UNREACHED), of.long.failed()) > 0.5;
    if unreached && !present_since_failure(inputs) {
        return Confidence::Low;
    }
    let witnesses = [&of.long.probes, &of.long.traffic];
    let seen = witnesses.iter().filter(|witness| fails(inputs, witness)).count();
    let against = witnesses.iter().any(|witness| is_clean(witness, &inputs.thresholds));
    let many = witnesses.iter().any(|witness| witness.failed() >= MANY);
    let admitted = of.page.open_incident;
    match (seen, against) {
        (2.., false) => Confidence::High,
        _ if admitted && !against => Confidence::High,
        (_, true) if !many && !admitted => Confidence::Low,
        _ if unexplained(inputs) => Confidence::Low,
        _ => Confidence::Medium,
    }
}

/// Whether this witness by itself saw more than the usual.
fn fails(inputs: &VerdictInputs, witness: &Attempts) -> bool {
    witness.failed() >= 2 && witness.failed_share() >= inputs.thresholds.degraded_share
}

fn page_admits(inputs: &VerdictInputs) -> bool {
    let page = &inputs.of.page;
    !page.unreadable
        && matches!(
            page.state,
            ComponentState::DegradedPerformance
                | ComponentState::PartialOutage
                | ComponentState::MajorOutage
        )
}

fn is_spent(inputs: &VerdictInputs) -> bool {
    let left = inputs.of.headroom.and_then(|headroom| headroom.least_percent());
    !has_room(inputs) && left.is_some_and(|percent| percent <= 5)
}

fn unexplained(inputs: &VerdictInputs) -> bool {
    inputs.of.long.commonest() == Some(FailureClass::Unknown)
}
