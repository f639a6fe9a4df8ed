//! From a vendor's answer to the class of the failure, whose it is and what helps.

use std::time::Duration;

use changeover_domain::{FailureClass, Whose};

/// An answer as it came, to be judged. Nothing of it is trusted.
#[derive(Debug, Clone, Copy)]
pub struct HttpAnswer<'a> {
    /// The vendor: a provider kind's name (`anthropic`, `openai_compatible`) or, where known, the
    /// vendor's own (`groq`, `openrouter`). An unknown name is judged by the body's shape alone.
    pub provider: &'a str,
    /// `None` when it is not known.
    pub status: Option<u16>,
    pub headers: &'a [(String, String)],
    pub content_type: Option<&'a str>,
    pub body: &'a str,
    /// The body is one event, or the events, of a stream that had begun with status 200.
    pub in_stream: bool,
}

/// What an answer was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    pub class: FailureClass,
    pub inner: Option<FailureClass>,
    pub whose: Whose,
    pub retryable: bool,
    pub next_target_helps: bool,
    pub why: String,
    pub retry_after: Option<Duration>,
}

impl Classified {
    /// The class with what usually goes with it.
    #[must_use]
    pub fn usual(class: FailureClass, why: impl Into<String>) -> Self {
        Self {
            class,
            inner: None,
            whose: class.usually_whose(),
            retryable: usually_retryable(class),
            next_target_helps: usually_next_target_helps(class),
            why: why.into(),
            retry_after: None,
        }
    }
}

fn usually_retryable(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Connect
            | FailureClass::Dns
            | FailureClass::TimeoutConnect
            | FailureClass::TimeoutFirstToken
            | FailureClass::TimeoutStall
            | FailureClass::TimeoutTotal
            | FailureClass::RateLimited
            | FailureClass::ConcurrencyLimited
            | FailureClass::Overloaded
            | FailureClass::ServerError
            | FailureClass::GatewayError
            | FailureClass::MalformedOutput
            | FailureClass::MalformedToolCall
            | FailureClass::Empty
            | FailureClass::ErrorInStream
    )
}

fn usually_next_target_helps(class: FailureClass) -> bool {
    !matches!(
        class,
        FailureClass::InvalidRequest
            | FailureClass::PayloadTooLarge
            | FailureClass::Truncated
            | FailureClass::ClientCancelled
    )
}

/// Judges an answer. Pure.
#[must_use]
pub fn classify(answer: &HttpAnswer<'_>) -> Classified {
    by_status(answer.status)
}

/// What the status alone tells: a hint for when nothing better is known.
fn by_status(status: Option<u16>) -> Classified {
    let class = match status {
        Some(400 | 405 | 406 | 409 | 415 | 422) => FailureClass::InvalidRequest,
        Some(401) => FailureClass::Authentication,
        Some(402) => FailureClass::SpendCap,
        Some(403) => FailureClass::Permission,
        Some(404) => FailureClass::InvalidRequest,
        Some(413) => FailureClass::PayloadTooLarge,
        Some(429) => FailureClass::RateLimited,
        Some(499) => FailureClass::ClientCancelled,
        Some(408 | 502 | 504 | 520..=526) => FailureClass::GatewayError,
        Some(503 | 529) => FailureClass::Overloaded,
        Some(500..=599) => FailureClass::ServerError,
        _ => FailureClass::Unknown,
    };
    let why = status.map_or_else(
        || "nothing in the answer says what went wrong".to_owned(),
        |status| format!("HTTP {status} without a body that says more"),
    );
    Classified::usual(class, why)
}
