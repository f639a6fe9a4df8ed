//! One request and its answer over one connection, driven by whoever waits for the answer.
//!
//! Usually an HTTP/1 connection is a task of its own, and every step of an exchange wakes the one
//! task by the other: the request is handed over, the head handed back, the first piece asked for,
//! and a third task watches until the connection is free again. Of all that a gateway did for a
//! request this was a fifth. Here the connection lies beside the answer that comes over it, and moves
//! when that is waited for; between two exchanges nobody moves it, and it costs nothing.
//!
//! HTTP/2 carries many exchanges at once, so there each connection has its task.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::header::HOST;
use hyper::{Request, Response, Version};
use tokio::task::coop::unconstrained;

use super::address::Address;
use super::connector::Stream;
use super::origin::Origin;
use super::outgoing::Outgoing;

type NotSent = TrySendError<Request<Outgoing>>;

/// An HTTP/1 connection between two exchanges, or in one.
pub(super) struct Lone {
    sender: http1::SendRequest<Outgoing>,
    connection: http1::Connection<Stream, Outgoing>,
}

/// A connection that can carry an exchange now.
pub(super) enum Connection {
    Lone(Box<Lone>),
    Shared(http2::SendRequest<Outgoing>),
}

impl Connection {
    /// Sends a request; gives the answer's head, and the connection where it is the answer's alone.
    pub(super) async fn send(
        self,
        address: &Address,
        mut request: Request<Outgoing>,
    ) -> Result<(Response<Incoming>, Option<Box<Lone>>), NotSent> {
        match self {
            Self::Lone(lone) => {
                *request.uri_mut() = address.path();
                *request.version_mut() = Version::HTTP_11;
                request.headers_mut().insert(HOST, address.host());
                lone.send(request).await
            }
            Self::Shared(mut sender) => {
                *request.uri_mut() = address.whole();
                *request.version_mut() = Version::HTTP_2;
                request.headers_mut().remove(HOST);
                Ok((sender.try_send_request(request).await?, None))
            }
        }
    }
}

impl Lone {
    pub(super) fn new(
        sender: http1::SendRequest<Outgoing>,
        connection: http1::Connection<Stream, Outgoing>,
    ) -> Box<Self> {
        Box::new(Self { sender, connection })
    }

    async fn send(
        mut self: Box<Self>,
        request: Request<Outgoing>,
    ) -> Result<(Response<Incoming>, Option<Box<Self>>), NotSent> {
        // The task is woken for the connection, and looks here each time; it need not be woken twice.
        let mut answering = pin!(unconstrained(self.sender.try_send_request(request)));
        let mut lone = Some(self);
        std::future::poll_fn(move |context| {
            if lone.as_mut().is_some_and(|lone| lone.is_over(context)) {
                // What it leaves undone when it is dropped tells the answer that it will not come.
                lone = None;
            }
            let answered = answering.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            answered.map_ok(|answer| (answer, lone.take()))
        })
        .await
    }

    /// Moves the connection on; whether it has come to its end.
    pub(super) fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        // How it ended is told to the exchange that it was for.
        Pin::new(&mut self.connection).poll(context).is_ready()
    }

    /// Whether it is free for another exchange.
    pub(super) fn is_free(&mut self) -> bool {
        !self.is_over(&mut Context::from_waker(Waker::noop())) && self.sender.is_ready()
    }
}

/// An answer's body. Read to its end, it leaves its connection for the next request.
pub struct Answering {
    /// Always there until it is dropped.
    incoming: Option<Incoming>,
    /// The connection that it alone moves.
    lone: Option<Box<Lone>>,
    /// Where that goes when it is free.
    origin: Arc<Origin>,
}

impl Answering {
    pub(super) fn new(incoming: Incoming, lone: Option<Box<Lone>>, origin: Arc<Origin>) -> Self {
        Self { incoming: Some(incoming), lone, origin }
    }
}

type Next = Option<Result<Frame<Bytes>, hyper::Error>>;

impl Body for Answering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next> {
        let this = &mut *self;
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        // To look at what has come is to ask for more of it.
        let frame = Pin::new(&mut *incoming).poll_frame(context);
        let Some(lone) = this.lone.as_mut().filter(|_| frame.is_pending()) else {
            return frame;
        };
        if lone.is_over(context) {
            this.lone = None;
        }
        Pin::new(incoming).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let Some(mut lone) = self.lone.take() else { return };
        // Nobody reads on: what has come already is passed over, and if that was the end, it is free.
        self.incoming = None;
        if lone.is_free() {
            self.origin.keep(lone);
        }
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
