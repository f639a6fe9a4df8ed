//! Writes the turns of a conversation.

use std::collections::HashMap;

use serde::Serialize;

use crate::canonical::{Image, ImageSource, Message, Part, Role, joined_text};
use crate::dialect::Arguments;
use crate::gemini::models;

/// The vendor's word for a call that another vendor's model made, so that no proof of its thoughts
/// can be there.
const MADE_ELSEWHERE: &str = "skip_thought_signature_validator";

/// One turn of the wire's.
#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    role: &'static str,
    parts: Vec<PartOut<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartOut<'a> {
    #[serde(flatten)]
    data: Data<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thought_signature: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Data<'a> {
    Text(&'a str),
    #[serde(rename = "inlineData", rename_all = "camelCase")]
    Inline {
        mime_type: &'a str,
        data: &'a str,
    },
    #[serde(rename = "fileData", rename_all = "camelCase")]
    File {
        mime_type: &'static str,
        file_uri: &'a str,
    },
    FunctionCall {
        id: &'a str,
        name: &'a str,
        args: Arguments<'a>,
    },
    FunctionResponse {
        id: &'a str,
        name: &'a str,
        response: Response,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Response {
    Output(String),
    Error(String),
}

impl<'a> PartOut<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Data::Text(text).into()
    }
}

impl<'a> From<Data<'a>> for PartOut<'a> {
    fn from(data: Data<'a>) -> Self {
        Self { data, thought_signature: None }
    }
}

impl<'a> Turn<'a> {
    pub(super) fn of_user(parts: Vec<PartOut<'a>>) -> Self {
        Self { role: "user", parts }
    }
}

/// The turns without the system's; neighbours of one role are one turn.
pub(super) fn contents<'a>(model: &str, messages: &'a [Message]) -> Vec<Turn<'a>> {
    let mut writer = Writer { signs: models::asks_for_signatures(model), names: HashMap::new() };
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(messages.len());
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let role = if message.role == Role::Assistant { "model" } else { "user" };
        let parts = writer.parts(&message.parts);
        match turns.last_mut() {
            _ if parts.is_empty() => {}
            Some(last) if last.role == role => last.parts.extend(parts),
            _ => turns.push(Turn { role, parts }),
        }
    }
    turns
}

struct Writer<'a> {
    /// The model asks for proofs of its thoughts.
    signs: bool,
    /// Which function each call so far was for: results must name it.
    names: HashMap<&'a str, &'a str>,
}

impl<'a> Writer<'a> {
    fn parts(&mut self, parts: &'a [Part]) -> Vec<PartOut<'a>> {
        // Of several calls at once only the first has a proof, so one is enough for all.
        let is_signed = |part: &Part| matches!(part, Part::ToolCall { signature: Some(_), .. });
        let foreign = self.signs && !parts.iter().any(is_signed);
        let mut written = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Text(text) if !text.is_empty() => written.push(PartOut::text(text)),
                Part::Image(image) => written.push(self::image(image).into()),
                Part::ToolCall { id, name, arguments, signature } => {
                    self.names.insert(id, name);
                    let data = Data::FunctionCall { id, name, args: Arguments(arguments) };
                    let elsewhere = foreign.then_some(MADE_ELSEWHERE);
                    let thought_signature = signature.as_deref().or(elsewhere);
                    written.push(PartOut { data, thought_signature });
                }
                Part::ToolResult { call_id, parts, is_error } => {
                    written.push(self.result(call_id, parts, *is_error).into());
                    let images = parts.iter().filter_map(|part| match part {
                        Part::Image(image) => Some(self::image(image).into()),
                        _ => None,
                    });
                    written.extend(images);
                }
                Part::Text(_)
                | Part::Thinking { .. }
                | Part::RedactedThinking(_)
                | Part::CacheMark(_) => {}
            }
        }
        written
    }

    fn result(&self, call_id: &'a str, parts: &[Part], is_error: bool) -> Data<'a> {
        let name = self.names.get(call_id).copied().unwrap_or(call_id);
        let text = joined_text(parts);
        let response = if is_error { Response::Error(text) } else { Response::Output(text) };
        Data::FunctionResponse { id: call_id, name, response }
    }
}

fn image(image: &Image) -> Data<'_> {
    match &image.source {
        ImageSource::Inline { media_type, base64 } => {
            Data::Inline { mime_type: media_type, data: base64 }
        }
        ImageSource::Url(url) => Data::File { mime_type: media_type_of(url), file_uri: url },
    }
}

/// An address says no media type, and the vendor asks for one.
fn media_type_of(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        _ => "image/jpeg",
    }
}
