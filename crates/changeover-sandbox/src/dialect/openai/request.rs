//! What OpenAI takes, and what it refuses before any model sees it.

use axum::http::Method;
use serde_json::Value;

use super::super::read::{characters, entries, question, size, text, texts};
use super::super::{Ask, Call, Problem, Want};
use super::error::masked;
use super::{content, embeddings};
use crate::fault::ErrorKind;
use crate::prose::estimate;

pub(super) fn read(call: &Call<'_>) -> Result<Ask, Problem> {
    let path = call.uri.path();
    let is_served = matches!(path, "/v1/chat/completions" | "/v1/embeddings");
    if !is_served || call.method != Method::POST {
        let message = format!("Invalid URL ({} {path})", call.method);
        return Err(Problem { code: Some(""), ..Problem::of(ErrorKind::ModelNotFound, message) });
    }
    authenticate(call)?;
    let body: Value = serde_json::from_slice(call.body).map_err(|_| {
        let message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.";
        Problem::of(ErrorKind::InvalidRequest, message)
    })?;
    if path == "/v1/embeddings" { embeddings::ask(&body) } else { ask(&body) }
}

fn authenticate(call: &Call<'_>) -> Result<(), Problem> {
    let header = call.headers.get("authorization");
    let key = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match key {
        Some(key) if key == call.provider.key => Ok(()),
        Some(key) => Err(Problem::of(
            ErrorKind::Authentication,
            format!(
                "Incorrect API key provided: {}. You can find your API key at https://platform.openai.com/account/api-keys.",
                masked(key)
            ),
        )),
        None => Err(Problem {
            code: Some(""),
            ..Problem::of(
                ErrorKind::Authentication,
                "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            )
        }),
    }
}

fn ask(body: &Value) -> Result<Ask, Problem> {
    let model = text(body, "model").ok_or_else(|| {
        invalid(
            "you must provide a model parameter".to_owned(),
            "model",
            "missing_required_parameter",
        )
    })?;
    if body.get("max_tokens").is_some_and(|value| !value.is_null()) {
        // The models of this generation take only the newer name.
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return Err(invalid(message.to_owned(), "max_tokens", "unsupported_parameter"));
    }
    let messages = entries(body, "messages");
    if messages.is_empty() {
        let message = "Missing required parameter: 'messages'.";
        return Err(invalid(message.to_owned(), "messages", "missing_required_parameter"));
    }
    for (index, message) in messages.iter().enumerate() {
        let role = text(message, "role").unwrap_or_default();
        if !["system", "developer", "user", "assistant", "tool", "function"].contains(&role) {
            let message = format!(
                "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'. (messages[{index}].role)"
            );
            return Err(invalid(message, "messages", "invalid_value"));
        }
    }
    let pictures = content::check(messages)?;
    let length = ["messages", "tools", "response_format"];
    let length = length.map(|field| body.get(field).map_or(0, characters));
    let include = body.pointer("/stream_options/include_usage");
    Ok(Ask {
        model: model.to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        input_tokens: estimate(length.iter().sum(), messages.len()) + pictures,
        max_tokens: body.get("max_completion_tokens").and_then(size),
        stop: texts(body.get("stop")),
        want: want(body)?,
        question: question(messages),
        include_usage: include.and_then(Value::as_bool).unwrap_or(false),
        events: true,
    })
}

fn want(body: &Value) -> Result<Want, Problem> {
    let functions: Vec<&Value> =
        entries(body, "tools").iter().filter_map(|tool| tool.get("function")).collect();
    let forced = match body.get("tool_choice") {
        Some(Value::String(choice)) if choice == "required" => functions.first().copied(),
        Some(Value::Object(choice)) => {
            let name = choice.get("function").and_then(|function| text(function, "name"));
            let function = functions.iter().find(|function| text(function, "name") == name);
            Some(*function.ok_or_else(|| {
                let name = name.unwrap_or_default();
                let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
                invalid(message, "tool_choice", "invalid_value")
            })?)
        }
        _ => None,
    };
    if let Some(function) = forced {
        return Ok(Want::Tool {
            name: text(function, "name").unwrap_or_default().to_owned(),
            schema: function.get("parameters").cloned().unwrap_or_default(),
        });
    }
    let format = body.get("response_format");
    Ok(match format.and_then(|format| text(format, "type")) {
        Some("json_schema") => {
            let schema = format.and_then(|format| format.pointer("/json_schema/schema"));
            Want::Json(schema.cloned().unwrap_or_default())
        }
        Some("json_object") => Want::Json(Value::Null),
        _ => Want::Text,
    })
}

pub(super) fn invalid(message: String, param: &'static str, code: &'static str) -> Problem {
    Problem {
        kind: ErrorKind::InvalidRequest,
        message: Some(message),
        param: Some(param),
        code: Some(code),
    }
}
