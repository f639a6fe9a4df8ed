//! The console's own receiver of webhooks: off by default, one small door into a program that
//! otherwise only asks.
//!
//! What comes is a hint to read a page now, at the address that is configured; who may knock and
//! what a signature is worth is decided by `changeover-webhook`. The rule: everything but the right
//! path is answered alike, nobody holds a connection for long, and a port that is taken is said and
//! tried again while everything else runs on.

mod answer;
#[cfg(test)]
mod tests;
mod waiting;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::{SourceId, UnixMs};
use changeover_webhook::{Doors, Visits};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use waiting::{WaitingHint, WaitingHints};

/// How long a connection may take from its beginning to the end of its one answer.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// The least of the system's time: sockets run no faster in a fast world.
const CONNECTION_FLOOR: Duration = Duration::from_secs(1);
/// How many are served at once; more wait in the system's queue.
const CONNECTIONS: usize = 64;
/// The largest request line with all headers, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// Between two tries at an address that cannot be had.
const LISTEN_AGAIN: Duration = Duration::from_secs(30);
/// After an accept that failed, before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where webhooks are received, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Loopback behind a tunnel or a proxy, or any address of this machine.
    pub listen: SocketAddr,
    pub doors: Doors,
}

/// How the receiver is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiverState {
    /// `None` while it does not listen.
    pub listening_at: Option<SocketAddr>,
    /// Why not, and what to do.
    pub problem: Option<String>,
    /// Deliveries that knew the path and whose signature did not fit.
    pub refused: u64,
    pub last_refusal: Option<WebhookRefusal>,
}

/// A delivery that knew the path and was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRefusal {
    pub page: SourceId,
    pub at: UnixMs,
    pub why: String,
}

/// The receiver.
#[derive(Debug)]
pub struct WebhookReceiver {
    listen: SocketAddr,
    shared: Arc<Shared>,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    doors: Doors,
    visits: Mutex<Visits>,
    hints: WaitingHints,
    state: watch::Sender<ReceiverState>,
}

impl WebhookReceiver {
    /// A receiver that does not listen yet. What it receives waits in `hints`.
    #[must_use]
    pub fn new(settings: WebhookSettings, clock: Clock, hints: WaitingHints) -> Self {
        let shared = Shared {
            clock,
            doors: settings.doors,
            visits: Mutex::default(),
            hints,
            state: watch::Sender::default(),
        };
        Self { listen: settings.listen, shared: Arc::new(shared) }
    }

    /// How it is, from now on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ReceiverState> {
        self.shared.state.subscribe()
    }

    /// Listens until it is cancelled, and ends its connections with it.
    pub async fn run(self, cancel: CancellationToken) {
        let connections = TaskTracker::new();
        if let Some(()) =
            cancel.run_until_cancelled(self.listen_and_serve(&connections, &cancel)).await
        {
            tracing::debug!("the receiver of webhooks ended by itself");
        }
        connections.close();
        connections.wait().await;
    }

    async fn listen_and_serve(&self, connections: &TaskTracker, cancel: &CancellationToken) {
        let listener = self.bound().await;
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&self.shared);
                    connections.spawn(connection(stream, shared, place, cancel.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a webhook's connection could not be accepted");
                    self.shared.clock.sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// The address, once it can be had.
    async fn bound(&self) -> TcpListener {
        loop {
            let bound = TcpListener::bind(self.listen).await;
            let bound = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
            match bound {
                Ok((address, listener)) => {
                    tracing::info!(%address, "receiving webhooks of status pages");
                    self.shared.state.send_modify(|state| {
                        state.listening_at = Some(address);
                        state.problem = None;
                    });
                    return listener;
                }
                Err(error) => {
                    let problem = unheard(self.listen, &error);
                    tracing::warn!("{problem}");
                    self.shared.state.send_modify(|state| state.problem = Some(problem));
                    self.shared.clock.sleep(LISTEN_AGAIN).await;
                }
            }
        }
    }
}

fn unheard(listen: SocketAddr, error: &std::io::Error) -> String {
    let advice = if error.kind() == std::io::ErrorKind::AddrInUse {
        "end the program that has it, or set another `webhooks.listen`"
    } else {
        "set `webhooks.listen` to an address of this machine"
    };
    format!(
        "no webhooks are received: {listen} cannot be listened on ({error}); {advice}. It is tried \
         again every {} s; pages are read at their intervals all the same",
        LISTEN_AGAIN.as_secs()
    )
}

/// One connection with one request. It holds its place until its end.
async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    place: OwnedSemaphorePermit,
    cancel: CancellationToken,
) {
    let clock = shared.clock.clone();
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer::answer(&shared, request).await) }
    });
    let serving = http1::Builder::new()
        // The whole connection has one limit, in the clock's time, in the place of the library's.
        .header_read_timeout(None)
        .keep_alive(false)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let limit = CONNECTION_LIMIT.max(CONNECTION_FLOOR.mul_f64(clock.speed()));
    match cancel.run_until_cancelled(clock.timeout(limit, serving)).await {
        Some(Ok(Err(error))) => tracing::debug!(%error, "a webhook's connection broke off"),
        Some(Err(_)) => tracing::debug!("a webhook's sender took too long and was cut off"),
        Some(Ok(Ok(()))) | None => {}
    }
    drop(place);
}
