use changeover_domain::{TokenUsage, UnixMs};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::canonical::{
    ChatResponse, FinishReason, Image, Message, Part, ResponseFormat, Role, StreamEvent, ToolChoice,
};

fn parse(body: &Value) -> Result<FrontRequest, FrontError> {
    parse_request(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "chat", "messages": [{"role": "user", "content": "hi"}]});
    body[field] = value;
    body
}

#[test]
fn the_smallest_request_has_the_dialects_defaults() {
    let read = parse(&with("seed", json!(7))).unwrap();
    assert_eq!((read.model.as_str(), read.stream, read.include_usage), ("chat", false, false));
    assert_eq!(read.request.tool_choice, ToolChoice::Auto);
    assert_eq!(read.request.response_format, ResponseFormat::Text);
    assert_eq!(read.request.max_tokens, None);
}

#[test]
fn every_refusal_names_the_field_at_fault() {
    let param = |body: &Value| parse(body).unwrap_err().param;
    let expect =
        |body: Value, path: &str| assert_eq!(param(&body).as_deref(), Some(path), "{body}");
    expect(json!({"messages": []}), "model");
    expect(with("messages", json!([])), "messages");
    expect(with("messages", json!([{"role": "user"}])), "messages[0].content");
    expect(with("messages", json!([{"role": "wizard", "content": "x"}])), "messages[0].role");
    expect(with("messages", json!([{"role": "tool", "content": "x"}])), "messages[0].tool_call_id");
    expect(
        with(
            "messages",
            json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///x"}}]}]),
        ),
        "messages[0].content[0].image_url.url",
    );
    expect(
        with(
            "messages",
            json!([{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f"}}]}]),
        ),
        "messages[0].tool_calls[0].function.arguments",
    );
    expect(with("temperature", json!("hot")), "temperature");
    expect(with("max_tokens", json!(-1)), "max_tokens");
    expect(with("n", json!(2)), "n");
    expect(with("logprobs", json!(true)), "logprobs");
    expect(with("functions", json!([])), "functions");
    expect(with("stop", json!([1])), "stop");
    expect(with("tool_choice", json!("maybe")), "tool_choice");
    expect(with("tools", json!([{"type": "function", "function": {}}])), "tools[0].function.name");
    expect(with("response_format", json!({"type": "xml"})), "response_format.type");
    assert_eq!(parse_request(b"{").unwrap_err().param, None);
    assert_eq!(parse_request(b"[]").unwrap_err().param, None);
}

#[test]
fn a_conversation_is_read_with_its_pictures_and_calls() {
    let read = parse(&with("messages", json!([
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "What?"},
            {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0k="}}]},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]},
    ])))
    .unwrap();
    let [system, user, assistant, tool] = read.request.messages.as_slice() else {
        panic!("four turns, not {:?}", read.request.messages);
    };
    assert_eq!(system.role, Role::System);
    let image = Image::Inline { media_type: "image/gif".into(), base64: "R0k=".into() };
    assert_eq!(user.parts, [Part::Text("What?".into()), Part::Image(image)]);
    let call = Part::ToolCall { id: "c1".into(), name: "f".into(), arguments: "{}".into() };
    assert_eq!(assistant, &Message { role: Role::Assistant, parts: vec![call] });
    let result = Part::ToolResult { call_id: "c1".into(), text: "42".into(), is_error: false };
    assert_eq!(tool.parts, [result]);
}

fn response(finish: FinishReason, usage: Option<TokenUsage>) -> ChatResponse {
    ChatResponse {
        id: "msg_1".into(),
        model: "claude".into(),
        parts: vec![Part::Text("Hello".into())],
        finish,
        usage,
    }
}

#[test]
fn an_answer_bears_the_name_it_was_asked_under_and_no_made_up_usage() {
    let body =
        encode_response(&response(FinishReason::Stop, None), "chat", UnixMs(1_700_000_000_999));
    assert_eq!(
        body,
        json!({
            "id": "msg_1", "object": "chat.completion", "created": 1_700_000_000, "model": "chat",
            "choices": [{"index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello", "refusal": null}}],
        })
    );
}

#[test]
fn a_refusal_is_told_in_the_dialects_way() {
    let body = encode_response(&response(FinishReason::Refusal, None), "chat", UnixMs(0));
    assert_eq!(body["choices"][0]["message"]["refusal"], "Hello");
    assert_eq!(body["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
}

#[test]
fn with_usage_asked_for_every_chunk_has_the_field_and_the_last_has_the_figures() {
    let mut encoder = StreamEncoder::new("chat", UnixMs(2_000), true);
    let usage = TokenUsage { input_tokens: 3, cached_input_tokens: 1, output_tokens: 2 };
    assert!(encoder.encode(&StreamEvent::Usage(usage)).is_empty());
    let text: Value =
        serde_json::from_str(&encoder.encode(&StreamEvent::Text("a".into()))[0]).unwrap();
    assert_eq!(text["usage"], Value::Null);
    assert!(text.as_object().unwrap().contains_key("usage"));
    let done = encoder.done();
    let last: Value = serde_json::from_str(&done[0]).unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"]["total_tokens"], 5);
    assert_eq!(done[1], DONE);
    assert_eq!(
        StreamEncoder::new("chat", UnixMs(0), true).done(),
        [DONE],
        "unknown usage is left out"
    );
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = parse_request(&body);
    }
}
