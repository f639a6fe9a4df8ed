//! Server-sent events from an answer's body, with caps on one event and on all together.

use bytes::Bytes;
use changeover_http::wire::Answering;
use eventsource_stream::{EventStream, EventStreamError};
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use http_body_util::BodyExt as _;

/// One event larger than this is no event of a model's.
pub(super) const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// No answer is larger than this.
pub(super) const MAX_STREAM_BYTES: usize = 16 * 1024 * 1024;

/// Why no further event can be read.
#[derive(Debug)]
pub(super) enum Broken {
    /// The transfer broke off.
    Transfer,
    TooLarge,
    /// The body is not made of events; here is what it is.
    NotEvents(Vec<u8>),
    /// Not UTF-8, or not lines of the form.
    Garbled,
}

/// The data of each event, in order.
pub(super) fn events(body: Answering) -> BoxStream<'static, Result<String, Broken>> {
    let bytes = body.into_data_stream().map_err(|_| Broken::Transfer);
    let checked = futures::stream::unfold(Some((bytes.boxed(), Watch::default())), checked_chunk);
    EventStream::new(checked.boxed())
        .map(|event| match event {
            Ok(event) => Ok(event.data),
            Err(EventStreamError::Transport(broken)) => Err(broken),
            Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => Err(Broken::Garbled),
        })
        .boxed()
}

type Chunks = BoxStream<'static, Result<Bytes, Broken>>;
type Checked = Option<(Result<Bytes, Broken>, Option<(Chunks, Watch)>)>;

/// The next chunk, unless it is one too many. After an error nothing comes.
async fn checked_chunk(state: Option<(Chunks, Watch)>) -> Checked {
    let (mut chunks, mut watch) = state?;
    let chunk = match chunks.next().await? {
        Ok(chunk) => chunk,
        Err(broken) => return Some((Err(broken), None)),
    };
    if watch.total == 0 && begins_a_document(&chunk) {
        return Some((Err(Broken::NotEvents(whole(chunk, chunks).await)), None));
    }
    if watch.passes(&chunk) {
        Some((Ok(chunk), Some((chunks, watch))))
    } else {
        Some((Err(Broken::TooLarge), None))
    }
}

/// JSON or a page, where a field of an event should be.
fn begins_a_document(chunk: &[u8]) -> bool {
    matches!(chunk.trim_ascii_start().first(), Some(b'{' | b'[' | b'<'))
}

/// The rest of a body that is not events, as far as it is needed to judge it.
async fn whole(first: Bytes, mut rest: Chunks) -> Vec<u8> {
    let mut body = first.to_vec();
    while body.len() < MAX_EVENT_BYTES
        && let Some(Ok(chunk)) = rest.next().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(MAX_EVENT_BYTES);
    body
}

/// Counts bytes of the stream and of the event that is being received. The parser itself would
/// gather an endless event without complaint.
#[derive(Debug, Default)]
struct Watch {
    total: usize,
    event: usize,
    /// Something stands in the line so far.
    line: bool,
}

impl Watch {
    fn passes(&mut self, chunk: &[u8]) -> bool {
        self.total = self.total.saturating_add(chunk.len());
        // By lines, of which all but the last end in this chunk.
        let mut lines = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            self.event = self.event.saturating_add(line.len());
            self.line = self.line || line.iter().any(|byte| *byte != b'\r');
            if self.event > MAX_EVENT_BYTES {
                return false;
            }
            if lines.peek().is_some() {
                // An empty line ends an event.
                self.event = if self.line { self.event + 1 } else { 0 };
                self.line = false;
            }
        }
        self.total <= MAX_STREAM_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_pass_where_one_of_their_size_does_not() {
        let line = format!("data: {}\r\n\r\n", "x".repeat(1_000));
        let mut watch = Watch::default();
        assert!((0..2_000).all(|_| watch.passes(line.as_bytes())));
        let mut watch = Watch::default();
        let unbroken = "data: x\n".repeat(1_000);
        assert!(!(0..200).all(|_| watch.passes(unbroken.as_bytes())));
    }

    #[test]
    fn an_event_ends_with_an_empty_line_wherever_the_chunks_are_cut() {
        let event = format!("data: {}\r\n\r\n", "x".repeat(300_000));
        for cut in [1, 7, 299_999, 300_006, 300_007, 300_008, 300_009, 300_010] {
            let mut watch = Watch::default();
            let mut pieces = || {
                let (one, other) = event.as_bytes().split_at(cut.min(event.len()));
                watch.passes(one) && watch.passes(other)
            };
            assert!((0..10).all(|_| pieces()), "ten of them are not one: {cut}");
        }
    }

    #[test]
    fn an_endless_stream_is_cut() {
        let mut watch = Watch::default();
        let chunk = "data: x\n\n".repeat(10_000);
        let passed = (0..1_000).take_while(|_| watch.passes(chunk.as_bytes())).count();
        assert_eq!(passed, MAX_STREAM_BYTES / chunk.len());
    }
}
