//! Reads the chunks of a streamed chat completion.
//!
//! The model's stop comes before the usage, which comes before `[DONE]`; a stream may lack either of
//! the last two, so the stop is kept until the usage or the end has come.

use serde_json::Value;

use super::{errors, response};
use crate::canonical::StreamEvent;
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step, count, owned, text};

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    started: bool,
    refused: bool,
    ending: Option<Ending>,
    /// Ids of the calls so far; the place is the call's index.
    calls: Vec<String>,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, document: &Value) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.started && document.get("choices").is_some() {
            self.started = true;
            steps.push(Step::Event(StreamEvent::Start {
                id: owned(document, "/id"),
                model: owned(document, "/model"),
            }));
        }
        if let Some(choice) = document.pointer("/choices/0") {
            self.choice(choice, &mut steps);
        }
        let usage = document.get("usage").and_then(response::usage);
        steps.extend(usage.map(|usage| Step::Event(StreamEvent::Usage(usage))));
        if usage.is_some() {
            steps.extend(self.ending_so_far().map(Step::End));
        }
        steps
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        self.ending.take()
    }
}

impl Decoder {
    fn choice(&mut self, choice: &Value, steps: &mut Vec<Step>) {
        if let Some(delta) = choice.get("delta") {
            self.delta(delta, steps);
        }
        if let Some(reason) = text(choice, "/finish_reason") {
            self.ending =
                Some(if self.refused { Ending::refused() } else { errors::ending(reason) });
        }
    }

    fn delta(&mut self, delta: &Value, steps: &mut Vec<Step>) {
        let written = text(delta, "/content").filter(|text| !text.is_empty());
        steps.extend(written.map(|text| Step::Event(StreamEvent::Text(text.to_owned()))));
        let thought = ["/reasoning_content", "/reasoning"]
            .iter()
            .any(|pointer| text(delta, pointer).is_some_and(|text| !text.is_empty()));
        if thought {
            steps.push(Step::Progress);
        }
        if text(delta, "/refusal").is_some_and(|text| !text.is_empty()) {
            self.refused = true;
            steps.push(Step::Progress);
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(call, steps);
        }
    }

    fn call(&mut self, call: &Value, steps: &mut Vec<Step>) {
        let id = owned(call, "/id");
        let place = self.place_of(call, &id);
        let Ok(index) = u32::try_from(place) else {
            return;
        };
        if place == self.calls.len() {
            self.calls.push(id.clone());
            let name = owned(call, "/function/name");
            steps.push(Step::Event(StreamEvent::ToolCallStart {
                index,
                id,
                name,
                signature: None,
            }));
        }
        let fragment = owned(call, "/function/arguments");
        if !fragment.is_empty() {
            steps.push(Step::Event(StreamEvent::ToolCallArguments { index, fragment }));
        }
    }

    /// Which call a fragment belongs to: by its number, or, where a vendor leaves the number out,
    /// by a new id. A number out of order counts as the next, so that indices stay dense.
    fn place_of(&self, call: &Value, id: &str) -> usize {
        let next = self.calls.len();
        let known_id = self.calls.iter().position(|known| !id.is_empty() && known == id);
        match count(call, "/index").and_then(|index| usize::try_from(index).ok()) {
            Some(index) => index.min(next),
            None if id.is_empty() => next.saturating_sub(1),
            None => known_id.unwrap_or(next),
        }
    }
}
