//! A running gateway: started, stopped, killed.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::UnixMs;
use changeover_domain::admin::ConfigurationReloaded;
use changeover_http::wire::WireClient;
use changeover_llm::LlmClient;
use changeover_llm::validate::Validators;
use changeover_policy::retry::FleetBudget;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::board::Board;
use crate::cache::Cache;
use crate::callers::Seats;
use crate::chain::Chain;
use crate::error::GatewayError;
use crate::gates::Gates;
use crate::hints::HintQueue;
use crate::journal::{Journal, JournalError, Replay};
use crate::listener::{self, Doors, Ending, Served, Side};
use crate::live::{Live, LiveCell};
use crate::reload::{self, ReloadRefused};
use crate::settings::{GatewaySettings, check};
use crate::shared::{Shared, locked};
use crate::summary::Summary;
use crate::tls::Tls;
use crate::traffic::{TrafficFile, TrafficLog};
use crate::warnings::warnings;
use crate::writer::{AnsweredKeys, JournalSlot, Writer};
use crate::{admin, data, held, pace};

/// How many changes may wait for the writer.
const ASKS: usize = 64;
/// How many events a slow reader may be behind.
const EVENTS: usize = 256;
/// How often answers that are too old are let go of.
const FORGET_EVERY: Duration = Duration::from_secs(60);
/// How often what was carried is written to disk; and never more often than the second, of the
/// system's time.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
const FLUSH_FLOOR: Duration = Duration::from_millis(250);
/// Requests that run when the gateway stops are never given less than this of the system's time.
const GRACE_FLOOR: Duration = Duration::from_secs(2);
/// How long requests of consoles may take that run when the data side has ended.
const ADMIN_GRACE: Duration = Duration::from_secs(5);
/// How often and how long a just freed state directory is waited for; the system's time.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// The reference gateway, running.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    journal: JournalSlot,
    address: SocketAddr,
    admin_address: SocketAddr,
    data: Ending,
    /// The data listener and its connections.
    data_tracker: TaskTracker,
    /// After the data side: consoles see how it ends.
    admin: Ending,
    /// Ends the writer, after the servers.
    writer: CancellationToken,
    writer_tracker: TaskTracker,
}

impl Gateway {
    /// Checks the settings, takes up the state on disk, and serves.
    ///
    /// # Errors
    /// [`GatewayError`] saying what is in the way; nothing runs then.
    pub async fn start(settings: GatewaySettings, clock: Clock) -> Result<Self, GatewayError> {
        check(&settings)?;
        let (journal, replay) = open_journal(&settings, &clock).await?;
        let (journal, replay) = held::settled(journal, replay, &settings, clock.now())?;
        let data_listener = listen(settings.listen, &clock).await?;
        let admin_listener = listen(settings.admin_listen, &clock).await?;
        let address = local(&data_listener, settings.listen)?;
        let admin_address = local(&admin_listener, settings.admin_listen)?;
        let (asks, asked) = mpsc::channel(ASKS);
        for warning in warnings(&settings, clock.now()) {
            tracing::warn!("{warning}");
        }
        let shared = Arc::new(assemble(settings, clock, asks, &replay)?);
        let journal: JournalSlot = Arc::new(Mutex::new(Some(journal)));
        let gateway = Self {
            data: Ending::default(),
            data_tracker: TaskTracker::new(),
            admin: Ending { graceful: shared.closing.clone(), now: CancellationToken::new() },
            writer: CancellationToken::new(),
            writer_tracker: TaskTracker::new(),
            journal,
            address,
            admin_address,
            shared,
        };
        let answered = AnsweredKeys::replayed(&replay);
        let writer =
            Writer::new(Arc::clone(&gateway.shared), Arc::clone(&gateway.journal), answered);
        let run = writer.run(asked, gateway.writer.clone());
        gateway.writer_tracker.spawn(run);
        let draining = gateway.shared.draining.clone();
        let forgetting = forget_old_answers(Arc::downgrade(&gateway.shared), draining);
        gateway.shared.tracker.spawn(forgetting);
        let flushing = flush_traffic(Arc::downgrade(&gateway.shared), gateway.writer.clone());
        gateway.writer_tracker.spawn(flushing);
        gateway.serve(Side::Data, data_listener);
        gateway.serve(Side::Admin, admin_listener);
        tracing::info!(gateway = %gateway.shared.id, %address, %admin_address, "serving");
        Ok(gateway)
    }

    fn serve(&self, side: Side, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let (doors, tracker, ending) = match side {
            Side::Data => {
                let doors = data::Doors::new(Arc::clone(&shared));
                (Doors::Data(doors), &self.data_tracker, &self.data)
            }
            Side::Admin => {
                let router = admin::router(Arc::clone(&shared));
                (Doors::Admin(TowerToHyperService::new(router)), &shared.tracker, &self.admin)
            }
        };
        let (tracker, ending) = (tracker.clone(), ending.clone());
        let accepting = tracker.clone();
        accepting.spawn(listener::serve(listener, Served { side, doors, shared, tracker, ending }));
    }

    /// Where applications ask, without `/v1`: `http://127.0.0.1:4000`.
    #[must_use]
    pub fn base_url(&self) -> String {
        url(self.shared.live.get().settings.tls.as_ref(), self.address)
    }

    /// Where consoles ask, without `/admin/v1`: `http://127.0.0.1:4001`.
    #[must_use]
    pub fn admin_url(&self) -> String {
        url(self.shared.live.get().settings.admin_tls.as_ref(), self.admin_address)
    }

    /// Looks at settings without starting anything.
    ///
    /// # Errors
    /// [`GatewayError`] saying what is in the way, as at a start. Overrides that are in force are
    /// held against the settings where the state can be read. What only shows when the gateway starts
    /// (an address in use, a damaged journal) is not looked at.
    pub fn check(settings: &GatewaySettings, now: UnixMs) -> Result<Summary<'_>, GatewayError> {
        check(settings)?;
        if let Ok(replay) = Journal::look(&settings.state_dir) {
            held::check(&replay.amounts_to(), settings)?;
        }
        Ok(Summary::new(settings, now))
    }

    /// Puts another configuration in force, for every request that arrives from now on. What runs
    /// goes on under the old one; breakers and overrides stay.
    ///
    /// # Errors
    /// [`ReloadRefused`] saying what stands against it; the old configuration stays in force then.
    pub fn reload(
        &self,
        settings: GatewaySettings,
    ) -> Result<ConfigurationReloaded, ReloadRefused> {
        reload::reload(&self.shared, settings)
    }

    /// Reads the file that the gateway was started from again, and puts it in force.
    ///
    /// # Errors
    /// As [`Self::reload`], and when there is no such file.
    pub async fn reload_from_file(&self) -> Result<ConfigurationReloaded, ReloadRefused> {
        reload::from_file(&self.shared).await
    }

    /// Stops gracefully: says that it goes (`/readyz`), then takes nothing new and finishes what
    /// runs, then writes what is still to be written. How long it waits is [`DrainSettings`]'s.
    ///
    /// [`DrainSettings`]: crate::DrainSettings
    pub async fn shutdown(self) {
        let drain = self.shared.live.get().settings.drain;
        let clock = &self.shared.clock;
        tracing::info!(gateway = %self.shared.id, "draining");
        self.shared.draining.cancel();
        clock.sleep(drain.notice).await;
        let grace = pace::not_below(clock, drain.grace, GRACE_FLOOR);
        self.end(&self.data, &self.data_tracker, grace).await;
        let grace = pace::not_below(clock, ADMIN_GRACE, GRACE_FLOOR);
        self.end(&self.admin, &self.shared.tracker, grace).await;
        self.writer.cancel();
        self.writer_tracker.close();
        self.writer_tracker.wait().await;
        // Before the journal, whose lock keeps the next gateway out.
        self.shared.flush_traffic();
        locked(&self.shared.traffic_file).take();
        locked(&self.journal).take();
    }

    /// Ends one side: gracefully, and at once when the grace is over.
    async fn end(&self, side: &Ending, tasks: &TaskTracker, grace: Duration) {
        side.graceful.cancel();
        tasks.close();
        if self.shared.clock.timeout(grace, tasks.wait()).await.is_err() {
            let connections = tasks.len();
            tracing::warn!(connections, "connections that were still busy were cut off");
            side.now.cancel();
            tasks.wait().await;
        }
    }

    /// Ends at once, as a crash would: connections break off and nothing more is written.
    pub fn kill(self) {
        // First the files: whatever still runs has nowhere to write to.
        locked(&self.shared.traffic_file).take();
        locked(&self.journal).take();
        self.data.now.cancel();
        self.admin.now.cancel();
        self.writer.cancel();
    }
}

impl Drop for Gateway {
    /// A gateway that is dropped without a word takes its tasks along.
    fn drop(&mut self) {
        self.data.now.cancel();
        self.admin.now.cancel();
        self.writer.cancel();
    }
}

/// Lets go of answers that nobody may be given any more: a question that is never asked again would
/// keep its answer for ever.
async fn forget_old_answers(gateway: Weak<Shared>, draining: CancellationToken) {
    while let Some(clock) = gateway.upgrade().map(|shared| shared.clock.clone()) {
        tokio::select! {
            () = draining.cancelled() => return,
            () = clock.sleep(FORGET_EVERY) => {}
        }
        if let Some(shared) = gateway.upgrade() {
            locked(&shared.cache).forget_expired(clock.now());
        }
    }
}

/// Writes what was carried to disk, again and again.
async fn flush_traffic(gateway: Weak<Shared>, stop: CancellationToken) {
    while let Some(shared) = gateway.upgrade() {
        let clock = shared.clock.clone();
        // Nobody else here looks at the wall's clock: whether the machine slept, or was set right.
        clock.catch_up();
        let tracker = shared.tracker.clone();
        // It fails only where the runtime ends.
        tracker.spawn_blocking(move || shared.flush_traffic()).await.ok();
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(pace::not_below(&clock, FLUSH_EVERY, FLUSH_FLOOR)) => {}
        }
    }
}

/// What an earlier start carried. A file that cannot be used is told, and done without.
fn open_traffic(directory: &Path, now: UnixMs) -> (TrafficLog, Option<TrafficFile>) {
    match TrafficFile::open(directory, now) {
        Ok((file, buckets)) => (TrafficLog::restored(now, buckets), Some(file)),
        Err(error) => {
            let directory = directory.display();
            tracing::error!(
                %error, %directory,
                "the traffic of each minute cannot be kept on disk: a crash would lose it"
            );
            (TrafficLog::restored(now, Vec::new()), None)
        }
    }
}

fn url(tls: Option<&Tls>, address: SocketAddr) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

async fn open_journal(
    settings: &GatewaySettings,
    clock: &Clock,
) -> Result<(Journal, Replay), GatewayError> {
    let (directory, limit) = (&settings.state_dir, settings.journal_bytes);
    let mut tries = LOCK_TRIES;
    loop {
        let path = directory.clone();
        let opened = tokio::task::spawn_blocking(move || Journal::open(&path, limit)).await;
        match opened {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(JournalError::Locked { .. })) if tries > 0 => {
                tries -= 1;
                clock.sleep(pace::of_system(clock, LOCK_PAUSE)).await;
            }
            Ok(Err(source)) => {
                return Err(GatewayError::State { directory: directory.clone(), source });
            }
            Err(ended) => {
                return Err(GatewayError::State {
                    directory: directory.clone(),
                    source: JournalError::Io {
                        file: directory.clone(),
                        what: "opened",
                        source: std::io::Error::other(ended),
                    },
                });
            }
        }
    }
}

async fn listen(address: SocketAddr, clock: &Clock) -> Result<TcpListener, GatewayError> {
    listener::bind(address, clock).await.map_err(|source| GatewayError::Listen { address, source })
}

fn local(listener: &TcpListener, address: SocketAddr) -> Result<SocketAddr, GatewayError> {
    listener.local_addr().map_err(|source| GatewayError::Listen { address, source })
}

fn assemble(
    settings: GatewaySettings,
    clock: Clock,
    asks: mpsc::Sender<crate::writer::Ask>,
    replay: &Replay,
) -> Result<Shared, GatewayError> {
    let now = clock.now();
    let http = WireClient::with_names("gateway", &settings.names)?;
    http.believe(settings.catalogue.servers())?;
    if replay.torn_bytes > 0 {
        let bytes = replay.torn_bytes;
        tracing::warn!(bytes, "the journal's last line was unfinished and was dropped");
    }
    let mut board = Board::new(&settings.catalogue.routes, &settings.breaker, now);
    let older = replay.snapshot.as_ref().map(|snapshot| board.take_up(snapshot));
    let mut unknown = older.unwrap_or_default();
    unknown.extend(board.replay(&replay.records, now));
    for route in unknown {
        tracing::warn!(%route, "the journal names a route that is not configured");
    }
    let mut chain = Chain::after(replay.kept_after());
    chain.append(replay.records.iter().flat_map(|record| record.entries.clone()));
    let (traffic, traffic_file) = open_traffic(&settings.state_dir, now);
    let shared = Shared {
        llm: LlmClient::new(http.clone(), clock.clone()).not_reading_limits(),
        http,
        started_at: now,
        board: Mutex::new(board),
        drafts: Mutex::default(),
        moved: Notify::new(),
        chain: Mutex::new(chain),
        traffic: Mutex::new(traffic),
        traffic_file: Mutex::new(traffic_file),
        requests: Mutex::default(),
        hints: Mutex::new(HintQueue::new(now)),
        visits: Mutex::default(),
        leases: Mutex::default(),
        metrics: Mutex::default(),
        retries: Mutex::new(FleetBudget::new(settings.shared_serving.fleet, now)),
        seats: Seats::default(),
        gates: Gates::new(&settings.shared_serving.concurrency, clock.clone()),
        cache: Mutex::new(Cache::new(settings.shared_serving.cache_bytes)),
        validators: Validators::default(),
        events: broadcast::channel(EVENTS).0,
        asks,
        tracker: TaskTracker::new(),
        draining: CancellationToken::new(),
        closing: CancellationToken::new(),
        id: settings.id.clone(),
        state_dir: settings.state_dir.clone(),
        reloading: tokio::sync::Mutex::default(),
        live: LiveCell::new(Live::new(settings)),
        clock,
    };
    shared.on_board(|board| {
        let effects = board.reassess_all(now, "the gateway was started");
        ((), effects)
    });
    Ok(shared)
}

#[cfg(test)]
mod tests;
