//! HTTP/1.1 as a client speaks it: one connection, one exchange at a time.
//!
//! Own, because this is what a gateway does all day: the usual library keeps some 16 kB for each
//! connection, also while it waits for a model's next word, and takes twice the work for an answer.
//! Here a connection that waits holds nothing but its socket: what comes is read into memory that the
//! thread's connections share, and leaves it at once, in its size.
//!
//! Not for speaking first, upgrading or pipelining. The rule it keeps: a connection is used again only
//! after an answer whose end was found, with not a byte behind it.

mod asking;
mod framing;
mod head;

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use hyper::{Method, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::address::Address;
use super::answer::Lines;
use super::outgoing::Header;
use asking::Asking;
pub use framing::BadChunk;
use framing::Framing;
pub use head::BadHead;
use head::{Beginning, Head, MOST_HEAD_BYTES};

/// So much is read at once.
const READ_BYTES: usize = 16 * 1024;
/// How often a connection is read from before it is dropped, to find the end of an answer that has
/// come already.
const LAST_READS: usize = 4;

thread_local! {
    /// What is being read. Nobody keeps it: it is empty again before anybody else reads.
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Why an exchange did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("the connection failed")]
    Io(#[source] io::Error),
    #[error("the connection was closed before the answer was complete")]
    Closed,
    #[error(transparent)]
    Head(#[from] BadHead),
    #[error(transparent)]
    Body(#[from] BadChunk),
    #[error("the exchange failed")]
    Http2(#[source] hyper::Error),
}

/// A connection's two directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection between two exchanges, or in one.
pub(super) struct Lone<S = super::exchange::Socket> {
    stream: S,
    asking: Asking,
    /// Why what is left of the request cannot be sent: it counts only if no answer comes.
    unsendable: Option<io::Error>,
    /// The beginning of an answer's head.
    begun: Vec<u8>,
    /// Of the answer's body, what came with its head, and what is to come.
    ahead: Bytes,
    framing: Framing,
    keeps: bool,
}

impl<S: Duplex> Lone<S> {
    pub(super) fn new(stream: S) -> Box<Self> {
        Box::new(Self {
            stream,
            asking: Asking::default(),
            unsendable: None,
            begun: Vec::new(),
            ahead: Bytes::new(),
            framing: Framing::Length(0),
            keeps: true,
        })
    }

    /// Sends a request, and gives the answer's head. The body is then here to be read.
    pub(super) async fn ask(
        &mut self,
        method: &Method,
        to: &Address,
        headers: &[Header],
        body: Bytes,
    ) -> Result<(StatusCode, Lines), Broken> {
        self.asking = Asking::new(method, to, headers, body);
        let head = std::future::poll_fn(|context| self.poll_head(method, context)).await?;
        Ok((head.status, head.lines))
    }

    fn poll_head(
        &mut self,
        method: &Method,
        context: &mut Context<'_>,
    ) -> Poll<Result<Head, Broken>> {
        loop {
            self.send_on(context);
            let read = ready!(self.poll_read(context, |this, bytes| this.take_head(bytes, method)));
            match read {
                Ok(Some(Some(head))) => return Poll::Ready(Ok(head)),
                Ok(Some(None)) => {}
                Ok(None) => {
                    let unsendable = self.unsendable.take().map(Broken::Io);
                    return Poll::Ready(Err(unsendable.unwrap_or(Broken::Closed)));
                }
                Err(broken) => return Poll::Ready(Err(broken)),
            }
        }
    }

    /// Takes more of a head; gives it when it is complete.
    fn take_head(&mut self, bytes: &[u8], method: &Method) -> Result<Option<Head>, Broken> {
        if self.begun.is_empty() {
            // Most heads come in one piece, which is read where it lies.
            return self.read_head(bytes, method);
        }
        let searched = self.begun.len();
        self.begun.extend_from_slice(bytes);
        if head::ends(&self.begun, searched) {
            let begun = std::mem::take(&mut self.begun);
            return self.read_head(&begun, method);
        }
        if self.begun.len() > MOST_HEAD_BYTES { Err(BadHead::TooLarge.into()) } else { Ok(None) }
    }

    fn read_head(&mut self, mut bytes: &[u8], method: &Method) -> Result<Option<Head>, Broken> {
        loop {
            match head::read(bytes, method)? {
                Beginning::Interim(length) => bytes = bytes.get(length..).unwrap_or_default(),
                Beginning::Answer(_, length) if length > MOST_HEAD_BYTES => {
                    return Err(BadHead::TooLarge.into());
                }
                Beginning::Answer(head, length) => {
                    self.framing = head.framing;
                    self.keeps = head.keeps;
                    self.ahead = self.take_body(bytes.get(length..).unwrap_or_default())?;
                    return Ok(Some(head));
                }
                Beginning::Partial => {
                    self.begun = bytes.to_vec();
                    return Ok(None);
                }
            }
        }
    }

    /// The body's part of what was read, as one piece.
    fn take_body(&mut self, mut bytes: &[u8]) -> Result<Bytes, Broken> {
        let Some(first) = self.framing.next(&mut bytes)? else {
            self.keeps &= bytes.is_empty();
            return Ok(Bytes::new());
        };
        let Some(second) = self.framing.next(&mut bytes)? else {
            self.keeps &= bytes.is_empty();
            return Ok(Bytes::copy_from_slice(first));
        };
        let mut body = BytesMut::with_capacity(first.len() + second.len() + bytes.len());
        body.extend_from_slice(first);
        body.extend_from_slice(second);
        while let Some(piece) = self.framing.next(&mut bytes)? {
            body.extend_from_slice(piece);
        }
        self.keeps &= bytes.is_empty();
        Ok(body.freeze())
    }

    /// The next piece of the answer's body; `None` at its end.
    pub(super) fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            if !self.ahead.is_empty() {
                return Poll::Ready(Some(Ok(std::mem::take(&mut self.ahead))));
            }
            if self.framing.is_over() {
                return Poll::Ready(None);
            }
            self.send_on(context);
            match ready!(self.poll_read(context, Self::take_body)) {
                Ok(Some(piece)) => self.ahead = piece,
                Ok(None) => {
                    let whole = self.framing.is_whole_at_close();
                    self.framing = Framing::Length(0);
                    return Poll::Ready((!whole).then_some(Err(Broken::Closed)));
                }
                Err(broken) => {
                    self.keeps = false;
                    self.framing = Framing::Length(0);
                    return Poll::Ready(Some(Err(broken)));
                }
            }
        }
    }

    /// Sends what is left of the request, as far as it goes. One that cannot be sent may have been
    /// answered all the same, with why.
    fn send_on(&mut self, context: &mut Context<'_>) {
        if self.asking.has_gone() || self.unsendable.is_some() {
            return;
        }
        if let Poll::Ready(Err(error)) = self.asking.poll_send(&mut self.stream, context) {
            self.unsendable = Some(error);
            self.keeps = false;
        }
    }

    /// Reads once and hands over what came; `None` at the end of the connection.
    fn poll_read<T>(
        &mut self,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut Self, &[u8]) -> Result<T, Broken>,
    ) -> Poll<Result<Option<T>, Broken>> {
        READ.with_borrow_mut(|room| {
            let mut read = ReadBuf::new(room);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut read)).map_err(Broken::Io)?;
            let bytes = read.filled();
            if bytes.is_empty() {
                self.keeps = false;
                return Poll::Ready(Ok(None));
            }
            Poll::Ready(take(self, bytes).map(Some))
        })
    }

    /// Nothing more comes of the answer.
    pub(super) fn is_over(&self) -> bool {
        self.ahead.is_empty() && self.framing.is_over()
    }

    /// The least and, where it is known, the most that is still to come of the body.
    pub(super) fn left(&self) -> (u64, Option<u64>) {
        let ahead = u64::try_from(self.ahead.len()).unwrap_or(u64::MAX);
        match self.framing {
            Framing::Length(left) => (ahead + left, Some(ahead + left)),
            Framing::Chunked(_) | Framing::UntilClose => (ahead, None),
        }
    }

    /// Whether it is free for another exchange. What has come of an answer that nobody reads is passed
    /// over; if that was its end, it is.
    pub(super) fn is_free(&mut self) -> bool {
        let mut reads = 0..LAST_READS;
        while !self.is_over() {
            let read = self.poll_data(&mut Context::from_waker(Waker::noop()));
            if !matches!(read, Poll::Ready(None | Some(Ok(_)))) || reads.next().is_none() {
                return false;
            }
        }
        self.keeps && self.asking.has_gone() && self.is_silent()
    }

    /// Nobody has closed it, and nothing was said that nobody asked for.
    fn is_silent(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        self.poll_read(&mut context, |_, _| Ok(())).is_pending()
    }
}

#[cfg(test)]
mod tests;
