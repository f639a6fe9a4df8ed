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
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::{TrySendError, http2};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::address::Address;
use super::answer::Answer;
use super::connector::Stream;
use super::http1::{Broken, Lone};
use super::origin::Origin;
use super::outgoing::{Ask, Outgoing};

/// An HTTP/1 connection's socket. Under TLS it takes much room, and most that there are thousands of
/// are not.
pub(super) type Socket = Either<TcpStream, Box<TlsStream<TokioIo<TokioIo<TcpStream>>>>>;

/// The socket under a stream that was connected.
pub(super) fn socket(stream: Stream) -> Socket {
    match stream {
        MaybeHttpsStream::Http(tcp) => Either::Left(tcp.into_inner()),
        MaybeHttpsStream::Https(tls) => Either::Right(Box::new(tls.into_inner())),
    }
}

/// A connection that can carry an exchange now.
pub(super) enum Connection {
    Lone(Box<Lone>),
    Shared(http2::SendRequest<Outgoing>),
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// Nothing has gone out; here it is again.
    NotSent(Box<Ask>, Broken),
    Broken(Broken),
}

/// The body of an answer, where it comes from.
enum Coming {
    /// The connection is the answer's alone. `None` once it is given back.
    Lone(Option<Box<Lone>>),
    Shared(Incoming),
}

impl Connection {
    /// Sends a request; gives the answer when its head has come.
    pub(super) async fn send(
        self,
        address: &Address,
        ask: Ask,
        origin: &Arc<Origin>,
    ) -> Result<Answer, NoAnswer> {
        let origin = Arc::clone(origin);
        match self {
            Self::Lone(mut lone) => {
                let Ask { method, headers, body } = ask;
                let asking = lone.ask(&method, address, &headers, body.take());
                let (status, lines) = asking.await.map_err(NoAnswer::Broken)?;
                let body = Answering { coming: Coming::Lone(Some(lone)), origin };
                Ok(Answer { status, headers: lines.into(), body })
            }
            Self::Shared(mut sender) => {
                let request = ask.into_request(address.whole());
                let answer = sender.try_send_request(request).await.map_err(no_answer)?;
                let (head, incoming) = answer.into_parts();
                let body = Answering { coming: Coming::Shared(incoming), origin };
                Ok(Answer { status: head.status, headers: head.headers.into(), body })
            }
        }
    }
}

fn no_answer(mut error: TrySendError<Request<Outgoing>>) -> NoAnswer {
    let unsent = error.take_message().map(Ask::of_request);
    let broken = Broken::Http2(error.into_error());
    match unsent {
        Some(unsent) => NoAnswer::NotSent(Box::new(unsent), broken),
        None => NoAnswer::Broken(broken),
    }
}

/// An answer's body. Read to its end, it leaves its connection for the next request.
pub struct Answering {
    coming: Coming,
    /// Where a connection goes when it is free.
    origin: Arc<Origin>,
}

impl Body for Answering {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match &mut self.coming {
            Coming::Lone(None) => Poll::Ready(None),
            Coming::Lone(Some(lone)) => lone.poll_data(context).map_ok(Frame::data),
            Coming::Shared(incoming) => {
                Pin::new(incoming).poll_frame(context).map_err(Broken::Http2)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.coming {
            Coming::Lone(lone) => lone.as_ref().is_none_or(|lone| lone.is_over()),
            Coming::Shared(incoming) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.coming {
            Coming::Lone(None) => SizeHint::with_exact(0),
            Coming::Lone(Some(lone)) => {
                let (least, most) = lone.left();
                let mut hint = SizeHint::new();
                hint.set_lower(least);
                if let Some(most) = most {
                    hint.set_upper(most);
                }
                hint
            }
            Coming::Shared(incoming) => incoming.size_hint(),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let Coming::Lone(lone) = &mut self.coming else { return };
        let Some(mut lone) = lone.take() else { return };
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
