use changeover_domain::{FailureClass, ProviderKind, TokenUsage};
use changeover_http::Secret;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::canonical::{FinishReason, Part, ResponseFormat, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::Step;
use crate::dialect::samples::{ask, decode, document, provider, rich};
use serde_json::Value;

fn body_of(request: &ChatRequest) -> Value {
    document(&request::body("claude", request, false))
}

#[test]
fn a_rich_request_is_written_as_the_vendor_takes_it() {
    assert_eq!(
        document(&request::body("claude", &rich(), true)),
        json!({
            "model": "claude",
            "max_tokens": 200,
            "stream": true,
            "system": "Be short.\n\nBe kind.",
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Where is this?"},
                    {"type": "image", "source":
                        {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                    {"type": "image", "source":
                        {"type": "url", "url": "https://pictures.example/b.webp?size=2"}},
                ]},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Rome"}},
                    {"type": "tool_use", "id": "c2", "name": "weather", "input": {"city": "Oslo"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "sunny", "is_error": false},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "rain", "is_error": false},
                ]},
            ],
            "tools": [{
                "name": "weather",
                "description": "The weather of a city",
                "input_schema": {"type": "object", "properties": {"city": {"type": "string"}},
                    "required": ["city"]},
            }],
            "tool_choice": {"type": "tool", "name": "weather"},
            "temperature": 1.0,
            "stop_sequences": ["END"],
            "output_config": {"format": {"type": "json_schema", "schema": {
                "type": "object", "properties": {"city": {"type": "string"}},
                "required": ["city"], "additionalProperties": false}}},
        })
    );
}

#[test]
fn what_the_vendor_requires_is_filled_in() {
    let plain = body_of(&ask("hi"));
    assert_eq!(plain["max_tokens"], 4096, "the vendor takes no request without it");
    assert!(plain.get("stream").is_none() && plain.get("system").is_none());
    let mut json_only = ask("hi");
    json_only.response_format = ResponseFormat::JsonObject;
    assert_eq!(body_of(&json_only)["system"], "Answer with one JSON object and nothing else.");
}

#[test]
fn the_key_is_in_a_header_and_not_in_the_address() {
    let vendor = provider(ProviderKind::Anthropic, "https://api.vendor.example");
    let key = Secret::new("sk-1");
    let endpoint = Endpoint { provider: &vendor, key: Some(&key), model: "claude" };
    let wire = Messages.request(&endpoint, &ask("hi"), false).unwrap();
    assert_eq!(wire.url.as_str(), "https://api.vendor.example/v1/messages");
    assert!(wire.headers.contains(&("x-api-key", "sk-1".to_owned())));
}

#[test]
fn a_whole_answer_is_read_with_all_its_input() {
    let read = response::read(
        json!({
            "id": "msg_1", "type": "message", "model": "claude-x", "stop_reason": "tool_use",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}},
            ],
            "usage": {"input_tokens": 10, "cache_creation_input_tokens": 20,
                "cache_read_input_tokens": 30, "output_tokens": 7},
        })
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(read.ending, Ending::Finished(FinishReason::ToolCalls));
    assert_eq!(
        read.parts,
        [
            Part::Thinking { text: "hm".into(), signature: Some("s".into()) },
            Part::Text("Let me look.".into()),
            Part::ToolCall {
                id: "toolu_1".into(),
                name: "weather".into(),
                arguments: "{\"city\":\"Rome\"}".into(),
                signature: None
            },
        ]
    );
    assert_eq!(
        read.usage,
        Some(TokenUsage {
            input_tokens: 60,
            cached_input_tokens: 30,
            cache_write_tokens: 20,
            output_tokens: 7,
            ..TokenUsage::default()
        }),
        "what was cached and what was written are parts of the input"
    );
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

/// Text, a call with arguments and one without.
fn documents() -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude-x",
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1}}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        delta(0, &json!({"type": "text_delta", "text": "He"})),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1,
            "content_block": {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}}),
        delta(1, &json!({"type": "input_json_delta", "partial_json": "{\"a\":"})),
        delta(1, &json!({"type": "input_json_delta", "partial_json": "1}"})),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "content_block_start", "index": 2,
            "content_block": {"type": "tool_use", "id": "t2", "name": "now", "input": {}}}),
        json!({"type": "content_block_stop", "index": 2}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ]
}

#[test]
fn a_stream_is_read_event_by_event() {
    let steps = decode(Messages.decoder(), &documents());
    let usage = |output_tokens| TokenUsage {
        input_tokens: 8,
        cached_input_tokens: 3,
        output_tokens,
        ..TokenUsage::default()
    };
    let arguments = |index, fragment: &str| {
        Step::Event(StreamEvent::ToolCallArguments { index, fragment: fragment.into() })
    };
    let call = |index, id: &str, name: &str| {
        Step::Event(StreamEvent::ToolCallStart {
            index,
            id: id.into(),
            name: name.into(),
            signature: None,
        })
    };
    assert_eq!(
        steps,
        [
            Step::Event(StreamEvent::Start { id: "msg_1".into(), model: "claude-x".into() }),
            Step::Event(StreamEvent::Usage(usage(1))),
            Step::Progress,
            Step::Event(StreamEvent::Text("He".into())),
            call(0, "t1", "weather"),
            arguments(0, "{\"a\":"),
            arguments(0, "1}"),
            call(1, "t2", "now"),
            arguments(1, "{}"),
            Step::Event(StreamEvent::Usage(usage(9))),
            Step::End(Ending::Finished(FinishReason::ToolCalls)),
        ]
    );
}

#[test]
fn a_refusal_ends_the_stream_as_one() {
    let steps = decode(
        Messages.decoder(),
        &[
            json!({"type": "message_delta", "delta": {"stop_reason": "refusal"}}),
            json!({"type": "message_stop"}),
        ],
    );
    let [Step::End(Ending::Failed(found))] = steps.as_slice() else {
        panic!("a refusal is a failure, not {steps:?}");
    };
    assert_eq!(found.class, FailureClass::Refusal);
}

proptest! {
    #[test]
    fn no_history_makes_two_turns_of_one_role_stand_together(roles in proptest::collection::vec(0_u8..4, 1..12)) {
        use crate::canonical::{Message, Role};
        let messages = roles.iter().map(|role| {
            let role = [Role::System, Role::User, Role::Assistant, Role::Tool][usize::from(*role)];
            Message { role, parts: vec![Part::Text("x".into())] }
        }).collect();
        let body = body_of(&ChatRequest { messages, ..ChatRequest::default() });
        let turns = body["messages"].as_array().unwrap();
        prop_assert!(!turns.is_empty(), "the vendor refuses an empty conversation");
        prop_assert!(turns.windows(2).all(|pair| pair[0]["role"] != pair[1]["role"]));
    }
}
