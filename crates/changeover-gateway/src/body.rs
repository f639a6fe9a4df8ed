//! Reading a request's body, within limits of size and of time.
//!
//! Whoever sends a body a byte a minute holds a connection and a task for as long as it likes, so
//! a body has a time for each of its pieces and one for the whole.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use changeover_clock::Clock;

use crate::pace;
use crate::settings::ConnectionLimits;

/// However fast the clock runs, callers are given this of the system's time.
const FLOOR: Duration = Duration::from_millis(500);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// 413. What is left of it is not read.
    #[error("the body is larger than {limit} bytes, the most that is taken")]
    TooLarge { limit: usize },
    /// 408.
    #[error(
        "the body did not come in time: it may take {} s, and {} s between two pieces",
        whole.as_secs_f64(), pause.as_secs_f64()
    )]
    Slow { whole: Duration, pause: Duration },
    /// 400, if anybody is there to hear it.
    #[error("the body broke off")]
    Broken,
}

impl BodyError {
    /// The status that goes with it.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::TooLarge { .. } => 413,
            Self::Slow { .. } => 408,
            Self::Broken => 400,
        }
    }
}

/// Reads a body of at most `limit` bytes to its end.
pub(crate) async fn read<B>(
    mut body: B,
    limit: usize,
    limits: &ConnectionLimits,
    clock: &Clock,
) -> Result<Bytes, BodyError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    // The least that it will have, as its head says.
    let declared = body.size_hint().lower();
    if usize::try_from(declared).unwrap_or(usize::MAX) > limit {
        return Err(BodyError::TooLarge { limit });
    }
    let end = clock.moment().plus(pace::not_below(clock, limits.body, FLOOR));
    let pause = pace::not_below(clock, limits.body_pause, FLOOR);
    let mut first = Bytes::new();
    let mut all: Vec<u8> = Vec::new();
    loop {
        let patience = pause.min(end.since(clock.moment()));
        let next = clock.timeout(patience, piece(&mut body)).await.map_err(|_| slow(limits))?;
        let Some(piece) = next? else { break };
        if first.len() + all.len() + piece.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        // Most bodies come in one piece, which is then passed on as it is.
        if first.is_empty() && all.is_empty() {
            first = piece;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&piece);
        }
    }
    Ok(if all.is_empty() { first } else { Bytes::from(all) })
}

/// What comes next of a body; `None` at its end. What follows a body is passed over.
async fn piece<B>(body: &mut B) -> Result<Option<Bytes>, BodyError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        let Some(frame) = frame else { return Ok(None) };
        if let Ok(piece) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            return Ok(Some(piece));
        }
    }
}

fn slow(limits: &ConnectionLimits) -> BodyError {
    BodyError::Slow { whole: limits.body, pause: limits.body_pause }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Body;
    use changeover_domain::UnixMs;
    use futures::stream;

    use super::*;

    fn clock() -> Clock {
        Clock::scaled(UnixMs(0), 1.0)
    }

    fn slowly(pieces: usize, every: Duration) -> Body {
        let clock = clock();
        Body::from_stream(stream::unfold(0, move |sent| {
            let clock = clock.clone();
            async move {
                if sent == pieces {
                    return None;
                }
                clock.sleep(every).await;
                Some((Ok::<_, Infallible>(Bytes::from_static(b"ab")), sent + 1))
            }
        }))
    }

    async fn read_within(body: Body, limit: usize) -> Result<Bytes, BodyError> {
        let limits = ConnectionLimits {
            body: Duration::from_secs(60),
            body_pause: Duration::from_secs(10),
            ..ConnectionLimits::default()
        };
        read(body, limit, &limits, &clock()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_in_pieces_is_put_together() {
        let read = read_within(slowly(3, Duration::from_secs(9)), 6).await;
        assert_eq!(read.as_deref(), Ok(b"ababab".as_slice()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_too_many_is_refused_whether_it_was_declared_or_not() {
        let too_large = Err(BodyError::TooLarge { limit: 5 });
        assert_eq!(read_within(slowly(3, Duration::ZERO), 5).await, too_large);
        assert_eq!(read_within(Body::from("123456"), 5).await, too_large);
        assert!(read_within(Body::from("12345"), 5).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_pauses_and_one_that_drips_are_given_up() {
        let pausing = read_within(slowly(2, Duration::from_secs(11)), 100).await;
        assert!(matches!(pausing, Err(BodyError::Slow { .. })), "{pausing:?}");
        let dripping = read_within(slowly(1_000, Duration::from_secs(9)), 1 << 20).await;
        assert!(matches!(dripping, Err(BodyError::Slow { .. })), "{dripping:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_breaks_off_is_no_body() {
        let broken = stream::iter([
            Ok(Bytes::from_static(b"ab")),
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
        ]);
        assert_eq!(read_within(Body::from_stream(broken), 100).await, Err(BodyError::Broken));
    }
}
