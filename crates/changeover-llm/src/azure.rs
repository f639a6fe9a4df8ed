//! Azure `OpenAI`: the Chat Completions dialect under another roof.
//!
//! What differs is where a deployment is addressed (`address`), how a caller shows who it is, and
//! the filter's words between the model's (`stream`). The model of a target is the name of its
//! deployment. Source: the vendor's REST reference and its page on the API version's life cycle.

mod address;
mod stream;

use changeover_http::Secret;
use serde_json::Value;

use crate::canonical::ChatRequest;
use crate::dialect::{BadAddress, Dialect, EventDecoder, ReadAnswer, WireRequest};
use crate::endpoint::Endpoint;
use crate::openai;
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
        let newer = style != Style::DatedBeforeReasoning;
        let mut body = openai::request::body(endpoint.model, request, streaming, newer);
        if let Some(members) = body.as_object_mut() {
            // The address names the deployment.
            if style != Style::V1 {
                members.remove("model");
            }
            // Older versions refuse what they do not know.
            if !newer {
                members.remove("stream_options");
            }
        }
        Ok(WireRequest { url, headers: endpoint.key.map(credential).into_iter().collect(), body })
    }

    fn read_answer(&self, document: &Value) -> Option<ReadAnswer> {
        openai::response::read(document)
    }

    fn decoder(&self) -> Box<dyn EventDecoder> {
        Box::<stream::Decoder>::default()
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
