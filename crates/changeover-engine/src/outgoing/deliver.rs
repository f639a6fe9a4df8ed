//! One sink's deliverer: the next message, one attempt, what became of it to disk, and again.
//!
//! Between a sink's yes and its mark on disk lies the only time in which a kill makes a message go
//! out twice. It is kept short: nothing else is done in between, a mark that fails is repeated before
//! anything else is sent, and a planned end waits a moment for the attempt that is under way. Where a
//! sink cannot tell a repetition, the attempt itself is marked before it is made.

use std::time::Duration;

use changeover_domain::{OutgoingMessage, OutgoingState};
use changeover_sinks::{DELIVERY, Outcome, Sink, after_attempt};
use rand::RngExt as _;
use tokio::sync::Notify;

use crate::engine::Engine;

/// Before the disk is asked again that refused.
const DISK_PAUSE: Duration = Duration::from_secs(2);
/// How long a planned end waits for an attempt, of the system's time.
const GRACE: Duration = Duration::from_secs(2);

/// Delivers to one sink until the engine is cancelled.
pub(crate) async fn deliver(engine: Engine, index: usize) {
    let Some(watched) = engine.sinks().get(index) else { return };
    let (sink, wake) = (&watched.sink, &watched.wake);
    while !engine.is_cancelled() {
        let next = match engine.reader().outgoing_next(&sink.setup().id).await {
            Ok(next) => next,
            Err(error) => {
                let error = changeover_http::error_chain(&error);
                tracing::error!(%error, "messages to a sink could not be read");
                pause(&engine, wake, Some(DISK_PAUSE)).await;
                continue;
            }
        };
        let now = engine.clock().now();
        match next {
            None => pause(&engine, wake, None).await,
            Some(next) => match next.next_try_at.filter(|at| *at > now) {
                Some(at) => pause(&engine, wake, Some(at.since(now))).await,
                None => attempt(&engine, sink, next).await,
            },
        }
    }
}

/// Waits for a time, for something new, or for the end.
async fn pause(engine: &Engine, wake: &Notify, time: Option<Duration>) {
    let slept = async {
        match time {
            Some(time) => engine.clock().sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = engine.cancelled() => {}
        () = wake.notified() => {}
        () = slept => {}
    }
}

async fn attempt(engine: &Engine, sink: &Sink, message: OutgoingMessage) {
    let message = if sink.setup().knows_repetitions() {
        message
    } else {
        let begun_at = Some(engine.clock().now());
        let begun = OutgoingMessage { begun_at, ..message };
        if !mark(engine, &begun).await {
            return;
        }
        begun
    };
    let Some(outcome) = outcome(engine, sink, &message).await else { return };
    let now = engine.clock().now();
    let random = rand::rng().random();
    let settled = after_attempt(message, outcome, &DELIVERY, now, random);
    if !mark(engine, &settled).await {
        let (id, state) = (&settled.id, settled.state);
        tracing::error!(%id, ?state, "the console ends, and what became of a message is not on disk");
    }
    log(&settled);
    engine.note_backlogs().await;
    engine.note_settled();
    engine.publish_now();
}

/// The attempt's outcome; `None` when the end came first, and the message stays as it was.
async fn outcome(engine: &Engine, sink: &Sink, message: &OutgoingMessage) -> Option<Outcome> {
    let ended = async {
        engine.cancelled().await;
        let grace = GRACE.mul_f64(engine.clock().speed());
        engine.clock().sleep(grace).await;
    };
    tokio::select! {
        biased;
        outcome = sink.attempt(message) => Some(outcome),
        () = ended => None,
    }
}

/// Marks where a message stands, however long the disk takes. A planned end has it try once more.
/// Gives whether it is on disk.
async fn mark(engine: &Engine, message: &OutgoingMessage) -> bool {
    loop {
        let is_last = engine.is_cancelled();
        let Err(error) = engine.store().0.outgoing_settle(message).await else { return true };
        let error = changeover_http::error_chain(&error);
        tracing::error!(%error, id = %message.id, "where a message stands could not be kept");
        if is_last {
            return false;
        }
        engine.unless_cancelled(engine.clock().sleep(DISK_PAUSE)).await;
    }
}

fn log(settled: &OutgoingMessage) {
    let (sink, id, attempts) = (&settled.sink, &settled.id, settled.attempts);
    let problem = settled.problem.as_deref().unwrap_or_default();
    match settled.state {
        OutgoingState::Delivered => {
            tracing::debug!(%sink, %id, attempts, "a message was delivered");
        }
        OutgoingState::Queued => {
            tracing::info!(%sink, %id, attempts, problem, "a message is tried again");
        }
        OutgoingState::GivenUp => {
            tracing::warn!(%sink, %id, attempts, problem, "a message was given up");
        }
    }
}
