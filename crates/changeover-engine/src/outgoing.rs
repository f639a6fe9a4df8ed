//! Messages to sinks: one deliverer per sink, what people see of them, and what people ask for.
//!
//! Messages are in the store before anything is sent (`alerts`), and marked there when a sink has
//! them. The rules: nothing acknowledged is lost; after a restart nothing is sent again that was
//! marked, nor by itself what a sink may show twice; messages about one alert go in their order, and no sink waits for another.

mod acts;
mod deliver;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use changeover_clock::Clock;
use changeover_domain::{Notice, OutgoingId, OutgoingMessage, OutgoingState, SinkId, UnixMs};
use changeover_http::{ClientPolicy, HttpError, client};
use changeover_sinks::Sink;
use changeover_store::Backlog;
use tokio::sync::Notify;

pub(crate) use deliver::deliver;

use crate::contract::Undelivered;
use crate::engine::Engine;
use crate::setup::Setup;

/// What stands beside a message of which nobody knows whether it arrived.
const IN_DOUBT: &str = "perhaps delivered: the console ended in the middle of the attempt; look there \
                        before you try it again";

/// One sink and what wakes its deliverer.
pub(crate) struct WatchedSink {
    pub(crate) sink: Sink,
    pub(crate) wake: Arc<Notify>,
}

/// The configured sinks.
pub(crate) fn sinks(setup: &Setup, clock: &Clock) -> Result<Vec<WatchedSink>, HttpError> {
    let http = client(&ClientPolicy { purpose: "notices", ..ClientPolicy::default() })?;
    let watched = |sink: &changeover_sinks::SinkSetup| WatchedSink {
        sink: Sink::new(sink.clone(), http.clone(), clock.clone()),
        wake: Arc::new(Notify::new()),
    };
    Ok(setup.sinks.iter().map(watched).collect())
}

/// A notice as a message to a sink, to be sent at once.
pub(crate) fn message(sink: &SinkId, notice: Notice, now: UnixMs) -> Option<OutgoingMessage> {
    let id = format!("msg_{}", uuid::Uuid::now_v7().simple());
    Some(OutgoingMessage {
        id: OutgoingId::try_new(id).ok()?,
        sink: sink.clone(),
        notice,
        state: OutgoingState::Queued,
        attempts: 0,
        created_at: now,
        next_try_at: Some(now),
        last_tried_at: None,
        begun_at: None,
        done_at: None,
        problem: None,
    })
}

impl Engine {
    /// Sends what has just been queued on its way, and shows it.
    pub(crate) async fn hurry_sinks(&self, messages: &[OutgoingMessage]) {
        self.wake_sinks(messages);
        self.note_backlogs().await;
        self.publish_now();
    }

    fn wake_sinks(&self, messages: &[OutgoingMessage]) {
        for watched in self.sinks() {
            if messages.iter().any(|message| message.sink == watched.sink.setup().id) {
                watched.wake.notify_one();
            }
        }
    }

    /// What was cut off in the middle of an attempt may have arrived, and a sink that cannot tell a
    /// repetition would show it twice: a person decides. The others are sent it again.
    pub(crate) async fn doubt_cut_off(&self) -> Result<(), changeover_store::StoreError> {
        let now = self.clock().now();
        let setups = self.sinks().iter().map(|watched| watched.sink.setup());
        for setup in setups.filter(|setup| !setup.knows_repetitions()) {
            self.store().0.outgoing_doubt(&setup.id, IN_DOUBT, now).await?;
        }
        Ok(())
    }

    /// Gives up what is queued for sinks that are not configured any more: it is seen in the list
    /// of what could not be delivered, instead of waiting for ever.
    pub(crate) async fn abandon_gone_sinks(&self) -> Result<(), changeover_store::StoreError> {
        let now = self.clock().now();
        for backlog in self.reader().outgoing_backlogs().await? {
            let is_known =
                self.sinks().iter().any(|watched| watched.sink.setup().id == backlog.sink);
            if !is_known && backlog.queued > 0 {
                let problem = "the sink is not configured any more";
                self.store().0.outgoing_abandon(&backlog.sink, problem, now).await?;
            }
        }
        Ok(())
    }

    /// Counts anew what has not reached each sink.
    pub(crate) async fn note_backlogs(&self) {
        match self.reader().outgoing_backlogs().await {
            Ok(backlogs) => {
                let undelivered = self.undelivered(backlogs);
                self.state().undelivered = undelivered;
            }
            Err(error) => {
                let error = changeover_http::error_chain(&error);
                tracing::error!(%error, "what is undelivered could not be counted");
            }
        }
    }

    /// Every configured sink, and those that are gone with something undelivered.
    fn undelivered(&self, mut backlogs: Vec<Backlog>) -> Vec<Undelivered> {
        let mut all = Vec::new();
        for watched in self.sinks() {
            let setup = watched.sink.setup();
            let found = backlogs.iter().position(|backlog| backlog.sink == setup.id);
            let backlog = found.map(|index| backlogs.swap_remove(index));
            all.push(undelivered(setup.id.clone(), setup.kind_name(), backlog));
        }
        backlogs.retain(|backlog| backlog.given_up + backlog.queued > 0);
        backlogs.sort_by(|a, b| a.sink.cmp(&b.sink));
        let gone = backlogs
            .into_iter()
            .map(|backlog| undelivered(backlog.sink.clone(), "not configured", Some(backlog)));
        all.extend(gone);
        all
    }
}

fn undelivered(sink: SinkId, kind: &str, backlog: Option<Backlog>) -> Undelivered {
    Undelivered {
        sink,
        kind: kind.to_owned(),
        queued: backlog.as_ref().map_or(0, |backlog| backlog.queued),
        given_up: backlog.as_ref().map_or(0, |backlog| backlog.given_up),
        next_try_at: backlog.as_ref().and_then(|backlog| backlog.next_try_at),
        last_problem: backlog.as_ref().and_then(|backlog| backlog.last_problem.clone()),
        last_problem_at: backlog.as_ref().and_then(|backlog| backlog.last_problem_at),
        last_delivered_at: backlog.and_then(|backlog| backlog.last_delivered_at),
    }
}
