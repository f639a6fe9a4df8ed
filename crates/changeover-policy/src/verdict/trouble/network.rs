//! Our own network, as far as it explains that a target is not reached.
//!
//! The rule it keeps: neutral hosts that are silent are believed only while nobody contradicts them.
//! A list of one host that was closed long ago would otherwise make every vendor's outage ours.

use changeover_domain::{UnixMs, VerdictKind};

use super::{Basis, Finding};
use crate::verdict::inputs::VerdictInputs;
use crate::verdict::tally::UNREACHED;
use crate::witness::OwnNetwork;

/// No connection is waited for any longer.
const LONGEST_CONNECT_MS: i64 = 10_000;

/// The finding that nothing is reached anywhere, this target included.
pub(super) fn network(inputs: &VerdictInputs) -> Option<Finding> {
    let (of, around, thresholds) = (&inputs.of, &inputs.around, &inputs.thresholds);
    // Callers who are served through gateways elsewhere show that the target is well.
    let served = of.short.traffic.attempts() > of.short.traffic.of_any(&UNREACHED);
    let unreached = of.reach.unreached_since >= thresholds.unreached_in_a_row;
    if served || !(unreached || of.short.nothing_reached()) {
        return None;
    }
    let heard_lately = around
        .others_answered_at
        .max(of.reach.answered_at)
        .is_some_and(|at| inputs.at.millis_since(at) < thresholds.answered_lately_ms);
    let everything = around.everything_unreachable && !heard_lately;
    let silent = around.own_network.is_broken() && !heard_lately;
    if silent && (everything || !is_contradicted(inputs)) {
        return Some(Finding::sure(VerdictKind::OurNetwork, Basis::Connections));
    }
    if everything && present_since_failure(inputs) {
        // Every provider at once, and neutral hosts answer: a wall of ours, or a network they share.
        return Some(Finding::sure(VerdictKind::Unknown, Basis::Connections));
    }
    if everything {
        return Some(Finding::sure(VerdictKind::OurNetwork, Basis::Connections));
    }
    // Our network has just come back, and this target was not tried since.
    let was = inputs.before.is_some_and(|before| before.kind == VerdictKind::OurNetwork);
    let untried = was && !present_since_failure(inputs);
    untried.then_some(Finding {
        kind: VerdictKind::OurNetwork,
        basis: Basis::Connections,
        doubtful: true,
    })
}

/// Whether somebody answers while neutral hosts are said not to: a target whose last probe got
/// through, lately or since they fell silent, or this one itself since then.
fn is_contradicted(inputs: &VerdictInputs) -> bool {
    let around = &inputs.around;
    let answered_at = around.others_reached_at.max(inputs.of.reach.answered_at);
    reached_elsewhere(inputs)
        || (around.witness_since.is_some() && answered_at > around.witness_since)
}

/// Whether another target, whose last probe got through, has answered within the long window. How
/// often it is asked is no matter: until it was tried in vain, its last answer stands.
fn reached_elsewhere(inputs: &VerdictInputs) -> bool {
    let reached_at = inputs.around.others_reached_at;
    reached_at.is_some_and(|at| inputs.at.millis_since(at) < inputs.thresholds.long_window_ms)
}

/// Whether anything says that our network is there, if not yet that it was while this target failed.
pub(in crate::verdict) fn is_there(inputs: &VerdictInputs) -> bool {
    inputs.around.own_network == OwnNetwork::Present || reached_elsewhere(inputs)
}

/// Whether our network was seen to be there while this target could not be reached: something else
/// has answered since it stopped, and had begun to before it was last tried twice. Without the second,
/// a target that is only the last to be tried after our own network has come back would be blamed, or
/// one of which a single probe is lost then.
pub(in crate::verdict) fn present_since_failure(inputs: &VerdictInputs) -> bool {
    let (of, around) = (&inputs.of, &inputs.around);
    let stopped = of.reach.answered_at.max(of.long.first_failure_at());
    let traffic = &of.long.traffic;
    let by_traffic = traffic.last_at().filter(|_| traffic.of_any(&UNREACHED) > 0);
    // Gateways tell when an attempt ended, and a connection may be waited for that long.
    let by_traffic = by_traffic.map(|at| at.plus_millis(-LONGEST_CONNECT_MS));
    let last_tried = of.reach.unreached_before_at.max(by_traffic);
    let there = |since: Option<UnixMs>, last: Option<UnixMs>| {
        since.is_some() && since < last_tried && last > stopped
    };
    let neutral = around.own_network == OwnNetwork::Present
        && there(around.witness_since, around.witness_read_at);
    neutral || there(around.others_answering_since, around.others_answered_at)
}
