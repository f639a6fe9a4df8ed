//! Reads the events of a streamed Message.

use std::borrow::Cow;

use serde::Deserialize;

use super::errors;
use super::response::{Counts, Usage};
use crate::canonical::StreamEvent;
use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step, lenient};

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

/// An event of any kind; which fields it has is its kind's.
#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    message: Option<Message<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    index: Option<u64>,
    #[serde(default, borrow)]
    content_block: Option<Block<'a>>,
    #[serde(default, borrow)]
    delta: Option<Delta<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    model: Option<Cow<'a, str>>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Block<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "lenient::text")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    text: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    data: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Delta<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "lenient::text")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    text: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    thinking: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    signature: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    partial_json: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    stop_sequence: Option<Cow<'a, str>>,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, data: &str) -> Option<Vec<Step>> {
        let event: Event<'_> = serde_json::from_str(data).ok()?;
        if event.error {
            return None;
        }
        Some(match event.kind.as_ref() {
            "message_start" => self.message_start(event.message),
            "content_block_start" => self.block_start(event.index, event.content_block),
            "content_block_delta" => self.block_delta(event.index, event.delta),
            "content_block_stop" => self.block_stop(),
            "message_delta" => self.message_delta(event.delta, event.usage),
            "message_stop" => self.ending_so_far().map(Step::End).into_iter().collect(),
            _ => Vec::new(),
        })
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        self.ending.take()
    }
}

impl Decoder {
    fn message_start(&mut self, message: Option<Message<'_>>) -> Vec<Step> {
        let message = message.unwrap_or(Message { id: None, model: None, usage: None });
        let start = StreamEvent::Start { id: owned(message.id), model: owned(message.model) };
        let mut steps = vec![Step::Event(start)];
        steps.extend(self.usage(message.usage));
        steps
    }

    fn usage(&mut self, usage: Option<Usage>) -> Option<Step> {
        self.counts = self.counts.updated(usage?);
        self.counts.total().map(|usage| Step::Event(StreamEvent::Usage(usage)))
    }

    fn block_start(&mut self, number: Option<u64>, block: Option<Block<'_>>) -> Vec<Step> {
        let Some(block) = block else {
            return Vec::new();
        };
        let beginning = owned(block.text);
        match block.kind.as_deref().unwrap_or_default() {
            "text" if !beginning.is_empty() => vec![Step::Event(StreamEvent::Text(beginning))],
            "redacted_thinking" => {
                vec![Step::Event(StreamEvent::RedactedThinking(owned(block.data)))]
            }
            "tool_use" => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                let block_number = number.unwrap_or_default();
                self.open_call =
                    Some(OpenCall { block: block_number, index, wrote_arguments: false });
                let (id, name) = (owned(block.id), owned(block.name));
                let signature = None;
                vec![Step::Event(StreamEvent::ToolCallStart { index, id, name, signature })]
            }
            _ => vec![Step::Progress],
        }
    }

    fn block_delta(&mut self, number: Option<u64>, delta: Option<Delta<'_>>) -> Vec<Step> {
        let Some(delta) = delta else {
            return Vec::new();
        };
        let event = match delta.kind.as_deref().unwrap_or_default() {
            "text_delta" => StreamEvent::Text(owned(delta.text)),
            "thinking_delta" => StreamEvent::Thinking(owned(delta.thinking)),
            "signature_delta" => StreamEvent::ThinkingSignature(owned(delta.signature)),
            "input_json_delta" => return self.arguments(number, owned(delta.partial_json)),
            _ => return vec![Step::Progress],
        };
        vec![Step::Event(event)]
    }

    fn arguments(&mut self, number: Option<u64>, fragment: String) -> Vec<Step> {
        let block = number.unwrap_or_default();
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

    fn message_delta(&mut self, delta: Option<Delta<'_>>, usage: Option<Usage>) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(delta) = delta {
            if let Some(reason) = delta.stop_reason {
                self.ending = Some(errors::ending(&reason));
            }
            let stopped_by = delta.stop_sequence.map(Cow::into_owned);
            steps.extend(stopped_by.map(|text| Step::Event(StreamEvent::StopSequence(text))));
        }
        steps.extend(self.usage(usage));
        steps
    }
}

fn owned(text: Option<Cow<'_, str>>) -> String {
    text.map(Cow::into_owned).unwrap_or_default()
}
