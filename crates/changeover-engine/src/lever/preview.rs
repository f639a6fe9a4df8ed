//! What pulling a lever would do, before anything is asked of a gateway. Pure.
//!
//! The gateways' own answers to the same plan are laid over it afterwards: interlocks are theirs to
//! enforce, and only they know their breakers this instant.

mod checks;

use std::collections::BTreeMap;

use changeover_domain::admin::{GatewayPlan, InterlockCheck, RouteState};
use changeover_domain::{
    Criticality, GatewayId, Generation, Mode, Override, Route, RouteId, UnixMs,
};
use changeover_policy::verdict::clock_time;

use crate::contract::{DiffLine, ExpectedEtag, GatewayDiff, OverridePlan};
use crate::setup::Setup;
use crate::state::State;
use crate::view::in_words;
use crate::view::route as route_figures;

/// What the operator asks for; `None` is the return to auto.
pub(crate) type Wanted<'a> = Option<&'a Override>;

/// The plan as far as the console knows.
pub(crate) fn preview(
    setup: &Setup,
    state: &State,
    route: &Route,
    wanted: Wanted<'_>,
    now: UnixMs,
) -> OverridePlan {
    let generation = next_generation(state, route);
    let gateways: Vec<GatewayDiff> = setup
        .gateways
        .iter()
        .map(|access| diff(state, &access.id, route, wanted, generation))
        .collect();
    let expected = setup.gateways.iter().map(|access| expected(state, &access.id, route)).collect();
    OverridePlan {
        route: route.id.clone(),
        title: title(state, route, wanted),
        subtitle: subtitle(state, route, gateways.len(), now),
        clears: wanted.is_none(),
        generation,
        gateways,
        checks: checks::checks(setup, state, route, wanted, now),
        interlocks: Vec::new(),
        premium_per_hour: checks::premium_per_hour(setup, state, route, wanted, now),
        expected,
        problems: Vec::new(),
    }
}

/// Higher than any that a gateway has or that we ever asked for.
pub(crate) fn next_generation(state: &State, route: &Route) -> Generation {
    let known = state.gateways.values().filter_map(|record| record.last_route(&route.id));
    let highest = known.map(|live| live.generation).max().unwrap_or_default();
    let asked = state.generations.get(&route.id).copied().unwrap_or_default();
    highest.max(asked).next()
}

fn expected(state: &State, gateway: &GatewayId, route: &Route) -> ExpectedEtag {
    let live = state.gateways.get(gateway).and_then(|record| record.live_route(&route.id));
    ExpectedEtag { gateway: gateway.clone(), etag: live.map(|live| live.etag.clone()) }
}

fn title(state: &State, route: &Route, wanted: Wanted<'_>) -> String {
    let from = state
        .live_routes(&route.id)
        .find_map(|(_, live)| live.effective.target.clone())
        .map_or_else(|| "where it is".to_owned(), |target| target.to_string());
    match wanted {
        None => format!("Return {} to auto", route.id),
        // A breaker has moved it already; the lever keeps it there.
        Some(Override { target: Some(target), mode: Mode::Full, .. })
            if target.as_str() == from =>
        {
            format!("Hold {} on {target}", route.id)
        }
        Some(Override { target: Some(target), mode: Mode::Full, .. }) => {
            format!("Switch {} from {from} to {target}", route.id)
        }
        Some(Override { mode: Mode::Full, .. }) => format!("Force breakers of {}", route.id),
        Some(Override { mode, .. }) => format!("Put {} into mode {}", route.id, mode.as_str()),
    }
}

fn subtitle(state: &State, route: &Route, gateways: usize, now: UnixMs) -> String {
    let mut parts = Vec::new();
    let rate = route_figures::requests_per_minute(state, route, now);
    parts.push(match rate {
        Some(rate) => format!("{rate:.0} req/min on {gateways} gateways"),
        None => format!("{gateways} gateways, traffic not known"),
    });
    parts.push(
        match route.criticality {
            Criticality::MustSucceed => "must succeed",
            Criticality::CanDegrade => "can degrade",
            Criticality::CanDelay => "can delay",
        }
        .to_owned(),
    );
    if let Some(share) = route_figures::error_share(state, route, now) {
        parts.push(format!("now {:.0} % failing", share.value * 100.0));
    }
    parts.join(" · ")
}

fn diff(
    state: &State,
    gateway: &GatewayId,
    route: &Route,
    wanted: Wanted<'_>,
    generation: Generation,
) -> GatewayDiff {
    let live = state.gateways.get(gateway).and_then(|record| record.live_route(&route.id));
    GatewayDiff {
        gateway: gateway.clone(),
        reachable: live.is_some(),
        generation_before: live.map(|live| live.generation),
        generation_after: generation,
        lines: live.map_or_else(Vec::new, |live| lines(live, wanted)),
        problem: live.is_none().then(|| {
            "does not answer; it will be brought to this generation when it returns".to_owned()
        }),
    }
}

fn lines(live: &RouteState, wanted: Wanted<'_>) -> Vec<DiffLine> {
    let held = live.r#override.as_ref();
    let target_now = match held.and_then(|held| held.target.as_ref()) {
        Some(target) => target.to_string(),
        None => match &live.effective.target {
            Some(target) => format!("auto ({target})"),
            None => "auto".to_owned(),
        },
    };
    let until = |held: Option<&Override>| match held {
        Some(held) => format!("{} UTC, then {}", clock_time(held.until), after_expiry(held)),
        None => "—".to_owned(),
    };
    let breakers = |held: Option<&Override>| match held.map(|held| held.forced_breakers.len()) {
        None | Some(0) => "as observed".to_owned(),
        Some(count) => format!("{count} forced"),
    };
    let line = |field: &str, before: String, after: String| DiffLine {
        field: field.to_owned(),
        before,
        after,
    };
    vec![
        line(
            "target",
            target_now,
            wanted.and_then(|w| w.target.as_ref()).map_or("auto".to_owned(), ToString::to_string),
        ),
        line(
            "mode",
            live.effective.mode.as_str().to_owned(),
            wanted.map_or(Mode::Full, |w| w.mode).as_str().to_owned(),
        ),
        line("breakers", breakers(held), breakers(wanted)),
        line("until", until(held), until(wanted)),
    ]
}

fn after_expiry(held: &Override) -> &'static str {
    match held.on_expiry {
        changeover_domain::OnExpiry::ReturnIfHealthy => "back to auto",
        changeover_domain::OnExpiry::Hold => "it holds",
    }
}

/// Lays the gateways' own answers over the preview. What one gateway objects to stands beside that
/// gateway and does not hold up the others; only when all that answer object is it a problem of the
/// plan.
pub(crate) fn with_gateway_plans(
    plan: &mut OverridePlan,
    answers: BTreeMap<GatewayId, Result<GatewayPlan, String>>,
) {
    let mut interlocks: BTreeMap<String, InterlockCheck> = BTreeMap::new();
    let (mut willing, mut objections) = (0_usize, Vec::new());
    for (gateway, answer) in answers {
        let problem = match answer {
            Ok(answer) => objection(&answer, &plan.route, &mut interlocks),
            Err(problem) => Some(problem),
        };
        match problem {
            None => willing += 1,
            Some(problem) => {
                objections.push(format!("{gateway}: {problem}"));
                if let Some(diff) = plan.gateways.iter_mut().find(|diff| diff.gateway == gateway) {
                    diff.problem = Some(problem);
                }
            }
        }
    }
    plan.interlocks = interlocks.into_values().collect();
    if willing == 0 {
        plan.problems = objections;
        if plan.problems.is_empty() {
            plan.problems.push("no gateway answers: nothing can be changed now".to_owned());
        }
    }
}

/// Takes in a gateway's interlocks and gives what else it objects to.
fn objection(
    answer: &GatewayPlan,
    route: &RouteId,
    interlocks: &mut BTreeMap<String, InterlockCheck>,
) -> Option<String> {
    let planned = answer.routes.iter().find(|planned| planned.route == *route)?;
    for check in &planned.interlocks {
        let strictest = interlocks.entry(check.name.clone()).or_insert_with(|| check.clone());
        if strictest.holds && !check.holds {
            *strictest = check.clone();
        }
    }
    planned.problems.iter().find(|problem| !is_interlock(problem, &planned.interlocks)).cloned()
}

/// A gateway lists what an interlock found among its problems too; it is shown once.
fn is_interlock(problem: &str, interlocks: &[InterlockCheck]) -> bool {
    interlocks
        .iter()
        .any(|check| !check.holds && (problem.contains(&check.name) || problem == check.detail))
}

/// What the operator wants, in words for audit and log.
pub(crate) fn wanted_in_words(wanted: Wanted<'_>) -> String {
    in_words(wanted)
}
