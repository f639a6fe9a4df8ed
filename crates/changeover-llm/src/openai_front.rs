//! The `OpenAI` Chat Completions dialect as a server speaks it: what applications send us and what
//! they get back. Not for speaking to `OpenAI`; that is the adapter's.

mod errors;
mod request;
mod response;
mod stream;

pub use errors::{ErrorFields, encode_error, status_of};
pub use request::parse_request;
pub use response::encode_response;
pub use stream::{DONE, StreamEncoder};

use crate::canonical::ChatRequest;

/// An application's request.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontRequest {
    /// As written in `model`: a route, or a model name that the gateway knows.
    pub model: String,
    pub stream: bool,
    /// `stream_options.include_usage`.
    pub include_usage: bool,
    pub request: ChatRequest,
}

/// Why a request cannot be taken: always the application's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FrontError {
    pub message: String,
    /// The field at fault, as `messages[2].content`.
    pub param: Option<String>,
}

#[cfg(test)]
mod tests;
