//! The accept loop of both listeners.
//!
//! Own, and not axum's, because connections must end with the gateway: gracefully when it stops,
//! at once when it is killed; and because a caller must not hold one by doing nothing. Every
//! connection is a task of the tracker that is handed in. What happens on one is [`connection`]'s.

mod connection;
mod guarded;
mod phase;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use changeover_clock::Clock;

use crate::shared::Shared;
use crate::tls::Tls;
use crate::{data, pace};
use connection::connection;

/// After an accept that failed for want of file descriptors, before the next; the system's time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often and how long a just freed address is waited for; the system's time.
const BIND_TRIES: u32 = 40;
const BIND_PAUSE: Duration = Duration::from_millis(25);
/// How many connections the admin listener serves at once.
const ADMIN_CONNECTIONS: usize = 256;

/// How servers end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    /// Take no new connections; finish what runs.
    pub(crate) graceful: CancellationToken,
    /// Drop everything.
    pub(crate) now: CancellationToken,
}

/// Whose listener it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Data,
    Admin,
}

impl Side {
    /// What this side speaks TLS with now, if it does.
    fn tls(self, shared: &Shared) -> Option<Tls> {
        let live = shared.live.get();
        match self {
            Self::Data => live.settings.tls.clone(),
            Self::Admin => live.settings.admin_tls.clone(),
        }
    }

    fn connections(self, shared: &Shared) -> usize {
        match self {
            Self::Data => shared.live.get().settings.connections.connections,
            Self::Admin => ADMIN_CONNECTIONS,
        }
    }
}

/// Who answers what comes to a listener.
#[derive(Debug, Clone)]
pub(crate) enum Doors {
    Data(data::Doors),
    Admin(TowerToHyperService<Router>),
}

impl Doors {
    async fn answer(self, request: Request<Incoming>) -> Response {
        match self {
            Self::Data(doors) => doors.answer(request).await,
            Self::Admin(router) => {
                let Ok(answer) = router.call(request).await;
                answer
            }
        }
    }
}

/// What a listener needs to serve its connections.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) side: Side,
    pub(crate) doors: Doors,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tracker: TaskTracker,
    pub(crate) ending: Ending,
}

/// Listens on an address. One that another gateway of this process has just left is waited for.
pub(crate) async fn bind(address: SocketAddr, clock: &Clock) -> std::io::Result<TcpListener> {
    let mut tries = BIND_TRIES;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && tries > 0 => {
                tries -= 1;
                clock.sleep(pace::of_system(clock, BIND_PAUSE)).await;
            }
            bound => return bound,
        }
    }
}

/// Accepts connections until the end comes.
pub(crate) async fn serve(listener: TcpListener, served: Served) {
    let places = Arc::new(Semaphore::new(served.side.connections(&served.shared)));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = served.ending.graceful.cancelled() => return,
            () = served.ending.now.cancelled() => return,
        };
        match accepted {
            Ok((stream, place)) => {
                served.tracker.spawn(connection(stream, served.clone(), place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                let clock = &served.shared.clock;
                clock.sleep(pace::of_system(clock, ACCEPT_PAUSE)).await;
            }
        }
    }
}

/// Waits for a free place before it takes a connection, so that those who come when all are taken
/// wait in the system's queue instead of being served badly.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = match Arc::clone(places).try_acquire_owned() {
        Ok(place) => place,
        Err(_) => {
            tracing::warn!("all connections are taken: more have to wait; see limits.connections");
            Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?
        }
    };
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}
