//! Google's refusals: `{"error":{"code","message","status","details"}}`. The details decide.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{Problem, Refusal, edge_page};
use crate::fault::ErrorKind;

pub(super) fn unknown_model(model: &str) -> Problem {
    Problem::of(
        ErrorKind::ModelNotFound,
        format!(
            "models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods."
        ),
    )
}

pub(super) fn too_long(tokens: u64, limit: u32) -> Problem {
    Problem::of(
        ErrorKind::ContextLength,
        format!(
            "The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit})."
        ),
    )
}

pub(super) fn refuse(problem: &Problem, model: &str) -> Refusal {
    if problem.kind == ErrorKind::GatewayError {
        return edge_page("generativelanguage.googleapis.com");
    }
    let (status, name, usual) = usual(problem.kind);
    let mut error = json!({
        "code": status,
        "message": problem.message.clone().unwrap_or_else(|| usual.replace("{model}", model)),
        "status": name,
    });
    // A caller without any key is turned away without details.
    let details = match (problem.kind, &problem.message) {
        (ErrorKind::Permission, Some(_)) => Value::Null,
        (kind, _) => details(kind, model),
    };
    if !details.is_null()
        && let Some(fields) = error.as_object_mut()
    {
        fields.insert("details".to_owned(), details);
    }
    Refusal {
        status,
        headers: vec![("server", "scaffolding on HTTPServer2".to_owned())],
        content_type: "application/json; charset=UTF-8",
        body: format!("{:#}\n", json!({ "error": error })),
    }
}

/// Code, status and usual words of each kind.
fn usual(kind: ErrorKind) -> (u16, &'static str, &'static str) {
    match kind {
        ErrorKind::InvalidRequest => {
            (400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        }
        ErrorKind::ContextLength => (
            400,
            "INVALID_ARGUMENT",
            "The input token count (1203311) exceeds the maximum number of tokens allowed (1048576).",
        ),
        ErrorKind::ContentFilter => (
            400,
            "INVALID_ARGUMENT",
            "The request was blocked by the safety settings of this project.",
        ),
        ErrorKind::Authentication => {
            (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        }
        ErrorKind::Permission => (
            403,
            "PERMISSION_DENIED",
            "Permission denied: Consumer 'projects/sandbox' has been suspended.",
        ),
        ErrorKind::ModelNotFound => (
            404,
            "NOT_FOUND",
            "models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.",
        ),
        ErrorKind::PayloadTooLarge => {
            (413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes.")
        }
        ErrorKind::RateLimited => (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 2000000\nPlease retry in 20.025771073s.",
        ),
        ErrorKind::QuotaExhausted => (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota. Go to https://aistudio.google.com/apikey to upgrade your quota tier, or submit a quota increase request in https://ai.google.dev/gemini-api/docs/rate-limits#request-rate-limit-increase",
        ),
        ErrorKind::SpendCap => (
            429,
            "RESOURCE_EXHAUSTED",
            "Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your project spend cap.",
        ),
        ErrorKind::ServerError
        | ErrorKind::GatewayError
        | ErrorKind::ErrorInStream
        | ErrorKind::Unavailable
        | ErrorKind::Overloaded => theirs(kind),
    }
}

/// The same for what is Google's own fault.
fn theirs(kind: ErrorKind) -> (u16, &'static str, &'static str) {
    match kind {
        ErrorKind::Unavailable => (503, "UNAVAILABLE", "The service is currently unavailable."),
        ErrorKind::Overloaded => {
            (503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
        }
        _ => (
            500,
            "INTERNAL",
            "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
        ),
    }
}

fn details(kind: ErrorKind, model: &str) -> Value {
    match kind {
        ErrorKind::Authentication => json!([error_info("API_KEY_INVALID")]),
        ErrorKind::Permission => json!([error_info("CONSUMER_SUSPENDED")]),
        ErrorKind::RateLimited => json!([
            quota_failure("GenerateContentPaidTierInputTokensPerModelPerMinute", "2000000", model),
            { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "20s" },
        ]),
        ErrorKind::QuotaExhausted => {
            json!([quota_failure("GenerateRequestsPerDayPerProjectPerModel", "10000", model)])
        }
        _ => Value::Null,
    }
}

fn error_info(reason: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": { "service": "generativelanguage.googleapis.com" },
    })
}

fn quota_failure(id: &str, value: &str, model: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_paid_tier_requests",
            "quotaId": id,
            "quotaDimensions": { "model": model, "location": "global" },
            "quotaValue": value,
        }],
    })
}

pub(super) fn event() -> Bytes {
    let error = json!({ "error": {
        "code": 503,
        "message": "The model is overloaded. Please try again later.",
        "status": "UNAVAILABLE",
    }});
    Bytes::from(format!("data: {error}\r\n\r\n"))
}
