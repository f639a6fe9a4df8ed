//! Watching one gateway: its state, its own record of changes, and its traffic by cursor.
//!
//! A gateway that does not answer is an observation. One that returns is brought to what is wanted,
//! unless somebody else has changed it meanwhile.

mod fetch;

use std::sync::Arc;
use std::time::Duration;

use changeover_control::{AdminError, Asked, GatewayAdmin};
use changeover_domain::admin::{GatewayState, RouteState};
use changeover_domain::{GatewayId, RouteId, UnixMs};
use changeover_policy::convergence::{
    ReadBack, SETTLE_MS, after_read_back, after_silence, needs_push,
};
use tokio::sync::Notify;

use super::paced;
use crate::contract::Reachability;
use crate::engine::Engine;
use crate::lever::push;
use crate::state::GatewayRecord;

/// Between two looks, and the least of the system's time.
const LOOK: Duration = Duration::from_secs(2);
const LOOK_FLOOR: Duration = Duration::from_millis(200);

/// Watches until the engine is cancelled.
pub(crate) async fn watch(engine: Engine, gateway: Arc<dyn GatewayAdmin>, wake: Arc<Notify>) {
    loop {
        let look = engine.clock().sleep(paced(engine.clock(), LOOK, LOOK_FLOOR));
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.look_at(&gateway) => {}
        }
        tokio::select! {
            () = engine.cancelled() => return,
            () = wake.notified() => {}
            () = look => {}
        }
    }
}

impl Engine {
    /// Reads a gateway once: state, traffic, changes, hints.
    async fn look_at(&self, gateway: &Arc<dyn GatewayAdmin>) {
        let read = self.read_gateway(gateway).await;
        if read.is_ok() {
            // Traffic before convergence: what was served is known when it is judged.
            self.fetch_traffic(gateway).await;
            self.fetch_changes(gateway).await;
            self.fetch_hints(gateway).await;
            self.compare_once(gateway).await;
        }
        self.converge(gateway, read).await;
    }

    /// Reads a gateway's state into memory.
    pub(crate) async fn read_gateway(
        &self,
        gateway: &Arc<dyn GatewayAdmin>,
    ) -> Result<GatewayState, AdminError> {
        let answer = gateway.state().await.and_then(|read| plausible(gateway.id(), read));
        let now = self.clock().now();
        let mut state = self.state();
        let record = state
            .gateways
            .entry(gateway.id().clone())
            .or_insert_with(|| GatewayRecord::unasked(now));
        let reachability =
            if answer.is_ok() { Reachability::Reachable } else { Reachability::Unreachable };
        if record.reachability != reachability {
            record.reachability = reachability;
            record.since = now;
        }
        match &answer {
            Ok(read) => {
                record.state = Some(read.clone());
                record.last_read_at = Some(now);
                record.problem = None;
            }
            Err(error) => record.problem = Some(error.to_string()),
        }
        answer
    }

    /// Compares what the gateway shows with what is wanted, and asks again where it is behind.
    async fn converge(
        &self,
        gateway: &Arc<dyn GatewayAdmin>,
        read: Result<GatewayState, AdminError>,
    ) {
        let now = self.clock().now();
        // What has run out is not waited for any more.
        self.retire_finished(now).await;
        for route in self.intended_routes() {
            match &read {
                Ok(state) => {
                    let Some(live) = state.routes.iter().find(|live| live.route == route) else {
                        continue;
                    };
                    let read = self.read_back(gateway.id(), live, now);
                    self.move_convergence(gateway.id(), &route, |before| {
                        Some(after_read_back(before, &read, now))
                    })
                    .await;
                    self.push_if_behind(gateway, &route, now);
                }
                Err(error) => {
                    let detail = error.to_string();
                    self.move_convergence(gateway.id(), &route, |before| {
                        Some(after_silence(before, &detail, now))
                    })
                    .await;
                }
            }
        }
    }

    fn read_back(&self, gateway: &GatewayId, live: &RouteState, now: UnixMs) -> ReadBack {
        let state = self.state();
        let wanted = state.intents.get(&live.route).and_then(|intent| intent.wanted.as_ref());
        let traffic = &state.observed.traffic;
        let (route, generation) = (&live.route, live.generation);
        ReadBack {
            generation,
            same: live.r#override.as_ref() == wanted,
            changed_by: live.r#override.as_ref().map(|held| held.holder.clone()),
            served: traffic.has_served(gateway, route, generation, wanted),
            older_lately: traffic.served_older(
                gateway,
                route,
                generation,
                now.plus_millis(-SETTLE_MS),
            ),
            at: now,
        }
    }

    fn push_if_behind(&self, gateway: &Arc<dyn GatewayAdmin>, route: &RouteId, now: UnixMs) {
        let behind = {
            let state = self.state();
            let Some(intent) = state.intents.get(route) else {
                return;
            };
            let expired = intent.wanted.as_ref().is_some_and(|wanted| wanted.until <= now);
            let convergence = intent.convergence.get(gateway.id());
            // A push on its way has its own time; it is asked again only when that has passed.
            let waited = convergence.is_some_and(|convergence| {
                convergence.step != changeover_domain::ConvergenceStep::Asked
                    || now.millis_since(convergence.since) > 15_000
            });
            let wanted = !expired && waited && convergence.is_some_and(needs_push);
            wanted.then(|| intent.clone())
        };
        if let Some(intent) = behind {
            push(self, gateway, route, &intent);
        }
    }
}

/// Refuses a state whose numbers nothing could follow.
fn plausible(gateway: &GatewayId, state: GatewayState) -> Result<GatewayState, AdminError> {
    let largest = u64::try_from(i64::MAX - 1).unwrap_or(u64::MAX);
    if state.routes.iter().all(|route| route.generation.0 < largest) {
        return Ok(state);
    }
    let asked = Asked { gateway: gateway.clone(), operation: "reading the state" };
    Err(AdminError::NotUnderstood {
        asked,
        why: "a generation is larger than any can be".to_owned(),
    })
}
