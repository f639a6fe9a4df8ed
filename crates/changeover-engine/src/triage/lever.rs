//! Which levers would help, for each route that a target in trouble carries.
//!
//! Only suggestions: preview, interlocks and headroom are the plan's, which a person sees first.

use changeover_domain::{
    BreakerState, Mode, Route, Signature, Target, TargetId, Verdict, VerdictKind,
};
use changeover_policy::verdict::{kind_phrase, severity};

use crate::contract::SuggestedLever;
use crate::setup::Setup;
use crate::state::State;
use crate::view::route::agreed;

/// One lever for each route that the target carries now, where one would help.
pub(super) fn suggested(
    setup: &Setup,
    state: &State,
    target: &Target,
    verdict: &Verdict,
) -> Vec<SuggestedLever> {
    if !may_help(verdict.kind) {
        return Vec::new();
    }
    let routes = setup.catalogue.routes.iter();
    routes.filter_map(|route| for_route(setup, state, route, target, verdict)).collect()
}

/// Where our own network is gone, what the gateways see is not known, and is left alone.
pub(super) fn may_help(kind: VerdictKind) -> bool {
    severity(kind) >= severity(VerdictKind::TheirDegradation) && kind != VerdictKind::OurNetwork
}

/// Whether the route is served by this target now.
pub(super) fn is_carried(state: &State, route: &Route, target: &Target) -> bool {
    let (effective, diverging) = agreed(state, route);
    let configured = route.primary() == Some(&target.id);
    let carried = effective
        .as_ref()
        .map_or(configured || diverging, |effective| effective.target.as_ref() == Some(&target.id));
    carried && route.targets.contains(&target.id)
}

fn for_route(
    setup: &Setup,
    state: &State,
    route: &Route,
    target: &Target,
    verdict: &Verdict,
) -> Option<SuggestedLever> {
    if !is_carried(state, route, target) {
        return None;
    }
    let why = format!("{}: {}", target.id, kind_phrase(verdict.kind));
    let lever =
        |target, mode, reason| SuggestedLever { route: route.id.clone(), target, mode, reason };
    if let Some(standby) = standby(setup, state, route, target) {
        let reason = format!("{why}; {standby} is operating and stands by");
        return Some(lever(Some(standby), Mode::Full, reason));
    }
    let mode = lesser_mode(route, verdict)?;
    let reason = format!("{why}; no standby of this route is known to be well");
    let keeps = mode.needs_target().then(|| target.id.clone());
    Some(lever(keeps, mode, reason))
}

/// The first standby that is well: of another provider first, since what one shares may spread.
fn standby(setup: &Setup, state: &State, route: &Route, target: &Target) -> Option<TargetId> {
    let well = |id: &&TargetId| {
        let verdict = state.verdicts.get(*id);
        verdict.is_some_and(|verdict| verdict.kind == VerdictKind::Operating)
            && !is_refused(state, route, id)
    };
    let elsewhere =
        |id: &&TargetId| setup.target(id).is_some_and(|other| other.provider != target.provider);
    let standbys = || route.targets.iter().filter(|id| **id != target.id).filter(well);
    standbys().find(elsewhere).or_else(|| standbys().next()).cloned()
}

/// A gateway's breaker holds it open: it would not be let through.
pub(super) fn is_refused(state: &State, route: &Route, target: &TargetId) -> bool {
    state.live_routes(&route.id).any(|(_, live)| {
        let breakers = live.breakers.iter().filter(|breaker| breaker.target == *target);
        breakers.into_iter().any(|breaker| breaker.observed == BreakerState::Open)
    })
}

/// Where models have run out of room, asking for less helps; else what needs no provider does.
fn lesser_mode(route: &Route, verdict: &Verdict) -> Option<Mode> {
    let crowded = verdict.signature == Some(Signature::CapacityExhaustion)
        && verdict.kind == VerdictKind::TheirDegradation;
    let modes = route.modes.iter().filter(|mode| !matches!(mode, Mode::Full | Mode::Off));
    let mut fitting = modes.filter(|mode| crowded || !mode.needs_target());
    fitting.next().copied()
}
