//! Embeddings, passed through: the request and the answer are the application's and the vendor's own
//! documents. Only the model is put in, and what was used is read.

use changeover_domain::{FailureClass, TokenUsage};
use changeover_http::wire::Taken;
use serde_json::Value;

use super::send::Patience;
use super::{LlmClient, our_configuration, with_meta};
use crate::answer::AnswerMeta;
use crate::classify::Classified;
use crate::endpoint::{Endpoint, Limits};
use crate::failure::Failure;

/// An answer to a request for embeddings.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// As it came.
    pub document: Value,
    /// `None` where the vendor counted nothing: unknown is not zero.
    pub usage: Option<TokenUsage>,
    pub meta: AnswerMeta,
}

impl LlmClient {
    /// Asks for embeddings. `body` is a request of `POST /v1/embeddings`; its model is replaced by the
    /// endpoint's. `taken` is as for [`Self::complete_noting`].
    ///
    /// # Errors
    /// [`Failure`], also where the provider has no embeddings in this dialect.
    pub async fn embed(
        &self,
        endpoint: &Endpoint<'_>,
        body: &Value,
        limits: &Limits,
        taken: &Taken,
    ) -> Result<Embeddings, Failure> {
        let attempt = self.attempt(endpoint, limits)?;
        let wire = attempt
            .dialect
            .embeddings(endpoint, body)
            .ok_or_else(|| our_configuration("this provider serves no embeddings"))?
            .map_err(|_| our_configuration("the provider's base address is not an address"))?;
        let patience = Patience { limit: limits.total, class: FailureClass::TimeoutTotal };
        let received = self.send(&attempt, wire, patience, taken).await?;
        let (document, meta) = self.document(&attempt, received, patience).await?;
        if document.pointer("/data/0").is_none() {
            let found = Classified::usual(
                FailureClass::MalformedOutput,
                "the answer is JSON, but holds no embeddings",
            );
            return Err(with_meta(Failure::from_classified(found), &meta));
        }
        let usage = usage(&document);
        Ok(Embeddings { document, usage, meta })
    }
}

fn usage(document: &Value) -> Option<TokenUsage> {
    let count = |pointer| document.pointer(pointer).and_then(Value::as_u64);
    let input = count("/usage/prompt_tokens").or_else(|| count("/usage/total_tokens"))?;
    Some(TokenUsage { input_tokens: input, ..TokenUsage::default() })
}
