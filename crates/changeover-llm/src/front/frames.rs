//! Server-sent events, written straight into the bytes that go out.

use bytes::Bytes;
use serde::Serialize;

use crate::dialect::write_into;

/// Most events need no more.
const ROOM: usize = 512;

/// Frames in the making.
#[derive(Debug, Default)]
pub(super) struct Frames(Vec<u8>);

impl Frames {
    /// An event without a name.
    pub(super) fn data(&mut self, payload: &impl Serialize) {
        self.0.reserve(ROOM);
        self.0.extend_from_slice(b"data: ");
        write_into(&mut self.0, payload);
        self.0.extend_from_slice(b"\n\n");
    }

    /// An event with its name on a line of its own.
    pub(super) fn named(&mut self, event: &str, payload: &impl Serialize) {
        self.0.extend_from_slice(b"event: ");
        self.0.extend_from_slice(event.as_bytes());
        self.0.push(b'\n');
        self.data(payload);
    }

    /// Bytes that are frames already.
    pub(super) fn raw(&mut self, frame: &[u8]) {
        self.0.extend_from_slice(frame);
    }

    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from(self.0)
    }
}

/// A document as bytes.
pub(super) fn json(document: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2_048);
    write_into(&mut bytes, document);
    bytes
}
