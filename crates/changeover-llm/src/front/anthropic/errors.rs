//! Failures as an application of the Anthropic API expects them: the type follows the status, and
//! overload has a status of its own, 529, on which the SDKs try again.

use changeover_domain::FailureClass;
use serde::Serialize;

use crate::failure::Failure;
use crate::front::{ErrorFields, errors, frames};

/// The vendor's own status for "too busy".
const OVERLOADED: u16 = 529;

/// The body of an error answer, and the data of an error event in a stream.
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    r#type: &'static str,
    error: Fields<'a>,
    request_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Fields<'a> {
    r#type: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
}

/// The dialect has no code and no field of its own; its errors have details, which SDKs pass over
/// when they do not know them.
#[derive(Debug, Serialize)]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
}

pub(super) fn body<'a>(status: u16, fields: &ErrorFields<'a>) -> Body<'a> {
    let usual = match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | OVERLOADED => "overloaded_error",
        504 => "timeout_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    let &ErrorFields { message, r#type, code, param, request_id } = fields;
    let details =
        (code.is_some() || param.is_some()).then_some(Details { error_code: code, param });
    let error = Fields { r#type: r#type.unwrap_or(usual), message, details };
    Body { r#type: "error", error, request_id }
}

pub(crate) fn encode(status: u16, fields: &ErrorFields<'_>) -> Vec<u8> {
    frames::json(&body(status, fields))
}

pub(crate) fn status_of(failure: &Failure) -> u16 {
    match failure.inner.unwrap_or(failure.class) {
        FailureClass::Overloaded => OVERLOADED,
        _ => errors::status_of(failure),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn encoded(status: u16, fields: &ErrorFields<'_>) -> Value {
        serde_json::from_slice(&encode(status, fields)).unwrap()
    }

    #[test]
    fn an_overload_has_the_dialects_own_status_and_type() {
        let failure = Failure::without_answer(FailureClass::Overloaded, "too busy");
        assert_eq!(status_of(&failure), 529);
        assert_eq!(
            encoded(529, &ErrorFields { request_id: Some("r1"), ..ErrorFields::of(&failure) }),
            json!({"type": "error", "request_id": "r1", "error": {"type": "overloaded_error",
                "message": "too busy", "details": {"error_code": "overloaded"}}})
        );
    }

    #[test]
    fn every_status_has_a_type_that_the_sdks_know() {
        let kind = |status| encoded(status, &ErrorFields::default())["error"]["type"].clone();
        for (status, expected) in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (403, "permission_error"),
            (404, "not_found_error"),
            (405, "invalid_request_error"),
            (413, "request_too_large"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (502, "api_error"),
            (503, "overloaded_error"),
            (504, "timeout_error"),
        ] {
            assert_eq!(kind(status), expected, "{status}");
        }
    }
}
