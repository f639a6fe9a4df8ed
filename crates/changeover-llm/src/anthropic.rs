//! The Anthropic Messages dialect.
//!
//! System texts stand apart, `max_tokens` is required, tool results are a user's turn. A JSON schema
//! goes by `output_config.format`; plain "any JSON" has no field there and becomes a system sentence.
//! Sources: the vendor's pages on the Messages API, streaming, structured outputs and errors.

pub(crate) mod errors;
pub(crate) mod losses;
pub(crate) mod models;
mod request;
mod response;
mod stream;

use crate::canonical::ChatRequest;
use crate::dialect::{
    BadAddress, Dialect, EventDecoder, ReadAnswer, WireRequest, address, written,
};
use crate::endpoint::Endpoint;

const VERSION: &str = "2023-06-01";

/// `POST /v1/messages`.
#[derive(Debug)]
pub(crate) struct Messages;

impl Dialect for Messages {
    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        streaming: bool,
    ) -> Result<WireRequest, BadAddress> {
        let mut headers = vec![("anthropic-version", VERSION.to_owned())];
        headers.extend(endpoint.key.map(|key| ("x-api-key", key.expose().to_owned())));
        Ok(WireRequest {
            url: address(&endpoint.provider.base_url, "v1", &["messages"])?,
            headers,
            body: written(&request::body(endpoint.model, request, streaming)),
        })
    }

    fn read_answer(&self, body: &[u8]) -> Option<ReadAnswer> {
        response::read(body)
    }

    fn decoder(&self) -> Box<dyn EventDecoder> {
        Box::<stream::Decoder>::default()
    }
}

#[cfg(test)]
mod tests;
