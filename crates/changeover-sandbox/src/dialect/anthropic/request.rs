//! What Anthropic takes, and what it refuses before any model sees it.

use axum::http::Method;
use serde_json::Value;

use super::super::read::{characters, entries, question, size, text, texts};
use super::super::{Ask, Call, Problem, Want};
use super::content;
use crate::fault::ErrorKind;
use crate::prose::estimate;

pub(super) fn read(call: &Call<'_>) -> Result<Ask, Problem> {
    if call.uri.path() != "/v1/messages" {
        return Err(Problem::of(ErrorKind::ModelNotFound, "Not Found"));
    }
    if call.method != Method::POST {
        return Err(Problem {
            code: Some("405"),
            ..Problem::of(ErrorKind::InvalidRequest, "Method Not Allowed")
        });
    }
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    match header("x-api-key") {
        Some(key) if key == call.provider.key => {}
        Some(_) => return Err(Problem::usual(ErrorKind::Authentication)),
        None => {
            let message = "x-api-key header is required";
            return Err(Problem::of(ErrorKind::Authentication, message));
        }
    }
    if header("anthropic-version").is_none() {
        return Err(invalid("anthropic-version: header is required"));
    }
    let body: Value = serde_json::from_slice(call.body)
        .map_err(|error| invalid(format!("The request body is not valid JSON: {error}")))?;
    ask(&body)
}

fn ask(body: &Value) -> Result<Ask, Problem> {
    let model = text(body, "model").ok_or_else(|| invalid("model: Field required"))?;
    let max_tokens = body.get("max_tokens").ok_or_else(|| invalid("max_tokens: Field required"))?;
    let max_tokens = size(max_tokens)
        .filter(|count| *count > 0)
        .ok_or_else(|| invalid("max_tokens: Input should be greater than or equal to 1"))?;
    let messages = entries(body, "messages");
    if messages.is_empty() {
        return Err(invalid("messages: at least one message is required"));
    }
    for (index, message) in messages.iter().enumerate() {
        if !matches!(text(message, "role"), Some("user" | "assistant")) {
            return Err(invalid(format!(
                "messages.{index}.role: Input should be 'user' or 'assistant'"
            )));
        }
        if message.get("content").is_none() {
            return Err(invalid(format!("messages.{index}.content: Field required")));
        }
    }
    let pictures = content::check(messages)?;
    let length = ["system", "messages", "tools"].map(|field| body.get(field).map_or(0, characters));
    Ok(Ask {
        model: model.to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        input_tokens: estimate(length.iter().sum(), messages.len()) + pictures,
        max_tokens: Some(max_tokens),
        stop: texts(body.get("stop_sequences")),
        want: want(body)?,
        question: question(messages),
        include_usage: true,
        events: true,
    })
}

fn want(body: &Value) -> Result<Want, Problem> {
    let tools = entries(body, "tools");
    let choice = body.get("tool_choice");
    let forced = match choice.and_then(|choice| text(choice, "type")) {
        Some("any") => tools.first(),
        Some("tool") => {
            let name = choice.and_then(|choice| text(choice, "name"));
            let tool = tools.iter().find(|tool| text(tool, "name") == name);
            Some(tool.ok_or_else(|| {
                let name = name.unwrap_or_default();
                invalid(format!("tool_choice.name: Tool '{name}' not found in provided tools"))
            })?)
        }
        _ => None,
    };
    if let Some(tool) = forced {
        return Ok(Want::Tool {
            name: text(tool, "name").unwrap_or_default().to_owned(),
            schema: tool.get("input_schema").cloned().unwrap_or_default(),
        });
    }
    let format = body.pointer("/output_config/format").or_else(|| body.get("output_format"));
    Ok(match format {
        Some(format) if text(format, "type") == Some("json_schema") => {
            Want::Json(format.get("schema").cloned().unwrap_or_default())
        }
        _ if asks_for_json_in_words(body) => Want::Json(Value::Null),
        _ => Want::Text,
    })
}

/// This vendor has no field for "any JSON"; its models do it when their instructions say so.
fn asks_for_json_in_words(body: &Value) -> bool {
    let system = body.get("system");
    let blocks = body.get("system").and_then(Value::as_array).into_iter().flatten();
    let mut texts =
        blocks.filter_map(|block| text(block, "text")).chain(system.and_then(Value::as_str));
    texts.any(|text| text.contains("JSON object"))
}

pub(super) fn invalid(message: impl Into<String>) -> Problem {
    Problem::of(ErrorKind::InvalidRequest, message)
}
