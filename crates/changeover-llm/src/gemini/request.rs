//! Writes a `generateContent` request.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::canonical::{
    ChatRequest, Image, ImageSource, Message, Part, ResponseFormat, Role, ToolChoice, joined_text,
};
use crate::dialect::arguments_object;

/// From its third generation on, the vendor refuses a history of calls without the signatures that
/// came with them. Another vendor's calls have none; this is the vendor's word for "made elsewhere".
const MADE_ELSEWHERE: &str = "skip_thought_signature_validator";

pub(super) fn body(model: &str, request: &ChatRequest) -> Value {
    let mut body = Map::new();
    let mut contents = contents(model, &request.messages);
    let mut system = system_parts(&request.messages);
    if contents.is_empty() {
        // Instructions alone are no conversation here: they become the user's turn.
        contents.push(json!({"role": "user", "parts": std::mem::take(&mut system)}));
    }
    body.insert("contents".into(), Value::Array(contents));
    if !system.is_empty() {
        body.insert("systemInstruction".into(), json!({"parts": system}));
    }
    tools(&mut body, request);
    let config = generation_config(request);
    if !config.is_empty() {
        body.insert("generationConfig".into(), Value::Object(config));
    }
    Value::Object(body)
}

fn system_parts(messages: &[Message]) -> Vec<Value> {
    messages
        .iter()
        .filter(|message| message.role == Role::System)
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::Text(text) if !text.is_empty() => Some(json!({"text": text})),
            _ => None,
        })
        .collect()
}

/// The turns without the system's; neighbours of one role are one turn.
fn contents(model: &str, messages: &[Message]) -> Vec<Value> {
    let names = names_of_calls(messages);
    let signed = !model.starts_with("gemini-1") && !model.starts_with("gemini-2");
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "model" } else { "user" };
        let parts = message.parts.iter().filter_map(|part| self::part(part, &names, signed));
        match turns.last_mut() {
            Some((last, content)) if *last == role => content.extend(parts),
            _ => turns.push((role, parts.collect())),
        }
    }
    turns
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(role, parts)| json!({"role": role, "parts": parts}))
        .collect()
}

/// Which function each call was for: results must name it.
fn names_of_calls(messages: &[Message]) -> HashMap<&str, &str> {
    messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolCall { id, name, .. } => Some((id.as_str(), name.as_str())),
            _ => None,
        })
        .collect()
}

fn part(part: &Part, names: &HashMap<&str, &str>, signed: bool) -> Option<Value> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => json!({"text": text}),
        Part::Image(Image { source: ImageSource::Inline { media_type, base64 }, .. }) => {
            json!({"inlineData": {"mimeType": media_type, "data": base64}})
        }
        Part::Image(Image { source: ImageSource::Url(url), .. }) => {
            json!({"fileData": {"mimeType": media_type_of(url), "fileUri": url}})
        }
        Part::ToolCall { id, name, arguments, .. } => {
            let mut call = json!({"functionCall":
                {"id": id, "name": name, "args": arguments_object(arguments)}});
            if let (true, Some(fields)) = (signed, call.as_object_mut()) {
                fields.insert("thoughtSignature".into(), json!(MADE_ELSEWHERE));
            }
            call
        }
        Part::ToolResult { call_id, parts, is_error } => {
            let name = names.get(call_id.as_str()).copied().unwrap_or(call_id);
            let member = if *is_error { "error" } else { "output" };
            json!({"functionResponse": {"id": call_id, "name": name, "response": {member: joined_text(parts)}}})
        }
        Part::Thinking { .. } | Part::RedactedThinking(_) | Part::CacheMark(_) => return None,
    })
}

/// An address says no media type, and the vendor asks for one.
fn media_type_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        _ => "image/jpeg",
    }
}

fn tools(body: &mut Map<String, Value>, request: &ChatRequest) {
    if request.tools.is_empty() {
        return;
    }
    let declarations: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let mut declaration = Map::new();
            declaration.insert("name".into(), json!(tool.name));
            if let Some(description) = &tool.description {
                declaration.insert("description".into(), json!(description));
            }
            declaration.insert("parametersJsonSchema".into(), tool.parameters.clone());
            Value::Object(declaration)
        })
        .collect();
    body.insert("tools".into(), json!([{"functionDeclarations": declarations}]));
    let config = match &request.tool_choice {
        ToolChoice::Auto => return,
        ToolChoice::None => json!({"mode": "NONE"}),
        ToolChoice::Required => json!({"mode": "ANY"}),
        ToolChoice::Named(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
    };
    body.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
}

fn generation_config(request: &ChatRequest) -> Map<String, Value> {
    let mut config = Map::new();
    if let Some(max_tokens) = request.max_tokens {
        config.insert("maxOutputTokens".into(), json!(max_tokens));
    }
    if let Some(temperature) = request.temperature {
        config.insert("temperature".into(), json!(temperature));
    }
    if let Some(top_p) = request.top_p {
        config.insert("topP".into(), json!(top_p));
    }
    if !request.stop.is_empty() {
        config.insert("stopSequences".into(), json!(request.stop));
    }
    if request.response_format != ResponseFormat::Text {
        config.insert("responseMimeType".into(), json!("application/json"));
    }
    if let ResponseFormat::JsonSchema { schema, .. } = &request.response_format {
        config.insert("responseJsonSchema".into(), schema.clone());
    }
    config
}
