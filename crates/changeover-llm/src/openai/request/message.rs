//! Writes the turns of a conversation.
//!
//! Each result of a tool is a message of its own here and holds text only. Images among the results
//! follow as the user's, after all results of the round: nothing may stand between those.

use std::borrow::Cow;

use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use crate::canonical::{Image, ImageSource, Message, Part, Role, joined_text};
use crate::dialect::literal;
use crate::openai::Flavour;

/// All messages, as a list of the wire's.
#[derive(Debug)]
pub(super) struct Messages<'a> {
    pub(super) messages: &'a [Message],
    pub(super) flavour: Flavour,
}

#[derive(Debug, Default, Serialize)]
struct MessageOut<'a> {
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Cow<'a, str>>,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall<'a>>,
}

/// Plain text where nothing else is needed: some that borrow the dialect take only that.
#[derive(Debug, Default, Serialize)]
#[serde(untagged)]
enum Content<'a> {
    #[default]
    None,
    Text(#[serde(serialize_with = "literal::text")] Cow<'a, str>),
    Pieces(Vec<Piece<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece<'a> {
    Text {
        #[serde(serialize_with = "literal::text")]
        text: Cow<'a, str>,
    },
    ImageUrl {
        image_url: ImageUrl<'a>,
    },
}

#[derive(Debug, Serialize)]
struct ImageUrl<'a> {
    #[serde(serialize_with = "literal::text")]
    url: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ToolCall<'a> {
    id: Cow<'a, str>,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut shown: Vec<Piece<'_>> = Vec::new();
        for message in self.messages {
            if message.role == Role::Tool {
                for part in &message.parts {
                    if let Some(result) = self.result(part, &mut shown) {
                        list.serialize_element(&result)?;
                    }
                }
                continue;
            }
            if !shown.is_empty() {
                list.serialize_element(&of_user(std::mem::take(&mut shown)))?;
            }
            if let Some(message) = self.message(message) {
                list.serialize_element(&message)?;
            }
        }
        if !shown.is_empty() {
            list.serialize_element(&of_user(shown))?;
        }
        list.end()
    }
}

impl Messages<'_> {
    fn result<'a>(&self, part: &'a Part, shown: &mut Vec<Piece<'a>>) -> Option<MessageOut<'a>> {
        let Part::ToolResult { call_id, parts, .. } = part else {
            return None;
        };
        let images = parts.iter().filter_map(|part| match part {
            Part::Image(image) => Some(image_piece(image)),
            _ => None,
        });
        shown.extend(images);
        let text = match parts.as_slice() {
            [Part::Text(text)] => Cow::Borrowed(text.as_str()),
            parts => Cow::Owned(joined_text(parts)),
        };
        Some(MessageOut {
            role: "tool",
            tool_call_id: Some(self.flavour.ids().fitted(call_id)),
            content: Content::Text(text),
            ..MessageOut::default()
        })
    }

    /// `None` where nothing is left that this vendor takes.
    fn message<'a>(&self, message: &'a Message) -> Option<MessageOut<'a>> {
        let content = content(&message.parts);
        let role = match message.role {
            Role::System => "system",
            Role::User | Role::Tool => "user",
            Role::Assistant => return self.assistant(message, content),
        };
        (!matches!(content, Content::None)).then(|| MessageOut {
            role,
            content,
            ..MessageOut::default()
        })
    }

    fn assistant<'a>(&self, message: &'a Message, content: Content<'a>) -> Option<MessageOut<'a>> {
        let tool_calls: Vec<ToolCall<'_>> = message
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::ToolCall { id, name, arguments, .. } => Some(ToolCall {
                    id: self.flavour.ids().fitted(id),
                    r#type: "function",
                    function: Function { name, arguments },
                }),
                _ => None,
            })
            .collect();
        let is_empty = tool_calls.is_empty() && matches!(content, Content::None);
        let reasoning_content = self.thoughts(&message.parts);
        (!is_empty).then(|| MessageOut {
            role: "assistant",
            content,
            reasoning_content,
            tool_calls,
            ..MessageOut::default()
        })
    }

    /// Thoughts without a proof came from a server that borrows the dialect, and some of those want
    /// them back with the calls that followed.
    fn thoughts<'a>(&self, parts: &'a [Part]) -> Option<Cow<'a, str>> {
        let takes = self.flavour.takes_thoughts();
        let mut thoughts = parts.iter().filter_map(|part| match part {
            Part::Thinking { text, signature: None } if takes => Some(text.as_str()),
            _ => None,
        });
        let first = thoughts.next()?;
        let rest: String = thoughts.collect();
        Some(if rest.is_empty() {
            Cow::Borrowed(first)
        } else {
            Cow::Owned(format!("{first}{rest}"))
        })
    }
}

fn of_user(pieces: Vec<Piece<'_>>) -> MessageOut<'_> {
    MessageOut { role: "user", content: Content::Pieces(pieces), ..MessageOut::default() }
}

fn content(parts: &[Part]) -> Content<'_> {
    let mut pieces: Vec<Piece<'_>> = parts.iter().filter_map(piece).collect();
    match pieces.as_mut_slice() {
        [] => Content::None,
        [Piece::Text { text }] => Content::Text(std::mem::take(text)),
        _ => Content::Pieces(pieces),
    }
}

fn piece(part: &Part) -> Option<Piece<'_>> {
    match part {
        Part::Text(text) => Some(Piece::Text { text: Cow::Borrowed(text) }),
        Part::Image(image) => Some(image_piece(image)),
        Part::Thinking { .. }
        | Part::RedactedThinking(_)
        | Part::ToolCall { .. }
        | Part::ToolResult { .. }
        | Part::CacheMark(_) => None,
    }
}

fn image_piece(image: &Image) -> Piece<'_> {
    let url = match &image.source {
        ImageSource::Inline { media_type, base64 } => {
            Cow::Owned(format!("data:{media_type};base64,{base64}"))
        }
        ImageSource::Url(url) => Cow::Borrowed(url.as_str()),
    };
    Piece::ImageUrl { image_url: ImageUrl { url, detail: image.detail.as_deref() } }
}
