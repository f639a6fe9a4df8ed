//! What turns hold besides text: pictures, calls of functions and their responses.

use serde_json::Value;

use super::super::Problem;
use super::super::read::{PICTURE_TOKENS, entries, is_picture, text};
use super::request::invalid;

/// Checks that pictures are pictures and that a turn with calls is followed by one with as many
/// responses; counts the pictures' tokens.
pub(super) fn check(contents: &[Value]) -> Result<u64, Problem> {
    let mut pictures = 0;
    let mut called = Vec::new();
    for content in contents {
        let answered = names(content, "functionResponse");
        if answered != called {
            return Err(if called.is_empty() {
                invalid(
                    "Please ensure that function response turn comes immediately after a function call turn.",
                )
            } else {
                invalid(
                    "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
                )
            });
        }
        called = names(content, "functionCall");
        for data in entries(content, "parts").iter().filter_map(|part| part.get("inlineData")) {
            let field = |name: &str| text(data, name).unwrap_or_default();
            if !is_picture(field("mimeType"), field("data")) {
                return Err(invalid(
                    "Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
                ));
            }
            pictures += PICTURE_TOKENS;
        }
    }
    Ok(pictures)
}

/// The functions that the turn's parts of this kind are about, sorted.
fn names<'a>(content: &'a Value, kind: &str) -> Vec<&'a str> {
    let parts = entries(content, "parts").iter().filter_map(|part| part.get(kind));
    let mut names: Vec<&str> = parts.map(|part| text(part, "name").unwrap_or_default()).collect();
    names.sort_unstable();
    names
}
