//! What a connection is doing, as its socket must know it.
//!
//! The HTTP library tells nobody when it waits for a request and when for an answer. The service
//! that it calls knows when a request's head was complete; the answer's body, which it drops as
//! soon as the last of it is handed to the socket, knows when the answer is over.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Between two requests: nothing of the next has come.
const IDLE: u8 = 0;
/// Something of a request's head has come, or the connection is new.
const HEAD: u8 = 1;
/// A request is being read and answered.
const BUSY: u8 = 2;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Idle,
    Head,
    Busy,
}

/// The phase of one connection, shared between its socket and its service.
#[derive(Debug, Clone)]
pub(super) struct Phase(Arc<Known>);

#[derive(Debug)]
struct Known {
    doing: AtomicU8,
    /// The caller was let go before all that it sends had been read.
    lingers: AtomicBool,
}

impl Phase {
    /// Of a new connection.
    pub(super) fn new() -> Self {
        Self(Arc::new(Known { doing: AtomicU8::new(HEAD), lingers: AtomicBool::new(false) }))
    }

    pub(super) fn doing(&self) -> Doing {
        match self.0.doing.load(Ordering::Relaxed) {
            IDLE => Doing::Idle,
            HEAD => Doing::Head,
            _ => Doing::Busy,
        }
    }

    /// Something has arrived.
    pub(super) fn received(&self) {
        // Only from idle: what arrives while a request is answered is its body or the next one.
        self.0.doing.compare_exchange(IDLE, HEAD, Ordering::Relaxed, Ordering::Relaxed).ok();
    }

    /// Whether there is still something on its way that the caller was let go before.
    pub(super) fn lingers(&self) -> bool {
        self.0.lingers.load(Ordering::Relaxed)
    }

    /// A request's head is complete. It is busy until the returned value is dropped.
    pub(super) fn busy(&self) -> Busy {
        self.0.doing.store(BUSY, Ordering::Relaxed);
        Busy(self.clone())
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Phase);

impl Busy {
    /// The request is answered before all of it has been read, and its connection ends.
    pub(super) fn linger(&self) {
        self.0.0.lingers.store(true, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.doing.store(IDLE, Ordering::Relaxed);
    }
}

/// An answer's body, which ends the request when it is over.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    _busy: Busy,
}

impl Answer {
    pub(super) fn new(body: Body, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_waits_reads_and_answers_in_turn() {
        let phase = Phase::new();
        assert_eq!(phase.doing(), Doing::Head, "a new connection owes a request");
        let busy = phase.busy();
        phase.received();
        assert_eq!(phase.doing(), Doing::Busy, "a body is no new head");
        drop(busy);
        assert_eq!(phase.doing(), Doing::Idle);
        phase.received();
        assert_eq!(phase.doing(), Doing::Head);
    }
}
