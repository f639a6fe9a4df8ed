//! Is the standby good enough? Questions that can be answered from what was measured.

use changeover_domain::{
    Mode, Nanodollars, Override, Route, Target, TargetId, TokenUsage, UnixMs, VerdictKind,
};
use changeover_policy::verdict::kind_phrase;

use super::Wanted;
use crate::contract::{Check, CheckState, Tone};
use crate::setup::Setup;
use crate::state::State;
use crate::view::{FIGURES_MS, target_figures};

pub(super) fn checks(
    setup: &Setup,
    state: &State,
    route: &Route,
    wanted: Wanted<'_>,
    now: UnixMs,
) -> Vec<Check> {
    let id = match wanted {
        Some(wanted) if !wanted.mode.needs_target() => return vec![no_provider()],
        Some(wanted) => wanted.target.as_ref().or(route.primary()),
        None => route.primary(),
    };
    let Some(target) = id.and_then(|id| setup.target(id)) else {
        return Vec::new();
    };
    vec![
        health(setup, state, target, now),
        contract(setup, route, target),
        breakers(state, route, &target.id),
        cost(setup, state, route, wanted, now),
    ]
}

fn check(name: &str, state: CheckState, detail: String) -> Check {
    let tone = match state {
        CheckState::Good => Tone::Quiet,
        CheckState::Caution => Tone::Degraded,
        CheckState::Bad => Tone::Outage,
        CheckState::Unknown => Tone::Unknown,
    };
    Check { name: name.to_owned(), state, detail, tone }
}

fn no_provider() -> Check {
    check("provider", CheckState::Good, "this mode asks no provider".to_owned())
}

fn health(setup: &Setup, state: &State, target: &Target, now: UnixMs) -> Check {
    let kind = state.verdicts.get(&target.id).map_or(VerdictKind::Unknown, |verdict| verdict.kind);
    let figures = target_figures(setup, state, target, now);
    let mut detail = kind_phrase(kind).to_owned();
    if let Some(share) = figures.error_share {
        detail.push_str(&format!(", {:.1} % errors of {}", share.value * 100.0, share.count));
    }
    if let Some(p95) = figures.total_p95_ms {
        detail.push_str(&format!(", p95 {:.1} s", p95.value / 1_000.0));
    }
    let found = match kind {
        VerdictKind::Operating => CheckState::Good,
        VerdictKind::Unknown => CheckState::Unknown,
        VerdictKind::TheirDegradation => CheckState::Caution,
        _ => CheckState::Bad,
    };
    check("health", found, detail)
}

/// Whether it can do what the primary can.
fn contract(setup: &Setup, route: &Route, target: &Target) -> Check {
    let Some(primary) = route.primary().and_then(|id| setup.target(id)) else {
        return check("contract", CheckState::Unknown, "the route has no primary".to_owned());
    };
    let (has, needs) = (target.capabilities, primary.capabilities);
    let missing: Vec<&str> = [
        (needs.tools && !has.tools, "tools"),
        (needs.json_schema && !has.json_schema, "JSON schema"),
        (needs.images && !has.images, "images"),
        (has.context_tokens < needs.context_tokens, "as long a context"),
    ]
    .into_iter()
    .filter_map(|(lacks, what)| lacks.then_some(what))
    .collect();
    if missing.is_empty() {
        let context = has.context_tokens / 1_000;
        return check(
            "contract",
            CheckState::Good,
            format!("does all that {} does; {context}k context", primary.id),
        );
    }
    check(
        "contract",
        CheckState::Caution,
        format!("lacks {}, which {} has", missing.join(", "), primary.id),
    )
}

fn breakers(state: &State, route: &Route, target: &TargetId) -> Check {
    let mut seen = 0_u32;
    let mut refusing = Vec::new();
    for (gateway, live) in state.live_routes(&route.id) {
        let Some(breaker) = live.breakers.iter().find(|breaker| breaker.target == *target) else {
            continue;
        };
        seen += 1;
        if !breaker.lets_through() {
            refusing.push(gateway.to_string());
        }
    }
    match (seen, refusing.is_empty()) {
        (0, _) => check("breaker", CheckState::Unknown, "no gateway answers".to_owned()),
        (_, true) => check("breaker", CheckState::Good, format!("closed on {seen} gateways")),
        (_, false) => check("breaker", CheckState::Bad, format!("open on {}", refusing.join(", "))),
    }
}

fn cost(setup: &Setup, state: &State, route: &Route, wanted: Wanted<'_>, now: UnixMs) -> Check {
    let Some(premium) = premium_per_hour(setup, state, route, wanted, now) else {
        let why = match wanted.map(|wanted| wanted.mode) {
            Some(mode @ (Mode::Short | Mode::Approval)) => {
                format!("nobody knows by how much mode {} lowers it", mode.as_str())
            }
            _ => "no price or no traffic to reckon with".to_owned(),
        };
        return check("cost", CheckState::Unknown, why);
    };
    let found = if premium > Nanodollars::ZERO { CheckState::Caution } else { CheckState::Good };
    check("cost", found, format!("{} per hour at the present traffic", in_dollars(premium)))
}

fn in_dollars(amount: Nanodollars) -> String {
    let cents = amount.scaled(1, 10_000_000).unwrap_or_default().0;
    let sign = if cents < 0 { "−" } else { "+" };
    let cents = cents.unsigned_abs();
    format!("{sign}${}.{:02}", cents / 100, cents % 100)
}

/// What an hour of the present traffic would cost more than on the primary. How long answers are in
/// mode short, and how many are let through where somebody has to approve them, is not known before.
pub(super) fn premium_per_hour(
    setup: &Setup,
    state: &State,
    route: &Route,
    wanted: Wanted<'_>,
    now: UnixMs,
) -> Option<Nanodollars> {
    let primary = setup.prices(route.primary()?, now)?;
    let to = match wanted {
        None => return Some(Nanodollars::ZERO),
        Some(Override { mode: Mode::Short | Mode::Approval, .. }) => return None,
        Some(wanted) if !wanted.mode.needs_target() => None,
        Some(wanted) => Some(setup.prices(wanted.target.as_ref().or(route.primary())?, now)?),
    };
    let this_minute = now.floor_to_minute();
    let from = this_minute.plus_millis(-FIGURES_MS);
    let mut minutes = std::collections::BTreeSet::new();
    let mut usage = TokenUsage::default();
    for bucket in
        state.observed.traffic.of_route(&route.id, from).filter(|b| b.key.minute < this_minute)
    {
        minutes.insert(bucket.key.minute);
        usage = usage.plus(bucket.usage);
    }
    let minutes = i64::try_from(minutes.len()).ok()?;
    let at = |prices| changeover_cost::counterfactual(usage, &prices);
    let there = to.map_or(Some(Nanodollars::ZERO), at)?;
    (there - at(primary)?).scaled(60, minutes)
}
