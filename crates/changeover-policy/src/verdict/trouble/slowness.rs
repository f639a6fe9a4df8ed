//! Latency against the objective, and what may be the beginning of something.

use changeover_domain::{FailureClass, VerdictKind, Whose};

use crate::verdict::inputs::{Timing, VerdictInputs};
use crate::verdict::surprise::surprise;
use crate::verdict::tally::{Tally, share};
use crate::verdict::thresholds::Thresholds;

/// Classes in which our own patience ended, and not the provider's work.
const GIVEN_UP: [FailureClass; 2] = [FailureClass::TimeoutFirstToken, FailureClass::TimeoutTotal];

/// From so many refusals of callers, and from this share of their answers on, it is often.
const LEAST_REFUSED: u64 = 3;
const OFTEN_REFUSED: f64 = 0.2;

/// Latency alone can break a product while every answer is a 200. What is broken is the objective:
/// more answers than one in twenty are over its limit, and not by chance.
pub(in crate::verdict) fn is_slow(inputs: &VerdictInputs) -> bool {
    let (latency, thresholds) = (&inputs.of.latency, &inputs.thresholds);
    let was_bad = inputs.before.is_some_and(|before| before.kind == VerdictKind::TheirDegradation);
    [latency.short, latency.long].iter().any(|timing| proves_slowness(timing, thresholds))
        || (was_bad && still_slow(&latency.long, thresholds))
}

/// Attempts that failed only because nobody waited longer: there are answers, and they are slow. None
/// where hardly anything is answered; what hangs is down, however long it is waited for.
pub(in crate::verdict) fn given_up_waiting(inputs: &VerdictInputs, tally: &Tally) -> u64 {
    let answered = tally.attempts().saturating_sub(tally.failed());
    let answers = share(answered, tally.attempts()) >= inputs.thresholds.still_answered_share;
    if answers && is_slow(inputs) { tally.of_any(&GIVEN_UP) } else { 0 }
}

/// Whether the short window holds a failure that is not our own, or a slow answer, that is not one of
/// very many, or a probe that was refused: its question is harmless. Or the target has begun to differ
/// from its past.
pub(in crate::verdict) fn may_begin(inputs: &VerdictInputs) -> bool {
    let (short, timing) = (&inputs.of.short, &inputs.of.latency.short);
    let thresholds = &inputs.thresholds;
    let more = |part, whole, usual| part > 0 && share(part, whole) > usual;
    let ours = [Whose::OurQuota, Whose::OurBilling, Whose::OurConfiguration];
    let ours: u64 = ours.into_iter().map(|whose| short.of_whose(whose)).sum();
    let not_ours = short.failed().saturating_sub(ours);
    more(not_ours, short.attempts(), thresholds.usual_failed_share)
        || short.probes.refused() > 0
        || refuses_callers(inputs)
        || inputs.of.drift.may_begin
        || more(timing.slow_first_tokens, timing.first_tokens, thresholds.usual_slow_share)
        || more(timing.slow_totals, timing.totals, thresholds.usual_slow_share)
}

/// Whether the short window shows more than a healthy target has, and too little to prove it.
pub(in crate::verdict) fn is_dubious(inputs: &VerdictInputs) -> bool {
    let (short, timing) = (&inputs.of.short, &inputs.of.latency.short);
    let thresholds = &inputs.thresholds;
    let more = |part, whole, bearable| part >= 2 && share(part, whole) >= bearable;
    more(short.failed(), short.attempts(), thresholds.degraded_share)
        || short.probes.refused() >= 2
        || inputs.of.drift.refusals_may_begin
        || refuses_callers(inputs)
        || more(timing.slow_first_tokens, timing.first_tokens, 2.0 * thresholds.usual_slow_share)
        || more(timing.slow_totals, timing.totals, 2.0 * thresholds.usual_slow_share)
}

/// Whether callers are often refused, and how often is usual is not known. It may be what they ask, so
/// that nothing is found by it; but it is no sure health, and the probes' harmless question can tell.
fn refuses_callers(inputs: &VerdictInputs) -> bool {
    let traffic = &inputs.of.short.traffic;
    let refused = traffic.refused();
    let answers = traffic.attempts().saturating_add(refused);
    !inputs.of.drift.learnt.traffic_refusals
        && refused >= LEAST_REFUSED
        && share(refused, answers) >= OFTEN_REFUSED
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
