//! One route and what its gateways do.

use changeover_domain::admin::Effective;
use changeover_domain::{BreakerState, Nanodollars, Route, TargetId, UnixMs, VerdictKind};
use changeover_policy::verdict::{kind_phrase, severity};

use super::FIGURES_MS;
use crate::contract::{Measured, RouteBreaker, RouteView, Suggestion, Tone};
use crate::setup::Setup;
use crate::state::State;

/// From this share of failed requests on a route is marked.
const MARKED_SHARE: f64 = 0.01;

pub(super) fn view(setup: &Setup, state: &State, route: &Route, now: UnixMs) -> RouteView {
    let (effective, diverging) = agreed(state, route);
    let breakers = state.live_routes(&route.id).flat_map(|(gateway, live)| {
        let unusual = live
            .breakers
            .iter()
            .filter(|breaker| breaker.observed != BreakerState::Closed || breaker.forced.is_some());
        unusual.map(|breaker| RouteBreaker { gateway: gateway.clone(), breaker: breaker.clone() })
    });
    RouteView {
        id: route.id.clone(),
        criticality: route.criticality,
        targets: route.targets.clone(),
        modes: route.modes.clone(),
        requests_per_minute: requests_per_minute(state, route, now),
        error_share: error_share(state, route, now),
        breakers: breakers.collect(),
        suggestion: suggestion(state, route, effective.as_ref()),
        premium_per_hour: premium_per_hour(setup, state, route, now),
        effective,
        diverging,
    }
}

/// What the gateways that answer do, if they do the same; since the latest of them.
pub(crate) fn agreed(state: &State, route: &Route) -> (Option<Effective>, bool) {
    let mut live = state.live_routes(&route.id).map(|(_, live)| &live.effective);
    let Some(first) = live.next() else {
        return (None, false);
    };
    let mut agreed = first.clone();
    for other in live {
        if (&other.target, other.mode) != (&agreed.target, agreed.mode) {
            return (None, true);
        }
        agreed.since = agreed.since.max(other.since);
    }
    (Some(agreed), false)
}

/// The rate of the last whole minutes, so that it does not flicker while a minute fills.
pub(crate) fn requests_per_minute(state: &State, route: &Route, now: UnixMs) -> Option<f64> {
    let this_minute = now.floor_to_minute();
    let from = this_minute.plus_millis(-FIGURES_MS);
    let whole = state
        .observed
        .traffic
        .of_route(&route.id, from)
        .filter(|bucket| bucket.key.minute < this_minute);
    let (requests, minutes) =
        whole.fold((0, std::collections::BTreeSet::new()), |(sum, mut minutes), bucket| {
            minutes.insert(bucket.key.minute);
            (sum + bucket.requests, minutes)
        });
    if minutes.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of five minutes stay far below 2^53")]
    let rate = requests as f64 / minutes.len() as f64;
    Some(rate)
}

pub(crate) fn error_share(state: &State, route: &Route, now: UnixMs) -> Option<Measured> {
    // Callers ask "is it over?" soon after a lever was pulled: one minute, not five.
    let tally = state.observed.traffic.tally_route(&route.id, now.plus_millis(-60_000));
    if tally.requests == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of one minute stay far below 2^53")]
    let value = tally.failed as f64 / tally.requests as f64;
    let tone = match value {
        share if share >= 0.25 => Tone::Outage,
        share if share >= MARKED_SHARE => Tone::Degraded,
        _ => Tone::Quiet,
    };
    Some(Measured { value, count: tally.requests, tone })
}

/// A lever worth pulling: the route is on a target in trouble, and another one is not.
fn suggestion(state: &State, route: &Route, effective: Option<&Effective>) -> Option<Suggestion> {
    let current = effective?.target.as_ref()?;
    let kind_of =
        |target: &TargetId| state.verdicts.get(target).map_or(VerdictKind::Unknown, |v| v.kind);
    let trouble = kind_of(current);
    if severity(trouble) < severity(VerdictKind::TheirDegradation)
        || trouble == VerdictKind::OurNetwork
    {
        return None;
    }
    let better = route.targets.iter().find(|target| kind_of(target) == VerdictKind::Operating)?;
    let sentence = format!("{current}: {}; {better} is operating", kind_phrase(trouble));
    Some(Suggestion { target: better.clone(), sentence })
}

/// What the route costs more than on its primary, per hour, at the last minutes' rate.
pub(crate) fn premium_per_hour(
    setup: &Setup,
    state: &State,
    route: &Route,
    now: UnixMs,
) -> Option<Nanodollars> {
    let this_minute = now.floor_to_minute();
    let from = this_minute.plus_millis(-FIGURES_MS);
    let prices = setup.prices(route.primary()?, now)?;
    let mut minutes = std::collections::BTreeSet::new();
    let (mut actual, mut on_primary) = (Nanodollars::ZERO, Nanodollars::ZERO);
    let buckets = state.observed.traffic.of_route(&route.id, from);
    for bucket in buckets.filter(|bucket| bucket.key.fallback && bucket.key.minute < this_minute) {
        if bucket.unpriced > 0 {
            return None;
        }
        minutes.insert(bucket.key.minute);
        actual += bucket.cost;
        on_primary += changeover_cost::counterfactual(bucket.usage, &prices)?;
    }
    let minutes = i64::try_from(minutes.len()).ok()?;
    (actual - on_primary).scaled(60, minutes)
}
