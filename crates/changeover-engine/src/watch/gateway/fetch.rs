//! Reading on where the last look ended: a gateway's traffic and its record of changes.
//!
//! A gateway's word is not trusted to end: pages are counted, a cursor that stands still ends the
//! look, and what cannot be (an unknown route, a minute to come) is left out.

use std::sync::Arc;

use changeover_control::GatewayAdmin;
use changeover_domain::admin::ChangeDetails;
use changeover_domain::time::MINUTE_MS;
use changeover_domain::{AuditEntry, GatewayId, RouteId, TrafficBucket, UnixMs};
use changeover_policy::ledger::Move;

use crate::contract::HintWay;
use crate::engine::Engine;

/// Pages that are read in one look at most; the next look goes on from there.
const PAGES: usize = 100;
/// How far a gateway's clock may be ahead of ours.
const AHEAD_MS: i64 = 5 * MINUTE_MS;
/// The longest cursor that is kept of a gateway's.
const CURSOR_BYTES: usize = 200;

impl Engine {
    pub(super) async fn fetch_traffic(&self, gateway: &Arc<dyn GatewayAdmin>) {
        for _ in 0..PAGES {
            let after = self.traffic_cursor(gateway.id());
            let page = match gateway.traffic(after.as_deref()).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(gateway = %gateway.id(), %error, "traffic could not be read");
                    return;
                }
            };
            let now = self.clock().now();
            let buckets: Vec<TrafficBucket> =
                page.buckets.into_iter().filter(|bucket| self.can_be(bucket, now)).collect();
            if !buckets.is_empty() && !self.record_traffic(gateway.id(), &buckets, &page.next).await
            {
                return;
            }
            {
                let mut state = self.state();
                let buckets = buckets.into_iter().map(|bucket| (gateway.id().clone(), bucket));
                state.observed.add_traffic(buckets, now);
            }
            let stands_still = after.as_ref() == Some(&page.next);
            self.set_traffic_cursor(gateway.id(), page.next);
            if !page.more || stands_still {
                return;
            }
        }
    }

    fn can_be(&self, bucket: &TrafficBucket, now: UnixMs) -> bool {
        self.setup().route(&bucket.key.route).is_some()
            && bucket.key.minute.millis_since(now) <= AHEAD_MS
    }

    pub(super) async fn fetch_changes(&self, gateway: &Arc<dyn GatewayAdmin>) {
        for _ in 0..PAGES {
            let after = self.changes_cursor(gateway.id());
            let page = match gateway.changes(after).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(gateway = %gateway.id(), %error, "changes could not be read");
                    return;
                }
            };
            let Some(last) = page.changes.last().map(|change| change.sequence) else {
                if page.next < after {
                    // The gateway began a new record: its disk is not the one we knew.
                    self.set_changes_cursor(gateway.id(), 0);
                    continue;
                }
                return;
            };
            if last <= after || !self.record_changes(gateway.id(), &page.changes).await {
                return;
            }
            for change in &page.changes {
                self.take_change(gateway.id(), change).await;
            }
            self.set_changes_cursor(gateway.id(), last);
        }
    }

    /// Webhooks of status pages that came to the gateway, because nobody outside reaches us.
    pub(super) async fn fetch_hints(&self, gateway: &Arc<dyn GatewayAdmin>) {
        if !gateway.capabilities().hints {
            return;
        }
        let after = self.state().hint_cursors.get(gateway.id()).cloned();
        match gateway.hints(after.as_deref()).await {
            Ok(page) => {
                if page.next.len() <= CURSOR_BYTES {
                    self.state().hint_cursors.insert(gateway.id().clone(), page.next);
                }
                for hint in page.hints {
                    self.take_hint(hint, 1, HintWay::Gateway(gateway.id().clone()));
                }
            }
            // An older gateway does not know of them.
            Err(error) => {
                tracing::debug!(gateway = %gateway.id(), %error, "hints could not be read");
            }
        }
    }

    /// The first look at each gateway after a start, once its changes are read, is compared with the
    /// ledger: a ledger that was resumed takes every gateway to be away, and one that was killed
    /// between two writes may have missed a move.
    pub(super) async fn compare_once(&self, gateway: &Arc<dyn GatewayAdmin>) {
        if self.state().compared.contains(gateway.id()) {
            return;
        }
        let Ok(read) = self.read_gateway(gateway).await else {
            return;
        };
        for live in read.routes {
            let moved = Move {
                gateway: gateway.id().clone(),
                route: live.route,
                at: live.effective.since,
                after: live.effective,
                r#override: live.r#override,
            };
            self.apply_move(&moved).await;
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
        let moved = Move {
            gateway: gateway.clone(),
            route,
            at: change.at,
            after: details.after,
            r#override: details.r#override,
        };
        self.apply_move(&moved).await;
    }
}
