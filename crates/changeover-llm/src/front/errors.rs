//! What failures are to applications, as far as both dialects agree.

use changeover_domain::FailureClass;

use crate::failure::Failure;

/// What an error body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorFields<'a> {
    pub message: &'a str,
    /// `None` takes what goes with the status.
    pub r#type: Option<&'a str>,
    /// A word for programs; the failure's class, where it is one.
    pub code: Option<&'a str>,
    pub param: Option<&'a str>,
    /// The gateway's id of the request, where the dialect has a place for it in the body.
    pub request_id: Option<&'a str>,
}

impl<'a> ErrorFields<'a> {
    /// The fields for a failed attempt; the code is the failure's class.
    #[must_use]
    pub fn of(failure: &'a Failure) -> Self {
        let code = Some(failure.class.as_str());
        Self { message: &failure.why, code, ..Self::default() }
    }
}

/// The status for a failure, in the words of HTTP.
pub(super) fn status_of(failure: &Failure) -> u16 {
    match failure.inner.unwrap_or(failure.class) {
        FailureClass::InvalidRequest
        | FailureClass::ContextLength
        | FailureClass::ContentFilter
        | FailureClass::Refusal
        | FailureClass::Truncated => 400,
        FailureClass::PayloadTooLarge => 413,
        FailureClass::RateLimited
        | FailureClass::ConcurrencyLimited
        | FailureClass::QuotaExhausted => 429,
        FailureClass::ClientCancelled => 499,
        FailureClass::Overloaded => 503,
        FailureClass::TimeoutConnect
        | FailureClass::TimeoutFirstToken
        | FailureClass::TimeoutStall
        | FailureClass::TimeoutTotal => 504,
        _ => 502,
    }
}
