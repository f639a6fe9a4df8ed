//! A streamed answer, as `chat.completion.chunk`s.

use std::borrow::Cow;

use changeover_domain::{TokenUsage, UnixMs};
use serde::Serialize;

use super::errors;
use super::response::{Usage, finish_name};
use crate::canonical::{FinishReason, StreamEvent};
use crate::front::frames::Frames;
use crate::front::{ErrorFields, call_id};

/// The last frame of every good stream.
const DONE: &[u8] = b"data: [DONE]\n\n";
/// What is said of a refusal that came after some text.
const REFUSED: &str = "the model refused";
/// A comment, which every reader of events passes over.
pub(crate) const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// One answer's chunks.
#[derive(Debug)]
pub(crate) struct Encoder {
    id: String,
    model: String,
    created_s: i64,
    include_usage: bool,
    usage: Option<TokenUsage>,
    /// The text is known to be a refusal's.
    refusing: bool,
}

#[derive(Debug, Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    /// As the dialect has it: with `include_usage` every chunk has the field, all but one null.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Usage>>,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
#[serde(default)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCall<'a>; 1]>,
}

#[derive(Debug, Serialize)]
struct ToolCall<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl Encoder {
    pub(crate) fn new(model: String, created: UnixMs, include_usage: bool) -> Self {
        Self {
            id: String::new(),
            model,
            created_s: created.0.div_euclid(1_000),
            include_usage,
            usage: None,
            refusing: false,
        }
    }

    /// What comes is a refusal.
    pub(crate) fn begin_refusal(&mut self) {
        self.refusing = true;
    }

    pub(crate) fn encode(&mut self, event: &StreamEvent, frames: &mut Frames) {
        let delta = match event {
            StreamEvent::Start { id, .. } => {
                self.id.clone_from(id);
                Delta { role: Some("assistant"), content: Some(""), ..Delta::default() }
            }
            StreamEvent::Text(text) if self.refusing => {
                Delta { refusal: Some(text), ..Delta::default() }
            }
            StreamEvent::Text(text) => Delta { content: Some(text), ..Delta::default() },
            StreamEvent::Thinking(text) => {
                Delta { reasoning_content: Some(text), ..Delta::default() }
            }
            StreamEvent::ToolCallStart { index, id, name, signature } => calling(ToolCall {
                index: *index,
                id: Some(call_id::joined(id, signature.as_deref())),
                r#type: Some("function"),
                function: Function { name: Some(name), arguments: "" },
            }),
            StreamEvent::ToolCallArguments { index, fragment } => calling(ToolCall {
                index: *index,
                id: None,
                r#type: None,
                function: Function { name: None, arguments: fragment },
            }),
            StreamEvent::Usage(usage) => return self.usage = Some(*usage),
            StreamEvent::ThinkingSignature(_)
            | StreamEvent::RedactedThinking(_)
            | StreamEvent::Fingerprint(_)
            | StreamEvent::StopSequence(_) => return,
            StreamEvent::Finish(reason) => {
                if *reason == FinishReason::Refusal && !self.refusing {
                    // Text has been given, and `stop` alone would make it an answer.
                    let refusal = Some(REFUSED);
                    self.chunk(Delta { refusal, ..Delta::default() }, None, frames);
                }
                return self.chunk(Delta::default(), Some(finish_name(*reason)), frames);
            }
        };
        self.chunk(delta, None, frames);
    }

    /// The usage, if asked for and known, and the mark of the end.
    pub(crate) fn finish(&self, frames: &mut Frames) {
        if let Some(usage) = self.usage.filter(|_| self.include_usage) {
            self.envelope(&[], Some(usage.into()), frames);
        }
        frames.raw(DONE);
    }

    fn chunk(&self, delta: Delta<'_>, finish: Option<&'static str>, frames: &mut Frames) {
        let choice = Choice { index: 0, delta, logprobs: None, finish_reason: finish };
        self.envelope(&[choice], None, frames);
    }

    fn envelope(&self, choices: &[Choice<'_>], usage: Option<Usage>, frames: &mut Frames) {
        frames.data(&Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created_s,
            model: &self.model,
            choices,
            usage: self.include_usage.then_some(usage),
        });
    }
}

fn calling(call: ToolCall<'_>) -> Delta<'_> {
    Delta { tool_calls: Some([call]), ..Delta::default() }
}

/// An error event; the mark of the end does not follow it.
pub(crate) fn fail(status: u16, fields: &ErrorFields<'_>, frames: &mut Frames) {
    frames.data(&errors::body(status, fields));
}
