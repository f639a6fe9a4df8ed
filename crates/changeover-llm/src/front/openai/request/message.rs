//! The turns of a conversation.

use super::wire::{self, Piece, PieceKind};
use crate::canonical::{Image, ImageSource, Message, Part, Role};
use crate::front::reading::{TextOr, at, required};
use crate::front::{FrontError, call_id};
use crate::losses::{Feature, FeatureSet};

pub(super) fn messages(
    list: Vec<wire::Message>,
    dropped: &mut FeatureSet,
) -> Result<Vec<Message>, FrontError> {
    if list.is_empty() {
        return Err(at("messages", "must hold at least one message"));
    }
    let mut messages = Vec::with_capacity(list.len());
    for (place, message) in list.into_iter().enumerate() {
        messages.push(Reader { place, dropped }.message(message)?);
    }
    Ok(messages)
}

/// Reads one message; `place` is its number, for refusals.
struct Reader<'a> {
    place: usize,
    dropped: &'a mut FeatureSet,
}

impl Reader<'_> {
    fn error(&self, field: &str, problem: &str) -> FrontError {
        at(&format!("messages[{}].{field}", self.place), problem)
    }

    fn message(&mut self, mut message: wire::Message) -> Result<Message, FrontError> {
        self.dropped.insert_if(Feature::ParticipantName, message.name.is_some());
        if message.function_call.is_some() {
            return Err(self.error("function_call", "is not taken here: use `tool_calls`"));
        }
        if message.audio.is_some() {
            return Err(self.error("audio", "audio is not served"));
        }
        let content = self.content(message.content.take())?;
        match message.role {
            wire::Role::System | wire::Role::Developer => self.turn(Role::System, content),
            wire::Role::User => self.turn(Role::User, content),
            wire::Role::Assistant => self.assistant(message, content),
            wire::Role::Tool => self.tool_result(message.tool_call_id, content),
        }
    }

    fn turn(&self, role: Role, parts: Vec<Part>) -> Result<Message, FrontError> {
        if parts.is_empty() {
            return Err(self.error("content", "is missing or empty"));
        }
        Ok(Message { role, parts })
    }

    fn assistant(&self, message: wire::Message, content: Vec<Part>) -> Result<Message, FrontError> {
        let thought = message.reasoning_content.filter(|text| !text.is_empty());
        let mut parts: Vec<Part> =
            thought.map(|text| Part::Thinking { text, signature: None }).into_iter().collect();
        parts.extend(content);
        for (number, call) in message.tool_calls.unwrap_or_default().into_iter().enumerate() {
            let function = call.function.ok_or_else(|| {
                self.error(&format!("tool_calls[{number}].function"), "is missing")
            })?;
            let (id, signature) = call_id::parted(call.id);
            let wire::CalledFunction { name, arguments } = function;
            parts.push(Part::ToolCall { id, name, arguments, signature });
        }
        // A turn in which the model refused is text to the next model.
        if parts.is_empty() {
            parts.extend(message.refusal.map(Part::Text));
        }
        if parts.is_empty() {
            return Err(self.error("content", "is missing, and so are `tool_calls`"));
        }
        Ok(Message { role: Role::Assistant, parts })
    }

    fn tool_result(
        &self,
        call_id: Option<String>,
        parts: Vec<Part>,
    ) -> Result<Message, FrontError> {
        let place = || format!("messages[{}].tool_call_id", self.place);
        let (call_id, _) = call_id::parted(required(call_id, place)?);
        let result = Part::ToolResult { call_id, parts, is_error: false };
        Ok(Message { role: Role::Tool, parts: vec![result] })
    }

    fn content(&mut self, content: Option<TextOr<Piece>>) -> Result<Vec<Part>, FrontError> {
        match content {
            None => Ok(Vec::new()),
            Some(TextOr::Text(text)) if text.is_empty() => Ok(Vec::new()),
            Some(TextOr::Text(text)) => Ok(vec![Part::Text(text)]),
            Some(TextOr::List(pieces)) => {
                let numbered = pieces.into_iter().enumerate();
                numbered.map(|(number, piece)| self.piece(number, piece)).collect()
            }
        }
    }

    fn piece(&mut self, number: usize, piece: Piece) -> Result<Part, FrontError> {
        let marked = piece.cache_control.is_some() || piece.prompt_cache_breakpoint.is_some();
        self.dropped.insert_if(Feature::CacheControl, marked);
        let place = |field: &str| format!("messages[{}].content[{number}].{field}", self.place);
        match piece.kind {
            PieceKind::Text => Ok(Part::Text(required(piece.text, || place("text"))?)),
            PieceKind::Refusal => Ok(Part::Text(required(piece.refusal, || place("refusal"))?)),
            PieceKind::ImageUrl => {
                let wire::ImageUrl { url, detail } =
                    required(piece.image_url, || place("image_url"))?;
                let source = image_source(url).ok_or_else(|| {
                    let allowed = "must be an http(s) or a base64 `data:` address";
                    at(&place("image_url.url"), allowed)
                })?;
                Ok(Part::Image(Image { source, detail }))
            }
            PieceKind::InputAudio => Err(at(&place("type"), "audio is not served")),
            PieceKind::File => Err(at(&place("type"), "files are not served: send their text")),
            PieceKind::Other => Err(at(&place("type"), "must be `text` or `image_url`")),
        }
    }
}

fn image_source(url: String) -> Option<ImageSource> {
    if let Some(data) = url.strip_prefix("data:") {
        let (media_type, base64) = data.split_once(";base64,")?;
        return (!media_type.is_empty()).then(|| ImageSource::Inline {
            media_type: media_type.to_owned(),
            base64: base64.to_owned(),
        });
    }
    let fetched = url.starts_with("https://") || url.starts_with("http://");
    fetched.then_some(ImageSource::Url(url))
}
