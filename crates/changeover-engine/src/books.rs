//! The ledger at work: gateways' moves open and close periods, traffic fills in what they cost.

use changeover_domain::{AuditAction, FallbackPeriod, RouteId, UnixMs};
use changeover_policy::ledger::{LedgerChange, Move};
use changeover_store::{AuditDraft, TrafficSum};

use crate::engine::Engine;
use crate::memory::{CONSOLE, is_over};
use crate::review::{priced, summed};
use crate::state::{Intent, State};

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

    async fn reckon(&self, period: FallbackPeriod) {
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
        let cost = summed(
            &sum,
            prices.and_then(|prices| priced(rows.iter().map(|row| &row.bucket), &prices)),
        );
        if cost == period.cost {
            return;
        }
        {
            let mut state = self.state();
            if period.ended_at.is_none() {
                state.ledger.set_cost(&period.route, cost);
            }
            for past in state.past_periods.iter_mut().filter(|past| past.id == period.id) {
                past.cost = cost;
            }
        }
        self.record_period_cost(&period.id, &cost).await;
    }

    /// Lets go of intents that need nobody any more, and notes those that ran out.
    pub(crate) async fn retire_finished(&self, now: UnixMs) {
        let ran_out: Vec<(RouteId, Intent)> = {
            let mut state = self.state();
            state.intents.retain(|_, intent| !is_over(intent, now));
            let ended: Vec<RouteId> = state
                .intents
                .iter()
                .filter(|(route, intent)| has_run_out(&state, route, intent, now))
                .map(|(route, _)| route.clone())
                .collect();
            let taken = ended.into_iter().map(|route| (state.intents.remove(&route), route));
            taken.filter_map(|(intent, route)| Some((route, intent?))).collect()
        };
        for (route, intent) in ran_out {
            self.note_run_out(&route, &intent, now).await;
        }
    }

    async fn note_run_out(&self, route: &RouteId, intent: &Intent, now: UnixMs) {
        let draft = AuditDraft {
            at: now,
            actor: CONSOLE.to_owned(),
            action: AuditAction::OverrideExpired,
            subject: route.to_string(),
            reason: format!("the override of {} ran out", intent.requested_by),
            details: serde_json::json!({"generation": intent.generation, "override": intent.wanted}),
        };
        if let Err(error) = self.record_audit(draft).await {
            tracing::error!(%error, "the end of an override could not be kept");
        }
    }
}

/// Whether an override's time has passed and no gateway that answers holds it any longer. One that
/// holds on, because the primary is not fit to return to, keeps it on the board.
fn has_run_out(state: &State, route: &RouteId, intent: &Intent, now: UnixMs) -> bool {
    let expired = intent.wanted.as_ref().is_some_and(|wanted| wanted.until <= now);
    let mut live = state.live_routes(route).peekable();
    expired && live.peek().is_some() && live.all(|(_, live)| live.r#override != intent.wanted)
}

fn is_recent(period: &FallbackPeriod, now: UnixMs) -> bool {
    period.ended_at.is_some_and(|ended| now.millis_since(ended) < LATE_TRAFFIC_MS)
}
