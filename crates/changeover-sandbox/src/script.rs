//! The plan of one answer, byte for byte and each at its time, and its performance.
//!
//! The plan is made before the first byte leaves, from draws alone: so two worlds can be compared.
//! The performance follows the clock; bytes that would leave within two real milliseconds of each
//! other leave together, which keeps a fast clock cheap and changes no byte.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::{Bytes, BytesMut};
use changeover_clock::{Clock, Moment};

/// Real time within which frames are sent as one.
const COALESCE: Duration = Duration::from_millis(2);

/// A header of an answer.
pub(crate) type Header = (&'static str, String);

/// What becomes of one request on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Script {
    /// The connection stays open and nothing comes.
    Hang,
    Answer(Performance),
}

/// An answer; times count from the request's arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Performance {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    pub(crate) head_after: Duration,
    pub(crate) frames: VecDeque<Frame>,
    /// After the last frame nothing comes, not even the end.
    pub(crate) then_silence: bool,
}

/// Bytes of a body, and when they leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) after: Duration,
    pub(crate) bytes: Bytes,
}

/// Performs a script for a request that arrived at `arrived`.
pub(crate) async fn perform(clock: Clock, arrived: Moment, script: Script) -> Response<Body> {
    let Script::Answer(performance) = script else {
        return std::future::pending().await;
    };
    clock.sleep_until(arrived.plus(performance.head_after)).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(performance.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &performance.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    *response.body_mut() = body(clock, arrived, performance);
    response
}

fn body(clock: Clock, arrived: Moment, mut performance: Performance) -> Body {
    let at_once = performance.frames.len() == 1
        && !performance.then_silence
        && performance.frames.front().map(|frame| frame.after) == Some(performance.head_after);
    if at_once && let Some(frame) = performance.frames.pop_front() {
        return Body::from(frame.bytes);
    }
    let start = (clock, arrived, performance);
    Body::from_stream(futures::stream::unfold(start, |mut state| async move {
        let (clock, arrived, performance) = &mut state;
        let Some(first) = performance.frames.front() else {
            if performance.then_silence {
                std::future::pending::<()>().await;
            }
            return None;
        };
        clock.sleep_until(arrived.plus(first.after)).await;
        let together =
            clock.moment().since(*arrived).saturating_add(COALESCE.mul_f64(clock.speed()));
        let bytes = take_until(&mut performance.frames, together);
        Some((Ok::<Bytes, std::convert::Infallible>(bytes), state))
    }))
}

/// Takes the frames that are due at `limit`, and the first in any case.
fn take_until(frames: &mut VecDeque<Frame>, limit: Duration) -> Bytes {
    let mut taken = BytesMut::new();
    while let Some(frame) = frames.pop_front_if(|frame| taken.is_empty() || frame.after <= limit) {
        taken.extend_from_slice(&frame.bytes);
    }
    taken.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(after: u64, text: &'static str) -> Frame {
        Frame { after: Duration::from_millis(after), bytes: Bytes::from_static(text.as_bytes()) }
    }

    #[test]
    fn frames_that_are_due_leave_together_and_the_others_stay() {
        let mut frames = VecDeque::from([frame(10, "a"), frame(12, "b"), frame(30, "c")]);
        assert_eq!(take_until(&mut frames, Duration::from_millis(12)), "ab");
        assert_eq!(
            take_until(&mut frames, Duration::from_millis(12)),
            "c",
            "the first always goes"
        );
        assert!(frames.is_empty());
    }
}
