//! The request as it stands on the wire. `null` counts as absent; what is not named here is kept by
//! name in `rest`, or passed over inside of messages and tools.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::canonical::CacheMark;
use crate::front::reading::{Schema, TextOr};

#[derive(Debug, Deserialize)]
pub(super) struct Body {
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    pub(super) max_tokens: Option<u32>,
    pub(super) system: Option<TextOr<Block>>,
    pub(super) stream: Option<bool>,
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) top_k: Option<u32>,
    pub(super) stop_sequences: Option<Vec<String>>,
    pub(super) metadata: Option<Metadata>,
    pub(super) thinking: Option<ThinkingConfig>,
    pub(super) output_config: Option<OutputConfig>,
    /// Where the schema stood before `output_config`.
    pub(super) output_format: Option<Format>,
    pub(super) cache_control: Option<CacheControl>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Option<TextOr<Block>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    User,
    Assistant,
    /// Instructions in the middle of the conversation.
    System,
}

/// A block of any kind; which fields it must have is its kind's.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: Option<String>,
    pub(super) source: Option<Source>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) input: Option<Box<RawValue>>,
    pub(super) tool_use_id: Option<String>,
    pub(super) content: Option<TextOr<Self>>,
    pub(super) is_error: Option<bool>,
    pub(super) thinking: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) data: Option<String>,
    pub(super) cache_control: Option<CacheControl>,
    pub(super) citations: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) media_type: Option<String>,
    pub(super) data: Option<String>,
    pub(super) url: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct CacheControl {
    ttl: Option<Ttl>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Ttl {
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "1h")]
    OneHour,
}

impl CacheControl {
    pub(super) fn mark(self) -> CacheMark {
        match self.ttl {
            Some(Ttl::OneHour) => CacheMark::OneHour,
            Some(Ttl::FiveMinutes) | None => CacheMark::Usual,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) input_schema: Option<Schema>,
    pub(super) strict: Option<bool>,
    pub(super) cache_control: Option<CacheControl>,
    pub(super) allowed_callers: Option<IgnoredAny>,
    pub(super) defer_loading: Option<IgnoredAny>,
    pub(super) eager_input_streaming: Option<IgnoredAny>,
    pub(super) input_examples: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolChoice {
    #[serde(rename = "type")]
    pub(super) kind: ToolChoiceKind,
    pub(super) name: Option<String>,
    pub(super) disable_parallel_tool_use: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToolChoiceKind {
    Auto,
    Any,
    Tool,
    None,
}

#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ThinkingConfig {
    #[serde(rename = "type")]
    pub(super) kind: ThinkingKind,
    pub(super) budget_tokens: Option<u32>,
    pub(super) display: Option<Display>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ThinkingKind {
    Enabled,
    Adaptive,
    Disabled,
    BetweenTools,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Display {
    Summarized,
    Omitted,
}

#[derive(Debug, Deserialize)]
pub(super) struct OutputConfig {
    pub(super) effort: Option<String>,
    pub(super) format: Option<Format>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Format {
    #[serde(rename = "type")]
    pub(super) kind: FormatKind,
    pub(super) schema: Schema,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormatKind {
    JsonSchema,
}
