//! Failures as an application of the `OpenAI` API expects them.

use serde::Serialize;

use crate::front::ErrorFields;
use crate::front::frames;

/// The body of an error answer, and the data of an error event in a stream.
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    error: Fields<'a>,
}

#[derive(Debug, Serialize)]
struct Fields<'a> {
    message: &'a str,
    r#type: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

pub(super) fn body<'a>(status: u16, fields: &ErrorFields<'a>) -> Body<'a> {
    let usual = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    let &ErrorFields { message, r#type, code, param, request_id: _ } = fields;
    Body { error: Fields { message, r#type: r#type.unwrap_or(usual), param, code } }
}

pub(crate) fn encode(status: u16, fields: &ErrorFields<'_>) -> Vec<u8> {
    frames::json(&body(status, fields))
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;
    use serde_json::{Value, json};

    use super::*;
    use crate::failure::Failure;
    use crate::front::Door;

    #[test]
    fn our_wrong_key_is_not_the_applications_401() {
        let failure = Failure::without_answer(FailureClass::Authentication, "the key was rejected");
        assert_eq!(Door::OpenAi.status_of(&failure), 502);
        let body: Value = serde_json::from_slice(&encode(502, &ErrorFields::of(&failure))).unwrap();
        assert_eq!(
            body,
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
        assert_eq!(Door::OpenAi.status_of(&failure), 429);
    }
}
