//! A request's body, which tells when it is being sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Uri, Version};

/// A header of a request.
pub type Header = (HeaderName, HeaderValue);

/// A request that is to go out.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) headers: Vec<Header>,
    pub(super) body: Outgoing,
}

impl Ask {
    /// As HTTP/2 sends it.
    pub(super) fn into_request(self, to: Uri) -> Request<Outgoing> {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = to;
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().extend(self.headers);
        request
    }

    /// The same from a request that was not sent.
    pub(super) fn of_request(request: Request<Outgoing>) -> Self {
        let (head, body) = request.into_parts();
        let headers = head.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        Self { method: head.method, headers: headers.collect(), body }
    }
}

/// A body whose length is known before it is sent.
#[derive(Debug)]
pub struct Outgoing {
    /// `None` once it was taken.
    bytes: Option<Bytes>,
    taken: Taken,
}

/// Tells whether a connection has taken a body: only then does it stand and the request go out.
#[derive(Debug, Clone, Default)]
pub struct Taken(Arc<AtomicBool>);

impl Taken {
    /// Whether it has been taken.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Outgoing {
    /// A body of these bytes.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        Self::noting(bytes, &Taken::default())
    }

    /// A body of these bytes, which tells `taken`.
    #[must_use]
    pub fn noting(bytes: Bytes, taken: &Taken) -> Self {
        Self { bytes: Some(bytes), taken: taken.clone() }
    }

    /// The bytes, for a connection that sends them now.
    pub(super) fn take(mut self) -> Bytes {
        self.taken.0.store(true, Ordering::Relaxed);
        self.bytes.take().unwrap_or_default()
    }

    /// A look at whether it has been taken, for whoever sends it.
    #[must_use]
    pub fn taken(&self) -> Taken {
        self.taken.clone()
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.taken.0.store(true, Ordering::Relaxed);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
