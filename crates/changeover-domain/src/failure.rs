//! Why a request did not succeed, and whose it is.
//!
//! One closed list for probes, gateways, history and screen. Deciding the class from a vendor's
//! answer is `changeover-llm`'s business.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What went wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    Connect,
    Dns,
    Tls,
    TimeoutConnect,
    TimeoutFirstToken,
    TimeoutStall,
    TimeoutTotal,
    RateLimited,
    ConcurrencyLimited,
    QuotaExhausted,
    SpendCap,
    Overloaded,
    ServerError,
    GatewayError,
    InvalidRequest,
    Authentication,
    Permission,
    ModelNotFound,
    ContextLength,
    PayloadTooLarge,
    ContentFilter,
    Refusal,
    MalformedOutput,
    MalformedToolCall,
    Truncated,
    Empty,
    ErrorInStream,
    ClientCancelled,
    Unknown,
}

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Theirs,
    OurConfiguration,
    OurQuota,
    OurBilling,
    OurNetwork,
    Caller,
    Unknown,
}

impl FailureClass {
    /// Every class, in the order of the list.
    pub const ALL: [Self; 29] = [
        Self::Connect,
        Self::Dns,
        Self::Tls,
        Self::TimeoutConnect,
        Self::TimeoutFirstToken,
        Self::TimeoutStall,
        Self::TimeoutTotal,
        Self::RateLimited,
        Self::ConcurrencyLimited,
        Self::QuotaExhausted,
        Self::SpendCap,
        Self::Overloaded,
        Self::ServerError,
        Self::GatewayError,
        Self::InvalidRequest,
        Self::Authentication,
        Self::Permission,
        Self::ModelNotFound,
        Self::ContextLength,
        Self::PayloadTooLarge,
        Self::ContentFilter,
        Self::Refusal,
        Self::MalformedOutput,
        Self::MalformedToolCall,
        Self::Truncated,
        Self::Empty,
        Self::ErrorInStream,
        Self::ClientCancelled,
        Self::Unknown,
    ];

    /// The class as it stands in the database, the admin API and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::TimeoutConnect => "timeout_connect",
            Self::TimeoutFirstToken => "timeout_first_token",
            Self::TimeoutStall => "timeout_stall",
            Self::TimeoutTotal => "timeout_total",
            Self::RateLimited => "rate_limited",
            Self::ConcurrencyLimited => "concurrency_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::SpendCap => "spend_cap",
            Self::Overloaded => "overloaded",
            Self::ServerError => "server_error",
            Self::GatewayError => "gateway_error",
            Self::InvalidRequest => "invalid_request",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::ModelNotFound => "model_not_found",
            Self::ContextLength => "context_length",
            Self::PayloadTooLarge => "payload_too_large",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
            Self::MalformedOutput => "malformed_output",
            Self::MalformedToolCall => "malformed_tool_call",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::ErrorInStream => "error_in_stream",
            Self::ClientCancelled => "client_cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// The class that bears this name, as written by [`Self::as_str`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }

    /// Whose it usually is. A vendor's answer may say more; then the classifier overrules this.
    #[must_use]
    pub fn usually_whose(self) -> Whose {
        match self {
            Self::TimeoutFirstToken
            | Self::TimeoutStall
            | Self::TimeoutTotal
            | Self::Overloaded
            | Self::ServerError
            | Self::GatewayError
            | Self::MalformedOutput
            | Self::MalformedToolCall
            | Self::Empty
            | Self::ErrorInStream
            // A refused connection to one vendor while others answer is theirs; that the others
            // do not answer either is seen by the verdict, not by one attempt.
            | Self::Connect
            | Self::TimeoutConnect => Whose::Theirs,
            Self::Dns | Self::Tls => Whose::OurNetwork,
            Self::RateLimited | Self::ConcurrencyLimited | Self::QuotaExhausted => Whose::OurQuota,
            Self::SpendCap => Whose::OurBilling,
            Self::Authentication | Self::Permission | Self::ModelNotFound => {
                Whose::OurConfiguration
            }
            Self::InvalidRequest
            | Self::ContextLength
            | Self::PayloadTooLarge
            | Self::ContentFilter
            | Self::Refusal
            | Self::Truncated
            | Self::ClientCancelled => Whose::Caller,
            Self::Unknown => Whose::Unknown,
        }
    }
}

/// How one attempt or one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind", content = "class")]
pub enum Outcome {
    Ok,
    Failed(FailureClass),
}

impl Outcome {
    /// The outcome as it stands in the database and in metrics: `ok` or the class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(class) => class.as_str(),
        }
    }

    /// The outcome that bears this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "ok" { Some(Self::Ok) } else { FailureClass::from_name(name).map(Self::Failed) }
    }

    /// Whether the work was done.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_is_the_one_on_the_wire() {
        for class in FailureClass::ALL {
            assert_eq!(FailureClass::from_name(class.as_str()), Some(class));
            let wire = serde_json::to_string(&class).unwrap();
            assert_eq!(wire, format!("\"{}\"", class.as_str()), "serde and as_str must agree");
        }
    }
}
