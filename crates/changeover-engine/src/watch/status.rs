//! Watching one status page. A page that cannot be read is an observation like any other.

mod intake;
mod network;
mod pause;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_domain::{Incident, ProviderId, SourceId, StatusTransition, UnixMs};
use changeover_status::{PollOutcome, StatusPoller};
use changeover_store::StoreError;
use tokio::sync::{Mutex, Notify};

use crate::engine::Engine;
use crate::setup::StatusPage;
use intake::Intake;
pub(crate) use network::{LastTry, host};

/// How far back what has ended is remembered over a restart: an older copy of its page may still call it
/// open.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// One page and what wakes its watcher.
#[derive(Clone)]
pub(crate) struct WatchedSource {
    pub(crate) id: SourceId,
    wake: Arc<Notify>,
    /// Held while it is asked: one request at a time to each host.
    turn: Arc<Mutex<()>>,
}

/// The pages that are to be watched. Those of one host take turns.
pub(crate) fn watched(pages: &[StatusPage]) -> Vec<WatchedSource> {
    let mut turns: BTreeMap<String, Arc<Mutex<()>>> = BTreeMap::new();
    let watched = pages.iter().map(|page| {
        let turn = Arc::clone(turns.entry(host(&page.url)).or_default());
        WatchedSource { id: page.id.clone(), wake: Arc::default(), turn }
    });
    watched.collect()
}

/// Polls until the engine is cancelled.
pub(crate) async fn watch(engine: Engine, mut poller: StatusPoller, page: WatchedSource) {
    let mut is_new = engine.resume(&mut poller).await;
    let mut intake = Intake::default();
    loop {
        let polling = async {
            let _turn = page.turn.lock().await;
            poller.poll().await
        };
        let Some(outcome) = engine.unless_cancelled(polling).await else { return };
        let polled_at = engine.clock().now();
        engine.judge_network(&mut poller, &outcome, polled_at);
        poller.mind(engine.is_in_trouble(&poller.source().provider));
        let (incidents, transitions) = match outcome {
            PollOutcome::Seeded { reading, transitions }
            | PollOutcome::Changed { reading, transitions } => {
                if std::mem::take(&mut is_new) {
                    engine.note_old(&reading.incidents);
                }
                let own = reading.incidents.into_iter().map(Arc::unwrap_or_clone);
                (own.collect(), transitions)
            }
            PollOutcome::Unchanged | PollOutcome::NotAsked => Default::default(),
            PollOutcome::Failed(problem) => {
                tracing::debug!(%problem, "a status page could not be read");
                Default::default()
            }
        };
        intake.add(incidents, transitions);
        engine.take_in(poller.state(), &mut intake).await;
        if !engine.pause(&mut poller, polled_at, &page.wake).await {
            return;
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

    /// What a page said before a restart. Gives whether it was never read before.
    async fn resume(&self, poller: &mut StatusPoller) -> bool {
        let id = &poller.source().id;
        let sources = self.reader().sources().await;
        let is_new = match (self.before_restart(id).await, sources) {
            (Ok(before), Ok(sources)) => {
                let source = sources.into_iter().find(|source| source.id == *id);
                let read_at = source.and_then(|source| source.last_good_at);
                poller.resume(before, read_at);
                read_at.is_none()
            }
            (Err(error), _) | (_, Err(error)) => {
                let error = changeover_http::error_chain(&error);
                tracing::error!(%error, "what a page said before could not be read");
                false
            }
        };
        // Watched and not read yet: unknown, with the age from before.
        self.state().observed.set_source(poller.state());
        is_new
    }

    /// Notes what stood open on a page before it was ever looked at: that is shown, and no news.
    fn note_old(&self, incidents: &[Arc<Incident>]) {
        let open = incidents.iter().filter(|incident| incident.is_open());
        let old = open.map(|incident| (incident.id.clone(), incident.impact));
        self.state().old_incidents.extend(old);
    }

    /// What was open on the page, and then what had ended lately.
    async fn before_restart(&self, page: &SourceId) -> Result<Vec<Incident>, StoreError> {
        let now = self.clock().now();
        let lately = now.plus_millis(-REMEMBERED_MS)..now;
        let mut before = self.reader().incidents_open_of(page).await?;
        let ended = self.reader().incidents_between(lately).await?.into_iter();
        before.extend(ended.filter(|one| one.id.source == *page && !one.is_open()));
        Ok(before)
    }

    /// Excuses a page that is silent because our own network is down. Where no witness looks, the
    /// first page that falls silent lets the others be asked; the first that is heard again lets
    /// those be asked that were silent with it.
    fn judge_network(&self, poller: &mut StatusPoller, outcome: &PollOutcome, at: UnixMs) {
        if *outcome == PollOutcome::NotAsked {
            return;
        }
        let source = poller.source();
        let is_silence = matches!(outcome, PollOutcome::Failed(problem) if problem.is_silence());
        let last = LastTry { host: network::host(&source.url), at, is_silence };
        let (to_ask, is_ours) = {
            let mut state = self.state();
            let before = state.status_tries.insert(source.id.clone(), last);
            let was_silence = before.is_some_and(|before| before.is_silence);
            let to_ask = match (was_silence, is_silence) {
                (false, true) => network::witnesses(&state.status_tries, &state.witness, at),
                (true, false) => network::silent(&state.status_tries),
                _ => Vec::new(),
            };
            (to_ask, network::is_ours(&state.status_tries, &state.witness, at))
        };
        for other in to_ask.iter().filter(|other| **other != source.id) {
            // Each of them is watched: it has been tried before.
            let _is_watched = self.hint_source(other);
        }
        if is_silence && is_ours {
            poller.excuse();
        }
    }

    /// Whether one of the provider's targets is looked at more closely.
    fn is_in_trouble(&self, provider: &ProviderId) -> bool {
        let suspects = self.0.suspects.borrow();
        suspects.iter().any(|target| {
            self.setup().target(target).is_some_and(|target| target.provider == *provider)
        })
    }

    /// Waits for the next turn, sooner when there is reason to. `false` when the engine ends.
    async fn pause(&self, poller: &mut StatusPoller, polled_at: UnixMs, wake: &Notify) -> bool {
        let mut suspects = self.0.suspects.subscribe();
        let hinted = pause::hinted(self.clock(), wake, polled_at, poller.asked_rest());
        tokio::pin!(hinted);
        loop {
            let left = pause::left(self.clock(), polled_at, poller.next_delay());
            tokio::select! {
                () = self.cancelled() => return false,
                () = &mut hinted => return true,
                () = self.clock().sleep(left) => return true,
                Ok(()) = suspects.changed() => {
                    poller.mind(self.is_in_trouble(&poller.source().provider));
                }
            }
        }
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
        StatusStep::LeftPage => "page no longer lists an incident that it never closed",
        StatusStep::MaintenanceAnnounced => "maintenance was announced",
        StatusStep::MaintenanceChanged => "maintenance changed",
        StatusStep::MaintenanceBegan => "maintenance began",
        StatusStep::MaintenanceEnded => "maintenance ended",
    };
    let incident = &transition.incident;
    tracing::info!(provider = %incident.provider, title = %incident.title, "the provider's {what}");
}
