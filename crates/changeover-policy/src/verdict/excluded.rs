//! What else it could have been, and why it is not: the doctor's differential, for the triage sheet.
//!
//! Not for judging: the finding is made already, and this says for every other kind what the same
//! inputs say against it. The rule it keeps: what the evidence does not speak against is said to be
//! open, not to be excluded.

use changeover_domain::{FailureClass, VerdictKind, Whose};
use serde::{Deserialize, Serialize};

use super::inputs::VerdictInputs;
use super::sentence::{drifts, slowness};
use super::tally::UNREACHED;
use super::trouble::{Basis, Finding, finding, given_up_waiting, is_there, present_since_failure};
use super::words::{class_phrase, clock_time, counted, percent};
use crate::witness::OwnNetwork;

/// One kind that the verdict is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    pub kind: VerdictKind,
    /// Whether the evidence speaks against it; else it is less likely, and open.
    pub ruled_out: bool,
    pub reason: String,
}

/// Every kind but the one that is found, each with what speaks against it.
#[must_use]
pub fn excluded(inputs: &VerdictInputs) -> Vec<Excluded> {
    let found = finding(inputs);
    let all = [
        (VerdictKind::Operating, not_operating(inputs, &found)),
        (VerdictKind::TheirDegradation, not_theirs(inputs, &found, VerdictKind::TheirDegradation)),
        (VerdictKind::TheirOutage, not_theirs(inputs, &found, VerdictKind::TheirOutage)),
        (VerdictKind::OurConfiguration, not_ours(inputs, &found, Whose::OurConfiguration)),
        (VerdictKind::OurQuota, not_quota(inputs, &found)),
        (VerdictKind::OurBilling, not_ours(inputs, &found, Whose::OurBilling)),
        (VerdictKind::OurNetwork, not_network(inputs, &found)),
        (VerdictKind::Unknown, not_unknown(inputs, &found)),
    ];
    let others = all.into_iter().filter(|(kind, _)| *kind != found.kind);
    others.map(|(kind, (ruled_out, reason))| Excluded { kind, ruled_out, reason }).collect()
}

type Reason = (bool, String);

/// `9 of 12 attempts failed in the last 3 minutes, mostly overloaded`
fn failures(inputs: &VerdictInputs) -> String {
    let long = &inputs.of.long;
    let minutes = inputs.thresholds.long_window_ms / 60_000;
    let mostly =
        long.commonest().map_or(String::new(), |class| format!(", mostly {}", class_phrase(class)));
    let attempts = counted(long.attempts(), "attempt");
    format!("{} of {attempts} failed in the last {minutes} minutes{mostly}", long.failed())
}

fn too_few(inputs: &VerdictInputs) -> Reason {
    let attempts = counted(inputs.of.long.attempts(), "attempt");
    (false, format!("{attempts} in the last 3 minutes: too few to tell"))
}

/// Of what is seen and cannot be told whose it is.
fn not_told(inputs: &VerdictInputs, found: &Finding) -> Reason {
    match found.basis {
        Basis::Connections => {
            let seen = "every provider at once cannot be reached, while neutral hosts answer";
            (false, format!("{seen}: no one vendor's doing, unless they share a network"))
        }
        Basis::Failures => {
            (false, format!("{}; nobody but these probes asks it", failures(inputs)))
        }
        _ => too_few(inputs),
    }
}

fn not_operating(inputs: &VerdictInputs, found: &Finding) -> Reason {
    match found.basis {
        Basis::Nothing => too_few(inputs),
        Basis::Slowness => (true, slowness(&inputs.of).unwrap_or_else(|| failures(inputs))),
        Basis::Drift => {
            let drifts: Vec<String> =
                drifts(&inputs.of).into_iter().map(|(_, drift)| drift).collect();
            (true, drifts.join(", "))
        }
        Basis::Burn(burning) => (true, super::sentence::burnt(&burning)),
        Basis::Connections => (true, "nothing can be reached".to_owned()),
        Basis::Health | Basis::ProbesAlone | Basis::Failures => (true, failures(inputs)),
    }
}

fn not_theirs(inputs: &VerdictInputs, found: &Finding, kind: VerdictKind) -> Reason {
    let thresholds = &inputs.thresholds;
    let half = 100.0 * thresholds.outage_share;
    let short = &inputs.of.short;
    let lately = format!(
        "{} of the attempts of the last {} s failed ({} of {})",
        percent(short.failed(), short.attempts()),
        thresholds.short_window_ms / 1_000,
        short.failed(),
        short.attempts()
    );
    match (kind, found.kind) {
        (_, VerdictKind::Unknown) => not_told(inputs, found),
        (VerdictKind::TheirDegradation, VerdictKind::TheirOutage) => {
            (true, format!("{lately}: from {half:.0} % on it is an outage"))
        }
        (VerdictKind::TheirOutage, VerdictKind::TheirDegradation) => {
            match given_up_waiting(inputs, short) {
                0 => (true, format!("{lately}, which is under {half:.0} %")),
                late => (
                    true,
                    format!(
                        "{lately}; {late} of them by waiting no longer for answers that others got late"
                    ),
                ),
            }
        }
        (_, VerdictKind::Operating) if found.basis == Basis::ProbesAlone => {
            (true, "callers are served; only the probes fail, of a fault of yours".to_owned())
        }
        (_, VerdictKind::Operating) => match slowness(&inputs.of) {
            // Seen, and too little to prove it.
            Some(slow) => (false, format!("{}; {slow}, which may be chance", failures(inputs))),
            None => (true, format!("{}; nothing is slower or other than usual", failures(inputs))),
        },
        (_, VerdictKind::OurNetwork) => {
            let around = &inputs.around;
            let seen = match around.everything_unreachable {
                true => "all providers at once cannot be reached",
                false => around.own_network.phrase(),
            };
            (around.own_network.is_broken() && !found.doubtful, seen.to_owned())
        }
        _ => {
            let ours = inputs.of.long.commonest().map_or("", class_phrase);
            let theirs = inputs.of.long.of_whose(Whose::Theirs);
            let all = counted(inputs.of.long.failed(), "failure");
            (!found.doubtful, format!("{theirs} of {all} are the provider's; most are: {ours}"))
        }
    }
}

fn not_ours(inputs: &VerdictInputs, found: &Finding, whose: Whose) -> Reason {
    let long = &inputs.of.long;
    let (of_whose, failed) = (long.of_whose(whose), long.failed());
    let what = match whose {
        Whose::OurConfiguration => "a refused key, permission or model",
        Whose::OurQuota => "a rate limit or quota",
        _ => "a spend cap or unpaid bill",
    };
    if long.attempts() == 0 {
        return too_few(inputs);
    }
    if long.nothing_reached() {
        return (false, format!("nothing answered, so {what} could not be seen"));
    }
    match (of_whose, failed) {
        (0, 0) => (true, "no attempt failed".to_owned()),
        (0, _) => (true, format!("{what}: none of {}", counted(failed, "failure"))),
        _ if found.doubtful => {
            let turns = "but what was refused is accepted in turn, or lost by all models at once";
            (true, format!("{what}: {of_whose} of {}, {turns}", counted(failed, "failure")))
        }
        _ => (false, format!("{what}: {of_whose} of {}, not most", counted(failed, "failure"))),
    }
}

fn not_quota(inputs: &VerdictInputs, found: &Finding) -> Reason {
    let (ruled_out, reason) = not_ours(inputs, found, Whose::OurQuota);
    match inputs.of.headroom.and_then(|headroom| headroom.least_percent()) {
        Some(left) => (
            ruled_out,
            format!("{reason}; {left} % of the scarcest limit left, by the vendor's own headers"),
        ),
        None => (ruled_out, reason),
    }
}

fn not_network(inputs: &VerdictInputs, found: &Finding) -> Reason {
    let (of, around) = (&inputs.of, &inputs.around);
    if around.own_network == OwnNetwork::Present {
        // A whole network is not gone; a resolver may have lost one name, a proxy one host.
        let alone = found.kind == VerdictKind::Unknown && found.basis == Basis::Failures;
        return (!alone, around.own_network.phrase().to_owned());
    }
    let unreached = of.long.probes.of_any(&UNREACHED) > 0 || of.long.traffic.of_any(&UNREACHED) > 0;
    let answered = of.reach.answered_at;
    if let Some(at) = answered.filter(|_| !unreached) {
        return (true, format!("the provider itself answered at {}", clock_time(at)));
    }
    if let Some(at) = around.others_answered_at.filter(|_| present_since_failure(inputs)) {
        return (true, format!("another provider answered at {}", clock_time(at)));
    }
    if let Some(at) = around.others_reached_at.filter(|_| is_there(inputs)) {
        return (false, format!("another target answered at {}", clock_time(at)));
    }
    let looked = around.own_network.phrase();
    (false, format!("{looked}, and no other provider has answered since"))
}

fn not_unknown(inputs: &VerdictInputs, found: &Finding) -> Reason {
    let attempts = counted(inputs.of.long.attempts(), "attempt");
    let unexplained = inputs.of.long.of(FailureClass::Unknown);
    let reason = match found.basis {
        Basis::Connections => "every provider was tried".to_owned(),
        _ if unexplained > 0 => {
            format!("{attempts} in the last 3 minutes, {unexplained} of them unexplained")
        }
        _ => format!("{attempts} in the last 3 minutes are enough to judge by"),
    };
    (unexplained == 0, reason)
}
