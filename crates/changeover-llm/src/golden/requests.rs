//! What callers write, and what every vendor is sent for it.

use serde_json::{Map, Value, json};

use super::{TARGETS, parse, sent};
use crate::front::Door;

const TOOL_SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string"}},
    "required":["city"],"additionalProperties":false}"#;

fn schema() -> Value {
    serde_json::from_str(TOOL_SCHEMA).unwrap()
}

/// Requests in the `OpenAI` dialect, by what they show.
pub(super) fn openai() -> Vec<(&'static str, Value)> {
    let tools = json!([{"type": "function", "function": {"name": "weather",
        "description": "The weather of a city", "parameters": schema(), "strict": true}}]);
    let call = |id: &str, city: &str| {
        json!({"id": id, "type": "function",
        "function": {"name": "weather", "arguments": format!("{{\"city\":\"{city}\"}}")}})
    };
    vec![
        (
            "text",
            json!({"model": "chat", "max_completion_tokens": 300, "temperature": 0.7,
            "top_p": 0.9, "seed": 11, "presence_penalty": 0.1, "frequency_penalty": 0.2,
            "stop": ["END"], "user": "u-1",
            "messages": [{"role": "system", "content": "Be short."},
                {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."},
                {"role": "user", "content": "Go on."}]}),
        ),
        (
            "tools",
            json!({"model": "chat", "tools": tools, "tool_choice": "required",
            "parallel_tool_calls": false, "messages": [{"role": "user", "content": "Rome?"}]}),
        ),
        (
            "tool_results",
            json!({"model": "chat", "tools": tools, "stream": true,
            "stream_options": {"include_usage": true},
            "messages": [{"role": "user", "content": "Rome and Oslo?"},
                {"role": "assistant", "content": "Let me look.",
                    "tool_calls": [call("call_a", "Rome"), call("call_b", "Oslo")]},
                {"role": "tool", "tool_call_id": "call_a", "content": "sunny"},
                {"role": "tool", "tool_call_id": "call_b", "content": "rain"}]}),
        ),
        (
            "images",
            json!({"model": "chat", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "Where is this?"},
            {"type": "image_url", "image_url":
                {"url": "data:image/png;base64,aGk=", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://pictures.example/b.webp"}}]}]}),
        ),
        (
            "json_schema",
            json!({"model": "chat", "response_format": {"type": "json_schema",
            "json_schema": {"name": "place", "schema": schema(), "strict": true}},
            "messages": [{"role": "user", "content": "Where?"}]}),
        ),
        (
            "thinking",
            json!({"model": "chat", "reasoning_effort": "medium",
            "messages": [{"role": "user", "content": "Why?"}]}),
        ),
    ]
}

fn picture() -> Value {
    json!({"type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn result(id: &str, content: &Value, is_error: bool) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": is_error})
}

/// The same in the Anthropic dialect.
pub(super) fn anthropic() -> Vec<(&'static str, Value)> {
    let tools = json!([{"name": "weather", "description": "The weather of a city",
        "input_schema": schema(), "strict": true}]);
    let call = |id: &str, city: &str| {
        json!({"type": "tool_use", "id": id, "name": "weather",
        "input": {"city": city}})
    };
    vec![
        (
            "text",
            json!({"model": "chat", "max_tokens": 300, "temperature": 0.7, "top_k": 40,
            "stop_sequences": ["END"], "metadata": {"user_id": "u-1"},
            "system": [{"type": "text", "text": "Be short.",
                "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "messages": [{"role": "user", "content": [text("Hello")]},
                {"role": "assistant", "content": [text("Hi.")]},
                {"role": "user", "content": [text("Go on.")]}]}),
        ),
        (
            "tools",
            json!({"model": "chat", "max_tokens": 300, "tools": tools,
            "tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": true},
            "messages": [{"role": "user", "content": [text("Rome?")]}]}),
        ),
        (
            "tool_results",
            json!({"model": "chat", "max_tokens": 300, "tools": tools, "stream": true,
            "messages": [{"role": "user", "content": [text("Rome and Oslo?")]},
                {"role": "assistant", "content": [text("Let me look."),
                    call("toolu_a", "Rome"), call("toolu_b", "Oslo")]},
                {"role": "user", "content": [
                    result("toolu_a", &json!([text("as on this:"), picture()]), false),
                    result("toolu_b", &json!("no such city"), true), text("Go on.")]}]}),
        ),
        (
            "images",
            json!({"model": "chat", "max_tokens": 300, "messages": [{"role": "user",
            "content": [text("Where is this?"), picture(), {"type": "image",
                "source": {"type": "url", "url": "https://pictures.example/b.webp"}}]}]}),
        ),
        (
            "json_schema",
            json!({"model": "chat", "max_tokens": 300,
            "output_config": {"format": {"type": "json_schema", "schema": schema()}},
            "messages": [{"role": "user", "content": [text("Where?")]}]}),
        ),
        (
            "thinking",
            json!({"model": "chat", "max_tokens": 9_000, "tools": tools,
            "thinking": {"type": "enabled", "budget_tokens": 2_048},
            "messages": [{"role": "user", "content": [text("Rome?")]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                    {"type": "redacted_thinking", "data": "c2VhbA=="}, call("toolu_a", "Rome")]},
                {"role": "user", "content": [result("toolu_a", &json!("sunny"), false)]}]}),
        ),
    ]
}

#[test]
fn what_every_vendor_is_sent_for_each_request() {
    for (door, requests) in [(Door::OpenAi, openai()), (Door::Anthropic, anthropic())] {
        for (name, body) in requests {
            let front = parse(door, &body);
            let sent: Map<String, Value> = TARGETS
                .iter()
                .map(|(kind, model)| (kind.as_str().to_owned(), sent(*kind, model, &front)))
                .collect();
            insta::assert_json_snapshot!(format!("sent_for_{}_{name}", door.as_str()), sent);
        }
    }
}
