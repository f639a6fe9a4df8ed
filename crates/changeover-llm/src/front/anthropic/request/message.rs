//! The system's text and the turns of a conversation.
//!
//! The dialect puts tools' results into the user's turn; the canonical form keeps them apart. A
//! user's turn becomes up to two: first the results, then what the user says.

use super::wire::{self, Block, Source};
use crate::canonical::{ImageSource, Message, Part, Role};
use crate::front::reading::{TextOr, at, required};
use crate::front::{FrontError, call_id};
use crate::losses::{Feature, FeatureSet};

pub(super) fn messages(
    system: Option<TextOr<Block>>,
    list: Vec<wire::Message>,
    dropped: &mut FeatureSet,
) -> Result<Vec<Message>, FrontError> {
    if list.is_empty() {
        return Err(at("messages", "must hold at least one message"));
    }
    let mut reader = Reader { dropped };
    let mut messages = Vec::with_capacity(list.len() + 1);
    if let Some(system) = system {
        let parts = reader.content(Some(system), "system", Place::System)?;
        if !parts.is_empty() {
            messages.push(Message { role: Role::System, parts });
        }
    }
    for (number, message) in list.into_iter().enumerate() {
        reader.turn(number, message, &mut messages)?;
    }
    Ok(messages)
}

/// Where a block stands, and so which kinds may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    System,
    User,
    Assistant,
    ToolResult,
}

struct Reader<'a> {
    dropped: &'a mut FeatureSet,
}

impl Reader<'_> {
    fn turn(
        &mut self,
        number: usize,
        message: wire::Message,
        messages: &mut Vec<Message>,
    ) -> Result<(), FrontError> {
        let path = format!("messages[{number}].content");
        let (role, place) = match message.role {
            wire::Role::User => (Role::User, Place::User),
            wire::Role::Assistant => (Role::Assistant, Place::Assistant),
            wire::Role::System => (Role::System, Place::System),
        };
        let content = required(message.content, || path.clone())?;
        let parts = self.content(Some(content), &path, place)?;
        if parts.is_empty() && place != Place::Assistant {
            return Err(at(&path, "is empty"));
        }
        if place != Place::User {
            messages.push(Message { role, parts });
            return Ok(());
        }
        let (results, said) = apart(parts);
        let turns = [(Role::Tool, results), (Role::User, said)];
        let spoken = turns.into_iter().filter(|(_, parts)| !parts.is_empty());
        messages.extend(spoken.map(|(role, parts)| Message { role, parts }));
        Ok(())
    }

    fn content(
        &mut self,
        content: Option<TextOr<Block>>,
        path: &str,
        place: Place,
    ) -> Result<Vec<Part>, FrontError> {
        let blocks = match content {
            None => return Ok(Vec::new()),
            Some(TextOr::Text(text)) if text.is_empty() => return Ok(Vec::new()),
            Some(TextOr::Text(text)) => return Ok(vec![Part::Text(text)]),
            Some(TextOr::List(blocks)) => blocks,
        };
        let mut parts = Vec::with_capacity(blocks.len());
        for (number, block) in blocks.into_iter().enumerate() {
            let mark = block.cache_control;
            self.dropped.insert_if(Feature::Citations, block.citations.is_some());
            parts.push(self.block(block, &format!("{path}[{number}]"), place)?);
            parts.extend(mark.map(|mark| Part::CacheMark(mark.mark())));
        }
        Ok(parts)
    }

    fn block(&mut self, block: Block, path: &str, place: Place) -> Result<Part, FrontError> {
        let field = |name: &'static str| move || format!("{path}.{name}");
        match (block.kind.as_str(), place) {
            ("text", _) => Ok(Part::Text(required(block.text, field("text"))?)),
            ("image", Place::User | Place::ToolResult) => {
                let source = required(block.source, field("source"))?;
                Ok(Part::Image(image(source, path)?.into()))
            }
            ("tool_use", Place::Assistant) => tool_call(block, path),
            ("tool_result", Place::User) => self.tool_result(block, path),
            ("thinking", Place::Assistant) => Ok(Part::Thinking {
                text: required(block.thinking, field("thinking"))?,
                signature: block.signature.filter(|signature| !signature.is_empty()),
            }),
            ("redacted_thinking", Place::Assistant) => {
                Ok(Part::RedactedThinking(required(block.data, field("data"))?))
            }
            (kind, _) => Err(at(&format!("{path}.type"), refusal_of(kind))),
        }
    }

    fn tool_result(&mut self, block: Block, path: &str) -> Result<Part, FrontError> {
        let place = || format!("{path}.tool_use_id");
        let (call_id, _) = call_id::parted(required(block.tool_use_id, place)?);
        let is_error = block.is_error.unwrap_or(false);
        let content = format!("{path}.content");
        let mut parts = self.content(block.content, &content, Place::ToolResult)?;
        // A mark inside of a result is one after it: the result is one block elsewhere.
        parts.retain(|part| !matches!(part, Part::CacheMark(_)));
        Ok(Part::ToolResult { call_id, parts, is_error })
    }
}

/// Results with their marks, and the rest.
fn apart(parts: Vec<Part>) -> (Vec<Part>, Vec<Part>) {
    let (mut results, mut said) = (Vec::new(), Vec::new());
    for part in parts {
        let belongs_to_result = match &part {
            Part::ToolResult { .. } => true,
            Part::CacheMark(_) => said.is_empty() && !results.is_empty(),
            _ => false,
        };
        if belongs_to_result { &mut results } else { &mut said }.push(part);
    }
    (results, said)
}

fn tool_call(block: Block, path: &str) -> Result<Part, FrontError> {
    let field = |name: &'static str| move || format!("{path}.{name}");
    let input = required(block.input, field("input"))?;
    if !input.get().starts_with('{') {
        return Err(at(&format!("{path}.input"), "must be an object"));
    }
    let (id, signature) = call_id::parted(required(block.id, field("id"))?);
    let name = required(block.name, field("name"))?;
    let arguments = String::from(Box::<str>::from(input));
    Ok(Part::ToolCall { id, name, arguments, signature })
}

fn image(source: Source, path: &str) -> Result<ImageSource, FrontError> {
    let field = |name: &'static str| move || format!("{path}.source.{name}");
    match source.kind.as_str() {
        "base64" => Ok(ImageSource::Inline {
            media_type: required(source.media_type, field("media_type"))?,
            base64: required(source.data, field("data"))?,
        }),
        "url" => {
            let url = required(source.url, field("url"))?;
            if url.starts_with("https://") || url.starts_with("http://") {
                return Ok(ImageSource::Url(url));
            }
            Err(at(&format!("{path}.source.url"), "must be an http(s) address"))
        }
        "file" => {
            let problem = "uploaded files are not served: send the image as base64";
            Err(at(&format!("{path}.source.type"), problem))
        }
        _ => Err(at(&format!("{path}.source.type"), "must be `base64` or `url`")),
    }
}

fn refusal_of(kind: &str) -> &'static str {
    match kind {
        "document" | "search_result" => "documents are not served: send their text",
        "image" | "tool_use" | "tool_result" | "thinking" | "redacted_thinking" => {
            "must not stand in this place"
        }
        "server_tool_use" | "container_upload" | "tool_reference" => {
            "the vendor's own tools are not served"
        }
        _ if kind.ends_with("_tool_result") => "the vendor's own tools are not served",
        _ => "must be `text`, `image`, `tool_use`, `tool_result` or `thinking`",
    }
}
