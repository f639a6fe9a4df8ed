//! The one request and response that every dialect is translated to and from.
//!
//! It holds what applications use, not what any vendor offers; what a vendor cannot take is left
//! out by its adapter, which says so.

use changeover_domain::TokenUsage;

/// A request for a completion.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChatRequest {
    /// In order; system messages may stand anywhere and are gathered where a vendor wants them apart.
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub response_format: ResponseFormat,
    pub max_tokens: Option<u32>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub stop: Vec<String>,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
    /// Carries [`Part::ToolResult`].
    Tool,
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    /// An image, inline as base64 or by address.
    Image(Image),
    /// The model asks for a tool; `arguments` is the JSON text as the model wrote it.
    ToolCall {
        id: String,
        name: String,
        arguments: String,
    },
    ToolResult {
        call_id: String,
        text: String,
        is_error: bool,
    },
}

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    Inline { media_type: String, base64: String },
    Url(String),
}

/// A tool that the model may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: Option<String>,
    /// JSON schema of the arguments.
    pub parameters: serde_json::Value,
}

/// Whether the model may, must or must not ask for tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ToolChoice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
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

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatResponse {
    /// The vendor's id of the message.
    pub id: String,
    /// The model that the answer names.
    pub model: String,
    /// Text and tool calls, in order.
    pub parts: Vec<Part>,
    pub finish: FinishReason,
    /// `None` where the vendor counted nothing: unknown is not zero.
    pub usage: Option<TokenUsage>,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
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
    Text(String),
    ToolCallStart {
        index: u32,
        id: String,
        name: String,
    },
    ToolCallArguments {
        index: u32,
        fragment: String,
    },
    /// The latest count; a later one replaces it.
    Usage(TokenUsage),
    /// Always last. A stream that ends without it is a failure.
    Finish(FinishReason),
}
