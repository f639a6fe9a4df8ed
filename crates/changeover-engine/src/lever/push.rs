//! Bringing one gateway to the wanted generation.

use std::sync::Arc;
use std::time::Duration;

use changeover_control::{AdminError, GatewayAdmin};
use changeover_domain::admin::{OverrideDelete, OverridePut, RouteState};
use changeover_domain::{Convergence, ConvergenceStep, GatewayId, RouteId};
use changeover_policy::convergence::{PushOutcome, after_push};

use crate::engine::Engine;
use crate::state::Intent;
use crate::watch::paced;

/// Longer than the gateway's own disk may take; it is one of several side by side.
const PUSH_DEADLINE: Duration = Duration::from_secs(10);
/// The least of the system's time: disks and networks run no faster in a fast world.
const PUSH_FLOOR: Duration = Duration::from_secs(2);

/// Starts a push in the background. The gateway's watcher reads back what came of it.
pub(crate) fn push(
    engine: &Engine,
    gateway: &Arc<dyn GatewayAdmin>,
    route: &RouteId,
    intent: &Intent,
) {
    let (engine, gateway) = (engine.clone(), Arc::clone(gateway));
    let (route, intent) = (route.clone(), intent.clone());
    let tracker = engine.tracker().clone();
    tracker.spawn(async move {
        let started = engine.clock().moment();
        let deadline = paced(engine.clock(), PUSH_DEADLINE, PUSH_FLOOR);
        let sent =
            engine.clock().timeout(deadline, send(&engine, &*gateway, &route, &intent)).await;
        let took = engine.clock().moment().since(started);
        let outcome = match sent {
            Ok(Ok(())) => PushOutcome::Accepted {
                push_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            },
            Ok(Err(error)) => refused(&error),
            Err(_) => PushOutcome::Unreachable {
                detail: "no answer in time; it is asked again".to_owned(),
            },
        };
        engine.note_push(gateway.id(), &route, &intent, outcome).await;
    });
}

async fn send(
    engine: &Engine,
    gateway: &dyn GatewayAdmin,
    route: &RouteId,
    intent: &Intent,
) -> Result<(), AdminError> {
    let known = {
        let state = engine.state();
        let record = state.gateways.get(gateway.id());
        record.and_then(|record| record.live_route(route)).map(|live| live.etag.clone())
    };
    let etag = match known {
        Some(etag) => etag,
        None => read_etag(gateway, route).await?,
    };
    // The same push sent twice is the same change once.
    let key = format!("{route}-{}-{}", intent.generation, intent.requested_at.0);
    answered(gateway, route, intent, (&etag, &key)).await.map(|_| ())
}

async fn read_etag(gateway: &dyn GatewayAdmin, route: &RouteId) -> Result<String, AdminError> {
    let state = gateway.state().await?;
    let found = state.routes.into_iter().find(|state| state.route == *route);
    // A gateway without the route says so itself when it is asked to change it.
    Ok(found.map_or_else(|| "\"0\"".to_owned(), |state| state.etag))
}

async fn answered(
    gateway: &dyn GatewayAdmin,
    route: &RouteId,
    intent: &Intent,
    (etag, key): (&str, &str),
) -> Result<RouteState, AdminError> {
    match &intent.wanted {
        Some(wanted) => {
            let body = OverridePut::from_override(
                wanted,
                Some(intent.generation),
                intent.break_interlocks.clone(),
            );
            gateway.put_override(route, &body, etag, key).await
        }
        None => {
            let delete = OverrideDelete {
                holder: intent.requested_by.clone(),
                reason: intent.reason.clone(),
                generation: Some(intent.generation),
            };
            gateway.delete_override(route, &delete, etag, key).await
        }
    }
}

fn refused(error: &AdminError) -> PushOutcome {
    let detail = error.to_string();
    match error.step() {
        ConvergenceStep::LostUpdate => PushOutcome::Stale { detail },
        ConvergenceStep::Refused => PushOutcome::Refused { detail },
        _ => PushOutcome::Unreachable { detail: format!("{detail}; it is asked again") },
    }
}

impl Engine {
    async fn note_push(
        &self,
        gateway: &GatewayId,
        route: &RouteId,
        intent: &Intent,
        outcome: PushOutcome,
    ) {
        let now = self.clock().now();
        self.move_convergence(gateway, route, |convergence| {
            (convergence.wanted == intent.generation).then(|| after_push(convergence, outcome, now))
        })
        .await;
        self.wake_watcher(gateway);
        self.publish_now();
    }

    /// Replaces one gateway's convergence by what `next` makes of it, and keeps it on disk.
    pub(crate) async fn move_convergence(
        &self,
        gateway: &GatewayId,
        route: &RouteId,
        next: impl FnOnce(&Convergence) -> Option<Convergence>,
    ) {
        let moved = {
            let mut state = self.state();
            let held =
                state.intents.get_mut(route).and_then(|intent| intent.convergence.get_mut(gateway));
            let Some(held) = held else {
                return;
            };
            match next(held) {
                Some(next) if next != *held => {
                    let worth_keeping = next.step != held.step || next.observed != held.observed;
                    *held = next.clone();
                    worth_keeping.then_some(next)
                }
                _ => None,
            }
        };
        if let Some(moved) = moved {
            self.record_convergence(route, &moved).await;
        }
    }
}
