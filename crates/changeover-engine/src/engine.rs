//! The engine's handle: cheap to clone, shared by hosts and tasks.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_control::{GatewayAdmin, fan_out};
use changeover_domain::{GatewayId, ProbeKind, RouteId, TargetId};
use changeover_store::{Reader, StoreError, Writer};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::contract::{EngineChanged, Snapshot};
use crate::error::EngineError;
use crate::outgoing::WatchedSink;
use crate::publish;
use crate::sandbox::Sandbox;
use crate::setup::Setup;
use crate::state::State;
use crate::view;
use crate::watch::paced;
use crate::watch::status::WatchedSource;

/// Events that a slow listener may lag behind by; then it fetches the snapshot again.
pub(crate) const EVENTS_KEPT: usize = 256;
/// How long gateways may take when they are read right before a lever is pulled.
const DEADLINE: Duration = Duration::from_secs(3);
/// The least of the system's time.
const DEADLINE_FLOOR: Duration = Duration::from_secs(2);

/// One gateway's admin API and what wakes its watcher.
pub(crate) struct WatchedGateway {
    pub(crate) wake: Arc<Notify>,
    pub(crate) id: GatewayId,
}

pub(crate) struct Inner {
    pub(crate) setup: Setup,
    pub(crate) clock: Clock,
    pub(crate) state: Mutex<State>,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) gateways: Vec<Arc<dyn GatewayAdmin>>,
    pub(crate) watched: Vec<WatchedGateway>,
    pub(crate) sources: Vec<WatchedSource>,
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) published: watch::Sender<Arc<Snapshot>>,
    pub(crate) events: broadcast::Sender<Arc<EngineChanged>>,
    pub(crate) publishing: Mutex<()>,
    /// Targets that the prober looks at more closely.
    pub(crate) suspects: watch::Sender<BTreeSet<TargetId>>,
    /// What another console probes on the same account, each kind by itself.
    pub(crate) probed_elsewhere: watch::Sender<BTreeSet<(TargetId, ProbeKind)>>,
    /// This console's name among those that share accounts.
    pub(crate) console: String,
    /// Spreads the probes of different targets; kept over restarts.
    pub(crate) probe_seed: u64,
    pub(crate) lever_turn: tokio::sync::Mutex<()>,
    pub(crate) alert_turn: tokio::sync::Mutex<()>,
    pub(crate) sinks: Vec<WatchedSink>,
    /// Counts messages that were tried.
    pub(crate) settled: watch::Sender<u64>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

/// The running engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// The newest whole snapshot, with the time of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::clone(&self.0.published.borrow());
        snapshot.now = self.clock().now();
        snapshot.speed = self.clock().speed();
        snapshot
    }

    /// Wakes whenever there is a newer snapshot: a level, not an edge.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.0.published.subscribe()
    }

    /// Numbered events from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<EngineChanged>> {
        self.0.events.subscribe()
    }

    /// Ends every task, then the sandbox if there is one. What was acknowledged is on disk already.
    pub async fn shutdown(&self) {
        self.0.cancel.cancel();
        self.0.tracker.close();
        self.0.tracker.wait().await;
        if let Some(sandbox) = &self.0.sandbox {
            sandbox.shutdown().await;
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.0.setup
    }

    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        self.0.sandbox.as_ref()
    }

    pub(crate) fn gateways(&self) -> &[Arc<dyn GatewayAdmin>] {
        &self.0.gateways
    }

    pub(crate) fn store(&self) -> (&Writer, &Reader) {
        (&self.0.writer, &self.0.reader)
    }

    pub(crate) fn tracker(&self) -> &TaskTracker {
        &self.0.tracker
    }

    /// The engine's memory. A task that panicked while holding it left it whole: every change is
    /// one assignment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What ends every task.
    pub(crate) fn cancellation(&self) -> CancellationToken {
        self.0.cancel.clone()
    }

    pub(crate) async fn cancelled(&self) {
        self.0.cancel.cancelled().await;
    }

    /// What a future gives; `None` when the engine ends before it.
    pub(crate) async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.0.cancel.run_until_cancelled(work).await
    }

    /// Carries a person's act out in a task of its own: a caller who hangs up leaves no half of it
    /// behind.
    pub(crate) async fn whole<T: Send + 'static>(
        &self,
        act: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.tracker().spawn(act).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the task of an act ended before its time");
            Err(EngineError::Unavailable {
                message: "the act was broken off".to_owned(),
                hint: "look at what stands now before you ask again".to_owned(),
            })
        })
    }

    pub(crate) async fn lever_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.lever_turn.lock().await
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.cancel.is_cancelled()
    }

    /// Held while alerts are evaluated or acted on, so that neither overwrites the other.
    pub(crate) async fn alert_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.alert_turn.lock().await
    }

    pub(crate) fn sinks(&self) -> &[WatchedSink] {
        &self.0.sinks
    }

    /// Wakes whenever a message to a sink was tried.
    pub(crate) fn settled(&self) -> watch::Receiver<u64> {
        self.0.settled.subscribe()
    }

    pub(crate) fn note_settled(&self) {
        self.0.settled.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What was published last.
    pub(crate) fn published(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.published.borrow())
    }

    /// Reads all gateways side by side, so that a plan rests on this moment.
    pub(crate) async fn refresh_gateways(&self) {
        let deadline = paced(self.clock(), DEADLINE, DEADLINE_FLOOR);
        let answers = fan_out(self.gateways(), self.clock(), deadline, |gateway| {
            let engine = self.clone();
            async move { engine.read_gateway(&gateway).await }
        })
        .await;
        let now = self.clock().now();
        let mut state = self.state();
        for (gateway, answer) in answers {
            // One that hangs was dropped in mid-read: what was read of it before is old.
            if let (Err(error), Some(record)) = (answer, state.gateways.get_mut(&gateway)) {
                record.silent(&error.to_string(), now);
            }
        }
    }

    /// Lets a gateway's watcher look again at once.
    pub(crate) fn wake_watcher(&self, gateway: &GatewayId) {
        if let Some(watched) = self.0.watched.iter().find(|watched| watched.id == *gateway) {
            watched.wake.notify_one();
        }
    }

    pub(crate) fn intended_routes(&self) -> Vec<RouteId> {
        self.state().intents.keys().cloned().collect()
    }

    pub(crate) fn traffic_cursor(&self, gateway: &GatewayId) -> Option<String> {
        self.state().traffic_cursors.get(gateway).cloned()
    }

    pub(crate) fn set_traffic_cursor(&self, gateway: &GatewayId, next: String) {
        self.state().traffic_cursors.insert(gateway.clone(), next);
    }

    pub(crate) fn changes_cursor(&self, gateway: &GatewayId) -> u64 {
        self.state().changes_cursors.get(gateway).copied().unwrap_or(0)
    }

    pub(crate) fn set_changes_cursor(&self, gateway: &GatewayId, last: u64) {
        self.state().changes_cursors.insert(gateway.clone(), last);
    }

    /// Compares with what was published last; if anything differs, publishes it.
    pub(crate) fn publish_now(&self) {
        // One at a time, so that numbers and snapshots stay in step.
        let _turn = self.0.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock().now();
        let mut next = {
            let state = self.state();
            let sandbox = self.sandbox().map(|sandbox| sandbox.view());
            view::snapshot(self.setup(), &state, sandbox, now)
        };
        let before = Arc::clone(&self.0.published.borrow());
        let changes = publish::changes(&before, &next);
        next.speed = self.clock().speed();
        if changes.is_empty() && next.speed.total_cmp(&before.speed).is_eq() {
            return;
        }
        next.sequence = before.sequence + 1;
        let event = EngineChanged { sequence: next.sequence, now, speed: next.speed, changes };
        self.0.published.send_replace(Arc::new(next));
        // Nobody listening is no failure.
        self.0.events.send(Arc::new(event)).ok();
    }

    /// Closes the store's file; only for the last handle, after [`Self::shutdown`].
    ///
    /// # Errors
    /// [`StoreError`] when the disk refuses; nothing that was acknowledged is lost by it.
    pub async fn close(self) -> Result<(), StoreError> {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.writer.close().await,
            Err(_) => Ok(()),
        }
    }
}
