//! What a successful attempt brings home.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use changeover_clock::Moment;
use futures::Stream;
use futures::stream::BoxStream;

use crate::canonical::{ChatResponse, StreamEvent};
use crate::failure::Failure;

/// A whole answer with its circumstances.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub response: ChatResponse,
    pub meta: AnswerMeta,
}

/// What the headers of an answer tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerMeta {
    pub http_status: u16,
    /// The vendor's id of the request, to name when asking their support.
    pub vendor_request_id: Option<String>,
    /// From the start of the attempt to the answer's headers, in the clock's milliseconds.
    pub first_byte_ms: u32,
    /// Empty where the client does not read them.
    pub rate_limits: RateLimits,
    /// In a box: only probes look at it.
    pub account: Option<Box<Account>>,
}

/// The account on which the vendor books a request, where its headers name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    pub organization: Option<String>,
    pub project: Option<String>,
}

/// The vendor's limits on us, as far as the headers give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimits {
    pub requests: RateLimit,
    pub tokens: RateLimit,
}

/// One limit of one window. Vendors leave out what they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimit {
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    /// How long until it is full again.
    pub reset: Option<Duration>,
    /// Of which span of time it is, where the vendor says so.
    pub window: Option<Duration>,
}

/// Since when the provider of a streamed answer has been silent, while it is waited for. Shared
/// between the stream and whoever reads it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wait(Arc<Mutex<Option<Moment>>>);

impl Wait {
    /// The provider has given a sign of life, or it is waited for again, as if it had then.
    pub(crate) fn since(&self, moment: Moment) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(moment);
    }

    /// Nobody waits for it.
    pub(crate) fn over(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn at(&self, now: Moment) -> Duration {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.map_or(Duration::ZERO, |since| now.since(since))
    }
}

/// A streamed answer. It ends after [`StreamEvent::Finish`] or after the first failure.
pub struct AnswerStream {
    pub meta: AnswerMeta,
    wait: Wait,
    events: BoxStream<'static, Result<StreamEvent, Failure>>,
}

impl AnswerStream {
    pub(crate) fn new(
        meta: AnswerMeta,
        wait: Wait,
        events: BoxStream<'static, Result<StreamEvent, Failure>>,
    ) -> Self {
        Self { meta, wait, events }
    }

    /// How long the provider has been silent by now since its first piece, without the time in which
    /// the reader of this stream did not ask for more.
    #[must_use]
    pub fn silent_for(&self, now: Moment) -> Duration {
        self.wait.at(now)
    }
}

impl std::fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerStream").field("meta", &self.meta).finish_non_exhaustive()
    }
}

impl Stream for AnswerStream {
    type Item = Result<StreamEvent, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(context)
    }
}
