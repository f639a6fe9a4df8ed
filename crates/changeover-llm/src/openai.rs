//! The `OpenAI` Chat Completions dialect, as a client speaks it to `OpenAI` and to those that
//! borrow the dialect.
//!
//! The two differ in little: `OpenAI` itself wants `max_completion_tokens`, the others know
//! `max_tokens`; a base address of the others is used as it stands when it has a path.
//! Source: the vendor's API reference of chat completions.

pub(crate) mod errors;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;

use serde_json::Value;

use crate::canonical::ChatRequest;
use crate::dialect::{BadAddress, Dialect, EventDecoder, ReadAnswer, WireRequest, address};
use crate::endpoint::Endpoint;

/// `POST /v1/chat/completions`.
#[derive(Debug)]
pub(crate) struct ChatCompletions {
    /// The vendor is `OpenAI` itself.
    pub(crate) proper: bool,
}

impl Dialect for ChatCompletions {
    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        streaming: bool,
    ) -> Result<WireRequest, BadAddress> {
        let body = request::body(endpoint.model, request, streaming, self.proper);
        self.to(endpoint, &["chat", "completions"], body)
    }

    fn read_answer(&self, document: &Value) -> Option<ReadAnswer> {
        response::read(document)
    }

    fn decoder(&self) -> Box<dyn EventDecoder> {
        Box::<stream::Decoder>::default()
    }

    fn embeddings(
        &self,
        endpoint: &Endpoint<'_>,
        body: &Value,
    ) -> Option<Result<WireRequest, BadAddress>> {
        let mut body = body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("model".to_owned(), Value::String(endpoint.model.to_owned()));
        }
        Some(self.to(endpoint, &["embeddings"], body))
    }
}

impl ChatCompletions {
    fn to(
        &self,
        endpoint: &Endpoint<'_>,
        segments: &[&str],
        body: Value,
    ) -> Result<WireRequest, BadAddress> {
        let base = &endpoint.provider.base_url;
        let has_path = reqwest::Url::parse(base).is_ok_and(|url| url.path().len() > 1);
        let version = if has_path && !self.proper { "" } else { "v1" };
        let authorization =
            |key: &changeover_http::Secret| ("authorization", format!("Bearer {}", key.expose()));
        Ok(WireRequest {
            url: address(base, version, segments)?,
            headers: endpoint.key.map(authorization).into_iter().collect(),
            body,
        })
    }
}

#[cfg(test)]
mod tests;
