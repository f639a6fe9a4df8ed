//! Where a request goes: the route's configuration, an operator's override and the breakers put
//! together.
//!
//! Not for sending anything, and not for deciding whether an override may be set
//! ([`crate::interlock`]). The rules:
//!
//! - Without an override the targets stand in the configured order, the primary first.
//! - An override's target is asked first. If its breaker refuses it or an attempt at it fails, the
//!   other targets follow in the configured order: an operator moves traffic to keep it served,
//!   not to have it fail somewhere else. Whoever wants no failover forces the others open.
//! - A target that is forced open is never asked.
//! - *Effective* is where ordinary traffic goes first: the first target whose breaker lets through.
//!   Half open does not count, so a trial that succeeds and one that fails are both part of the
//!   same time away from the primary; only a closed breaker ends it.
//! - An override that has run out and still holds because the primary was not fit to return to
//!   lets the primary have its trials: else nobody would ever find out that it is back.

mod chain;

use changeover_domain::admin::{Effective, EffectiveCause};
use changeover_domain::{
    BreakerReport, ForcedBreaker, ForcedState, Mode, OnExpiry, Override, Route, TargetId, UnixMs,
};

pub use chain::{ChainProblem, LONGEST_CHAIN, chain_problems};

/// Everything that decides where a route's requests go.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub route: &'a Route,
    pub wanted: Option<&'a Override>,
    /// The override has run out and still holds.
    pub expiry_held: bool,
    /// One per target, the override's forced states included.
    pub breakers: &'a [BreakerReport],
}

/// What ordinary traffic does now. `previous` gives the time since when it has done so.
#[must_use]
pub fn effective(
    situation: &Situation<'_>,
    previous: Option<&Effective>,
    now: UnixMs,
) -> Effective {
    let (target, mode, cause) = destination(situation);
    let since = previous
        .filter(|previous| previous.target == target && previous.mode == mode)
        .map_or(now, |previous| previous.since);
    Effective { target, mode, since, cause }
}

fn destination(situation: &Situation<'_>) -> (Option<TargetId>, Mode, EffectiveCause) {
    let mode = situation.wanted.map_or(Mode::Full, |wanted| wanted.mode);
    if !mode.needs_target() {
        return (None, mode, EffectiveCause::Override);
    }
    let preferred = preferred_order(situation);
    let serving = preferred.iter().find(|target| lets_through(situation.breakers, target));
    let cause = match (situation.wanted, serving == preferred.first()) {
        (_, false) => blocked_by(situation, preferred.first()),
        (Some(_), true) => EffectiveCause::Override,
        (None, true) => EffectiveCause::Configured,
    };
    (serving.cloned(), mode, cause)
}

/// Why the first choice does not serve: an operator forced it open, or it was found failing.
fn blocked_by(situation: &Situation<'_>, first: Option<&TargetId>) -> EffectiveCause {
    let forced = first
        .and_then(|target| report_of(situation.breakers, target))
        .is_some_and(|report| report.forced == Some(ForcedState::ForcedOpen));
    if forced { EffectiveCause::Override } else { EffectiveCause::Breaker }
}

/// The targets to try for one request, in order.
///
/// Whether each may be tried now is its breaker's decision; those that are forced open are left out. Empty in a mode that needs no target, unless
/// the primary is due for trials.
#[must_use]
pub fn candidates(situation: &Situation<'_>) -> Vec<TargetId> {
    let mode = situation.wanted.map_or(Mode::Full, |wanted| wanted.mode);
    let mut order = if mode.needs_target() { preferred_order(situation) } else { Vec::new() };
    if let Some(primary) = on_trial(situation) {
        order.retain(|target| target != primary);
        order.insert(0, primary.clone());
    }
    let forced_open = |target: &TargetId| {
        report_of(situation.breakers, target)
            .is_some_and(|report| report.forced == Some(ForcedState::ForcedOpen))
    };
    order.retain(|target| !forced_open(target));
    order
}

/// The primary, if an override holds beyond its end only until the primary is fit again.
fn on_trial<'a>(situation: &Situation<'a>) -> Option<&'a TargetId> {
    let waiting = situation.expiry_held
        && situation.wanted.is_some_and(|wanted| wanted.on_expiry == OnExpiry::ReturnIfHealthy);
    let primary = situation.route.primary().filter(|_| waiting)?;
    let unfit = !lets_through(situation.breakers, primary);
    unfit.then_some(primary)
}

fn preferred_order(situation: &Situation<'_>) -> Vec<TargetId> {
    let first = situation.wanted.and_then(|wanted| wanted.target.as_ref());
    let configured = situation.route.targets.iter();
    first.into_iter().chain(configured.filter(|target| Some(*target) != first)).cloned().collect()
}

fn report_of<'a>(breakers: &'a [BreakerReport], target: &TargetId) -> Option<&'a BreakerReport> {
    breakers.iter().find(|report| report.target == *target)
}

/// Whether ordinary traffic passes to `target`; a target without a breaker is not known.
#[must_use]
pub fn lets_through(breakers: &[BreakerReport], target: &TargetId) -> bool {
    report_of(breakers, target).is_some_and(BreakerReport::lets_through)
}

/// The reports as they would be under these forced states and no others.
#[must_use]
pub fn with_forced(breakers: &[BreakerReport], forced: &[ForcedBreaker]) -> Vec<BreakerReport> {
    let forced_state = |target: &TargetId| {
        forced.iter().find(|breaker| breaker.target == *target).map(|breaker| breaker.state)
    };
    breakers
        .iter()
        .map(|report| BreakerReport { forced: forced_state(&report.target), ..report.clone() })
        .collect()
}

#[cfg(test)]
#[path = "routing/tests.rs"]
mod tests;
