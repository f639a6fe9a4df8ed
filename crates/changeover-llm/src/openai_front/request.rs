//! Reads an application's request. Every refusal names the field at fault.
//!
//! Sampling fields that no other vendor has (`seed`, penalties, `user`, `metadata` …) are left out:
//! they change an answer's flavour, not its shape. Fields that would change the shape of the answer
//! (`n`, `logprobs`, `functions`, audio) are refused, because an answer without what was asked for
//! would look like a defect of ours.

mod fields;
mod message;
mod tool;

use fields::Fields;
use serde_json::Value;

use super::{FrontError, FrontRequest};
use crate::canonical::{ChatRequest, ResponseFormat};

/// Reads the body of `POST /v1/chat/completions`.
///
/// # Errors
/// [`FrontError`] with the field at fault, for a 400.
pub fn parse_request(body: &[u8]) -> Result<FrontRequest, FrontError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| FrontError {
        message: format!("the body is not JSON that can be read: {error}"),
        param: None,
    })?;
    let fields = Fields::of(&value, "")?;
    refuse_what_changes_the_shape(&fields)?;
    let include_usage = match fields.object("stream_options")? {
        Some(options) => options.boolean("include_usage")?.unwrap_or(false),
        None => false,
    };
    Ok(FrontRequest {
        model: fields.required_text("model")?.to_owned(),
        stream: fields.boolean("stream")?.unwrap_or(false),
        include_usage,
        request: chat_request(&fields)?,
    })
}

fn chat_request(fields: &Fields<'_>) -> Result<ChatRequest, FrontError> {
    let max_tokens = match fields.count("max_completion_tokens")? {
        Some(count) => Some(count),
        None => fields.count("max_tokens")?,
    };
    Ok(ChatRequest {
        messages: message::messages(fields)?,
        tools: tool::tools(fields)?,
        tool_choice: tool::tool_choice(fields)?,
        response_format: response_format(fields)?,
        max_tokens,
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        stop: stop(fields)?,
    })
}

fn refuse_what_changes_the_shape(fields: &Fields<'_>) -> Result<(), FrontError> {
    if fields.count("n")?.is_some_and(|n| n != 1) {
        return Err(fields.error("n", "only one choice per request is served"));
    }
    if fields.boolean("logprobs")?.unwrap_or(false) {
        return Err(fields.error("logprobs", "log probabilities are not served"));
    }
    for (name, instead) in [
        ("functions", "use `tools`"),
        ("function_call", "use `tool_choice`"),
        ("audio", "audio is not served"),
    ] {
        if fields.get(name).is_some() {
            return Err(fields.error(name, &format!("is not taken here: {instead}")));
        }
    }
    Ok(())
}

fn response_format(fields: &Fields<'_>) -> Result<ResponseFormat, FrontError> {
    let Some(format) = fields.object("response_format")? else {
        return Ok(ResponseFormat::Text);
    };
    match format.required_text("type")? {
        "text" => Ok(ResponseFormat::Text),
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => {
            let schema = format.required_object("json_schema")?;
            Ok(ResponseFormat::JsonSchema {
                name: schema.required_text("name")?.to_owned(),
                schema: schema.required_object("schema")?.to_value(),
                strict: schema.boolean("strict")?.unwrap_or(false),
            })
        }
        _ => Err(format.error("type", "must be `text`, `json_object` or `json_schema`")),
    }
}

fn stop(fields: &Fields<'_>) -> Result<Vec<String>, FrontError> {
    match fields.get("stop") {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(many)) => many
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| fields.error("stop", "must hold texts only")),
        Some(_) => Err(fields.error("stop", "must be a text or a list of texts")),
    }
}
