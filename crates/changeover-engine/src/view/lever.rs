//! What is wanted of each route, and how far the gateways have come.

use changeover_domain::{GatewayId, Mode, Override, RouteId};

use crate::contract::OverrideView;
use crate::setup::Setup;
use crate::state::{Intent, State};

pub(super) fn views(setup: &Setup, state: &State) -> Vec<OverrideView> {
    let routes = setup.catalogue.routes.iter();
    routes.filter_map(|route| override_view(state, &route.id)).collect()
}

/// The route's override: ours, or one that somebody put on the gateways without us.
pub(crate) fn override_view(state: &State, route: &RouteId) -> Option<OverrideView> {
    match state.intents.get(route) {
        Some(intent) => Some(ours(state, route, intent)),
        None => foreign(state, route),
    }
}

fn ours(state: &State, route: &RouteId, intent: &Intent) -> OverrideView {
    OverrideView {
        route: route.clone(),
        generation: intent.generation,
        r#override: intent.wanted.clone(),
        requested_at: intent.requested_at,
        requested_by: intent.requested_by.clone(),
        convergence: intent.convergence.values().cloned().collect(),
        expiry_held: expiry_held(state, route),
        undo_to: Some(in_words(intent.previous.as_ref())),
    }
}

fn foreign(state: &State, route: &RouteId) -> Option<OverrideView> {
    let (_, live) = state.live_routes(route).find(|(_, live)| live.r#override.is_some())?;
    let held = live.r#override.clone()?;
    Some(OverrideView {
        route: route.clone(),
        generation: live.generation,
        requested_at: live.effective.since,
        requested_by: held.holder.clone(),
        r#override: Some(held),
        convergence: Vec::new(),
        expiry_held: expiry_held(state, route),
        undo_to: None,
    })
}

fn expiry_held(state: &State, route: &RouteId) -> Vec<GatewayId> {
    let held = state.live_routes(route).filter(|(_, live)| live.expiry_held);
    held.map(|(gateway, _)| gateway.clone()).collect()
}

/// "auto", "gpt-main, full", "template".
pub(crate) fn in_words(held: Option<&Override>) -> String {
    match held {
        None => "auto".to_owned(),
        Some(held) => match (&held.target, held.mode) {
            (Some(target), Mode::Full) => target.to_string(),
            (Some(target), mode) => format!("{target}, {}", mode.as_str()),
            (None, Mode::Full) => "auto with forced breakers".to_owned(),
            (None, mode) => mode.as_str().to_owned(),
        },
    }
}
