//! An answer, whole or step by step.

use changeover_domain::TokenUsage;

use super::Part;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChatResponse {
    /// The vendor's id of the message.
    pub id: String,
    /// The model that the answer names.
    pub model: String,
    /// What the vendor says the model runs as, where it does.
    pub fingerprint: Option<String>,
    /// Thoughts, text and tool calls, in order.
    pub parts: Vec<Part>,
    pub finish: FinishReason,
    /// Which of the request's stop texts ended the answer, where the vendor says.
    pub stop_sequence: Option<String>,
    /// `None` where the vendor counted nothing: unknown is not zero.
    pub usage: Option<TokenUsage>,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FinishReason {
    #[default]
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
    Refusal,
}

/// One step of a streamed answer.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The answer has begun; always first.
    Start {
        id: String,
        model: String,
    },
    /// What the vendor says the model runs as; after [`Self::Start`], where it comes at all.
    Fingerprint(String),
    Text(String),
    /// A piece of what the model thinks.
    Thinking(String),
    /// The thought so far is complete, and this is the proof of it.
    ThinkingSignature(String),
    /// A sealed thought, whole.
    RedactedThinking(String),
    ToolCallStart {
        index: u32,
        id: String,
        name: String,
        signature: Option<String>,
    },
    ToolCallArguments {
        index: u32,
        fragment: String,
    },
    /// The latest count; a later one replaces it.
    Usage(TokenUsage),
    /// The stop text that ends the answer; before [`Self::Finish`].
    StopSequence(String),
    /// Always last. A stream that ends without it is a failure.
    Finish(FinishReason),
}

impl StreamEvent {
    /// What it holds, in bytes.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        match self {
            Self::Start { id, model } => id.len() + model.len(),
            Self::Text(text)
            | Self::Thinking(text)
            | Self::ThinkingSignature(text)
            | Self::RedactedThinking(text)
            | Self::Fingerprint(text)
            | Self::StopSequence(text) => text.len(),
            Self::ToolCallStart { index: _, id, name, signature } => {
                id.len() + name.len() + signature.as_ref().map_or(0, String::len)
            }
            Self::ToolCallArguments { index: _, fragment } => fragment.len(),
            Self::Usage(_) | Self::Finish(_) => 0,
        }
    }

    /// Takes the event that follows this one into this one, where one can stand for both; gives it
    /// back where not.
    ///
    /// # Errors
    /// The event, which is to stand for itself.
    pub fn absorb(&mut self, next: Self) -> Result<(), Self> {
        match (self, next) {
            (Self::Text(text), Self::Text(more)) | (Self::Thinking(text), Self::Thinking(more)) => {
                text.push_str(&more);
            }
            (
                Self::ToolCallArguments { index, fragment },
                Self::ToolCallArguments { index: next, fragment: more },
            ) if *index == next => fragment.push_str(&more),
            (Self::Usage(usage), Self::Usage(later)) => *usage = later,
            (_, next) => return Err(next),
        }
        Ok(())
    }

    /// Whether it brings the caller something of the answer: from then on no other target can
    /// answer in this one's place.
    #[must_use]
    pub fn is_content(&self) -> bool {
        match self {
            Self::Text(text) | Self::Thinking(text) => !text.is_empty(),
            Self::ThinkingSignature(_)
            | Self::RedactedThinking(_)
            | Self::ToolCallStart { .. }
            | Self::ToolCallArguments { .. }
            | Self::Finish(_) => true,
            Self::Start { .. } | Self::Fingerprint(_) | Self::Usage(_) | Self::StopSequence(_) => {
                false
            }
        }
    }
}
