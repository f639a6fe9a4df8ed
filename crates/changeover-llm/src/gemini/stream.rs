//! Reads the chunks of a streamed answer. A call comes whole, in one chunk.

use serde_json::Value;

use super::response;
use crate::canonical::{Part, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step, owned};

#[derive(Debug, Default)]
pub(super) struct Decoder {
    started: bool,
    calls: u32,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, document: &Value) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.started {
            self.started = true;
            steps.push(Step::Event(StreamEvent::Start {
                id: owned(document, "/responseId"),
                model: owned(document, "/modelVersion"),
            }));
        }
        let before = usize::try_from(self.calls).unwrap_or(usize::MAX);
        let parts = response::parts(document, before);
        if parts.is_empty() && document.pointer("/candidates/0/content/parts/0").is_some() {
            steps.push(Step::Progress);
        }
        parts.into_iter().for_each(|part| self.part(part, &mut steps));
        let usage = response::usage(document);
        steps.extend(usage.map(|usage| Step::Event(StreamEvent::Usage(usage))));
        let ending = response::ending(document, self.calls > 0);
        steps.extend(ending.map(Step::End));
        steps
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        None
    }
}

impl Decoder {
    fn part(&mut self, part: Part, steps: &mut Vec<Step>) {
        match part {
            Part::Text(text) => steps.push(Step::Event(StreamEvent::Text(text))),
            Part::ToolCall { id, name, arguments, signature } => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                steps.push(Step::Event(StreamEvent::ToolCallStart { index, id, name, signature }));
                let fragment = arguments;
                steps.push(Step::Event(StreamEvent::ToolCallArguments { index, fragment }));
            }
            _ => {}
        }
    }
}
