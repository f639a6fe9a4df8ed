//! The snapshot, built from state. Pure: the same state and time give the same snapshot.

mod headline;
pub(crate) mod incident;
mod lever;
mod provider;
pub(crate) mod route;
pub(crate) mod score;
pub(crate) mod sparkline;
mod target;
pub(crate) mod timeline;
mod webhooks;
mod witness;

use changeover_domain::UnixMs;

use crate::alerts;
use crate::contract::{GatewayView, SandboxView, Snapshot};
use crate::setup::Setup;
use crate::state::State;

pub(crate) use lever::{in_words, override_view};
pub(crate) use provider::{reach, rest_until, watches_one};
pub(crate) use target::figures as target_figures;
#[cfg(test)]
pub(crate) use witness::view as witness_view;

/// How far back the board's figures look.
pub(crate) const FIGURES_MS: i64 = 5 * 60_000;

/// The whole snapshot but for its number and clock, which the publisher sets.
pub(crate) fn snapshot(
    setup: &Setup,
    state: &State,
    sandbox: Option<SandboxView>,
    now: UnixMs,
) -> Snapshot {
    let routes: Vec<_> =
        setup.catalogue.routes.iter().map(|route| route::view(setup, state, route, now)).collect();
    let providers = provider::views(setup, state, &routes, now);
    Snapshot {
        sequence: 0,
        now,
        speed: 1.0,
        operator: setup.operator.clone(),
        headline: headline::view(setup, state, &providers, &routes),
        sandbox,
        targets: setup
            .catalogue
            .targets
            .iter()
            .map(|target| target::view(setup, state, target, now))
            .collect(),
        sparklines: state.sparklines.values().cloned().collect(),
        gateways: gateways(setup, state, now),
        overrides: lever::views(setup, state),
        incidents: incident::views(state),
        page_maintenance: incident::planned(state, now),
        sources: state.observed.sources().cloned().collect(),
        webhooks: webhooks::view(setup, state),
        verdicts: state.verdicts.values().cloned().collect(),
        periods: state.ledger.all_open().cloned().collect(),
        alerts: alerts::views(&state.alerts, &setup.alerts, now),
        windows: alerts::open_or_to_come(&state.windows, now).cloned().collect(),
        undelivered: state.undelivered.clone(),
        timeline: timeline::view(setup, state, now),
        witness: witness::view(&state.witness, now),
        providers,
        routes,
    }
}

fn gateways(setup: &Setup, state: &State, now: UnixMs) -> Vec<GatewayView> {
    let unasked = crate::state::GatewayRecord::unasked(now);
    let view = |access: &crate::setup::GatewayAccessSetup| {
        let record = state.gateways.get(&access.id).unwrap_or(&unasked);
        GatewayView {
            id: access.id.clone(),
            admin_url: access.admin_url.clone(),
            reachability: record.reachability,
            since: record.since,
            last_read_at: record.last_read_at,
            version: record.state.as_ref().map(|state| state.version.clone()),
            generation: record.state.as_ref().map(|state| state.generation),
            problem: record.problem.clone(),
        }
    };
    setup.gateways.iter().map(view).collect()
}
