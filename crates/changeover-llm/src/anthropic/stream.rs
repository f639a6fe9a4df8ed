//! Reads the events of a streamed Message.

use serde_json::Value;

use super::errors;
use super::response::Counts;
use crate::canonical::StreamEvent;
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step, count, owned, text};

#[derive(Debug, Default)]
pub(super) struct Decoder {
    counts: Counts,
    ending: Option<Ending>,
    /// The tool call that is being written.
    open_call: Option<OpenCall>,
    calls: u32,
}

#[derive(Debug)]
struct OpenCall {
    /// The vendor's number of the block.
    block: u64,
    index: u32,
    wrote_arguments: bool,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, document: &Value) -> Vec<Step> {
        match text(document, "/type").unwrap_or_default() {
            "message_start" => self.message_start(document),
            "content_block_start" => self.block_start(document),
            "content_block_delta" => self.block_delta(document),
            "content_block_stop" => self.block_stop(),
            "message_delta" => self.message_delta(document),
            "message_stop" => self.ending_so_far().map(Step::End).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        self.ending.take()
    }
}

impl Decoder {
    fn message_start(&mut self, document: &Value) -> Vec<Step> {
        let start = StreamEvent::Start {
            id: owned(document, "/message/id"),
            model: owned(document, "/message/model"),
        };
        let mut steps = vec![Step::Event(start)];
        steps.extend(self.usage(document.pointer("/message/usage")));
        steps
    }

    fn usage(&mut self, usage: Option<&Value>) -> Option<Step> {
        self.counts = self.counts.updated(usage?);
        self.counts.total().map(|usage| Step::Event(StreamEvent::Usage(usage)))
    }

    fn block_start(&mut self, document: &Value) -> Vec<Step> {
        let kind = text(document, "/content_block/type").unwrap_or_default();
        let beginning = owned(document, "/content_block/text");
        match kind {
            "text" if !beginning.is_empty() => vec![Step::Event(StreamEvent::Text(beginning))],
            "tool_use" => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                self.open_call = Some(OpenCall {
                    block: count(document, "/index").unwrap_or_default(),
                    index,
                    wrote_arguments: false,
                });
                vec![Step::Event(StreamEvent::ToolCallStart {
                    index,
                    id: owned(document, "/content_block/id"),
                    name: owned(document, "/content_block/name"),
                    signature: None,
                })]
            }
            _ => vec![Step::Progress],
        }
    }

    fn block_delta(&mut self, document: &Value) -> Vec<Step> {
        match text(document, "/delta/type").unwrap_or_default() {
            "text_delta" => vec![Step::Event(StreamEvent::Text(owned(document, "/delta/text")))],
            "input_json_delta" => self.arguments(document),
            _ => vec![Step::Progress],
        }
    }

    fn arguments(&mut self, document: &Value) -> Vec<Step> {
        let fragment = owned(document, "/delta/partial_json");
        let block = count(document, "/index").unwrap_or_default();
        match &mut self.open_call {
            Some(call) if call.block == block && !fragment.is_empty() => {
                call.wrote_arguments = true;
                let index = call.index;
                vec![Step::Event(StreamEvent::ToolCallArguments { index, fragment })]
            }
            _ => vec![Step::Progress],
        }
    }

    /// A call without arguments has none on the wire; applications expect an object.
    fn block_stop(&mut self) -> Vec<Step> {
        match self.open_call.take() {
            Some(OpenCall { index, wrote_arguments: false, .. }) => {
                let fragment = "{}".to_owned();
                vec![Step::Event(StreamEvent::ToolCallArguments { index, fragment })]
            }
            _ => Vec::new(),
        }
    }

    fn message_delta(&mut self, document: &Value) -> Vec<Step> {
        if let Some(reason) = text(document, "/delta/stop_reason") {
            self.ending = Some(errors::ending(reason));
        }
        self.usage(document.get("usage")).into_iter().collect()
    }
}
