//! The one line at the top: the worst that is so now.

use std::cmp::Reverse;

use changeover_domain::{Confidence, Nanodollars, Scope, UnixMs, VerdictKind};
use changeover_policy::verdict::severity;

use crate::contract::{Headline, ProviderView, Reachability, RouteView};
use crate::setup::Setup;
use crate::state::State;

pub(super) fn view(
    setup: &Setup,
    state: &State,
    providers: &[ProviderView],
    routes: &[RouteView],
) -> Headline {
    let worst = providers.iter().max_by_key(|provider| weight(provider));
    let levers = super::lever::views(setup, state);
    let live: Vec<_> = levers.iter().filter(|lever| lever.r#override.is_some()).collect();
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let premiums: Vec<Nanodollars> =
        routes.iter().filter_map(|route| route.premium_per_hour).collect();
    Headline {
        sentence: worst.map_or_else(
            || "nothing is watched yet".to_owned(),
            |worst| sentence(worst, providers),
        ),
        worst: worst.map_or(VerdictKind::Unknown, |worst| worst.verdict),
        overrides: count(live.len()),
        oldest_override_at: live.iter().map(|lever| lever.requested_at).min(),
        premium_per_hour: (!premiums.is_empty()).then(|| premiums.into_iter().sum()),
        gateways_in_sync: count(
            setup.gateways.iter().filter(|access| in_sync(state, &access.id)).count(),
        ),
        gateways: count(setup.gateways.len()),
    }
}

/// What is surest, then what is worst, then what began first; a guess hides nothing that is known.
fn weight(provider: &ProviderView) -> (bool, u8, Confidence, Reverse<UnixMs>) {
    let is_known_trouble = is_trouble(provider) && provider.confidence > Confidence::Low;
    let severity = severity(provider.verdict);
    (is_known_trouble, severity, provider.confidence, Reverse(provider.since))
}

fn is_trouble(provider: &ProviderView) -> bool {
    !matches!(provider.verdict, VerdictKind::Operating | VerdictKind::Unknown)
}

fn sentence(worst: &ProviderView, providers: &[ProviderView]) -> String {
    if worst.verdict == VerdictKind::OurNetwork {
        return trouble(worst);
    }
    if !is_trouble(worst) {
        return without_trouble(worst, providers);
    }
    let others = providers.iter().filter(|other| other.id != worst.id && is_trouble(other)).count();
    match others {
        0 => trouble(worst),
        _ => format!("{}, and {others} more in trouble", trouble(worst)),
    }
}

/// One provider's trouble, with its reach. What is only guessed is said to look so.
fn trouble(ProviderView { name, verdict, scope, confidence, .. }: &ProviderView) -> String {
    let (who, is_one) = match scope {
        Scope::Provider => (name.clone(), true),
        Scope::Model => (format!("one model of {name}"), true),
        Scope::Region => (format!("one region of {name}"), true),
        Scope::SeveralModels => (format!("several models of {name}"), false),
    };
    let is = match (*confidence == Confidence::Low, is_one) {
        (true, true) => "looks",
        (true, false) => "look",
        (false, true) => "is",
        (false, false) => "are",
    };
    match verdict {
        VerdictKind::TheirOutage => format!("{who} {is} down for you"),
        VerdictKind::TheirDegradation => format!("{who} {is} degraded"),
        VerdictKind::OurConfiguration => format!("{name} refuses your configuration"),
        VerdictKind::OurQuota => format!("your quota at {name} is used up"),
        VerdictKind::OurBilling => format!("{name} wants to be paid"),
        VerdictKind::OurNetwork if *confidence == Confidence::Low => {
            "your own network looks down".to_owned()
        }
        VerdictKind::OurNetwork => "your own network is down".to_owned(),
        VerdictKind::Operating | VerdictKind::Unknown => name.clone(),
    }
}

fn without_trouble(worst: &ProviderView, providers: &[ProviderView]) -> String {
    if worst.verdict == VerdictKind::Operating {
        return "all providers are operating".to_owned();
    }
    let is_known = |provider: &ProviderView| provider.verdict == VerdictKind::Operating;
    if providers.iter().any(is_known) {
        format!("{} is not known yet", worst.name)
    } else {
        "looking at the providers".to_owned()
    }
}

/// A gateway is in sync when it answers and has come to every wanted generation.
fn in_sync(state: &State, gateway: &changeover_domain::GatewayId) -> bool {
    let answers = state
        .gateways
        .get(gateway)
        .is_some_and(|record| record.reachability == Reachability::Reachable);
    answers
        && state.intents.values().all(|intent| {
            let convergence = intent.convergence.get(gateway);
            convergence.is_some_and(|convergence| convergence.observed == Some(convergence.wanted))
        })
}

#[cfg(test)]
mod tests;
