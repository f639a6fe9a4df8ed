//! Writes a Messages request.

mod content;
mod thinking;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::models;
use crate::canonical::{
    CacheMark, ChatRequest, Extra, ExtraOf, Message, Part, ResponseFormat, Role, Tool, ToolChoice,
};
use content::{CacheControl, Turn, blocks, turns};
use thinking::Thought;

/// What an answer may be long when the application does not say: the vendor requires a figure.
const DEFAULT_MAX_TOKENS: u32 = 4_096;
const JSON_ONLY: &str = "Answer with one JSON object and nothing else.";

/// The body of a request, borrowed from the canonical one.
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<System<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<ToolOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(flatten)]
    sampling: Sampling,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<thinking::Config>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(flatten)]
    extras: Extras<'a>,
}

/// The instructions: as one text, or as blocks where a prefix of them is marked.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum System<'a> {
    Text(String),
    Blocks(Vec<content::Block<'a>>),
}

#[derive(Debug, Default, Serialize)]
struct Sampling {
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
}

#[derive(Debug, Serialize)]
struct OutputConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
}

#[derive(Debug, Serialize)]
struct Format {
    r#type: &'static str,
    schema: Value,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    user_id: &'a str,
}

#[derive(Debug, Serialize)]
struct ToolOut<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_parallel_tool_use: Option<bool>,
}

#[derive(Debug)]
struct Extras<'a>(&'a [Extra]);

impl Serialize for Extras<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for extra in self.0.iter().filter(|extra| extra.of == ExtraOf::Anthropic) {
            map.serialize_entry(&extra.name, &extra.value)?;
        }
        map.end()
    }
}

/// The body for `model`.
pub(super) fn body<'a>(model: &'a str, request: &'a ChatRequest, streaming: bool) -> Body<'a> {
    let thought = thinking::thought(model, request);
    let mut messages = turns(&request.messages);
    let mut system = system(request);
    if messages.is_empty() {
        // Instructions alone are no conversation here: they become the user's turn.
        let told = system.take().map_or_else(Vec::new, |system| match system {
            System::Text(text) => vec![content::Block::text(text)],
            System::Blocks(blocks) => blocks,
        });
        messages.push(Turn::of_user(told));
    }
    Body {
        model,
        max_tokens: max_tokens(request, &thought),
        messages,
        system,
        tools: request.tools.iter().map(tool).collect(),
        tool_choice: choice(request).filter(|_| !request.tools.is_empty()),
        sampling: sampling(model, request, &thought),
        stop_sequences: stop_sequences(request),
        output_config: output_config(request, &thought),
        thinking: thought.config,
        metadata: request.user.as_deref().map(|user_id| Metadata { user_id }),
        cache_control: request.cache.map(CacheControl::of),
        stream: streaming.then_some(true),
        extras: Extras(&request.extras),
    }
}

/// Whether the model will think.
pub(super) fn thinks(model: &str, request: &ChatRequest) -> bool {
    thinking::thought(model, request).thinks()
}

/// What was asked for about thinking says nothing to this model, or cannot be.
pub(super) fn ignores_reasoning(model: &str, request: &ChatRequest) -> bool {
    let thought = thinking::thought(model, request);
    thought.config.is_none() && thought.effort.is_none()
}

/// What the model thinks counts towards the length; where the application says no length, there is
/// room for both.
fn max_tokens(request: &ChatRequest, thought: &Thought) -> u32 {
    let usual = || DEFAULT_MAX_TOKENS.saturating_add(thought.budget());
    request.max_tokens.unwrap_or_else(usual)
}

fn system(request: &ChatRequest) -> Option<System<'_>> {
    let of_system = |message: &&Message| message.role == Role::System;
    let parts = || request.messages.iter().filter(of_system).flat_map(|message| &message.parts);
    let json_only = request.response_format == ResponseFormat::JsonObject;
    if parts().any(|part| matches!(part, Part::CacheMark(_))) {
        let mut blocks = blocks(parts());
        blocks.extend(json_only.then(|| content::Block::text(JSON_ONLY)));
        return Some(System::Blocks(blocks));
    }
    let mut texts: Vec<&str> =
        parts().filter_map(Part::as_text).filter(|text| !text.is_empty()).collect();
    texts.extend(json_only.then_some(JSON_ONLY));
    (!texts.is_empty()).then(|| System::Text(texts.join("\n\n")))
}

fn tool(tool: &Tool) -> ToolOut<'_> {
    ToolOut {
        name: &tool.name,
        description: tool.description.as_deref(),
        input_schema: &tool.parameters,
        strict: tool.strict.filter(|strict| *strict),
        cache_control: tool.cache.map(CacheControl::of),
    }
}

fn choice(request: &ChatRequest) -> Option<Choice<'_>> {
    let disabled = request.parallel_tool_calls.map(|parallel| !parallel);
    let (kind, name) = match &request.tool_choice {
        ToolChoice::Auto if disabled.is_none() => return None,
        ToolChoice::Auto => ("auto", None),
        ToolChoice::None => ("none", None),
        ToolChoice::Required => ("any", None),
        ToolChoice::Named(name) => ("tool", Some(name.as_str())),
    };
    let disable_parallel_tool_use = disabled.filter(|_| kind != "none");
    Some(Choice { r#type: kind, name, disable_parallel_tool_use })
}

/// The vendor's temperature ends at 1, it takes temperature or `top_p`, not both, and nothing of it
/// beside thinking.
fn sampling(model: &str, request: &ChatRequest, thought: &Thought) -> Sampling {
    if thought.thinks() || !models::takes_sampling(model) {
        return Sampling::default();
    }
    let temperature = request.temperature.map(|temperature| temperature.clamp(0.0, 1.0));
    let top_p = request.top_p.filter(|_| temperature.is_none());
    Sampling { temperature, top_p, top_k: request.top_k }
}

fn stop_sequences(request: &ChatRequest) -> Vec<&str> {
    request.stop.iter().map(String::as_str).filter(|stop| !stop.trim().is_empty()).collect()
}

fn output_config(request: &ChatRequest, thought: &Thought) -> Option<OutputConfig> {
    let format = match &request.response_format {
        ResponseFormat::JsonSchema { schema, .. } => {
            Some(Format { r#type: "json_schema", schema: closed(schema) })
        }
        ResponseFormat::Text | ResponseFormat::JsonObject => None,
    };
    let effort = thought.effort;
    (effort.is_some() || format.is_some()).then_some(OutputConfig { effort, format })
}

/// The schema with `additionalProperties: false` on every object that does not say: the vendor
/// takes no other.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            let is_object = fields.get("type").and_then(Value::as_str) == Some("object");
            if is_object && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".into(), json!(false));
            }
            Value::Object(fields)
        }
        Value::Array(items) => Value::Array(items.iter().map(closed).collect()),
        other => other.clone(),
    }
}

impl CacheControl {
    fn of(mark: CacheMark) -> Self {
        Self { r#type: "ephemeral", ttl: (mark == CacheMark::OneHour).then_some("1h") }
    }
}

#[cfg(test)]
mod tests;
