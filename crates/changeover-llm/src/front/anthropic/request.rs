//! Reads an application's request. Every refusal names the field at fault.
//!
//! What only the vendor itself can do (its own tools, files, containers, documents) is refused,
//! because an answer without it would look like a defect of ours. The rest is carried where a target
//! knows it, and counted as lost where it does not.

mod message;
mod rest;
mod tool;
mod wire;

use wire::{Body, ThinkingKind};

use crate::canonical::{ChatRequest, Effort, Reasoning, ResponseFormat, Thinking};
use crate::front::reading::{at, read, required};
use crate::front::{Door, FrontError, FrontRequest};
use crate::losses::{Feature, FeatureSet};

/// The dialect gives a schema no name, others ask for one.
const SCHEMA_NAME: &str = "answer";

/// Reads the body of `POST /v1/messages`.
pub(crate) fn parse(body: &[u8]) -> Result<FrontRequest, FrontError> {
    let mut body: Body = read(body)?;
    let model = required(body.model.take(), || "model".into())?;
    let stream = body.stream.unwrap_or(false);
    let mut dropped = FeatureSet::NONE;
    let request = chat_request(body, &mut dropped)?;
    let include_usage = true;
    Ok(FrontRequest { door: Door::Anthropic, model, stream, include_usage, request, dropped })
}

fn chat_request(body: Body, dropped: &mut FeatureSet) -> Result<ChatRequest, FrontError> {
    let max_tokens = required(body.max_tokens, || "max_tokens".into())?;
    if max_tokens == 0 {
        return Err(at("max_tokens", "must be at least 1"));
    }
    let mut format = body.output_format;
    let mut effort = None;
    if let Some(config) = body.output_config {
        format = config.format.or(format);
        effort = config.effort.as_deref().map(self::effort).transpose()?;
    }
    let (tool_choice, parallel_tool_calls) = tool::choice(body.tool_choice)?;
    Ok(ChatRequest {
        messages: message::messages(body.system, body.messages, dropped)?,
        tools: tool::tools(body.tools.unwrap_or_default(), dropped)?,
        tool_choice,
        parallel_tool_calls,
        response_format: format.map_or(ResponseFormat::Text, response_format),
        max_tokens: Some(max_tokens),
        temperature: body.temperature,
        top_p: body.top_p,
        top_k: body.top_k,
        stop: body.stop_sequences.unwrap_or_default(),
        reasoning: reasoning(body.thinking, effort, dropped)?,
        user: body.metadata.and_then(|metadata| metadata.user_id),
        cache: body.cache_control.map(wire::CacheControl::mark),
        extras: rest::sorted(body.rest, dropped)?,
        ..ChatRequest::default()
    })
}

fn response_format(format: wire::Format) -> ResponseFormat {
    let wire::Format { kind: wire::FormatKind::JsonSchema, schema } = format;
    let schema = serde_json::Value::Object(schema);
    ResponseFormat::JsonSchema { name: SCHEMA_NAME.into(), schema, strict: true }
}

fn effort(word: &str) -> Result<Effort, FrontError> {
    let known = |effort: &Effort| *effort >= Effort::Low;
    Effort::of_name(word)
        .filter(known)
        .ok_or_else(|| at("output_config.effort", "must be low, medium, high, xhigh or max"))
}

fn reasoning(
    config: Option<wire::ThinkingConfig>,
    effort: Option<Effort>,
    dropped: &mut FeatureSet,
) -> Result<Reasoning, FrontError> {
    let Some(config) = config else {
        return Ok(Reasoning { effort, ..Reasoning::default() });
    };
    let thinking = match config.kind {
        ThinkingKind::Disabled => Thinking::Off,
        ThinkingKind::Adaptive => Thinking::Adaptive,
        ThinkingKind::Enabled => {
            Thinking::Budget(required(config.budget_tokens, || "thinking.budget_tokens".into())?)
        }
        ThinkingKind::BetweenTools => {
            // Where the model thinks is its own affair with every other way to ask.
            dropped.insert(Feature::Reasoning);
            Thinking::Adaptive
        }
    };
    let shown = config.display.map(|display| display == wire::Display::Summarized);
    Ok(Reasoning { thinking: Some(thinking), effort, shown })
}
