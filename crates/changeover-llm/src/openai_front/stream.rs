//! A streamed answer, as `chat.completion.chunk`s.

use changeover_domain::{TokenUsage, UnixMs};
use serde_json::{Value, json};

use super::response::{finish_name, usage_value};
use crate::canonical::StreamEvent;

/// The data of the last event of every stream.
pub const DONE: &str = "[DONE]";

/// Turns events into the data of server-sent events, one answer long.
#[derive(Debug, Clone)]
pub struct StreamEncoder {
    id: String,
    model: String,
    created_s: i64,
    include_usage: bool,
    usage: Option<TokenUsage>,
}

impl StreamEncoder {
    /// An encoder for one answer; `model` is the name under which the application asked.
    #[must_use]
    pub fn new(model: impl Into<String>, created: UnixMs, include_usage: bool) -> Self {
        Self {
            id: String::new(),
            model: model.into(),
            created_s: created.0.div_euclid(1_000),
            include_usage,
            usage: None,
        }
    }

    /// The data payloads for one event, in order; none for what the application did not ask for.
    pub fn encode(&mut self, event: &StreamEvent) -> Vec<String> {
        match event {
            StreamEvent::Start { id, .. } => {
                self.id.clone_from(id);
                vec![self.chunk(&json!({"role": "assistant", "content": ""}), None)]
            }
            StreamEvent::Text(text) => vec![self.chunk(&json!({"content": text}), None)],
            StreamEvent::ToolCallStart { index, id, name } => vec![self.chunk(
                &json!({"tool_calls": [{"index": index, "id": id, "type": "function",
                    "function": {"name": name, "arguments": ""}}]}),
                None,
            )],
            StreamEvent::ToolCallArguments { index, fragment } => vec![self.chunk(
                &json!({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]}),
                None,
            )],
            StreamEvent::Usage(usage) => {
                self.usage = Some(*usage);
                Vec::new()
            }
            StreamEvent::Finish(reason) => vec![self.chunk(&json!({}), Some(finish_name(*reason)))],
        }
    }

    /// The payloads after the last event: the usage, if asked for and known, and [`DONE`].
    #[must_use]
    pub fn done(&self) -> Vec<String> {
        let mut payloads = Vec::new();
        if let Some(usage) = self.usage.filter(|_| self.include_usage) {
            payloads.push(self.envelope(&json!([]), &usage_value(usage)));
        }
        payloads.push(DONE.to_owned());
        payloads
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> String {
        let choice =
            json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        self.envelope(&choice, &Value::Null)
    }

    fn envelope(&self, choices: &Value, usage: &Value) -> String {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created_s,
            "model": self.model,
            "choices": choices,
        });
        // As the dialect has it: with include_usage every chunk has the field, all but one null.
        if let (true, Some(fields)) = (self.include_usage, chunk.as_object_mut()) {
            fields.insert("usage".into(), usage.clone());
        }
        chunk.to_string()
    }
}
