//! Writes the turns of a conversation as blocks.

use std::borrow::Cow;

use serde::Serialize;

use crate::canonical::{Image, ImageSource, Message, Part, Role};
use crate::dialect::{Arguments, IdRule, literal};

/// One turn of the wire's.
#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

/// A block, and whether what ends with it is to be kept.
#[derive(Debug, Serialize)]
pub(super) struct Block<'a> {
    #[serde(flatten)]
    kind: Kind<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct CacheControl {
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ttl: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind<'a> {
    Text {
        #[serde(serialize_with = "literal::text")]
        text: Cow<'a, str>,
    },
    Image {
        source: Source<'a>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Arguments<'a>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        content: ResultContent<'a>,
        is_error: bool,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ResultContent<'a> {
    Text(#[serde(serialize_with = "literal::text")] &'a str),
    Blocks(Vec<Block<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 {
        media_type: &'a str,
        #[serde(serialize_with = "literal::text")]
        data: &'a str,
    },
    Url {
        url: &'a str,
    },
}

impl<'a> Block<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Kind::Text { text: text.into() }.into()
    }
}

impl<'a> From<Kind<'a>> for Block<'a> {
    fn from(kind: Kind<'a>) -> Self {
        Self { kind, cache_control: None }
    }
}

impl<'a> Turn<'a> {
    pub(super) fn of_user(content: Vec<Block<'a>>) -> Self {
        Self { role: "user", content }
    }
}

/// The turns without the system's. Neighbours of one role are one turn: all results of one round of
/// tool calls must stand together.
pub(super) fn turns(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(messages.len());
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        let content = blocks(&message.parts);
        match turns.last_mut() {
            _ if content.is_empty() => {}
            Some(last) if last.role == role => last.content.extend(content),
            _ => turns.push(Turn { role, content }),
        }
    }
    turns
}

/// Blocks, with the marks on those before them.
pub(super) fn blocks<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for part in parts {
        if let Part::CacheMark(mark) = part {
            if let Some(last) = blocks.last_mut() {
                last.cache_control = Some(CacheControl::of(*mark));
            }
            continue;
        }
        blocks.extend(kind(part).map(Block::from));
    }
    blocks
}

/// The vendor refuses empty texts and thoughts that it did not sign, so they are left out.
fn kind(part: &Part) -> Option<Kind<'_>> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => Kind::Text { text: Cow::Borrowed(text) },
        Part::Image(Image { source, .. }) => Kind::Image { source: self::source(source) },
        Part::Thinking { text, signature: Some(signature) } => {
            Kind::Thinking { thinking: text, signature }
        }
        Part::RedactedThinking(data) => Kind::RedactedThinking { data },
        Part::ToolCall { id, name, arguments, .. } => {
            Kind::ToolUse { id: IdRule::Anthropic.fitted(id), name, input: Arguments(arguments) }
        }
        Part::ToolResult { call_id, parts, is_error } => Kind::ToolResult {
            tool_use_id: IdRule::Anthropic.fitted(call_id),
            content: result(parts),
            is_error: *is_error,
        },
        Part::Thinking { signature: None, .. } | Part::CacheMark(_) => return None,
    })
}

fn result(parts: &[Part]) -> ResultContent<'_> {
    match parts {
        [] => ResultContent::Text(""),
        [Part::Text(text)] => ResultContent::Text(text),
        parts => ResultContent::Blocks(blocks(parts)),
    }
}

fn source(source: &ImageSource) -> Source<'_> {
    match source {
        ImageSource::Inline { media_type, base64 } => Source::Base64 { media_type, data: base64 },
        ImageSource::Url(url) => Source::Url { url },
    }
}
