//! The accept loop of both listeners.
//!
//! Own, and not axum's, because connections must end with the gateway: gracefully when it stops,
//! at once when it is killed. Every connection is a task of the gateway's tracker.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use changeover_clock::Clock;

use crate::pace;

/// How long a client may take to send its request's head, in the system's time: it bounds what
/// happens on the real network.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// After an accept that failed for want of file descriptors, before the next; the system's time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often and how long a just freed address is waited for; the system's time.
const BIND_TRIES: u32 = 40;
const BIND_PAUSE: Duration = Duration::from_millis(25);

/// How servers end.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    /// Take no new connections; finish what runs.
    pub(crate) graceful: CancellationToken,
    /// Drop everything.
    pub(crate) now: CancellationToken,
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
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tracker: TaskTracker,
    ending: Ending,
    clock: Clock,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ending.graceful.cancelled() => return,
            () = ending.now.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, router.clone(), ending.clone());
                tracker.spawn(connection);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                clock.sleep(pace::of_system(&clock, ACCEPT_PAUSE)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, ending: Ending) {
    // Without it, small pieces of a stream wait up to 40 ms for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let service = TowerToHyperService::new(router);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut draining = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = ending.now.cancelled() => return,
            () = ending.graceful.cancelled(), if !draining => {
                draining = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
