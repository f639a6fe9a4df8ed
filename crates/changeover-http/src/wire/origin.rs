//! Whom connections are made to, and those that are kept there.
//!
//! HTTP/1 connections that nobody uses lie still: that the other side has closed one is seen when it
//! is taken up again, before anything goes out. How long one has lain is counted in sweeps.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::Uri;
use hyper::client::conn::http2;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service as _;

use super::connector::{Connector, Failed};
use super::exchange::{Connection, socket};
use super::http1::Lone;
use super::outgoing::Outgoing;
use super::{PING_EVERY, PING_WAIT};

/// A scheme, a host and a port.
pub(super) struct Origin {
    uri: Uri,
    /// Whether a connection that is free waits for another request.
    keeps: bool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The one used last comes last, and is used first.
    lone: Vec<(Box<Lone>, Sweeps)>,
    shared: Option<(http2::SendRequest<Outgoing>, Sweeps)>,
}

/// How many sweeps a connection has seen since it was used.
type Sweeps = u8;
/// As many as are too many.
const TOO_MANY: Sweeps = 2;

impl Origin {
    pub(super) fn new(uri: Uri, keeps: bool) -> Self {
        Self { uri, keeps, kept: Mutex::default() }
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is there already.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut kept = self.kept();
        if let Some((shared, sweeps)) = kept.shared.as_mut().filter(|(shared, _)| shared.is_ready())
        {
            *sweeps = 0;
            return Some(Connection::Shared(shared.clone()));
        }
        kept.shared = None;
        let mut lones = std::iter::from_fn(|| kept.lone.pop());
        // Of those that were closed while nobody used them, nothing is left to be used.
        lones.find_map(|(mut lone, _)| lone.is_free().then_some(Connection::Lone(lone)))
    }

    /// Keeps a connection that is free.
    pub(super) fn keep(&self, lone: Box<Lone>) {
        if !self.keeps {
            return;
        }
        self.kept().lone.push((lone, 0));
    }

    /// Makes a new one: of the kind that the other side offers.
    pub(super) async fn connect(&self, mut connector: Connector) -> Result<Connection, Failed> {
        std::future::poll_fn(|context| connector.poll_ready(context)).await?;
        let stream = connector.call(self.uri.clone()).await?;
        if !stream.connected().is_negotiated_h2() {
            return Ok(Connection::Lone(Lone::new(socket(stream))));
        }
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // A connection that died in silence (a balancer that forgot it, a laptop that slept) is
            // found out before the next request waits on it in vain.
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_WAIT)
            .keep_alive_while_idle(true)
            .handshake(stream)
            .await?;
        super::pool::in_background(async move {
            // How it ended is told to the exchanges that it was carrying.
            connection.await.ok();
        });
        Ok(Connection::Shared(self.shared(sender)))
    }

    /// The one connection that all exchanges share: the first that was made.
    fn shared(&self, new: http2::SendRequest<Outgoing>) -> http2::SendRequest<Outgoing> {
        if !self.keeps {
            return new;
        }
        let mut kept = self.kept();
        match &mut kept.shared {
            Some((shared, _)) if shared.is_ready() => shared.clone(),
            none => none.insert((new, 0)).0.clone(),
        }
    }

    /// Lets go of what nobody has used for long, and of what the other side has closed.
    pub(super) fn sweep(&self) {
        let mut kept = self.kept();
        kept.lone.retain_mut(|(lone, sweeps)| {
            *sweeps = sweeps.saturating_add(1);
            *sweeps < TOO_MANY && lone.is_free()
        });
        if let Some((shared, sweeps)) = &mut kept.shared {
            *sweeps = sweeps.saturating_add(1);
            if *sweeps >= TOO_MANY || !shared.is_ready() {
                kept.shared = None;
            }
        }
    }

    /// Nothing is kept here.
    pub(super) fn is_empty(&self) -> bool {
        let kept = self.kept();
        kept.lone.is_empty() && kept.shared.is_none()
    }
}
