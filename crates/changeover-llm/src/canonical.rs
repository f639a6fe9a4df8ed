//! The one request and response that every dialect is translated to and from.
//!
//! It holds what applications use, not what any vendor offers. What a vendor cannot take is left out
//! by its adapter, and [`losses`](crate::losses) says so. Not for judging whether a request makes
//! sense: a dialect refuses what it cannot read, a vendor what it does not like.

mod content;
mod reasoning;
mod response;
mod tool;

pub(crate) use content::joined_text;
pub use content::{CacheMark, Image, ImageSource, Message, Part, Role};
pub use reasoning::{Effort, Reasoning, Thinking};
pub use response::{ChatResponse, FinishReason, StreamEvent};
pub use tool::{Tool, ToolChoice};

/// A request for a completion.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChatRequest {
    /// In order; system messages may stand anywhere and are gathered where a vendor wants them apart.
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    /// Whether the model may ask for several tools at once; `None` leaves it to the vendor.
    pub parallel_tool_calls: Option<bool>,
    pub response_format: ResponseFormat,
    pub max_tokens: Option<u32>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u32>,
    pub seed: Option<i64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub stop: Vec<String>,
    pub reasoning: Reasoning,
    /// Who the application acts for, as an opaque name. It changes no answer.
    pub user: Option<String>,
    /// The vendor is to find the longest prefix to keep by itself.
    pub cache: Option<CacheMark>,
    /// Fields that only the dialect they came in knows; they go to its own vendors as they are.
    pub extras: Vec<Extra>,
}

/// What the text must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ResponseFormat {
    #[default]
    Text,
    JsonObject,
    JsonSchema {
        name: String,
        schema: serde_json::Value,
        strict: bool,
    },
}

/// A field of one dialect, carried as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    pub of: ExtraOf,
    pub name: String,
    pub value: serde_json::Value,
}

/// Whose field an [`Extra`] is, and so where it may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraOf {
    /// The Messages API's own.
    Anthropic,
    /// Chat Completions' own, as its vendor documents them.
    Openai,
    /// Written in Chat Completions, but not the vendor's: some server that borrows the dialect
    /// knows it, and `OpenAI` itself would refuse it.
    OpenaiCompatible,
}
