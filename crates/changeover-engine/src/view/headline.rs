//! The one line at the top: the worst that is so now.

use changeover_domain::{Nanodollars, VerdictKind};
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
    let worst = providers.iter().max_by_key(|provider| severity(provider.verdict));
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

fn sentence(worst: &ProviderView, providers: &[ProviderView]) -> String {
    let name = &worst.name;
    match worst.verdict {
        VerdictKind::TheirOutage => format!("{name} is down for you"),
        VerdictKind::TheirDegradation => format!("{name} is degraded"),
        VerdictKind::OurConfiguration => format!("{name} refuses your configuration"),
        VerdictKind::OurQuota => format!("your quota at {name} is used up"),
        VerdictKind::OurBilling => format!("{name} wants to be paid"),
        VerdictKind::OurNetwork => "your own network is down".to_owned(),
        VerdictKind::Operating => "all providers are operating".to_owned(),
        VerdictKind::Unknown => {
            let known = providers
                .iter()
                .filter(|provider| provider.verdict == VerdictKind::Operating)
                .count();
            if known == 0 {
                "looking at the providers".to_owned()
            } else {
                format!("{name} is not known yet")
            }
        }
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
