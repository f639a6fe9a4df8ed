//! What turns hold besides text: pictures, calls of tools and their results.

use serde_json::Value;

use super::super::Problem;
use super::super::read::{PICTURE_TOKENS, entries, is_picture, text};
use super::request::invalid;

/// Checks that pictures are pictures and that every call has its result; counts the pictures' tokens.
pub(super) fn check(messages: &[Value]) -> Result<u64, Problem> {
    let mut pictures = 0;
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        for part in entries(message, "content") {
            if let Some(picture) = part.get("image_url") {
                check_picture(text(picture, "url").unwrap_or_default())?;
                pictures += PICTURE_TOKENS;
            }
        }
        if text(message, "role") == Some("tool") {
            answered(&mut open, text(message, "tool_call_id").unwrap_or_default())?;
        } else {
            none_open(&open)?;
            open =
                entries(message, "tool_calls").iter().filter_map(|call| text(call, "id")).collect();
        }
    }
    none_open(&open)?;
    Ok(pictures)
}

fn check_picture(url: &str) -> Result<(), Problem> {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let fits = match inline {
        Some((media_type, base64)) => is_picture(media_type, base64),
        None => url.starts_with("https://"),
    };
    if fits {
        return Ok(());
    }
    let message = "You uploaded an unsupported image. Please make sure your image is valid.";
    Err(invalid(message.to_owned(), "messages", "invalid_image"))
}

fn answered(open: &mut Vec<&str>, id: &str) -> Result<(), Problem> {
    let Some(place) = open.iter().position(|call| *call == id) else {
        let message = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        return Err(invalid(message.to_owned(), "messages", ""));
    };
    open.remove(place);
    Ok(())
}

fn none_open(open: &[&str]) -> Result<(), Problem> {
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    );
    Err(invalid(message, "messages", ""))
}
