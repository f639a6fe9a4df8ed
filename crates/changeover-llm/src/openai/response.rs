//! Reads a whole chat completion.

use std::borrow::Cow;

use changeover_domain::TokenUsage;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::errors;
use crate::canonical::Part;
use crate::classify::content::Ending;
use crate::dialect::{self, ReadAnswer, lenient};

#[derive(Debug, Deserialize)]
struct Completion<'a> {
    #[serde(default, deserialize_with = "lenient::owned")]
    id: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    model: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    system_fingerprint: String,
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
struct Choice<'a> {
    #[serde(default, borrow)]
    message: Option<Message<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    finish_reason: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text_or_pieces")]
    content: Cow<'a, str>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    refusal: Option<Cow<'a, str>>,
    /// Two names that borrowers use.
    #[serde(default, deserialize_with = "lenient::owned")]
    reasoning_content: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    reasoning: String,
    #[serde(default, borrow)]
    tool_calls: Option<Vec<ToolCall<'a>>>,
}

#[derive(Debug, Deserialize)]
struct ToolCall<'a> {
    #[serde(default, deserialize_with = "lenient::owned")]
    id: String,
    #[serde(default, borrow)]
    function: Option<Function<'a>>,
}

#[derive(Debug, Deserialize)]
struct Function<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    arguments: Option<&'a RawValue>,
}

/// The vendor's counts. `None` where a figure is missing: unknown is not zero.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Usage {
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    completion_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_tokens: Option<u64>,
    /// `DeepSeek`'s name for what was read from the cache.
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_cache_hit_tokens: Option<u64>,
    /// Moonshot's name for it.
    #[serde(default, deserialize_with = "lenient::count")]
    cached_tokens: Option<u64>,
    /// What gateways before Anthropic's models call the writing, when they speak this dialect.
    #[serde(default, deserialize_with = "lenient::count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct PromptDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    cached_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_write_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct CompletionDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Whether everybody reads the same of it: the sum is told and is one, and nothing stands under
    /// names that only some know.
    pub(super) fn is_usual(self) -> bool {
        let others =
            [self.prompt_cache_hit_tokens, self.cached_tokens, self.cache_creation_input_tokens];
        let (input, output) = (self.prompt_tokens, self.completion_tokens);
        let sum = input.zip(output).and_then(|(input, output)| input.checked_add(output));
        sum.is_some() && sum == self.total_tokens && others.iter().all(Option::is_none)
    }

    pub(super) fn tokens(self) -> Option<TokenUsage> {
        let details = self.prompt_tokens_details;
        let cached = details.and_then(|details| details.cached_tokens);
        let cached = cached.or(self.prompt_cache_hit_tokens).or(self.cached_tokens);
        let written = details.and_then(|details| details.cache_write_tokens);
        let (input, said) = (self.prompt_tokens?, self.completion_tokens?);
        let (output, thought) = self.output(input, said);
        Some(TokenUsage {
            input_tokens: input,
            cached_input_tokens: cached.unwrap_or_default(),
            cache_write_tokens: written.or(self.cache_creation_input_tokens).unwrap_or_default(),
            cache_write_1h_tokens: 0,
            output_tokens: output,
            reasoning_tokens: thought,
        })
    }

    /// All output, and what of it was thought. `OpenAI` counts thoughts as a part of the completion.
    /// Some who speak its dialect count them beside it (xAI), or in the total alone (Gemini): there
    /// the total is larger than its parts, by as much as was thought.
    fn output(self, input: u64, said: u64) -> (u64, u64) {
        let thought = self.completion_tokens_details.and_then(|details| details.reasoning_tokens);
        let parts = input.saturating_add(said);
        let beside = self.total_tokens.unwrap_or(parts).saturating_sub(parts);
        let thought_beside = thought.unwrap_or(beside).min(beside);
        (said.saturating_add(thought_beside), thought.unwrap_or(beside))
    }
}

/// `None` when the document is no answer, or an error as well as one.
pub(crate) fn read(body: &[u8]) -> Option<ReadAnswer> {
    let completion: Completion<'_> = dialect::read(body).ok()?;
    let failed = completion.error || completion.choices.first().is_some_and(|first| first.error);
    if failed {
        return None;
    }
    let (message, reason) = match completion.choices.into_iter().next() {
        Some(Choice { message, finish_reason, .. }) => (message, finish_reason),
        None => (None, None),
    };
    let refusal = message.as_ref().and_then(|message| message.refusal.as_deref());
    let ending = if refusal.is_some_and(|refusal| !refusal.is_empty()) {
        Ending::refused()
    } else {
        errors::ending(reason.as_deref().unwrap_or_default())
    };
    Some(ReadAnswer {
        id: completion.id,
        model: completion.model,
        fingerprint: Some(completion.system_fingerprint).filter(|name| !name.is_empty()),
        parts: message.map(parts).unwrap_or_default(),
        ending,
        stop_sequence: None,
        usage: completion.usage.and_then(Usage::tokens),
    })
}

fn parts(message: Message<'_>) -> Vec<Part> {
    let written = message.content.into_owned();
    let names = [message.reasoning_content, message.reasoning];
    let thought = names.into_iter().find(|text| !text.is_empty());
    let mut parts = Vec::with_capacity(1);
    parts.extend(thought.map(|text| Part::Thinking { text, signature: None }));
    parts.extend((!written.is_empty()).then_some(Part::Text(written)));
    parts.extend(message.tool_calls.into_iter().flatten().filter_map(call));
    parts
}

fn call(call: ToolCall<'_>) -> Option<Part> {
    let function = call.function?;
    let raw = function.arguments.map_or("", RawValue::get);
    let arguments = if raw.starts_with('"') {
        serde_json::from_str(raw).ok()?
    } else if raw.starts_with('{') {
        // Some write the object itself.
        raw.to_owned()
    } else {
        "{}".to_owned()
    };
    let name = function.name?.into_owned();
    Some(Part::ToolCall { id: call.id, name, arguments, signature: None })
}
