//! Watching one gateway: its state, its own record of changes, and its traffic by cursor.
//!
//! A gateway that does not answer is an observation. One that returns is brought to what is wanted,
//! unless somebody else has changed it meanwhile.

use std::sync::Arc;
use std::time::Duration;

use changeover_control::{AdminError, GatewayAdmin};
use changeover_domain::admin::{ChangeDetails, GatewayState, RouteState};
use changeover_domain::{AuditAction, AuditEntry, GatewayId, RouteId, UnixMs};
use changeover_policy::convergence::{ReadBack, after_read_back, after_silence, needs_push};
use changeover_policy::ledger::{Move, is_fallback};
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
        engine.look_at(&gateway).await;
        tokio::select! {
            () = engine.cancelled() => return,
            () = wake.notified() => {}
            () = look => {}
        }
    }
}

impl Engine {
    /// Reads a gateway once: state, changes, traffic.
    async fn look_at(&self, gateway: &Arc<dyn GatewayAdmin>) {
        let read = self.read_gateway(gateway).await;
        if read.is_ok() {
            // Traffic before convergence: what was served is known when it is judged.
            self.fetch_traffic(gateway).await;
            self.fetch_changes(gateway).await;
            self.compare_once(gateway).await;
        }
        self.converge(gateway, read).await;
    }

    /// Reads a gateway's state into memory.
    pub(crate) async fn read_gateway(
        &self,
        gateway: &Arc<dyn GatewayAdmin>,
    ) -> Result<GatewayState, AdminError> {
        let answer = gateway.state().await;
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

    async fn fetch_traffic(&self, gateway: &Arc<dyn GatewayAdmin>) {
        loop {
            let after = self.traffic_cursor(gateway.id());
            let page = match gateway.traffic(after.as_deref()).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(gateway = %gateway.id(), %error, "traffic could not be read");
                    return;
                }
            };
            if !page.buckets.is_empty() {
                if !self.record_traffic(gateway.id(), &page.buckets, &page.next).await {
                    return;
                }
                let now = self.clock().now();
                let mut state = self.state();
                for bucket in page.buckets {
                    state.observed.traffic.set(gateway.id(), bucket, now);
                }
            }
            self.set_traffic_cursor(gateway.id(), page.next);
            if !page.more {
                return;
            }
        }
    }

    async fn fetch_changes(&self, gateway: &Arc<dyn GatewayAdmin>) {
        loop {
            let after = self.changes_cursor(gateway.id());
            let page = match gateway.changes(after).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(gateway = %gateway.id(), %error, "changes could not be read");
                    return;
                }
            };
            let Some(last) = page.changes.last().map(|change| change.sequence) else {
                return;
            };
            if !self.record_changes(gateway.id(), &page.changes).await {
                return;
            }
            for change in &page.changes {
                self.take_change(gateway.id(), change).await;
            }
            self.set_changes_cursor(gateway.id(), last);
        }
    }

    /// A ledger that was resumed takes every gateway to be away. The first look at each gateway
    /// after its changes are read tells which of them are home.
    async fn compare_once(&self, gateway: &Arc<dyn GatewayAdmin>) {
        if self.state().compared.contains(gateway.id()) {
            return;
        }
        let Ok(read) = self.read_gateway(gateway).await else {
            return;
        };
        for live in read.routes {
            let away =
                live.targets.first().is_none_or(|primary| is_fallback(primary, &live.effective));
            if !away {
                let at = live.effective.since;
                let moved = Move {
                    gateway: gateway.id().clone(),
                    route: live.route,
                    at,
                    after: live.effective,
                    r#override: None,
                };
                self.apply_move(&moved).await;
            }
        }
        self.state().compared.insert(gateway.id().clone());
    }

    async fn take_change(&self, gateway: &GatewayId, change: &AuditEntry) {
        let Ok(details) = serde_json::from_value::<ChangeDetails>(change.details.clone()) else {
            tracing::warn!(%gateway, sequence = change.sequence, "a change of the gateway was not understood");
            return;
        };
        let Ok(route) = RouteId::try_new(change.subject.clone()) else {
            return;
        };
        if change.action == AuditAction::OverrideExpired {
            self.note_expiry(&route, details.generation).await;
        }
        let moved = Move {
            gateway: gateway.clone(),
            route,
            at: change.at,
            after: details.after,
            r#override: details.r#override,
        };
        self.apply_move(&moved).await;
    }

    /// Compares what the gateway shows with what is wanted, and asks again where it is behind.
    async fn converge(
        &self,
        gateway: &Arc<dyn GatewayAdmin>,
        read: Result<GatewayState, AdminError>,
    ) {
        let now = self.clock().now();
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
        self.retire_finished(now);
    }

    fn read_back(&self, gateway: &GatewayId, live: &RouteState, now: UnixMs) -> ReadBack {
        let state = self.state();
        ReadBack {
            generation: live.generation,
            changed_by: live.r#override.as_ref().map(|held| held.holder.clone()),
            // What is wanted counts as served only once it is also what is loaded.
            served: state.observed.traffic.has_served(gateway, &live.route, live.generation),
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
