//! The ledger at work: gateways' moves open and close periods, traffic fills in what they cost.

use changeover_domain::{AuditAction, FallbackPeriod, Generation, RouteId, UnixMs};
use changeover_policy::ledger::{LedgerChange, Move};
use changeover_store::{AuditDraft, TrafficSum};

use crate::engine::Engine;
use crate::memory::{CONSOLE, is_over};
use crate::review::summed;

/// A closed period is still reckoned for this long: the last minute's traffic comes in late.
const LATE_TRAFFIC_MS: i64 = 3 * 60_000;
/// Between two reckonings, on the clock.
const RECKON_MS: i64 = 5_000;

impl Engine {
    /// Takes a gateway's move into the ledger.
    pub(crate) async fn apply_move(&self, moved: &Move) {
        let Some(route) = self.setup().route(&moved.route).cloned() else {
            return;
        };
        let change = self.state().ledger.apply(&route, moved);
        match change {
            None => {}
            Some(LedgerChange::Opened(period)) => self.record_period_opened(&period).await,
            Some(LedgerChange::Changed(period)) => self.record_period(&period).await,
            Some(LedgerChange::Closed(period)) => {
                self.record_period_closed(&period).await;
                self.state().past_periods.push_back(period);
            }
        }
    }

    /// Reckons what open periods cost so far, and those that closed a moment ago once more.
    pub(crate) async fn refresh_costs(&self) {
        let now = self.clock().now();
        let due = {
            let mut state = self.state();
            if state.reckoned_at.is_some_and(|at| now.millis_since(at) < RECKON_MS) {
                return;
            }
            state.reckoned_at = Some(now);
            let open = state.ledger.all_open().cloned();
            let recent = state.past_periods.iter().filter(|period| is_recent(period, now)).cloned();
            open.chain(recent).collect::<Vec<_>>()
        };
        for period in due {
            self.reckon(period).await;
        }
    }

    async fn reckon(&self, mut period: FallbackPeriod) {
        let read = self
            .reader()
            .traffic_of_fallback(&period.route, period.started_at, period.ended_at)
            .await;
        let rows = match read {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, period = %period.id, "the cost of a fallback period could not be read");
                return;
            }
        };
        let sum: TrafficSum = rows.iter().map(|row| &row.bucket).collect();
        let prices = self.setup().prices(&period.primary, period.started_at);
        let cost =
            summed(&sum, prices.map(|prices| changeover_cost::counterfactual(sum.usage, &prices)));
        if cost == period.cost {
            return;
        }
        period.cost = cost;
        {
            let mut state = self.state();
            if period.ended_at.is_none() {
                state.ledger.set_cost(&period.route, cost);
            }
            for past in state.past_periods.iter_mut().filter(|past| past.id == period.id) {
                past.cost = cost;
            }
        }
        self.record_period(&period).await;
    }

    /// Notes that a gateway let an override run out.
    pub(crate) async fn note_expiry(&self, route: &RouteId, generation: Generation) {
        let held = {
            let mut state = self.state();
            let ours =
                state.intents.get(route).is_some_and(|intent| intent.generation == generation);
            if ours { state.intents.remove(route).and_then(|intent| intent.wanted) } else { None }
        };
        let Some(held) = held else {
            return;
        };
        let draft = AuditDraft {
            at: self.clock().now(),
            actor: CONSOLE.to_owned(),
            action: AuditAction::OverrideExpired,
            subject: route.to_string(),
            reason: format!("the override of {} ran out", held.holder),
            details: serde_json::json!({"generation": generation, "override": held}),
        };
        if let Err(error) = self.record_audit(draft).await {
            tracing::error!(%error, "the end of an override could not be kept");
        }
    }

    /// Lets go of intents that need nobody any more.
    pub(crate) fn retire_finished(&self, now: UnixMs) {
        self.state().intents.retain(|_, intent| !is_over(intent, now));
    }
}

fn is_recent(period: &FallbackPeriod, now: UnixMs) -> bool {
    period.ended_at.is_some_and(|ended| now.millis_since(ended) < LATE_TRAFFIC_MS)
}
