//! The turns of a conversation.

use serde_json::Value;

use super::fields::Fields;
use crate::canonical::{Image, Message, Part, Role};
use crate::openai_front::FrontError;

pub(super) fn messages(fields: &Fields<'_>) -> Result<Vec<Message>, FrontError> {
    let list = fields.list("messages")?.unwrap_or_default();
    if list.is_empty() {
        return Err(fields.error("messages", "must hold at least one message"));
    }
    list.iter()
        .enumerate()
        .map(|(at, value)| message(&Fields::of(value, format!("messages[{at}]"))?))
        .collect()
}

fn message(fields: &Fields<'_>) -> Result<Message, FrontError> {
    match fields.required_text("role")? {
        "system" | "developer" => turn(fields, Role::System),
        "user" => turn(fields, Role::User),
        "assistant" => assistant(fields),
        "tool" => Ok(Message { role: Role::Tool, parts: vec![tool_result(fields)?] }),
        _ => {
            Err(fields
                .error("role", "must be `system`, `developer`, `user`, `assistant` or `tool`"))
        }
    }
}

fn turn(fields: &Fields<'_>, role: Role) -> Result<Message, FrontError> {
    let parts = content(fields)?;
    if parts.is_empty() {
        return Err(fields.error("content", "is missing or empty"));
    }
    Ok(Message { role, parts })
}

fn assistant(fields: &Fields<'_>) -> Result<Message, FrontError> {
    let mut parts = content(fields)?;
    for (at, value) in fields.list("tool_calls")?.unwrap_or_default().iter().enumerate() {
        let path = format!("{}[{at}]", fields.path_of("tool_calls"));
        let call = Fields::of(value, path)?;
        let function = call.required_object("function")?;
        parts.push(Part::ToolCall {
            id: call.required_text("id")?.to_owned(),
            name: function.required_text("name")?.to_owned(),
            arguments: function.required_text("arguments")?.to_owned(),
        });
    }
    // A turn in which the model refused is text to the next model.
    if let (true, Some(refusal)) = (parts.is_empty(), fields.text("refusal")?) {
        parts.push(Part::Text(refusal.to_owned()));
    }
    if parts.is_empty() {
        return Err(fields.error("content", "is missing, and so are `tool_calls`"));
    }
    Ok(Message { role: Role::Assistant, parts })
}

fn tool_result(fields: &Fields<'_>) -> Result<Part, FrontError> {
    let mut text = String::new();
    for part in content(fields)? {
        match part {
            Part::Text(piece) => text.push_str(&piece),
            _ => return Err(fields.error("content", "of a tool must be text")),
        }
    }
    Ok(Part::ToolResult {
        call_id: fields.required_text("tool_call_id")?.to_owned(),
        text,
        is_error: false,
    })
}

fn content(fields: &Fields<'_>) -> Result<Vec<Part>, FrontError> {
    match fields.get("content") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Part::Text(text.clone())]),
        Some(Value::Array(pieces)) => pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| {
                part(&Fields::of(piece, format!("{}[{at}]", fields.path_of("content")))?)
            })
            .collect(),
        Some(_) => Err(fields.error("content", "must be a text or a list of parts")),
    }
}

fn part(fields: &Fields<'_>) -> Result<Part, FrontError> {
    match fields.required_text("type")? {
        "text" => Ok(Part::Text(fields.required_text("text")?.to_owned())),
        "refusal" => Ok(Part::Text(fields.required_text("refusal")?.to_owned())),
        "image_url" => {
            let image = fields.required_object("image_url")?;
            let url = image.required_text("url")?;
            self::image(url)
                .map(Part::Image)
                .ok_or_else(|| image.error("url", "must be an http(s) or a base64 `data:` address"))
        }
        _ => Err(fields.error("type", "must be `text` or `image_url`")),
    }
}

fn image(url: &str) -> Option<Image> {
    if let Some(data) = url.strip_prefix("data:") {
        let (media_type, base64) = data.split_once(";base64,")?;
        return (!media_type.is_empty()).then(|| Image::Inline {
            media_type: media_type.to_owned(),
            base64: base64.to_owned(),
        });
    }
    (url.starts_with("https://") || url.starts_with("http://")).then(|| Image::Url(url.to_owned()))
}
