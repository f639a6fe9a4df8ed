//! Watching one status page. A page that cannot be read is an observation like any other.

mod intake;

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{SourceId, StatusTransition};
use changeover_status::{PollOutcome, StatusPoller};
use tokio::sync::Notify;

use crate::engine::Engine;

/// However many hints come, a page is not asked again sooner than this after it was asked.
const HINT_GAP: Duration = Duration::from_secs(10);

/// One page and what wakes its watcher.
pub(crate) struct WatchedSource {
    pub(crate) id: SourceId,
    pub(crate) wake: Arc<Notify>,
}

/// Polls until the engine is cancelled.
pub(crate) async fn watch(engine: Engine, mut poller: StatusPoller, wake: Arc<Notify>) {
    loop {
        let outcome = poller.poll().await;
        let polled_at = engine.clock().now();
        let (incidents, transitions) = match outcome {
            PollOutcome::Seeded(reading) => (reading.incidents, Vec::new()),
            PollOutcome::Changed { reading, transitions } => (reading.incidents, transitions),
            PollOutcome::Unchanged => Default::default(),
            PollOutcome::Failed(problem) => {
                tracing::debug!(%problem, "a status page could not be read");
                Default::default()
            }
        };
        engine.take_in(poller.state(), incidents, &transitions).await;
        let hinted = async {
            wake.notified().await;
            let since = engine.clock().now().millis_since(polled_at);
            let since = Duration::from_millis(u64::try_from(since).unwrap_or_default());
            engine.clock().sleep(HINT_GAP.saturating_sub(since)).await;
        };
        tokio::select! {
            () = engine.cancelled() => return,
            () = hinted => {}
            () = engine.clock().sleep(poller.next_delay()) => {}
        }
    }
}

impl Engine {
    /// Lets a page be looked at soon: somebody says that it has changed. A hint is nothing more; what
    /// is believed is read from the page itself. Hints are put together and bounded in number.
    /// `false` when no such page is watched.
    #[must_use]
    pub fn hint_source(&self, source: &SourceId) -> bool {
        let watched = self.0.sources.iter().find(|watched| watched.id == *source);
        if let Some(watched) = watched {
            watched.wake.notify_one();
        }
        watched.is_some()
    }

    /// The sequence of the newest transition in the store: a level, not an edge. Read what is new
    /// with [`changeover_store::Reader::status_transitions_after`].
    #[must_use]
    pub fn status_news(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.status_news.subscribe()
    }
}

fn log(transition: &StatusTransition) {
    use changeover_domain::StatusStep;
    let what = match transition.step {
        StatusStep::Opened => "incident opened",
        StatusStep::Updated => "incident was updated",
        StatusStep::StateChanged => "incident moved",
        StatusStep::Reopened => "incident was opened again",
        StatusStep::Resolved => "incident was resolved",
        StatusStep::MaintenanceAnnounced => "maintenance was announced",
        StatusStep::MaintenanceChanged => "maintenance changed",
        StatusStep::MaintenanceBegan => "maintenance began",
        StatusStep::MaintenanceEnded => "maintenance ended",
    };
    let incident = &transition.incident;
    tracing::info!(provider = %incident.provider, title = %incident.title, "the provider's {what}");
}
