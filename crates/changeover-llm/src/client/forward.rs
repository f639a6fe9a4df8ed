//! An application's question, asked as it was written where it can be, and its answer as it came where
//! that can be given on.
//!
//! Both halves are decided apart: a question that had to be translated may be answered in words that
//! need no translation. Who needs an answer's parts, to judge it or to keep it, asks for them with
//! [`LlmClient::complete_noting`].

use changeover_domain::{FailureClass, TokenUsage};
use changeover_http::wire::Taken;

use super::send::Patience;
use super::{Attempt, LlmClient, our_configuration};
use crate::answer::{AnswerMeta, AnswerStream};
use crate::canonical::ChatResponse;
use crate::dialect::WireRequest;
use crate::endpoint::{Endpoint, Limits};
use crate::failure::Failure;
use crate::front::{Door, Question};
use crate::openai::document::Document;

/// A whole answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Forwarded {
    pub given: Given,
    pub meta: AnswerMeta,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// In its parts.
    Response(ChatResponse),
    /// As it came, in the question's dialect.
    Document(Document),
}

impl Given {
    /// What the vendor counted.
    #[must_use]
    pub fn usage(&self) -> Option<TokenUsage> {
        match self {
            Self::Response(response) => response.usage,
            Self::Document(document) => Some(document.usage),
        }
    }
}

impl LlmClient {
    /// Asks a question that is to be answered whole.
    ///
    /// # Errors
    /// As of [`LlmClient::complete_noting`].
    pub async fn answer(
        &self,
        endpoint: &Endpoint<'_>,
        question: &Question,
        limits: &Limits,
        taken: &Taken,
    ) -> Result<Forwarded, Failure> {
        let attempt = self.attempt(endpoint, limits)?.stopping(endpoint, question.stops());
        let wire = wire_request(&attempt, endpoint, question)?;
        let patience = Patience { limit: limits.total, class: FailureClass::TimeoutTotal };
        let received = self.send(&attempt, wire, patience, taken).await?;
        let (meta, body, head) = self.read_body(&attempt, received, patience).await?;
        let takes = meta.http_status == 200 && question.door() == Door::OpenAi;
        if let Some(document) = takes.then(|| attempt.dialect.read_document(&body)).flatten() {
            return Ok(Forwarded { given: Given::Document(document), meta });
        }
        let answer = attempt.judged(meta, &head, &body)?;
        Ok(Forwarded { given: Given::Response(answer.response), meta: answer.meta })
    }

    /// Asks a question that is to be answered in a stream.
    ///
    /// # Errors
    /// As of [`LlmClient::stream_noting`].
    pub async fn answer_streamed(
        &self,
        endpoint: &Endpoint<'_>,
        question: &Question,
        limits: &Limits,
        taken: &Taken,
    ) -> Result<AnswerStream, Failure> {
        let attempt = self.attempt(endpoint, limits)?.stopping(endpoint, question.stops());
        let wire = wire_request(&attempt, endpoint, question)?;
        self.opened(&attempt, wire, taken).await
    }
}

fn wire_request(
    attempt: &Attempt<'_>,
    endpoint: &Endpoint<'_>,
    question: &Question,
) -> Result<WireRequest, Failure> {
    question
        .wire_request(attempt.dialect, endpoint)
        .map_err(|_| our_configuration("the provider's base address is not an address"))
}
