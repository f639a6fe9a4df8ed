//! Reads a whole `GenerateContentResponse`; in a stream every chunk is one.

use std::borrow::Cow;

use changeover_domain::TokenUsage;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::errors;
use crate::canonical::{FinishReason, Part};
use crate::classify::content::Ending;
use crate::dialect::{self, ReadAnswer, lenient};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response<'a> {
    #[serde(default, deserialize_with = "lenient::owned")]
    pub(super) response_id: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    pub(super) model_version: String,
    #[serde(default, borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(default, borrow)]
    prompt_feedback: Option<Feedback<'a>>,
    #[serde(default)]
    usage_metadata: Option<Usage>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(default, borrow)]
    content: Option<Content<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Content<'a> {
    #[serde(default, borrow)]
    parts: Option<Vec<Piece<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    text: Option<Cow<'a, str>>,
    #[serde(default)]
    thought: Option<bool>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    thought_signature: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    function_call: Option<FunctionCall<'a>>,
}

#[derive(Debug, Deserialize)]
struct FunctionCall<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::owned")]
    name: String,
    #[serde(default, borrow)]
    args: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    block_reason: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    tool_use_prompt_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cached_content_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    candidates_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    thoughts_token_count: Option<u64>,
}

impl<'a> Response<'a> {
    /// `None` when the document is no answer and no piece of one, or an error as well as one.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let response: Self = dialect::read(body).ok()?;
        let says = response.candidates.is_some()
            || response.prompt_feedback.is_some()
            || response.usage_metadata.is_some();
        (says && !response.error).then_some(response)
    }

    /// How the answer ended, if this document says so.
    pub(super) fn ending(&self, has_calls: bool) -> Option<Ending> {
        let feedback = self.prompt_feedback.as_ref();
        if feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            return Some(Ending::filtered("Google's filter stopped the request"));
        }
        let first = self.candidates.as_ref()?.first()?;
        Some(errors::ending(first.finish_reason.as_deref()?, has_calls))
    }

    /// Thoughts are billed as output; what tools put into the prompt, as input. Writing to a cache is
    /// billed as the input that it is.
    pub(super) fn usage(&self) -> Option<TokenUsage> {
        let usage = self.usage_metadata?;
        let tools = usage.tool_use_prompt_token_count.unwrap_or_default();
        let thought = usage.thoughts_token_count.unwrap_or_default();
        let said = usage.candidates_token_count.unwrap_or_default();
        Some(TokenUsage {
            input_tokens: usage.prompt_token_count?.saturating_add(tools),
            cached_input_tokens: usage.cached_content_token_count.unwrap_or_default(),
            output_tokens: said.saturating_add(thought),
            reasoning_tokens: thought,
            ..TokenUsage::default()
        })
    }

    /// Thoughts, text and calls. The vendor leaves out the id of a call where it can; then the call
    /// gets one of the answer's id and its place, counted from `calls_before`: ids must differ
    /// within a whole conversation.
    pub(super) fn take_parts(&mut self, calls_before: u32) -> Vec<Part> {
        let first = self.candidates.as_mut().and_then(|candidates| candidates.first_mut());
        let content = first.and_then(|candidate| candidate.content.take());
        let mut calls = calls_before;
        let mut parts = Vec::new();
        for piece in content.and_then(|content| content.parts).into_iter().flatten() {
            if let Some(call) = piece.function_call {
                calls = calls.saturating_add(1);
                let signature = piece.thought_signature.map(Cow::into_owned);
                parts.push(tool_call(call, signature, &self.response_id, calls));
            } else if let Some(text) = piece.text.filter(|text| !text.is_empty()) {
                let text = text.into_owned();
                let is_thought = piece.thought == Some(true);
                parts.push(if is_thought {
                    Part::Thinking { text, signature: None }
                } else {
                    Part::Text(text)
                });
            }
        }
        parts
    }
}

fn tool_call(call: FunctionCall<'_>, signature: Option<String>, answer: &str, number: u32) -> Part {
    let id = call.id.map_or_else(|| format!("call_{answer}_{number}"), Cow::into_owned);
    let arguments = call.args.map_or_else(|| "{}".to_owned(), |args| args.get().to_owned());
    Part::ToolCall { id, name: call.name, arguments, signature }
}

/// Reads a whole answer.
pub(super) fn read(body: &[u8]) -> Option<ReadAnswer> {
    let mut response = Response::read(body)?;
    if response.candidates.is_none() && response.prompt_feedback.is_none() {
        return None;
    }
    let parts = response.take_parts(0);
    let has_calls = parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    let ending = response.ending(has_calls).unwrap_or(Ending::Finished(FinishReason::Stop));
    let usage = response.usage();
    Some(ReadAnswer {
        id: response.response_id,
        model: response.model_version,
        fingerprint: None,
        parts,
        ending,
        stop_sequence: None,
        usage,
    })
}
