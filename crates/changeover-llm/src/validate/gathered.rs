//! A streamed answer, gathered until it can be judged, and a whole answer as the stream it was.
//!
//! Not the bytes that came: pieces of text are joined, so a long answer is held once and not as
//! thousands of pieces, and is given to the caller in fewer, larger ones.

use std::collections::BTreeMap;

use changeover_domain::TokenUsage;

use crate::canonical::{ChatResponse, FinishReason, Part, StreamEvent};

/// The largest piece of a replayed text, in bytes.
const PIECE: usize = 4 * 1024;

/// A stream's events so far.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    id: String,
    model: String,
    fingerprint: Option<String>,
    parts: Vec<Part>,
    /// Where each call of the stream stands in `parts`.
    calls: BTreeMap<u32, usize>,
    usage: Option<TokenUsage>,
    finish: Option<FinishReason>,
    stop_sequence: Option<String>,
    bytes: usize,
    most_bytes: usize,
}

/// The answer is larger than may be held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is larger than {most_bytes} bytes, which is the most that is held back")]
pub struct TooLarge {
    pub most_bytes: usize,
}

impl Gathered {
    /// Gathers at most `most_bytes` of memory, about.
    #[must_use]
    pub fn new(most_bytes: usize) -> Self {
        Self { most_bytes, ..Self::default() }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// When there is too much; what was gathered before stays as it was.
    pub fn push(&mut self, event: StreamEvent) -> Result<(), TooLarge> {
        self.count(&event)?;
        match event {
            StreamEvent::Start { id, model } => (self.id, self.model) = (id, model),
            StreamEvent::Text(piece) => match self.parts.last_mut() {
                Some(Part::Text(text)) => text.push_str(&piece),
                _ => self.parts.push(Part::Text(piece)),
            },
            StreamEvent::Thinking(piece) => match self.parts.last_mut() {
                Some(Part::Thinking { text, signature: None }) => text.push_str(&piece),
                _ => self.parts.push(Part::Thinking { text: piece, signature: None }),
            },
            StreamEvent::ThinkingSignature(proof) => match self.parts.last_mut() {
                Some(Part::Thinking { signature: open @ None, .. }) => *open = Some(proof),
                _ => {
                    let text = String::new();
                    self.parts.push(Part::Thinking { text, signature: Some(proof) });
                }
            },
            StreamEvent::RedactedThinking(data) => self.parts.push(Part::RedactedThinking(data)),
            StreamEvent::ToolCallStart { index, id, name, signature } => {
                self.calls.insert(index, self.parts.len());
                let arguments = String::new();
                self.parts.push(Part::ToolCall { id, name, arguments, signature });
            }
            StreamEvent::ToolCallArguments { index, fragment } => {
                let at = self.calls.get(&index).copied();
                let call = at.and_then(|at| self.parts.get_mut(at));
                if let Some(Part::ToolCall { arguments, .. }) = call {
                    arguments.push_str(&fragment);
                }
            }
            StreamEvent::Usage(usage) => self.usage = Some(usage),
            StreamEvent::Fingerprint(name) => self.fingerprint = Some(name),
            StreamEvent::StopSequence(text) => self.stop_sequence = Some(text),
            StreamEvent::Finish(finish) => self.finish = Some(finish),
        }
        Ok(())
    }

    /// What was counted so far.
    #[must_use]
    pub fn usage(&self) -> Option<TokenUsage> {
        self.usage
    }

    /// The whole answer; `None` while the stream has not finished.
    #[must_use]
    pub fn into_response(self) -> Option<ChatResponse> {
        Some(ChatResponse {
            id: self.id,
            model: self.model,
            fingerprint: self.fingerprint,
            parts: self.parts,
            finish: self.finish?,
            stop_sequence: self.stop_sequence,
            usage: self.usage,
        })
    }

    fn count(&mut self, event: &StreamEvent) -> Result<(), TooLarge> {
        let bytes = self.bytes.saturating_add(self.bytes_of(event));
        if bytes > self.most_bytes {
            return Err(TooLarge { most_bytes: self.most_bytes });
        }
        self.bytes = bytes;
        Ok(())
    }

    /// What an event adds. A part takes memory even where nothing is in it, so a stream of empty ones
    /// is not free.
    fn bytes_of(&self, event: &StreamEvent) -> usize {
        const PART: usize = size_of::<Part>();
        let opening = |continues: bool| if continues { 0 } else { PART };
        let last = self.parts.last();
        let part = match event {
            StreamEvent::Text(_) => opening(matches!(last, Some(Part::Text(_)))),
            StreamEvent::Thinking(_) | StreamEvent::ThinkingSignature(_) => {
                opening(matches!(last, Some(Part::Thinking { signature: None, .. })))
            }
            StreamEvent::RedactedThinking(_) | StreamEvent::ToolCallStart { .. } => PART,
            StreamEvent::Start { .. }
            | StreamEvent::ToolCallArguments { .. }
            | StreamEvent::Fingerprint(_)
            | StreamEvent::StopSequence(_)
            | StreamEvent::Usage(_)
            | StreamEvent::Finish(_) => 0,
        };
        event.held_bytes() + part
    }
}

/// A whole answer as a stream: from the gathering, from the cache, or of the gateway's own.
#[must_use]
pub fn events_of(response: ChatResponse) -> Vec<StreamEvent> {
    let ChatResponse { id, model, fingerprint, parts, finish, stop_sequence, usage } = response;
    let mut events = vec![StreamEvent::Start { id, model }];
    events.extend(fingerprint.map(StreamEvent::Fingerprint));
    let mut calls = 0_u32;
    for part in parts {
        match part {
            Part::Text(text) => events.extend(pieces(&text).map(StreamEvent::Text)),
            Part::Thinking { text, signature } => {
                events.extend(pieces(&text).map(StreamEvent::Thinking));
                events.extend(signature.map(StreamEvent::ThinkingSignature));
            }
            Part::RedactedThinking(data) => events.push(StreamEvent::RedactedThinking(data)),
            Part::ToolCall { id, name, arguments, signature } => {
                let index = calls;
                calls += 1;
                events.push(StreamEvent::ToolCallStart { index, id, name, signature });
                let fragments = pieces(&arguments);
                events.extend(
                    fragments.map(|fragment| StreamEvent::ToolCallArguments { index, fragment }),
                );
            }
            // No model answers with these.
            Part::Image(_) | Part::ToolResult { .. } | Part::CacheMark(_) => {}
        }
    }
    events.extend(usage.map(StreamEvent::Usage));
    events.extend(stop_sequence.map(StreamEvent::StopSequence));
    events.push(StreamEvent::Finish(finish));
    events
}

fn pieces(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = (0..=PIECE.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at))?;
        let (piece, after) = rest.split_at(at);
        rest = after;
        (!piece.is_empty()).then(|| piece.to_owned())
    })
}
