//! The `OpenAI` Chat Completions dialect, as a client speaks it to `OpenAI` and to those that
//! borrow the dialect.
//!
//! They differ in little: `OpenAI` itself wants `max_completion_tokens`, the others know
//! `max_tokens`; a base address of the others is used as it stands when it has a path.
//! Source: the vendor's API reference of chat completions.

pub(crate) mod document;
pub(crate) mod errors;
pub(crate) mod forward;
pub(crate) mod losses;
pub(crate) mod models;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod strict;

use bytes::Bytes;
use serde_json::Value;

use crate::canonical::{ChatRequest, ExtraOf};
use crate::dialect::{
    BadAddress, Dialect, EventDecoder, IdRule, ReadAnswer, WireRequest, address, base_address,
    written,
};
use crate::endpoint::Endpoint;
use crate::front::Plain;
use document::Document;

/// Who speaks the dialect, where that makes a difference on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// The vendor itself.
    Openai,
    /// The vendor's models behind names that customers choose.
    Azure,
    /// Whoever borrows the dialect.
    Compatible,
    /// A borrower with rules of its own for ids and seeds.
    Mistral,
}

impl Flavour {
    /// The vendor's own models serve, wherever they run.
    pub(crate) fn is_openai(self) -> bool {
        matches!(self, Self::Openai | Self::Azure)
    }

    /// Whether a field of one dialect may be sent.
    pub(crate) fn takes(self, extra: ExtraOf) -> bool {
        match extra {
            ExtraOf::Openai => self.is_openai(),
            ExtraOf::OpenaiCompatible => !self.is_openai(),
            ExtraOf::Anthropic => false,
        }
    }

    /// Whether an answer can be held to this schema in the strict mode.
    pub(crate) fn holds_to(self, schema: &Value) -> bool {
        !self.is_openai() || strict::fits(schema)
    }

    /// Whether a model's earlier thoughts may be given back: some servers want them.
    pub(crate) fn takes_thoughts(self) -> bool {
        self == Self::Compatible
    }

    pub(crate) fn ids(self) -> IdRule {
        match self {
            Self::Openai | Self::Azure => IdRule::Openai,
            Self::Compatible => IdRule::Any,
            Self::Mistral => IdRule::Mistral,
        }
    }
}

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
        let flavour = self.flavour(&endpoint.provider.base_url);
        let body = request::body(endpoint.model, request, streaming, flavour);
        self.to(endpoint, &["chat", "completions"], written(&body))
    }

    fn forwards(&self, endpoint: &Endpoint<'_>, plain: &Plain) -> bool {
        let flavour = self.flavour(&endpoint.provider.base_url);
        forward::takes(flavour, endpoint.model, plain)
    }

    fn forwarded(
        &self,
        endpoint: &Endpoint<'_>,
        plain: &Plain,
        body: &[u8],
    ) -> Result<WireRequest, BadAddress> {
        let flavour = self.flavour(&endpoint.provider.base_url);
        let body = forward::body(flavour, endpoint.model, plain, body);
        self.to(endpoint, &["chat", "completions"], body)
    }

    fn read_document(&self, body: &Bytes) -> Option<Document> {
        document::read(body)
    }

    fn read_answer(&self, body: &[u8]) -> Option<ReadAnswer> {
        response::read(body)
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
        Some(self.to(endpoint, &["embeddings"], written(&body)))
    }
}

impl ChatCompletions {
    fn to(
        &self,
        endpoint: &Endpoint<'_>,
        segments: &[&str],
        body: Bytes,
    ) -> Result<WireRequest, BadAddress> {
        let base = &endpoint.provider.base_url;
        let has_path = || base_address(base).is_ok_and(|url| url.path().len() > 1);
        let version = if !self.proper && has_path() { "" } else { "v1" };
        let authorization =
            |key: &changeover_http::Secret| ("authorization", format!("Bearer {}", key.expose()));
        Ok(WireRequest {
            url: address(base, version, segments)?,
            headers: endpoint.key.map(authorization).into_iter().collect(),
            body,
        })
    }

    fn flavour(&self, base: &str) -> Flavour {
        if self.proper {
            return Flavour::Openai;
        }
        let url = base_address(base).ok();
        let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default();
        let is_mistral = host == "mistral.ai" || host.ends_with(".mistral.ai");
        if is_mistral { Flavour::Mistral } else { Flavour::Compatible }
    }
}

#[cfg(test)]
mod tests;
