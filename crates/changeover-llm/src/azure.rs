//! Azure `OpenAI`: the Chat Completions dialect under another roof.
//!
//! What differs is where a deployment is addressed (`address`), how a caller shows who it is, and
//! the filter's words between the model's, which the dialect's reader passes over. The model of a target is the name of its
//! deployment. Source: the vendor's REST reference and its page on the API version's life cycle.

mod address;

use bytes::Bytes;
use changeover_http::Secret;

use crate::canonical::ChatRequest;
use crate::dialect::{BadAddress, Dialect, EventDecoder, ReadAnswer, WireRequest, written};
use crate::endpoint::Endpoint;
use crate::openai::document::Document;
use crate::openai::{self, Flavour};
use address::Style;

/// `POST /openai/v1/chat/completions`, or the same of one deployment at a dated version.
#[derive(Debug)]
pub(crate) struct Deployments;

impl Dialect for Deployments {
    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        streaming: bool,
    ) -> Result<WireRequest, BadAddress> {
        let (url, style) = address::of(&endpoint.provider.base_url, endpoint.model)?;
        let body = openai::request::body(endpoint.model, request, streaming, Flavour::Azure);
        // A dated address names the deployment.
        let body = match style {
            Style::V1 => body,
            Style::Dated => body.without_model(),
            Style::DatedBeforeReasoning => body.without_model().in_older_words(),
        };
        let headers = endpoint.key.map(credential).into_iter().collect();
        Ok(WireRequest { url, headers, body: written(&body) })
    }

    fn read_document(&self, body: &Bytes) -> Option<Document> {
        openai::document::read(body)
    }

    fn read_answer(&self, body: &[u8]) -> Option<ReadAnswer> {
        openai::response::read(body)
    }

    fn decoder(&self) -> Box<dyn EventDecoder> {
        Box::<openai::stream::Decoder>::default()
    }
}

/// A key of the resource, or a token of the directory, which is a JSON web token.
fn credential(key: &Secret) -> (&'static str, String) {
    let secret = key.expose();
    let is_token = secret.starts_with("eyJ") && secret.split('.').count() == 3;
    if is_token {
        ("authorization", format!("Bearer {secret}"))
    } else {
        ("api-key", secret.to_owned())
    }
}

#[cfg(test)]
mod tests;
