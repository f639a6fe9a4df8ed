//! An application's request as it was written, taken apart only if somebody needs its parts.
//!
//! Most requests are plain texts for a vendor that speaks the caller's own dialect. They pass through
//! as they are; what is known without taking them apart is enough to route and to account them. Where
//! it is not (another dialect, a mode that shortens, answers that are judged or kept) the request is
//! read in full, once.

use std::sync::OnceLock;

use bytes::Bytes;
use changeover_domain::UnixMs;

use super::openai::plain::{self, Plain};
use super::{Door, FrontError, FrontRequest, StreamEncoder};
use crate::dialect::{self, BadAddress, Dialect, WireRequest};
use crate::endpoint::Endpoint;
use crate::losses::{self, FeatureSet, Needs};

/// A request that has been found to be one.
#[derive(Debug)]
pub struct Question {
    door: Door,
    body: Bytes,
    plain: Option<Plain>,
    front: OnceLock<Box<FrontRequest>>,
}

impl Question {
    /// Reads the body of a request for a completion, as far as it has to be.
    ///
    /// # Errors
    /// As [`Door::parse_request`].
    pub fn read(door: Door, body: Bytes) -> Result<Self, FrontError> {
        let plain = match door {
            Door::OpenAi => plain::read(&body),
            Door::Anthropic => None,
        };
        let front = OnceLock::new();
        if plain.is_none() {
            let parsed = door.parse_request(&body)?;
            front.get_or_init(|| Box::new(parsed));
        }
        Ok(Self { door, body, plain, front })
    }

    /// The dialect it is in.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door
    }

    /// As written in `model`: a route, or a model name that the gateway knows.
    #[must_use]
    pub fn model(&self) -> &str {
        self.plain.as_ref().map_or_else(|| self.front().model.as_str(), |plain| &plain.model)
    }

    /// Whether the answer is to come in events.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.plain.as_ref().map_or_else(|| self.front().stream, |plain| plain.stream)
    }

    /// All of it.
    #[must_use]
    pub fn front(&self) -> &FrontRequest {
        self.front.get_or_init(|| {
            #[expect(
                clippy::expect_used,
                reason = "what is plain is a request; a test holds it to that"
            )]
            let parsed = self.door.parse_request(&self.body).expect("what is plain can be read");
            Box::new(parsed)
        })
    }

    /// What a target must be able to do for it.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let Some(plain) = &self.plain else { return Needs::of(&self.front().request) };
        let answer = plain.length.as_ref().map_or(0, |length| length.tokens);
        Needs::of_text(plain.text_bytes, answer)
    }

    /// What it asked for and does not get there.
    #[must_use]
    pub fn lost_at(&self, endpoint: &Endpoint<'_>) -> FeatureSet {
        match self.forwarded_by(endpoint) {
            // It is sent as it is.
            Some(_) => FeatureSet::NONE,
            None => losses::lost(self.front(), endpoint.provider.kind, endpoint.model),
        }
    }

    /// The encoder of a streamed answer to it.
    #[must_use]
    pub fn stream_encoder(&self, created: UnixMs) -> StreamEncoder {
        match &self.plain {
            Some(plain) => StreamEncoder::openai(&plain.model, created, plain.include_usage),
            None => self.front().stream_encoder(created),
        }
    }

    /// Whether its model may stop at a text of the request's own.
    pub(crate) fn stops(&self) -> bool {
        match &self.plain {
            Some(plain) => plain.stops,
            None => !self.front().request.stop.is_empty(),
        }
    }

    /// What is sent there.
    pub(crate) fn wire_request(
        &self,
        dialect: &'static dyn Dialect,
        endpoint: &Endpoint<'_>,
    ) -> Result<WireRequest, BadAddress> {
        match self.forwarded_by(endpoint) {
            Some((dialect, plain)) => dialect.forwarded(endpoint, plain, &self.body),
            None => dialect.request(endpoint, &self.front().request, self.stream()),
        }
    }

    /// The dialect in which it can be sent there as it was written.
    fn forwarded_by(&self, endpoint: &Endpoint<'_>) -> Option<(&'static dyn Dialect, &Plain)> {
        let plain = self.plain.as_ref()?;
        let dialect = dialect::of_kind(endpoint.provider.kind)?;
        dialect.forwards(endpoint, plain).then_some((dialect, plain))
    }
}

#[cfg(test)]
mod tests;
