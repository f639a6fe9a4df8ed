//! Alerts: what the board shows, evaluated again and again, and what people are told of it.
//!
//! ```text
//! snapshot --evaluate--> readings --raise (policy::alert)--> records + notices --one transaction-->
//!   store: alerts and outbox --> state --> the next snapshot
//! ```
//!
//! Not for judging (watch/judge) and not for sending (outgoing). The rules it keeps: what is alerted
//! is what the board shows; one event of a provider is one alert with its models as parts; a move
//! that could not be put on disk has not happened and is made again; and nothing here pulls a lever.

mod acts;
mod carry;
mod cover;
pub(crate) mod evaluate;
mod maintenance;
mod raise;
mod record;
pub(crate) mod rules;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use changeover_domain::{Notice, NoticeKind, OutgoingMessage, UnixMs};
use changeover_store::{AlertMoves, AuditDraft, StoreError};

pub(crate) use maintenance::{missing, open_or_to_come, recall_windows};
pub(crate) use record::{AlertRecord, recall};
pub(crate) use view::views;

use crate::engine::Engine;
use crate::outgoing;
use crate::state::State;
use evaluate::{BurningTargets, Burnt, Inputs, evaluate};
use raise::{Around, Step, raise};

/// Every alert by its key.
pub(crate) type Alerts = BTreeMap<String, AlertRecord>;

impl Engine {
    /// Evaluates every rule on what was published last, and tells what there is to tell.
    pub(crate) async fn raise_alerts(&self) {
        // Acts of people wait, so that none is overwritten by an evaluation that began before it.
        let _turn = self.alert_turn().await;
        let now = self.clock().now();
        let step = {
            let snapshot = self.published();
            let state = self.state();
            let burning = burning(&state);
            let setup = self.setup();
            let inputs =
                Inputs { snapshot: &snapshot, state: &state, setup, burning: &burning, now };
            let evaluations = evaluate(&inputs);
            let around = Around { rules: &self.setup().alerts, windows: &state.windows, now };
            raise(&state.alerts, evaluations, &around)
        };
        if let Err(error) = self.keep_step(step, None).await {
            let error = changeover_http::error_chain(&error);
            tracing::error!(%error, "an alert could not be kept; it is tried again");
        }
    }

    /// Puts a step on disk together with its messages, then in force.
    pub(crate) async fn keep_step(
        &self,
        step: Step,
        draft: Option<AuditDraft>,
    ) -> Result<(), StoreError> {
        let messages = self.messages(&step.notices);
        let moves = AlertMoves {
            alerts: step
                .moved
                .iter()
                .filter_map(|key| step.records.get(key)?.stored(key))
                .collect(),
            gone: step.gone,
            messages,
        };
        let is_move = !moves.alerts.is_empty() || !moves.gone.is_empty();
        if is_move || draft.is_some() {
            self.store().0.alerts_move(&moves, draft).await?;
        }
        self.state().alerts = step.records;
        step.notices.iter().for_each(log);
        if !moves.messages.is_empty() {
            self.hurry_sinks(&moves.messages).await;
        } else if is_move {
            self.publish_now();
        }
        Ok(())
    }

    /// One message for every sink that wants to hear of it.
    fn messages(&self, notices: &[Notice]) -> Vec<OutgoingMessage> {
        let now = self.clock().now();
        let each = notices.iter().flat_map(|notice| {
            let sinks = self.sinks().iter().map(|watched| watched.sink.setup());
            let wanting = sinks.filter(move |sink| sink.wants(notice));
            wanting.filter_map(move |sink| outgoing::message(&sink.id, notice.clone(), now))
        });
        each.collect()
    }
}

/// Targets whose budget burns too fast, by what their verdicts were made from.
fn burning(state: &State) -> BurningTargets {
    let each = state.verdict_inputs.iter();
    each.filter_map(|(target, inputs)| {
        Some((target.clone(), Burnt::of(&inputs.of.burn, inputs.of.slo.success_share)?))
    })
    .collect()
}

/// Whoever looks at the log of a headless console is told too.
fn log(notice: &Notice) {
    let kind = notice.kind.as_str();
    let (title, key, severity) = (&notice.title, &notice.key, notice.severity.as_str());
    match notice.kind {
        NoticeKind::Fired | NoticeKind::Worsened | NoticeKind::Updated | NoticeKind::Reminder => {
            tracing::warn!(kind, %key, severity, %title, "alert");
        }
        _ => tracing::info!(kind, %key, severity, %title, "alert"),
    }
}

/// Whether `at` is less than `ms` before `now`.
fn is_recent(at: UnixMs, ms: i64, now: UnixMs) -> bool {
    now.millis_since(at) < ms
}
