//! Writes a Messages request.

use serde_json::{Map, Value, json};

use crate::canonical::{
    ChatRequest, Image, ImageSource, Message, Part, ResponseFormat, Role, ToolChoice, joined_text,
};
use crate::dialect::arguments_object;

/// What an answer may be long when the application does not say: the vendor requires a figure.
const DEFAULT_MAX_TOKENS: u32 = 4_096;
const JSON_ONLY: &str = "Answer with one JSON object and nothing else.";

pub(super) fn body(model: &str, request: &ChatRequest, streaming: bool) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(model));
    body.insert("max_tokens".into(), json!(request.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS)));
    let mut messages = turns(&request.messages);
    let mut system = system_text(request);
    if messages.is_empty() {
        // Instructions alone are no conversation here: they become the user's turn.
        messages.push(json!({"role": "user", "content": [{"type": "text", "text": system}]}));
        system.clear();
    }
    body.insert("messages".into(), Value::Array(messages));
    if !system.is_empty() {
        body.insert("system".into(), json!(system));
    }
    tools(&mut body, request);
    sampling(&mut body, request);
    if let ResponseFormat::JsonSchema { schema, .. } = &request.response_format {
        let format = json!({"type": "json_schema", "schema": closed(schema)});
        body.insert("output_config".into(), json!({"format": format}));
    }
    if streaming {
        body.insert("stream".into(), json!(true));
    }
    Value::Object(body)
}

fn system_text(request: &ChatRequest) -> String {
    let mut texts: Vec<&str> = request
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::Text(text) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if request.response_format == ResponseFormat::JsonObject {
        texts.push(JSON_ONLY);
    }
    texts.join("\n\n")
}

/// The turns without the system's. Neighbours of one role are one turn: all results of one round of
/// tool calls must stand together.
fn turns(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let blocks = message.parts.iter().filter_map(block);
        match turns.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ => turns.push((role, blocks.collect())),
        }
    }
    turns
        .into_iter()
        .filter(|(_, content)| !content.is_empty())
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect()
}

/// A content block; the vendor refuses empty texts, so they are left out.
fn block(part: &Part) -> Option<Value> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Image(Image { source: ImageSource::Inline { media_type, base64 }, .. }) => {
            json!({"type": "image",
            "source": {"type": "base64", "media_type": media_type, "data": base64}})
        }
        Part::Image(Image { source: ImageSource::Url(url), .. }) => {
            json!({"type": "image", "source": {"type": "url", "url": url}})
        }
        Part::ToolCall { id, name, arguments, .. } => json!({"type": "tool_use", "id": id,
            "name": name, "input": arguments_object(arguments)}),
        Part::ToolResult { call_id, parts, is_error } => json!({"type": "tool_result",
            "tool_use_id": call_id, "content": joined_text(parts), "is_error": is_error}),
        Part::Thinking { .. } | Part::RedactedThinking(_) | Part::CacheMark(_) => return None,
    })
}

fn tools(body: &mut Map<String, Value>, request: &ChatRequest) {
    if request.tools.is_empty() {
        return;
    }
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let mut fields = Map::new();
            fields.insert("name".into(), json!(tool.name));
            if let Some(description) = &tool.description {
                fields.insert("description".into(), json!(description));
            }
            fields.insert("input_schema".into(), tool.parameters.clone());
            Value::Object(fields)
        })
        .collect();
    body.insert("tools".into(), Value::Array(tools));
    let choice = match &request.tool_choice {
        ToolChoice::Auto => return,
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::Named(name) => json!({"type": "tool", "name": name}),
    };
    body.insert("tool_choice".into(), choice);
}

/// The vendor's temperature ends at 1, and it takes temperature or `top_p`, not both.
fn sampling(body: &mut Map<String, Value>, request: &ChatRequest) {
    if let Some(temperature) = request.temperature {
        body.insert("temperature".into(), json!(temperature.clamp(0.0, 1.0)));
    } else if let Some(top_p) = request.top_p {
        body.insert("top_p".into(), json!(top_p));
    }
    let stop: Vec<&String> = request.stop.iter().filter(|stop| !stop.trim().is_empty()).collect();
    if !stop.is_empty() {
        body.insert("stop_sequences".into(), json!(stop));
    }
}

/// The schema with `additionalProperties: false` on every object that does not say: the vendor
/// takes no other.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            let is_object = fields.get("type").and_then(Value::as_str) == Some("object");
            if is_object && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".into(), json!(false));
            }
            Value::Object(fields)
        }
        Value::Array(items) => Value::Array(items.iter().map(closed).collect()),
        other => other.clone(),
    }
}
