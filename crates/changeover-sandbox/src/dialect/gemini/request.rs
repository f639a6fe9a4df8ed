//! What Gemini takes, and what it refuses before any model sees it.

use axum::http::Method;
use serde_json::Value;

use super::super::read::{characters, entries, question, size, text, texts};
use super::super::{Ask, Call, Problem, Want};
use super::content;
use crate::fault::ErrorKind;
use crate::prose::estimate;

pub(super) fn read(call: &Call<'_>) -> Result<Ask, Problem> {
    let (model, method) = call
        .uri
        .path()
        .strip_prefix("/v1beta/models/")
        .and_then(|rest| rest.split_once(':'))
        .unwrap_or_default();
    let stream = match method {
        "generateContent" if call.method == Method::POST => false,
        "streamGenerateContent" if call.method == Method::POST => true,
        _ => {
            return Err(Problem::of(ErrorKind::ModelNotFound, "Requested entity was not found."));
        }
    };
    let query = |name: &str| {
        let pairs = call.uri.query().unwrap_or_default().split('&');
        let mut named = pairs.filter_map(|pair| pair.split_once('='));
        named.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let header = call.headers.get("x-goog-api-key");
    let key = header.and_then(|value| value.to_str().ok()).or_else(|| query("key"));
    match key {
        Some(key) if key == call.provider.key => {}
        Some(_) => return Err(Problem::usual(ErrorKind::Authentication)),
        None => {
            let message = "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.";
            return Err(Problem::of(ErrorKind::Permission, message));
        }
    }
    let body: Value = serde_json::from_slice(call.body)
        .map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    ask(&body, model, stream, query("alt") == Some("sse"))
}

fn ask(body: &Value, model: &str, stream: bool, events: bool) -> Result<Ask, Problem> {
    let contents = entries(body, "contents");
    if contents.is_empty() {
        return Err(invalid("* GenerateContentRequest.contents: contents is not specified\n"));
    }
    for content in contents {
        if !matches!(text(content, "role"), None | Some("user" | "model" | "function")) {
            return Err(invalid("Please use a valid role: user, model."));
        }
    }
    let system = body.get("systemInstruction").or_else(|| body.get("system_instruction"));
    let pictures = content::check(contents)?;
    let length = [body.get("contents"), body.get("tools"), system];
    let length = length.map(|part| part.map_or(0, characters));
    let limit = body.pointer("/generationConfig/maxOutputTokens");
    Ok(Ask {
        model: model.to_owned(),
        stream,
        input_tokens: estimate(length.iter().sum(), contents.len()) + pictures,
        max_tokens: limit.and_then(size),
        stop: texts(body.pointer("/generationConfig/stopSequences")),
        want: want(body),
        question: question(contents),
        include_usage: true,
        events,
    })
}

fn want(body: &Value) -> Want {
    let functions: Vec<&Value> = entries(body, "tools")
        .iter()
        .flat_map(|tool| entries(tool, "functionDeclarations"))
        .collect();
    let calling = body.pointer("/toolConfig/functionCallingConfig");
    if calling.and_then(|config| text(config, "mode")) == Some("ANY") {
        let allowed = calling.map_or(&[][..], |config| entries(config, "allowedFunctionNames"));
        let allows = |name: Option<&str>| {
            allowed.is_empty() || allowed.iter().any(|allowed| allowed.as_str() == name)
        };
        let function = functions.iter().find(|function| allows(text(function, "name")));
        if let Some(function) = function {
            let schema = function.get("parameters");
            let schema = schema.or_else(|| function.get("parametersJsonSchema"));
            return Want::Tool {
                name: text(function, "name").unwrap_or_default().to_owned(),
                schema: schema.cloned().unwrap_or_default(),
            };
        }
    }
    let config = body.get("generationConfig");
    match config.and_then(|config| text(config, "responseMimeType")) {
        Some("application/json") => {
            let schema = config.and_then(|config| {
                config.get("responseSchema").or_else(|| config.get("responseJsonSchema"))
            });
            Want::Json(schema.cloned().unwrap_or_default())
        }
        _ => Want::Text,
    }
}

pub(super) fn invalid(message: impl Into<String>) -> Problem {
    Problem::of(ErrorKind::InvalidRequest, message)
}
