//! One attempt at one target, from request to answer.

use changeover_clock::Clock;
use changeover_domain::{FailureClass, ProviderKind, Whose};

use crate::answer::{Answer, AnswerStream};
use crate::canonical::ChatRequest;
use crate::endpoint::{Endpoint, Limits};
use crate::failure::Failure;

/// Speaks to every vendor. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct LlmClient {
    #[expect(dead_code, reason = "the dialects follow")]
    http: reqwest::Client,
    #[expect(dead_code, reason = "the dialects follow")]
    clock: Clock,
}

impl LlmClient {
    /// A client over `http`, with all limits in `clock`'s time.
    #[must_use]
    pub fn new(http: reqwest::Client, clock: Clock) -> Self {
        Self { http, clock }
    }

    /// Asks for a whole answer.
    ///
    /// # Errors
    /// [`Failure`], also when the vendor answered well-formed but with a refusal, a filtered or an
    /// empty answer. An answer cut at its length limit is an answer.
    #[expect(clippy::unused_async, reason = "the dialects follow")]
    pub async fn complete(
        &self,
        endpoint: &Endpoint<'_>,
        _request: &ChatRequest,
        _limits: &Limits,
    ) -> Result<Answer, Failure> {
        Err(unsupported(endpoint.provider.kind))
    }

    /// Asks for a streamed answer; resolves when the answer's headers are good.
    ///
    /// # Errors
    /// [`Failure`] when it does not come so far; later failures come through the stream.
    #[expect(clippy::unused_async, reason = "the dialects follow")]
    pub async fn stream(
        &self,
        endpoint: &Endpoint<'_>,
        _request: &ChatRequest,
        _limits: &Limits,
    ) -> Result<AnswerStream, Failure> {
        Err(unsupported(endpoint.provider.kind))
    }
}

fn unsupported(kind: ProviderKind) -> Failure {
    Failure {
        whose: Whose::OurConfiguration,
        next_target_helps: true,
        ..Failure::without_answer(
            FailureClass::InvalidRequest,
            format!(
                "the provider kind `{}` is not supported yet by this version",
                kind.as_str()
            ),
        )
    }
}
