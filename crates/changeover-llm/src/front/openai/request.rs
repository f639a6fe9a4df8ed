//! Reads an application's request. Every refusal names the field at fault.
//!
//! Fields that would change the shape of the answer (`n`, `logprobs`, `functions`, audio) are
//! refused, because an answer without what was asked for would look like a defect of ours. The
//! others are carried where a target knows them, and counted as lost where it does not.

mod message;
mod rest;
mod tool;
mod wire;

use wire::{Body, FormatKind};

use crate::canonical::{ChatRequest, Effort, Reasoning, ResponseFormat, Thinking};
use crate::front::reading::{at, read, required};
use crate::front::{Door, FrontError, FrontRequest};
use crate::losses::FeatureSet;

/// Reads the body of `POST /v1/chat/completions`.
pub(crate) fn parse(body: &[u8]) -> Result<FrontRequest, FrontError> {
    let mut body: Body = read(body)?;
    refuse_what_changes_the_shape(&body)?;
    let model = required(body.model.take(), || "model".into())?;
    let stream = body.stream.unwrap_or(false);
    let options = body.stream_options.take();
    let include_usage = options.and_then(|options| options.include_usage).unwrap_or(false);
    let mut dropped = FeatureSet::NONE;
    let request = chat_request(body, &mut dropped)?;
    Ok(FrontRequest { door: Door::OpenAi, model, stream, include_usage, request, dropped })
}

fn chat_request(body: Body, dropped: &mut FeatureSet) -> Result<ChatRequest, FrontError> {
    let tool_choice = tool::choice(body.tool_choice)?;
    let (rest, top_k) = rest::sorted(body.rest)?;
    Ok(ChatRequest {
        messages: message::messages(body.messages, dropped)?,
        tools: tool::tools(body.tools.unwrap_or_default())?,
        tool_choice,
        parallel_tool_calls: body.parallel_tool_calls,
        response_format: response_format(body.response_format)?,
        max_tokens: body.max_completion_tokens.or(body.max_tokens),
        temperature: body.temperature,
        top_p: body.top_p,
        top_k,
        seed: body.seed,
        presence_penalty: body.presence_penalty,
        frequency_penalty: body.frequency_penalty,
        stop: body.stop.map(wire::OneOrMany::into_vec).unwrap_or_default(),
        reasoning: body.reasoning_effort.map(reasoning).unwrap_or_default(),
        user: body.user,
        cache: None,
        extras: rest,
    })
}

/// Asking for an effort is asking to think.
fn reasoning(effort: Effort) -> Reasoning {
    let thinking = if effort == Effort::None { Thinking::Off } else { Thinking::Adaptive };
    Reasoning { thinking: Some(thinking), effort: Some(effort), shown: None }
}

fn refuse_what_changes_the_shape(body: &Body) -> Result<(), FrontError> {
    if body.n.is_some_and(|n| n != 1) {
        return Err(at("n", "only one choice per request is served"));
    }
    if body.logprobs == Some(true) {
        return Err(at("logprobs", "log probabilities are not served"));
    }
    Ok(())
}

fn response_format(format: Option<wire::Format>) -> Result<ResponseFormat, FrontError> {
    let Some(format) = format else {
        return Ok(ResponseFormat::Text);
    };
    match format.kind {
        FormatKind::Text => Ok(ResponseFormat::Text),
        FormatKind::JsonObject => Ok(ResponseFormat::JsonObject),
        FormatKind::JsonSchema => {
            let place = || "response_format.json_schema".to_owned();
            let schema = required(format.json_schema, place)?;
            Ok(ResponseFormat::JsonSchema {
                name: schema.name,
                schema: serde_json::Value::Object(schema.schema),
                strict: schema.strict.unwrap_or(false),
            })
        }
    }
}
