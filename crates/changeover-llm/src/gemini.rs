//! The Gemini `generateContent` dialect.
//!
//! The model's turns have the role `model`, tools' results are a user's turn and name the function
//! rather than the call; thoughts are billed as output. The key goes in a header, not in the address.
//! Source: the vendor's API reference of `generateContent`.

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

/// `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
#[derive(Debug)]
pub(crate) struct GenerateContent;

impl Dialect for GenerateContent {
    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        streaming: bool,
    ) -> Result<WireRequest, BadAddress> {
        let model = endpoint.model.strip_prefix("models/").unwrap_or(endpoint.model);
        let verb = if streaming { "streamGenerateContent" } else { "generateContent" };
        let method = format!("{model}:{verb}");
        let mut url = address(&endpoint.provider.base_url, "v1beta", &["models", &method])?;
        if streaming {
            url.set_query(Some("alt=sse"));
        }
        let key = endpoint.key.map(|key| ("x-goog-api-key", key.expose().to_owned()));
        Ok(WireRequest {
            url,
            headers: key.into_iter().collect(),
            body: written(&request::body(model, request)),
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
