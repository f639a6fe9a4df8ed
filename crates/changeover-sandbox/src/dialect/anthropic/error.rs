//! Anthropic's refusals: `{"type":"error","error":{"type","message"},"request_id"}`.

use bytes::Bytes;
use serde_json::json;

use super::super::{Problem, Refusal, Stamp, edge_page};
use super::answer::{event_bytes, limits, request_id};
use crate::fault::ErrorKind;

pub(super) fn unknown_model(model: &str) -> Problem {
    Problem::of(ErrorKind::ModelNotFound, format!("model: {model}"))
}

pub(super) fn too_long(tokens: u64, limit: u32) -> Problem {
    let message = format!("prompt is too long: {tokens} tokens > {limit} maximum");
    Problem::of(ErrorKind::ContextLength, message)
}

pub(super) fn refuse(problem: &Problem, model: &str, stamp: &Stamp) -> Refusal {
    if problem.kind == ErrorKind::GatewayError {
        return edge_page("api.anthropic.com");
    }
    let (status, kind, usual) = usual(problem.kind);
    let status = if problem.code == Some("405") { 405 } else { status };
    if problem.kind == ErrorKind::Unavailable {
        // The proxy in front of the model service, not the service.
        return Refusal {
            status,
            headers: vec![("server", "envoy".to_owned())],
            content_type: "text/plain",
            body: usual.to_owned(),
        };
    }
    let mut error = json!({ "type": kind, "message": problem.message.as_deref().unwrap_or(usual) });
    if problem.kind == ErrorKind::SpendCap
        && let Some(fields) = error.as_object_mut()
    {
        let details = json!({ "error_code": "enforced_spend_limit_reached" });
        fields.insert("details".to_owned(), details);
    }
    if problem.kind == ErrorKind::ModelNotFound && problem.message.is_none() {
        error = json!({ "type": kind, "message": format!("model: {model}") });
    }
    let body = json!({ "type": "error", "error": error, "request_id": request_id(stamp) });
    Refusal {
        status,
        headers: headers(problem.kind, stamp),
        content_type: "application/json",
        body: body.to_string(),
    }
}

fn headers(kind: ErrorKind, stamp: &Stamp) -> Vec<(&'static str, String)> {
    let retry =
        matches!(kind, ErrorKind::Overloaded | ErrorKind::ServerError | ErrorKind::RateLimited);
    let mut headers = vec![
        ("request-id", request_id(stamp)),
        ("server", "cloudflare".to_owned()),
        ("x-should-retry", retry.to_string()),
    ];
    if kind == ErrorKind::RateLimited {
        headers.push(("retry-after", "20".to_owned()));
        headers.extend(limits(stamp, 0.0));
    }
    if kind == ErrorKind::QuotaExhausted {
        headers.push(("retry-after", "14400".to_owned()));
    }
    headers
}

/// Status, type and usual words of each kind.
fn usual(kind: ErrorKind) -> (u16, &'static str, &'static str) {
    match kind {
        ErrorKind::InvalidRequest => {
            (400, "invalid_request_error", "messages.0.content: Input should be a valid list")
        }
        ErrorKind::ContextLength => {
            (400, "invalid_request_error", "prompt is too long: 214301 tokens > 200000 maximum")
        }
        ErrorKind::ContentFilter => {
            (400, "invalid_request_error", "Output blocked by content filtering policy")
        }
        ErrorKind::Authentication => (401, "authentication_error", "invalid x-api-key"),
        ErrorKind::Permission => (
            403,
            "permission_error",
            "Your API key does not have permission to use the specified resource.",
        ),
        ErrorKind::ModelNotFound => (404, "not_found_error", "Not Found"),
        ErrorKind::PayloadTooLarge => {
            (413, "request_too_large", "Request exceeds the maximum allowed number of bytes.")
        }
        ErrorKind::RateLimited => (
            429,
            "rate_limit_error",
            "This request would exceed your organization's rate limit of 2,000,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
        ),
        ErrorKind::QuotaExhausted => (
            429,
            "rate_limit_error",
            "This request would exceed your account's daily rate limit. Please try again later.",
        ),
        ErrorKind::SpendCap => (
            429,
            "rate_limit_error",
            "You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier.",
        ),
        ErrorKind::Unavailable => (
            503,
            "",
            "upstream connect error or disconnect/reset before headers. reset reason: overflow",
        ),
        ErrorKind::Overloaded => (529, "overloaded_error", "Overloaded"),
        ErrorKind::ServerError | ErrorKind::GatewayError | ErrorKind::ErrorInStream => {
            (500, "api_error", "Internal server error")
        }
    }
}

pub(super) fn event(stamp: &Stamp) -> Bytes {
    event_bytes(&json!({
        "type": "error",
        "error": { "details": null, "type": "overloaded_error", "message": "Overloaded" },
        "request_id": request_id(stamp),
    }))
}
