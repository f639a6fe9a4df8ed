//! OpenAI's refusals: `{"error":{"message","type","param","code"}}`, printed over several lines.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{Problem, Refusal, Stamp, edge_page};
use super::answer::{limits, request_id};
use crate::fault::ErrorKind;

pub(super) fn unknown_model(model: &str) -> Problem {
    let message = format!("The model `{model}` does not exist or you do not have access to it.");
    Problem::of(ErrorKind::ModelNotFound, message)
}

pub(super) fn too_long(tokens: u64, limit: u32) -> Problem {
    Problem {
        param: Some("messages"),
        ..Problem::of(
            ErrorKind::ContextLength,
            format!(
                "This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
            ),
        )
    }
}

pub(super) fn refuse(problem: &Problem, model: &str, stamp: &Stamp) -> Refusal {
    if problem.kind == ErrorKind::GatewayError {
        return edge_page("api.openai.com");
    }
    let usual = usual(problem.kind);
    let usual_message = usual.message.replace("{model}", model);
    // An empty code stands for null.
    let code = match problem.code.or(usual.code) {
        Some("") | None => Value::Null,
        Some(code) => json!(code),
    };
    let body = json!({ "error": {
        "message": problem.message.clone().unwrap_or(usual_message),
        "type": usual.r#type,
        "param": problem.param,
        "code": code,
    }});
    let mut headers =
        vec![("x-request-id", request_id(stamp)), ("server", "cloudflare".to_owned())];
    if problem.kind == ErrorKind::RateLimited {
        headers.push(("retry-after", "20".to_owned()));
        headers.push(("retry-after-ms", "20000".to_owned()));
        headers.extend(limits(0.0));
    }
    Refusal {
        status: usual.status,
        headers,
        content_type: "application/json",
        body: format!("{body:#}\n"),
    }
}

struct Usual {
    status: u16,
    r#type: &'static str,
    code: Option<&'static str>,
    message: &'static str,
}

const fn words(
    status: u16,
    r#type: &'static str,
    code: Option<&'static str>,
    message: &'static str,
) -> Usual {
    Usual { status, r#type, code, message }
}

/// Status, type, code and usual words of each kind.
fn usual(kind: ErrorKind) -> Usual {
    let invalid = "invalid_request_error";
    match kind {
        ErrorKind::InvalidRequest => words(
            400,
            invalid,
            None,
            "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        ),
        ErrorKind::ContextLength => words(
            400,
            invalid,
            Some("context_length_exceeded"),
            "This model's maximum context length is 400000 tokens. However, your messages resulted in 412977 tokens. Please reduce the length of the messages.",
        ),
        ErrorKind::ContentFilter => words(
            400,
            invalid,
            Some("invalid_prompt"),
            "Invalid prompt: we've limited access to this content for safety reasons.",
        ),
        ErrorKind::Authentication => words(
            401,
            invalid,
            Some("invalid_api_key"),
            "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
        ),
        ErrorKind::Permission => words(
            403,
            invalid,
            Some("model_not_found"),
            "Project does not have access to model `{model}`",
        ),
        ErrorKind::ModelNotFound => words(
            404,
            invalid,
            Some("model_not_found"),
            "The model `{model}` does not exist or you do not have access to it.",
        ),
        ErrorKind::PayloadTooLarge => {
            words(413, invalid, None, "Maximum content size limit exceeded.")
        }
        ErrorKind::RateLimited | ErrorKind::QuotaExhausted | ErrorKind::SpendCap => limit(kind),
        ErrorKind::ServerError
        | ErrorKind::GatewayError
        | ErrorKind::ErrorInStream
        | ErrorKind::Unavailable
        | ErrorKind::Overloaded => theirs(kind),
    }
}

/// The same for limits of rate and money, all of them 429.
fn limit(kind: ErrorKind) -> Usual {
    match kind {
        ErrorKind::RateLimited => words(
            429,
            "tokens",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization org-sandbox on tokens per min (TPM): Limit 2000000, Used 1999120, Requested 2210. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.",
        ),
        ErrorKind::QuotaExhausted => words(
            429,
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for {model} in organization org-sandbox on requests per day (RPD): Limit 10000, Used 10000, Requested 1. Please try again in 8.64s. Visit https://platform.openai.com/account/rate-limits to learn more.",
        ),
        _ => words(
            429,
            "insufficient_quota",
            Some("insufficient_quota"),
            "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        ),
    }
}

/// The same for what is OpenAI's own fault.
fn theirs(kind: ErrorKind) -> Usual {
    match kind {
        ErrorKind::Unavailable => words(
            503,
            "server_error",
            None,
            "The server is currently unavailable. Please try again later.",
        ),
        ErrorKind::Overloaded => words(
            503,
            "service_unavailable_error",
            Some("server_is_overloaded"),
            "Our servers are currently overloaded. Please try again later.",
        ),
        _ => words(
            500,
            "server_error",
            None,
            "The server had an error while processing your request. Sorry about that!",
        ),
    }
}

pub(super) fn event() -> Bytes {
    let error = json!({ "error": {
        "message": "The server had an error while processing your request. Sorry about that!",
        "type": "server_error",
        "param": null,
        "code": null,
    }});
    Bytes::from(format!("data: {error}\n\n"))
}

/// A key as OpenAI repeats it: the first eight letters and the last four.
pub(super) fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().take(200).collect();
    if letters.len() <= 12 {
        return "*".repeat(letters.len());
    }
    let (start, rest) = letters.split_at(8);
    let (middle, end) = rest.split_at(rest.len() - 4);
    let text = |part: &[char]| part.iter().collect::<String>();
    format!("{}{}{}", text(start), "*".repeat(middle.len()), text(end))
}
