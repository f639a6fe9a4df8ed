//! Refusals in the caller's dialect.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::BytesRejection;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use changeover_domain::{Outcome, RouteId};
use changeover_llm::Failure;
use changeover_llm::openai_front::{ErrorFields, FrontError, encode_error, status_of};

use super::headers::with_bare_headers;
use super::passage::new_request_id;
use crate::shared::{Shared, locked};

/// An answer without an answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) code: &'static str,
    pub(super) retry_after: Option<Duration>,
    /// How the request is counted.
    pub(super) outcome: Outcome,
}

impl Refusal {
    /// For the last failure of a request.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        Self {
            status: status_of(failure),
            message: failure.why.clone(),
            code: failure.class.as_str(),
            retry_after: failure.retry_after,
            outcome: Outcome::Failed(failure.class),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = error(self.status, &self.message, Some(self.code), None);
        if let Some(wait) = self.retry_after {
            // Rounded up: who comes back a moment early is refused again.
            let seconds = wait.as_millis().div_ceil(1_000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                answer.headers_mut().insert(RETRY_AFTER, value);
            }
        }
        answer
    }
}

fn error(status: u16, message: &str, code: Option<&str>, param: Option<&str>) -> Response {
    let fields = ErrorFields { message, r#type: None, code, param };
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status_code, Json(encode_error(status, &fields))).into_response()
}

pub(super) fn unread_body(rejection: &BytesRejection) -> Response {
    let status = rejection.status().as_u16();
    let answer = if status == 413 {
        let message = "the body is larger than 8 MiB, the most that is taken";
        error(status, message, Some("payload_too_large"), None)
    } else {
        error(status, "the body broke off", None, None)
    };
    with_bare_headers(answer, &new_request_id())
}

pub(super) fn malformed(problem: &FrontError) -> Response {
    let code = Some("invalid_request");
    let answer = error(400, &problem.message, code, problem.param.as_deref());
    with_bare_headers(answer, &new_request_id())
}

pub(super) fn unknown_route(shared: &Arc<Shared>, asked_for: &str) -> Response {
    let shown: String = asked_for.chars().take(100).collect();
    let known: Vec<String> = locked(&shared.board).route_ids().map(RouteId::to_string).collect();
    let message = format!(
        "there is no route `{shown}` here; known: {}. Name one as `model`, or in the header \
         x-changeover-route",
        known.join(", ")
    );
    let answer = error(404, &message, Some("model_not_found"), Some("model"));
    with_bare_headers(answer, &new_request_id())
}

pub(super) async fn unknown_path(uri: Uri) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    let message =
        format!("`{path}` is not served here; try POST /v1/chat/completions or GET /v1/models");
    with_bare_headers(error(404, &message, None, None), &new_request_id())
}

pub(super) async fn wrong_method() -> Response {
    let message = "this method is not served here: POST /v1/chat/completions, GET /v1/models";
    with_bare_headers(error(405, message, None, None), &new_request_id())
}
