//! Whose the failures are.

use changeover_domain::{FailureClass, Whose};

use super::network::{is_there, present_since_failure};
use crate::verdict::inputs::VerdictInputs;
use crate::verdict::tally::{Tally, UNAUTHORISED, UNREACHED, share};

/// For so long after something broke answers are told that had begun before.
const STILL_TOLD_MS: i64 = 15_000;

/// Whoever holds the largest part of the failures, and whether that is in doubt. "Theirs" wins a
/// draw: a rate limit beside an outage is its echo.
pub(super) fn owner(inputs: &VerdictInputs, tally: &Tally) -> Option<(Whose, bool)> {
    let candidates = [
        Whose::Unknown,
        Whose::OurNetwork,
        Whose::OurQuota,
        Whose::OurBilling,
        Whose::OurConfiguration,
        Whose::Theirs,
    ];
    let (_, _, whose) = candidates
        .into_iter()
        .enumerate()
        .map(|(rank, whose)| (tally.of_whose(whose), rank, whose))
        .max()
        .filter(|(count, ..)| *count > 0)?;
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
        // One name that is lost, or one TLS that fails, is no network that is down.
        Whose::OurNetwork => (whose, is_there(inputs)),
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

/// Whether a model is not found, and none of the provider's others has answered since. Answers that
/// began before are still told for a while.
fn may_be_a_storm(inputs: &VerdictInputs, tally: &Tally) -> bool {
    let lost_at = tally.first_unauthorised_at();
    let told_until = lost_at.map(|at| at.plus_millis(STILL_TOLD_MS));
    tally.commonest() == Some(FailureClass::ModelNotFound)
        && inputs.around.models_asked >= 2
        && inputs.around.siblings_ok_at < told_until
}

fn both_witnesses(tally: &Tally) -> bool {
    tally.probes.of_any(&UNREACHED) > 0 && tally.traffic.of_any(&UNREACHED) > 0
}

/// Whether the vendor itself says that half of every limit is left.
pub(in crate::verdict) fn has_room(inputs: &VerdictInputs) -> bool {
    let left =
        inputs.of.headroom.filter(|headroom| inputs.at.millis_since(headroom.read_at) <= 60_000);
    left.and_then(|headroom| headroom.least_percent()).is_some_and(|percent| percent >= 50)
}
