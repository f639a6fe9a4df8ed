//! The request as it stands on the wire. `null` counts as absent; what is not named here is kept by
//! name in `rest`, or passed over inside of messages and tools.

use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

use crate::canonical::Effort;
use crate::front::reading::{Schema, TextOr};

#[derive(Debug, Deserialize)]
pub(super) struct Body {
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) response_format: Option<Format>,
    pub(super) max_completion_tokens: Option<u32>,
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) seed: Option<i64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) stop: Option<OneOrMany>,
    #[serde(default, deserialize_with = "effort")]
    pub(super) reasoning_effort: Option<Effort>,
    pub(super) user: Option<String>,
    pub(super) n: Option<u32>,
    pub(super) logprobs: Option<bool>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Option<TextOr<Piece>>,
    pub(super) refusal: Option<String>,
    /// How servers that borrow the dialect tell thoughts.
    #[serde(alias = "reasoning")]
    pub(super) reasoning_content: Option<String>,
    pub(super) tool_calls: Option<Vec<ToolCall>>,
    pub(super) tool_call_id: Option<String>,
    pub(super) name: Option<IgnoredAny>,
    pub(super) function_call: Option<IgnoredAny>,
    pub(super) audio: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Piece {
    #[serde(rename = "type")]
    pub(super) kind: PieceKind,
    pub(super) text: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) image_url: Option<ImageUrl>,
    /// Written by applications that reach Anthropic's models through this dialect.
    pub(super) cache_control: Option<IgnoredAny>,
    pub(super) prompt_cache_breakpoint: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PieceKind {
    Text,
    Refusal,
    ImageUrl,
    InputAudio,
    File,
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct ImageUrl {
    pub(super) url: String,
    pub(super) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolCall {
    pub(super) id: String,
    pub(super) function: Option<CalledFunction>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CalledFunction {
    pub(super) name: String,
    pub(super) arguments: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) function: Option<Function>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) parameters: Option<Schema>,
    pub(super) strict: Option<bool>,
}

/// A word, or an object that names a function.
#[derive(Debug)]
pub(super) enum ToolChoice {
    Word(String),
    Object(ToolChoiceObject),
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolChoiceObject {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) function: Option<Named>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ToolChoice;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`auto`, `none`, `required` or a function")
            }

            fn visit_str<E>(self, word: &str) -> Result<ToolChoice, E> {
                Ok(ToolChoice::Word(word.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ToolChoice, A::Error> {
                let object = de::value::MapAccessDeserializer::new(map);
                ToolChoiceObject::deserialize(object).map(ToolChoice::Object)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Format {
    #[serde(rename = "type")]
    pub(super) kind: FormatKind,
    pub(super) json_schema: Option<JsonSchema>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormatKind {
    Text,
    JsonObject,
    JsonSchema,
}

#[derive(Debug, Deserialize)]
pub(super) struct JsonSchema {
    pub(super) name: String,
    pub(super) schema: Schema,
    pub(super) strict: Option<bool>,
}

/// `stop` is a text or a list of them.
#[derive(Debug)]
pub(super) struct OneOrMany(TextOr<String>);

impl OneOrMany {
    pub(super) fn into_vec(self) -> Vec<String> {
        match self.0 {
            TextOr::Text(one) => vec![one],
            TextOr::List(many) => many,
        }
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TextOr::deserialize(deserializer).map(Self)
    }
}

fn effort<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Effort>, D::Error> {
    let Some(word) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    Effort::of_name(&word).map(Some).ok_or_else(|| {
        let known: Vec<&str> = Effort::ALL.iter().map(|effort| effort.as_str()).collect();
        de::Error::custom(format!("expected one of {}", known.join(", ")))
    })
}
