//! Overrides that the journal holds, against the configuration of a start.
//!
//! A reload refuses to take away what an override holds, and so does a start: an operator's word is
//! neither lost nor served half because a file changed while the gateway was down. Who starts it may
//! lift an override by name; that is written like any change, so that everybody who reads along
//! learns of it.

use changeover_domain::admin::Effective;
use changeover_domain::{AuditAction, Generation, Override, RouteId, UnixMs};

use crate::board::{Board, Draft, fits};
use crate::chain::Chain;
use crate::error::GatewayError;
use crate::journal::{Journal, LoadedRoute, Record, Replay, Snapshot};
use crate::settings::GatewaySettings;

/// Who lifts an override at a start, as it stands in the record.
const WHO: &str = "--drop-override";

/// The overrides in force.
fn in_force(all: &Snapshot) -> impl Iterator<Item = (&RouteId, &Override)> {
    all.routes.iter().filter_map(|loaded| Some((&loaded.route, loaded.r#override.as_ref()?)))
}

/// Refuses settings that lack what an override holds, unless it is to be lifted.
pub(crate) fn check(all: &Snapshot, settings: &GatewaySettings) -> Result<(), GatewayError> {
    let kept = |(route, _): &(&RouteId, _)| !settings.drop_overrides.contains(route);
    for (route, wanted) in in_force(all).filter(kept) {
        let configured = settings.catalogue.routes.iter().find(|known| known.id == *route);
        fits(wanted, configured).map_err(|misfit| GatewayError::OverrideHeld {
            route: route.clone(),
            holder: wanted.holder.clone(),
            reason: wanted.reason.clone(),
            misfit,
        })?;
    }
    Ok(())
}

/// Checks what the journal holds, and lifts the overrides that are to be lifted.
pub(crate) fn settled(
    mut journal: Journal,
    mut replay: Replay,
    settings: &GatewaySettings,
    now: UnixMs,
) -> Result<(Journal, Replay), GatewayError> {
    let all = replay.amounts_to();
    check(&all, settings)?;
    if let Some(lifted) = lifted(all, settings, now) {
        let failed = |source| GatewayError::State { directory: settings.state_dir.clone(), source };
        journal.append(&lifted).map_err(failed)?;
        for loaded in &lifted.routes {
            tracing::warn!(route = %loaded.route, "its override was lifted, as the start asked for");
        }
        replay.records.push(lifted);
    }
    Ok((journal, replay))
}

/// The change that lifts what the settings say, if there is anything of it to lift.
fn lifted(all: Snapshot, settings: &GatewaySettings, now: UnixMs) -> Option<Record> {
    let generation = Generation(all.generation.0.saturating_add(1));
    let fresh = Board::new(&settings.catalogue.routes, &settings.breaker, now);
    let cleared: Vec<Draft> = in_force(&all)
        .filter(|(route, _)| settings.drop_overrides.contains(route))
        .filter_map(|(route, _)| {
            let before = all.effective.get(route)?.clone();
            // A route that is gone does nothing any more; there is no word for that but the last.
            let board = fresh.route(route);
            let after = board.map_or_else(|| before.clone(), |board| board.effective.clone());
            Some(draft(route, generation, (before, after), now))
        })
        .collect();
    if cleared.is_empty() {
        return None;
    }
    let routes = cleared.iter().map(|draft| loaded(&draft.route, generation, now)).collect();
    let moves: Vec<Draft> = cleared.iter().filter_map(Draft::move_it_causes).collect();
    let drafts = [cleared, moves].concat();
    let entries = Chain::after(all.head).seal(&drafts);
    Some(Record { generation, entries, routes, answered: None })
}

fn draft(
    route: &RouteId,
    generation: Generation,
    (before, after): (Effective, Effective),
    now: UnixMs,
) -> Draft {
    Draft {
        at: now,
        actor: WHO.to_owned(),
        action: AuditAction::OverrideCleared,
        route: route.clone(),
        reason: "lifted at a start, by whoever started the gateway".to_owned(),
        generation,
        before,
        after,
        r#override: None,
        token: None,
        broken_interlocks: Vec::new(),
    }
}

fn loaded(route: &RouteId, generation: Generation, now: UnixMs) -> LoadedRoute {
    LoadedRoute {
        route: route.clone(),
        generation,
        r#override: None,
        expired: false,
        changed_by: WHO.to_owned(),
        changed_at: now,
    }
}
