//! Reads a whole Message.

use changeover_domain::TokenUsage;
use serde_json::Value;

use super::errors;
use crate::canonical::Part;
use crate::dialect::{ReadAnswer, count, owned, text};

pub(super) fn read(document: &Value) -> Option<ReadAnswer> {
    let blocks = document.get("content")?.as_array()?;
    Some(ReadAnswer {
        id: owned(document, "/id"),
        model: owned(document, "/model"),
        parts: blocks.iter().filter_map(part).collect(),
        ending: errors::ending(text(document, "/stop_reason")?),
        stop_sequence: None,
        usage: document.get("usage").and_then(|usage| Counts::default().updated(usage).total()),
    })
}

/// Text and tool calls; what the model thought is not for the application.
fn part(block: &Value) -> Option<Part> {
    match text(block, "/type")? {
        "text" => Some(Part::Text(owned(block, "/text"))),
        "tool_use" => Some(Part::ToolCall {
            id: owned(block, "/id"),
            name: owned(block, "/name"),
            arguments: block.get("input")?.to_string(),
            signature: None,
        }),
        _ => None,
    }
}

/// The vendor counts cached input apart from `input_tokens`, and in a stream repeats only some of
/// its figures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    cache_read: u64,
    cache_written: u64,
    output: Option<u64>,
}

impl Counts {
    /// With the figures of a `usage` object, which are totals so far.
    pub(super) fn updated(self, usage: &Value) -> Self {
        Self {
            input: count(usage, "/input_tokens").or(self.input),
            cache_read: count(usage, "/cache_read_input_tokens").unwrap_or(self.cache_read),
            cache_written: count(usage, "/cache_creation_input_tokens")
                .unwrap_or(self.cache_written),
            output: count(usage, "/output_tokens").or(self.output),
        }
    }

    pub(super) fn total(self) -> Option<TokenUsage> {
        let all_input = self.input?.saturating_add(self.cache_read);
        Some(TokenUsage {
            input_tokens: all_input.saturating_add(self.cache_written),
            cached_input_tokens: self.cache_read,
            output_tokens: self.output?,
            reasoning_tokens: 0,
        })
    }
}
