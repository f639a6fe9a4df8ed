//! A streamed answer, as the dialect's named events.
//!
//! An answer is a row of blocks, each opened, filled and closed. The canonical events say only what
//! comes, so a block is opened by the first piece of its kind and closed by the first of another.
//! The message opens with the count of the input, which comes right after the start where it is
//! known then: the opening waits for one event more. The reason of the end goes out with the last
//! count, so it waits for [`Encoder::finish`].

use changeover_domain::TokenUsage;
use serde::Serialize;

use super::errors;
use super::response::{Block, Message, Usage, message_id, stop_reason};
use crate::canonical::{FinishReason, StreamEvent};
use crate::dialect::Arguments;
use crate::front::frames::Frames;
use crate::front::{ErrorFields, call_id};

/// Shows that the connection lives.
pub(crate) const PING: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";

/// One answer's events.
#[derive(Debug)]
pub(crate) struct Encoder {
    model: String,
    id: String,
    opened: bool,
    usage: Option<TokenUsage>,
    /// The block that is being filled.
    block: Option<Kind>,
    blocks: u32,
    /// Which block each tool call is, by the call's index.
    calls: Vec<u32>,
    finish: FinishReason,
    stop_sequence: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    ToolUse,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    MessageStart { message: Message<'a> },
    ContentBlockStart { index: u32, content_block: Block<'a> },
    ContentBlockDelta { index: u32, delta: Delta<'a> },
    ContentBlockStop { index: u32 },
    MessageDelta { delta: Ending<'a>, usage: Usage },
    MessageStop,
}

impl Event<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "signature_delta")]
    Signature { signature: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
}

#[derive(Debug, Serialize)]
struct Ending<'a> {
    stop_reason: &'static str,
    stop_sequence: Option<&'a str>,
}

impl Encoder {
    pub(crate) fn new(model: String) -> Self {
        Self {
            model,
            id: String::new(),
            opened: false,
            usage: None,
            block: None,
            blocks: 0,
            calls: Vec::new(),
            finish: FinishReason::default(),
            stop_sequence: None,
        }
    }

    pub(crate) fn encode(&mut self, event: &StreamEvent, frames: &mut Frames) {
        match event {
            StreamEvent::Start { id, .. } => return self.id.clone_from(id),
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            _ => {}
        }
        self.open_message(frames);
        match event {
            StreamEvent::Text(text) if !text.is_empty() => {
                self.fill(Kind::Text, Delta::Text { text }, frames);
            }
            StreamEvent::Thinking(thinking) if !thinking.is_empty() => {
                self.fill(Kind::Thinking, Delta::Thinking { thinking }, frames);
            }
            StreamEvent::ThinkingSignature(signature) => {
                self.fill(Kind::Thinking, Delta::Signature { signature }, frames);
                self.close_block(frames);
            }
            StreamEvent::RedactedThinking(data) => {
                self.open_block(Kind::Thinking, Block::RedactedThinking { data }, frames);
                self.close_block(frames);
            }
            StreamEvent::ToolCallStart { id, name, signature, .. } => {
                self.close_block(frames);
                self.calls.push(self.blocks);
                let id = call_id::joined(id, signature.as_deref());
                let block = Block::ToolUse { id, name, input: Arguments("{}") };
                self.open_block(Kind::ToolUse, block, frames);
            }
            StreamEvent::ToolCallArguments { index, fragment } if !fragment.is_empty() => {
                self.arguments(*index, fragment, frames);
            }
            StreamEvent::Fingerprint(_) => {}
            StreamEvent::StopSequence(text) => self.stop_sequence = Some(text.clone()),
            StreamEvent::Finish(reason) => self.finish = *reason,
            _ => {}
        }
    }

    /// Closes what is open and tells why the answer ended and what it used.
    pub(crate) fn finish(&mut self, frames: &mut Frames) {
        self.open_message(frames);
        self.close_block(frames);
        let stop_sequence = self.stop_sequence.as_deref();
        let stop_reason = stop_reason(self.finish, stop_sequence.is_some());
        let usage = self.usage.map(Usage::from).unwrap_or_default();
        let delta = Ending { stop_reason, stop_sequence };
        write(frames, &Event::MessageDelta { delta, usage });
        write(frames, &Event::MessageStop);
    }

    fn open_message(&mut self, frames: &mut Frames) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        let message = Message {
            id: message_id(&self.id),
            r#type: "message",
            role: "assistant",
            model: &self.model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: self.usage.map(Usage::from).unwrap_or_default(),
        };
        write(frames, &Event::MessageStart { message });
    }

    /// Writes a piece into a block of its kind.
    fn fill(&mut self, kind: Kind, delta: Delta<'_>, frames: &mut Frames) {
        if self.block != Some(kind) {
            let empty = match kind {
                Kind::Text => Block::Text { text: "" },
                Kind::Thinking => Block::Thinking { thinking: "", signature: "" },
                Kind::ToolUse => return,
            };
            self.open_block(kind, empty, frames);
        }
        write(frames, &Event::ContentBlockDelta { index: self.blocks, delta });
    }

    /// Readers gather fragments by the block's number, so one that comes late still finds its call.
    fn arguments(&self, call: u32, partial_json: &str, frames: &mut Frames) {
        let place = usize::try_from(call).ok().and_then(|call| self.calls.get(call));
        if let Some(&index) = place {
            let delta = Delta::InputJson { partial_json };
            write(frames, &Event::ContentBlockDelta { index, delta });
        }
    }

    fn open_block(&mut self, kind: Kind, content_block: Block<'_>, frames: &mut Frames) {
        self.close_block(frames);
        self.block = Some(kind);
        write(frames, &Event::ContentBlockStart { index: self.blocks, content_block });
    }

    fn close_block(&mut self, frames: &mut Frames) {
        if self.block.take().is_some() {
            write(frames, &Event::ContentBlockStop { index: self.blocks });
            self.blocks = self.blocks.saturating_add(1);
        }
    }
}

fn write(frames: &mut Frames, event: &Event<'_>) {
    frames.named(event.name(), event);
}

/// An error event; nothing follows it.
pub(crate) fn fail(status: u16, fields: &ErrorFields<'_>, frames: &mut Frames) {
    frames.named("error", &errors::body(status, fields));
}
