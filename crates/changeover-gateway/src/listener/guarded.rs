//! A socket that gives up on callers who hold it by doing nothing.
//!
//! Four ways to hold a connection for ever, and four limits: send a request's head a byte at a time
//! (`head`), keep a connection open and send nothing (`idle`), take nothing of the answer (`stall`),
//! or take it so slowly that it never ends (`taking`). Bodies are limited where they are read.
//!
//! The timer is lazy: a deadline is a point in time that is looked at when the socket has nothing
//! to give, and the timer is set anew only when it went off too early. So a busy connection costs
//! a look at the clock per wait, and not a timer per request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use changeover_clock::{Clock, Moment};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::phase::{Doing, Phase};

/// How much of a caller that was let go is still taken: more than any body that is on its way.
const MOST_FAREWELL_BYTES: usize = 32 * 1024 * 1024;

/// How long a caller may do nothing, in the clock's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) head: Duration,
    pub(super) idle: Duration,
    pub(super) stall: Duration,
    /// All the time in which there is something of one answer to be taken.
    pub(super) taking: Duration,
}

/// The socket.
pub(super) struct Guarded<S> {
    stream: S,
    phase: Phase,
    patience: Patience,
    clock: Clock,
    /// What it waited for when the socket last had nothing to read, and since when.
    reading: Option<(Doing, Moment)>,
    /// Since when the caller takes nothing, and how long it took over what it has of this answer.
    stalled: Option<Moment>,
    taken_in: Duration,
    timer: Option<(Moment, BoxFuture<'static, ()>)>,
    /// Of a caller that is let go: until when it is listened to, and how much has been taken.
    farewell: Option<(Moment, usize)>,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, phase: Phase, patience: Patience, clock: Clock) -> Self {
        Self {
            stream,
            phase,
            patience,
            clock,
            reading: None,
            stalled: None,
            taken_in: Duration::ZERO,
            timer: None,
            farewell: None,
        }
    }

    /// Whether `deadline` has passed; if not, the task is woken then.
    fn is_over(&mut self, deadline: Moment, context: &mut Context<'_>) -> bool {
        loop {
            if self.clock.moment() >= deadline {
                return true;
            }
            match &mut self.timer {
                Some((at, timer)) if *at <= deadline => {
                    if timer.poll_unpin(context).is_pending() {
                        return false;
                    }
                    self.timer = None;
                }
                _ => {
                    let clock = self.clock.clone();
                    let timer = async move { clock.sleep_until(deadline).await };
                    self.timer = Some((deadline, timer.boxed()));
                }
            }
        }
    }

    /// The socket has nothing to read: whether the caller has had its time.
    fn waited_enough(&mut self, context: &mut Context<'_>) -> bool {
        let doing = self.phase.doing();
        let limit = match doing {
            Doing::Head => self.patience.head,
            Doing::Idle => self.patience.idle,
            Doing::Busy => {
                self.reading = None;
                return false;
            }
        };
        let since = match self.reading {
            Some((waited_for, since)) if waited_for == doing => since,
            _ => {
                let now = self.clock.moment();
                self.reading = Some((doing, now));
                now
            }
        };
        self.is_over(since.plus(limit), context)
    }

    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            if let Some(since) = self.stalled.take() {
                self.taken_in += self.clock.moment().since(since);
            }
            return written;
        }
        let since = *self.stalled.get_or_insert_with(|| self.clock.moment());
        let left = self.patience.taking.saturating_sub(self.taken_in);
        if self.is_over(since.plus(self.patience.stall.min(left)), context) {
            let why = if left < self.patience.stall {
                "the caller takes its answer too slowly"
            } else {
                "the caller takes nothing of its answer"
            };
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        Poll::Pending
    }

    /// Between two requests: all of the answer has been taken.
    fn answer_is_taken(&mut self) {
        self.taken_in = Duration::ZERO;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            // A head's time runs from its first byte: the next one gives it no more.
            if buffer.filled().len() > before && self.phase.doing() != Doing::Head {
                if self.phase.doing() == Doing::Idle {
                    self.answer_is_taken();
                }
                self.phase.received();
                self.reading = None;
            }
            return read;
        }
        if self.waited_enough(context) {
            return Poll::Ready(match self.phase.doing() {
                // Nothing is lost: for the other side the connection simply ends.
                Doing::Idle => Ok(()),
                Doing::Head | Doing::Busy => Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the request's head did not come in time",
                )),
            });
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.after_write(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Of TLS the socket may be full here and not when writing, so this stalls as well.
    ///
    /// After the last flush of an answer the HTTP library does not look for the next request until
    /// something comes, so the timer of idleness is set here. Once it goes off, the library looks.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context).map_ok(|()| 0);
        let flushed = self.after_write(flushed, context);
        if flushed.is_ready() && self.phase.doing() == Doing::Idle {
            self.answer_is_taken();
            self.waited_enough(context);
        }
        flushed.map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.farewell.is_none() {
            let ended = Pin::new(&mut self.stream).poll_shutdown(context).map_ok(|()| 0);
            ready!(self.after_write(ended, context))?;
            if !self.phase.lingers() {
                return Poll::Ready(Ok(()));
            }
            self.farewell = Some((self.clock.moment().plus(self.patience.head), 0));
        }
        self.poll_farewell(context).map(Ok)
    }
}

impl<S: AsyncRead + Unpin> Guarded<S> {
    /// Takes what is still on its way and looks at none of it: a socket that is closed with something
    /// unread takes back what it said last, and the caller would not hear why it was let go.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((until, mut taken)) = self.farewell else { return Poll::Ready(()) };
        let mut room = [0; 4_096];
        while taken < MOST_FAREWELL_BYTES {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    taken += buffer.filled().len();
                    self.farewell = Some((until, taken));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if self.is_over(until, context) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// A socket that takes 16 bytes at most before its other side reads, and that other side.
    fn pair() -> (Guarded<DuplexStream>, DuplexStream, Phase, Clock) {
        let (near, far) = duplex(16);
        let patience = Patience {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            taking: Duration::from_secs(300),
        };
        let (phase, clock) = (Phase::new(), Clock::scaled(UnixMs(0), 1.0));
        (Guarded::new(near, phase.clone(), patience, clock.clone()), far, phase, clock)
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_time_however_often_a_byte_of_it_comes() {
        let (mut near, mut far, _phase, clock) = pair();
        let dripping = async {
            loop {
                clock.sleep(Duration::from_secs(3)).await;
                far.write_all(b"x").await.unwrap();
            }
        };
        let mut head = Vec::new();
        let ended = tokio::select! {
            ended = near.read_to_end(&mut head) => ended,
            () = dripping => Ok(0),
        };
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!((head.len(), clock.now()), (3, UnixMs(10_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_ends_as_if_the_other_side_had_ended_it() {
        let (mut near, _far, phase, clock) = pair();
        drop(phase.busy());
        let mut nothing = Vec::new();
        assert_eq!(near.read_to_end(&mut nothing).await.unwrap(), 0);
        assert_eq!(clock.now(), UnixMs(75_000));
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_request_is_answered_nothing_has_to_come() {
        let (mut near, mut far, phase, clock) = pair();
        let busy = phase.busy();
        let (read, ()) = tokio::join!(near.read_u8(), async {
            clock.sleep(Duration::from_secs(3_600)).await;
            far.write_all(b"x").await.unwrap();
        });
        assert_eq!(read.unwrap(), b'x');
        drop(busy);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_little_is_waited_for_and_who_takes_nothing_is_not() {
        let (mut near, mut far, phase, clock) = pair();
        let _busy = phase.busy();
        let taking = async {
            for _ in 0..3 {
                clock.sleep(Duration::from_secs(29)).await;
                far.read_u8().await.unwrap();
            }
            std::future::pending::<()>().await;
        };
        let ended = tokio::select! {
            ended = near.write_all(&[0; 100]) => ended,
            () = taking => Ok(()),
        };
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(clock.now(), UnixMs(3 * 29_000 + 30_000), "thirty seconds after the last byte");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_an_answer_by_drops_has_its_time_in_all_and_each_answer_its_own() {
        let (mut near, mut far, phase, clock) = pair();
        let busy = phase.busy();
        let taking = async {
            loop {
                clock.sleep(Duration::from_secs(29)).await;
                far.read_u8().await.unwrap();
            }
        };
        let ended = tokio::select! {
            ended = near.write_all(&[0; 100]) => ended,
            () = taking => Ok(()),
        };
        let why = ended.unwrap_err();
        assert_eq!((why.kind(), clock.now()), (io::ErrorKind::TimedOut, UnixMs(300_000)));
        assert!(why.to_string().contains("too slowly"), "{why}");
        drop(busy);
        near.answer_is_taken();
        assert_eq!(near.taken_in, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_let_go_in_the_middle_of_its_request_is_listened_to_for_a_while() {
        let (mut near, mut far, phase, clock) = pair();
        near.shutdown().await.unwrap();
        assert_eq!(clock.now(), UnixMs(0), "whoever said all it wanted is not waited for");
        phase.busy().linger();
        let asking = async {
            far.write_all(&[0; 1_000]).await.unwrap();
            clock.sleep(Duration::from_secs(3)).await;
            far.shutdown().await.unwrap();
        };
        let (ended, ()) = tokio::join!(near.shutdown(), asking);
        assert_eq!((ended.is_ok(), clock.now()), (true, UnixMs(3_000)));
        let (mut near, _far, phase, clock) = pair();
        phase.busy().linger();
        near.shutdown().await.unwrap();
        assert_eq!(clock.now(), UnixMs(10_000), "and not for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_in_which_there_is_nothing_to_take_is_not_the_callers() {
        let (mut near, mut far, phase, clock) = pair();
        let _busy = phase.busy();
        for _ in 0..100 {
            near.write_all(&[0; 8]).await.unwrap();
            clock.sleep(Duration::from_secs(29)).await;
            far.read_exact(&mut [0; 8]).await.unwrap();
        }
        assert_eq!(near.taken_in, Duration::ZERO);
    }
}
