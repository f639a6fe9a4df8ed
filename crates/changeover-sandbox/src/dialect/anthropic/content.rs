//! What turns hold besides text: pictures, calls of tools and their results.

use serde_json::Value;

use super::super::Problem;
use super::super::read::{PICTURE_TOKENS, entries, is_picture, text};
use super::request::invalid;

/// Checks that pictures are pictures and that every call has its result in the next turn; counts the
/// pictures' tokens.
pub(super) fn check(messages: &[Value]) -> Result<u64, Problem> {
    let mut pictures = 0;
    let mut called: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let answered = ids(message, "tool_result", "tool_use_id");
        if let Some(id) = answered.iter().find(|id| !called.contains(id)) {
            return Err(invalid(format!(
                "messages.{index}.content: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )));
        }
        if let Some(id) = called.iter().find(|id| !answered.contains(id)) {
            return Err(unanswered(index.saturating_sub(1), id));
        }
        called = ids(message, "tool_use", "id");
        pictures += self::pictures(index, message)?;
    }
    match called.first() {
        Some(id) => Err(unanswered(messages.len().saturating_sub(1), id)),
        None => Ok(pictures),
    }
}

fn ids<'a>(message: &'a Value, kind: &str, field: &str) -> Vec<&'a str> {
    let blocks = entries(message, "content").iter();
    blocks
        .filter(|block| text(block, "type") == Some(kind))
        .filter_map(|block| text(block, field))
        .collect()
}

fn unanswered(index: usize, id: &str) -> Problem {
    invalid(format!(
        "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {id}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    ))
}

/// Tokens of the turn's pictures, those in results of tools too.
fn pictures(index: usize, message: &Value) -> Result<u64, Problem> {
    let blocks = entries(message, "content").iter();
    let within = blocks.clone().flat_map(|block| entries(block, "content"));
    let mut tokens = 0;
    for block in blocks.chain(within).filter(|block| text(block, "type") == Some("image")) {
        if !is_sound(block.get("source").unwrap_or(&Value::Null)) {
            return Err(invalid(format!("messages.{index}.content: Could not process image")));
        }
        tokens += PICTURE_TOKENS;
    }
    Ok(tokens)
}

fn is_sound(source: &Value) -> bool {
    let field = |name: &str| text(source, name).unwrap_or_default();
    match field("type") {
        "base64" => is_picture(field("media_type"), field("data")),
        "url" => field("url").starts_with("https://"),
        _ => false,
    }
}
