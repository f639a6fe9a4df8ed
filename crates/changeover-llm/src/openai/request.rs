//! Writes a chat completion request.

use serde_json::{Map, Value, json};

use crate::canonical::{
    ChatRequest, Image, ImageSource, Message, Part, ResponseFormat, Role, ToolChoice, joined_text,
};

pub(crate) fn body(model: &str, request: &ChatRequest, streaming: bool, proper: bool) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(model));
    let messages: Vec<Value> = request.messages.iter().flat_map(messages).collect();
    body.insert("messages".into(), Value::Array(messages));
    if let Some(max_tokens) = request.max_tokens {
        let name = if proper { "max_completion_tokens" } else { "max_tokens" };
        body.insert(name.into(), json!(max_tokens));
    }
    if let Some(temperature) = request.temperature {
        body.insert("temperature".into(), json!(temperature));
    }
    if let Some(top_p) = request.top_p {
        body.insert("top_p".into(), json!(top_p));
    }
    if !request.stop.is_empty() {
        body.insert("stop".into(), json!(request.stop));
    }
    tools(&mut body, request);
    response_format(&mut body, &request.response_format);
    if streaming {
        body.insert("stream".into(), json!(true));
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    Value::Object(body)
}

/// One turn; each result of a tool is a message of its own here.
fn messages(message: &Message) -> Vec<Value> {
    match message.role {
        Role::System => vec![json!({"role": "system", "content": content(&message.parts)})],
        Role::User => vec![json!({"role": "user", "content": content(&message.parts)})],
        Role::Assistant => vec![assistant(&message.parts)],
        Role::Tool => message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolResult { call_id, parts, .. } => Some(
                    json!({"role": "tool", "tool_call_id": call_id, "content": joined_text(parts)}),
                ),
                _ => None,
            })
            .collect(),
    }
}

fn assistant(parts: &[Part]) -> Value {
    let calls: Vec<Value> = parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall { id, name, arguments, .. } => {
                Some(json!({"id": id, "type": "function",
                "function": {"name": name, "arguments": arguments}}))
            }
            _ => None,
        })
        .collect();
    let mut fields = Map::new();
    fields.insert("role".into(), json!("assistant"));
    fields.insert("content".into(), content(parts));
    if !calls.is_empty() {
        fields.insert("tool_calls".into(), Value::Array(calls));
    }
    Value::Object(fields)
}

/// Plain text where nothing else is needed: some that borrow the dialect take only that.
fn content(parts: &[Part]) -> Value {
    let pieces: Vec<Value> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Text(text) => Some(json!({"type": "text", "text": text})),
            Part::Image(image) => {
                Some(json!({"type": "image_url", "image_url": {"url": image_url(image)}}))
            }
            _ => None,
        })
        .collect();
    match pieces.as_slice() {
        [] => Value::Null,
        [only] if only.get("text").is_some() => only.get("text").cloned().unwrap_or_default(),
        _ => Value::Array(pieces),
    }
}

fn image_url(image: &Image) -> String {
    match &image.source {
        ImageSource::Inline { media_type, base64 } => format!("data:{media_type};base64,{base64}"),
        ImageSource::Url(url) => url.clone(),
    }
}

fn tools(body: &mut Map<String, Value>, request: &ChatRequest) {
    if request.tools.is_empty() {
        return;
    }
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let mut function = Map::new();
            function.insert("name".into(), json!(tool.name));
            if let Some(description) = &tool.description {
                function.insert("description".into(), json!(description));
            }
            function.insert("parameters".into(), tool.parameters.clone());
            json!({"type": "function", "function": function})
        })
        .collect();
    body.insert("tools".into(), Value::Array(tools));
    let choice = match &request.tool_choice {
        ToolChoice::Auto => return,
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named(name) => json!({"type": "function", "function": {"name": name}}),
    };
    body.insert("tool_choice".into(), choice);
}

fn response_format(body: &mut Map<String, Value>, format: &ResponseFormat) {
    let value = match format {
        ResponseFormat::Text => return,
        ResponseFormat::JsonObject => json!({"type": "json_object"}),
        ResponseFormat::JsonSchema { name, schema, strict } => json!({"type": "json_schema",
            "json_schema": {"name": name, "schema": schema, "strict": strict}}),
    };
    body.insert("response_format".into(), value);
}
