//! Reads the chunks of a streamed answer. A call comes whole, in one chunk.

use super::response::Response;
use crate::canonical::{Part, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step};

#[derive(Debug, Default)]
pub(super) struct Decoder {
    started: bool,
    calls: u32,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, data: &str) -> Option<Vec<Step>> {
        let mut response = Response::read(data.as_bytes())?;
        let mut steps = Vec::with_capacity(2);
        if !self.started {
            self.started = true;
            let (id, model) = (response.response_id.clone(), response.model_version.clone());
            steps.push(Step::Event(StreamEvent::Start { id, model }));
        }
        response.take_parts(self.calls).into_iter().for_each(|part| self.part(part, &mut steps));
        steps.extend(response.usage().map(|usage| Step::Event(StreamEvent::Usage(usage))));
        steps.extend(response.ending(self.calls > 0).map(Step::End));
        Some(steps)
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        None
    }
}

impl Decoder {
    fn part(&mut self, part: Part, steps: &mut Vec<Step>) {
        match part {
            Part::Text(text) => steps.push(Step::Event(StreamEvent::Text(text))),
            Part::Thinking { text, .. } => steps.push(Step::Event(StreamEvent::Thinking(text))),
            Part::ToolCall { id, name, arguments, signature } => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                steps.push(Step::Event(StreamEvent::ToolCallStart { index, id, name, signature }));
                let fragment = arguments;
                steps.push(Step::Event(StreamEvent::ToolCallArguments { index, fragment }));
            }
            Part::RedactedThinking(_)
            | Part::Image(_)
            | Part::ToolResult { .. }
            | Part::CacheMark(_) => {}
        }
    }
}
