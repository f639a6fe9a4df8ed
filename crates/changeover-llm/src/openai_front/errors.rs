//! Failures as an application of the `OpenAI` API expects them.

use changeover_domain::FailureClass;
use serde_json::{Value, json};

use crate::failure::Failure;

/// What an error body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorFields<'a> {
    pub message: &'a str,
    /// `None` takes what goes with the status.
    pub r#type: Option<&'a str>,
    pub code: Option<&'a str>,
    pub param: Option<&'a str>,
}

impl<'a> ErrorFields<'a> {
    /// The fields for a failed attempt; the code is the failure's class.
    #[must_use]
    pub fn of(failure: &'a Failure) -> Self {
        Self {
            message: &failure.why,
            r#type: None,
            code: Some(failure.class.as_str()),
            param: None,
        }
    }
}

/// The body of an error answer, and the data of an error event in a stream.
#[must_use]
pub fn encode_error(status: u16, fields: &ErrorFields<'_>) -> Value {
    let usual = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    json!({"error": {
        "message": fields.message,
        "type": fields.r#type.unwrap_or(usual),
        "param": fields.param,
        "code": fields.code,
    }})
}

/// The status with which a gateway passes a failure on. Faults of ours behind the gateway, such as
/// a wrong key, are the gateway's to its applications: 502, never 401.
#[must_use]
pub fn status_of(failure: &Failure) -> u16 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_wrong_key_is_not_the_applications_401() {
        let failure = Failure::without_answer(FailureClass::Authentication, "the key was rejected");
        assert_eq!(status_of(&failure), 502);
        assert_eq!(
            encode_error(502, &ErrorFields::of(&failure)),
            json!({"error": {"message": "the key was rejected", "type": "server_error",
                "param": null, "code": "authentication"}})
        );
    }

    #[test]
    fn a_failed_stream_answers_with_the_status_of_what_broke_it() {
        let failure = Failure {
            inner: Some(FailureClass::RateLimited),
            ..Failure::without_answer(FailureClass::ErrorInStream, "limited")
        };
        assert_eq!(status_of(&failure), 429);
    }
}
