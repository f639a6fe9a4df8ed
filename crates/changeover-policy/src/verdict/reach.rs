//! How far a trouble reaches, and what kind of failure it looks like.

use changeover_domain::{FailureClass, Scope, Signature, VerdictKind};

use super::inputs::VerdictInputs;
use super::tally::{UNAUTHORISED, share};
use super::trouble::{Basis, Finding, is_slow};

/// Errors that tell a signature; fewer are none.
const LEAST_TELLING: u64 = 5;
/// The share of one signature among those errors from which on it is that one.
const CLEARLY: f64 = 0.7;

/// How far it reaches, from the verdicts on the provider's other targets. Of nothing wrong it is
/// said of the model alone.
pub(super) fn scope(inputs: &VerdictInputs, kind: VerdictKind) -> Scope {
    let around = &inputs.around.neighbours;
    if matches!(kind, VerdictKind::Operating | VerdictKind::Unknown) || around.troubled == 0 {
        return Scope::Model;
    }
    if around.troubled >= around.judged {
        return Scope::Provider;
    }
    // A region is only told apart from its models by a second model, or by the same one elsewhere.
    let whole_region = inputs.of.region.is_some()
        && around.troubled_in_region == around.judged_in_region
        && around.troubled == around.troubled_in_region
        && (around.troubled_in_region >= 2 || around.well_elsewhere);
    match around.troubled {
        _ if whole_region => Scope::Region,
        1 => Scope::Model,
        _ => Scope::SeveralModels,
    }
}

/// What it looks like, as far as the evidence tells.
///
/// Models that run out of room say so (529, "overloaded"), or answer ever more slowly while writing
/// more slowly, too. What places the requests fails with plain server errors and intermediaries'
/// pages, and refuses keys and models that it accepts the next moment; it fails for several models
/// alike, because it does not know one from the other. One model with server errors may be either.
pub(super) fn signature(inputs: &VerdictInputs, found: &Finding) -> Option<Signature> {
    if !matches!(found.kind, VerdictKind::TheirDegradation | VerdictKind::TheirOutage) {
        return None;
    }
    let (of, around) = (&inputs.of, &inputs.around.neighbours);
    let tally = if of.short.failed() >= LEAST_TELLING { &of.short } else { &of.long };
    let capacity = tally.of_any(&[FailureClass::Overloaded, FailureClass::ConcurrencyLimited]);
    let placing = tally.of_any(&[FailureClass::ServerError, FailureClass::GatewayError]);
    // Refused keys and models count only where they were concluded not to be our doing.
    let refused = if found.doubtful { tally.of_any(&UNAUTHORISED) } else { 0 };
    let placing = placing.saturating_add(refused);
    let telling = capacity.saturating_add(placing);
    if telling < LEAST_TELLING {
        let crowded = matches!(found.basis, Basis::Slowness | Basis::Drift)
            && of.drift.throughput.is_some()
            && is_slow(inputs);
        return crowded.then_some(Signature::CapacityExhaustion);
    }
    if share(capacity, telling) >= CLEARLY {
        return Some(Signature::CapacityExhaustion);
    }
    let several = around.troubled >= 2 || refused >= LEAST_TELLING;
    (share(placing, telling) >= CLEARLY && several).then_some(Signature::OrchestrationFailure)
}
