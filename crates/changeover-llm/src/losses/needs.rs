//! What a request cannot do without.
//!
//! The size of a conversation is estimated from its bytes, at four to a token. That is what English
//! comes to; other scripts and code come to more tokens. The estimate is meant to be too small
//! rather than too large: a target that is passed over wrongly is a loss without a trace, while one
//! that refuses the request as too long says so, and the next one is asked.

use changeover_domain::Capabilities;
use serde_json::Value;

use crate::canonical::{ChatRequest, Part, ResponseFormat};

/// As few bytes as a token has in the languages with the longest words.
const BYTES_PER_TOKEN: u64 = 4;
/// What vendors count for a small image.
const TOKENS_PER_IMAGE: u64 = 85;

/// What a target must be able to do for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    pub tools: bool,
    pub json_schema: bool,
    pub images: bool,
    /// Room for the conversation and the answer, as far as it can be known before.
    pub context_tokens: u64,
}

impl Needs {
    /// The needs of `request`.
    #[must_use]
    pub fn of(request: &ChatRequest) -> Self {
        let parts = || request.messages.iter().flat_map(|message| &message.parts);
        let calls = |part: &Part| matches!(part, Part::ToolCall { .. } | Part::ToolResult { .. });
        let answer = u64::from(request.max_tokens.unwrap_or_default());
        Self {
            tools: !request.tools.is_empty() || parts().any(calls),
            json_schema: matches!(request.response_format, ResponseFormat::JsonSchema { .. }),
            images: parts().any(shows),
            context_tokens: estimated_input_tokens(request).saturating_add(answer),
        }
    }

    /// The needs of a conversation of so much text, and nothing else.
    pub(crate) fn of_text(bytes: usize, max_tokens: u32) -> Self {
        let said = u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES_PER_TOKEN;
        let context_tokens = said.saturating_add(u64::from(max_tokens));
        Self { context_tokens, ..Self::default() }
    }

    /// Why a target with these capabilities does not fit; `None` when it does.
    #[must_use]
    pub fn unmet_by(&self, can: &Capabilities) -> Option<&'static str> {
        if self.tools && !can.tools {
            Some("it takes no tools")
        } else if self.json_schema && !can.json_schema {
            Some("it takes no JSON schema")
        } else if self.images && !can.images {
            Some("it takes no images")
        } else if self.context_tokens > u64::from(can.context_tokens) {
            Some("its context window is too small")
        } else {
            None
        }
    }
}

fn shows(part: &Part) -> bool {
    match part {
        Part::Image(_) => true,
        Part::ToolResult { parts, .. } => parts.iter().any(shows),
        _ => false,
    }
}

/// How many tokens the input comes to at least.
#[must_use]
pub fn estimated_input_tokens(request: &ChatRequest) -> u64 {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let said = parts.map(size).fold(Size::default(), Size::plus);
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| {
            let described = tool.description.as_ref().map_or(0, String::len);
            tool.name.len() + described + json_bytes(&tool.parameters)
        })
        .sum();
    let bytes = u64::try_from(said.bytes.saturating_add(tools)).unwrap_or(u64::MAX);
    (bytes / BYTES_PER_TOKEN).saturating_add(said.images.saturating_mul(TOKENS_PER_IMAGE))
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    bytes: usize,
    images: u64,
}

impl Size {
    fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            images: self.images.saturating_add(other.images),
        }
    }
}

/// Thoughts of earlier turns are not counted: most vendors drop them.
fn size(part: &Part) -> Size {
    match part {
        Part::Text(text) => Size { bytes: text.len(), images: 0 },
        Part::Image(_) => Size { bytes: 0, images: 1 },
        Part::ToolCall { name, arguments, .. } => {
            Size { bytes: name.len().saturating_add(arguments.len()), images: 0 }
        }
        Part::ToolResult { parts, .. } => parts.iter().map(size).fold(Size::default(), Size::plus),
        Part::Thinking { .. } | Part::RedactedThinking(_) | Part::CacheMark(_) => Size::default(),
    }
}

/// The length of a document without its punctuation.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(json_bytes).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| name.len() + json_bytes(value)).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::samples::{ask, rich};

    fn able() -> Capabilities {
        Capabilities { tools: true, json_schema: true, images: true, context_tokens: 1_000 }
    }

    #[test]
    fn a_target_that_lacks_what_the_answer_needs_is_named_with_the_reason() {
        let needs = Needs::of(&rich());
        assert_eq!(needs.unmet_by(&able()), None);
        let without = |capabilities| needs.unmet_by(&capabilities);
        assert_eq!(without(Capabilities { tools: false, ..able() }), Some("it takes no tools"));
        assert_eq!(
            without(Capabilities { json_schema: false, ..able() }),
            Some("it takes no JSON schema")
        );
        assert_eq!(without(Capabilities { images: false, ..able() }), Some("it takes no images"));
        assert_eq!(
            without(Capabilities { context_tokens: 300, ..able() }),
            Some("its context window is too small")
        );
        let plain = Capabilities { tools: false, json_schema: false, images: false, ..able() };
        assert_eq!(Needs::of(&ask("hi")).unmet_by(&plain), None);
    }

    #[test]
    fn the_estimate_counts_what_is_said_and_offered_and_not_the_bytes_of_images() {
        assert_eq!(estimated_input_tokens(&ask(&"word".repeat(100))), 100);
        let estimate = estimated_input_tokens(&rich());
        assert!((180..260).contains(&estimate), "two images and some words: {estimate}");
    }

    #[test]
    fn an_image_in_a_tools_result_is_an_image() {
        let mut request = ask("hi");
        let image = crate::canonical::ImageSource::Url("https://p.example/a.png".into()).into();
        request.messages[0].parts.push(Part::ToolResult {
            call_id: "c".into(),
            parts: vec![Part::Image(image)],
            is_error: false,
        });
        assert!(Needs::of(&request).images && Needs::of(&request).tools);
    }
}
