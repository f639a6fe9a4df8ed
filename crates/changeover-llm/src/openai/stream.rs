//! Reads the chunks of a streamed chat completion.
//!
//! The model's stop comes before the usage, which comes before `[DONE]`; a stream may lack either of
//! the last two, so the stop is kept until the usage or the end has come.

use std::borrow::Cow;

use serde::Deserialize;

use super::errors;
use super::response::Usage;
use crate::canonical::StreamEvent;
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step, lenient};

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    started: bool,
    refused: bool,
    ending: Option<Ending>,
    /// Ids of the calls so far; the place is the call's index.
    calls: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Chunk<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    model: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    system_fingerprint: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
struct Choice<'a> {
    #[serde(default, borrow)]
    delta: Option<Delta<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    finish_reason: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
struct Delta<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    content: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    refusal: Option<Cow<'a, str>>,
    /// Two names that borrowers use.
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    reasoning_content: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    reasoning: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    tool_calls: Option<Vec<ToolCall<'a>>>,
}

#[derive(Debug, Deserialize)]
struct ToolCall<'a> {
    #[serde(default, deserialize_with = "lenient::count")]
    index: Option<u64>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    function: Option<Function<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct Function<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    arguments: Option<Cow<'a, str>>,
}

impl Choice<'_> {
    /// It is a part of the answer. Azure sends its filter's judgements between the model's chunks.
    fn says(&self) -> bool {
        self.delta.is_some() || self.finish_reason.is_some()
    }
}

impl EventDecoder for Decoder {
    fn decode(&mut self, data: &str) -> Option<Vec<Step>> {
        let chunk: Chunk<'_> = serde_json::from_str(data).ok()?;
        let choices = chunk.choices.as_deref().unwrap_or_default();
        let failed = chunk.error || choices.first().is_some_and(|first| first.error);
        let is_chunk = chunk.choices.is_some() || chunk.usage.is_some();
        if failed || !is_chunk {
            return None;
        }
        let begins = chunk.usage.is_some() || choices.first().is_some_and(Choice::says);
        let mut steps = Vec::with_capacity(2);
        if !self.started && begins {
            self.started = true;
            let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).unwrap_or_default();
            let (id, model) = (owned(chunk.id), owned(chunk.model));
            steps.push(Step::Event(StreamEvent::Start { id, model }));
            let fingerprint = owned(chunk.system_fingerprint);
            if !fingerprint.is_empty() {
                steps.push(Step::Event(StreamEvent::Fingerprint(fingerprint)));
            }
        }
        if let Some(choice) = chunk.choices.into_iter().flatten().next() {
            self.choice(choice, &mut steps);
        }
        if let Some(usage) = chunk.usage.and_then(Usage::tokens) {
            steps.push(Step::Event(StreamEvent::Usage(usage)));
            steps.extend(self.ending_so_far().map(Step::End));
        }
        Some(steps)
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        self.ending.take()
    }
}

impl Decoder {
    fn choice(&mut self, choice: Choice<'_>, steps: &mut Vec<Step>) {
        if let Some(delta) = choice.delta {
            self.delta(delta, steps);
        }
        if let Some(reason) = choice.finish_reason {
            self.ending =
                Some(if self.refused { Ending::refused() } else { errors::ending(&reason) });
        }
    }

    fn delta(&mut self, delta: Delta<'_>, steps: &mut Vec<Step>) {
        let said =
            |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(Cow::into_owned);
        let thought = said(delta.reasoning_content).or_else(|| said(delta.reasoning));
        steps.extend(thought.map(|text| Step::Event(StreamEvent::Thinking(text))));
        steps.extend(said(delta.content).map(|text| Step::Event(StreamEvent::Text(text))));
        if said(delta.refusal).is_some() {
            self.refused = true;
            steps.push(Step::Progress);
        }
        for call in delta.tool_calls.into_iter().flatten() {
            self.call(call, steps);
        }
    }

    fn call(&mut self, call: ToolCall<'_>, steps: &mut Vec<Step>) {
        let id = call.id.unwrap_or_default();
        let function = call.function.unwrap_or_default();
        let place = self.place_of(call.index, &id);
        let Ok(index) = u32::try_from(place) else {
            return;
        };
        if place == self.calls.len() {
            let (id, name) = (id.into_owned(), function.name.unwrap_or_default().into_owned());
            self.calls.push(id.clone());
            let signature = None;
            steps.push(Step::Event(StreamEvent::ToolCallStart { index, id, name, signature }));
        }
        let fragment = function.arguments.unwrap_or_default().into_owned();
        if !fragment.is_empty() {
            steps.push(Step::Event(StreamEvent::ToolCallArguments { index, fragment }));
        }
    }

    /// Which call a fragment belongs to: by its number, or, where a vendor leaves the number out,
    /// by a new id. A number out of order counts as the next, so that indices stay dense.
    fn place_of(&self, index: Option<u64>, id: &str) -> usize {
        let next = self.calls.len();
        let known_id = self.calls.iter().position(|known| !id.is_empty() && known == id);
        match index.and_then(|index| usize::try_from(index).ok()) {
            Some(index) => index.min(next),
            None if id.is_empty() => next.saturating_sub(1),
            None => known_id.unwrap_or(next),
        }
    }
}
