//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::http::Request;
use axum::http::header::CONNECTION;
use futures::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::server::TlsStream;

use super::Served;
use super::guarded::{Guarded, Patience};
use super::phase::{Answer, Phase};
use crate::pace;
use crate::shared::Shared;
use crate::tls::Tls;

/// However fast the clock runs, callers are given this of the system's time.
const FLOOR: Duration = Duration::from_millis(500);

/// How much of a caller that is let go is still taken, in bytes.
const FAREWELL_BYTES: u64 = 64 * 1024;

/// Serves a connection to its end. It holds its place among the connections until then.
pub(super) async fn connection(stream: TcpStream, served: Served, place: OwnedSemaphorePermit) {
    // Without it, small pieces of a stream wait up to 40 ms for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    match served.side.tls(&served.shared) {
        None => spoken(stream, &served).await,
        Some(tls) => {
            // Boxed: most connections need none of the room that a handshake takes.
            if let Some(stream) = Box::pin(shaken_hands(stream, &tls, &served)).await {
                spoken(Box::new(stream), &served).await;
            }
        }
    }
    drop(place);
}

/// The stream under TLS. Who cannot come to it in the time of a head is let go.
async fn shaken_hands(
    stream: TcpStream,
    tls: &Tls,
    served: &Served,
) -> Option<TlsStream<TcpStream>> {
    let patience = patience(&served.shared).head;
    let shaking = tls.acceptor().accept(stream).into_fallible();
    let shaking = served.shared.clock.timeout(patience, shaking);
    let shaken = tokio::select! {
        shaken = shaking => shaken,
        () = served.ending.now.cancelled() => return None,
    };
    match shaken {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err((error, stream))) => {
            tracing::debug!(%error, "a caller could not agree on TLS");
            let ending = served.shared.clock.timeout(patience, farewell(stream));
            tokio::select! {
                _ = ending => {}
                () = served.ending.now.cancelled() => {}
            }
            None
        }
        Err(_) => {
            tracing::debug!("a caller did not come to an end with TLS");
            None
        }
    }
}

/// Lets the caller hear why it was let go. It may have sent its request by now, and a socket that is
/// closed with something unread takes back what it said last.
async fn farewell(mut stream: TcpStream) {
    if stream.shutdown().await.is_ok() {
        let unread = &mut (&mut stream).take(FAREWELL_BYTES);
        tokio::io::copy(unread, &mut tokio::io::sink()).await.ok();
    }
}

/// HTTP on a stream, until either side has enough.
async fn spoken(stream: impl AsyncRead + AsyncWrite + Unpin, served: &Served) {
    let phase = Phase::new();
    let clock = served.shared.clock.clone();
    let stream = Guarded::new(stream, phase.clone(), patience(&served.shared), clock);
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = phase.busy();
        // Boxed: the library would keep room for it, also while a stream is passed on and nothing of
        // it is left. And no block that awaits it, which would have that room twice.
        let answering = Box::pin(served.doors.clone().answer(request));
        answering.map(|answer| {
            if answer.status().is_client_error() && answer.headers().contains_key(CONNECTION) {
                busy.linger();
            }
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, busy)))
        })
    });
    let connection = builder(&served.shared).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut draining = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = served.ending.now.cancelled() => return,
            () = served.ending.graceful.cancelled(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder(shared: &Shared) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Own limits take the place of the library's, which would not run by the gateway's clock.
    builder
        .header_read_timeout(None)
        .max_header_size(shared.live.get().settings.connections.head_bytes);
    builder
}

fn patience(shared: &Shared) -> Patience {
    let live = shared.live.get();
    let limits = live.settings.connections;
    let real = |limit| pace::not_below(&shared.clock, limit, FLOOR);
    Patience {
        head: real(limits.head),
        idle: real(limits.idle),
        stall: real(limits.write_stall),
        // As long as a provider may take to give it.
        taking: real(live.settings.limits.stream),
    }
}
