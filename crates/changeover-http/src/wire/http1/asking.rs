//! A request on its way out: its head and its body, as far as they have not gone yet.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::Method;
use hyper::header::{CONTENT_LENGTH, HOST};
use tokio::io::AsyncWrite;

use crate::wire::address::Address;
use crate::wire::outgoing::Header;

/// For a head there is room at once, as nearly all need no more.
const ROOM: usize = 1_024;

/// What has not gone out.
#[derive(Debug, Default)]
pub(super) struct Asking {
    head: Bytes,
    body: Bytes,
    /// All has gone out, and may still lie in this machine.
    unflushed: bool,
}

impl Asking {
    pub(super) fn new(method: &Method, to: &Address, headers: &[Header], body: Bytes) -> Self {
        let head = Bytes::from(head(method, to, headers, body.len()));
        Self { head, body, unflushed: true }
    }

    /// Nothing of it is left here.
    pub(super) fn has_gone(&self) -> bool {
        !self.unflushed
    }

    /// Sends as much as goes.
    pub(super) fn poll_send(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.head.is_empty() || !self.body.is_empty() {
            let slices = [IoSlice::new(&self.head), IoSlice::new(&self.body)];
            let slices = if self.head.is_empty() { slices.get(1..) } else { Some(&slices[..]) };
            let slices = slices.unwrap_or_default();
            let sent = ready!(Pin::new(&mut *stream).poll_write_vectored(context, slices))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = sent.min(self.head.len());
            self.head.advance(of_head);
            self.body.advance((sent - of_head).min(self.body.len()));
        }
        if self.unflushed {
            ready!(Pin::new(stream).poll_flush(context))?;
            *self = Self::default();
        }
        Poll::Ready(Ok(()))
    }
}

fn head(method: &Method, to: &Address, headers: &[Header], length: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(ROOM);
    for piece in [method.as_str(), " ", to.path(), " HTTP/1.1\r\n"] {
        head.extend_from_slice(piece.as_bytes());
    }
    line(&mut head, HOST.as_str(), to.host().as_bytes());
    for (name, value) in headers {
        line(&mut head, name.as_str(), value.as_bytes());
    }
    if length > 0 || *method == Method::POST {
        line(&mut head, CONTENT_LENGTH.as_str(), length.to_string().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn line(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
        head.extend_from_slice(piece);
    }
}
