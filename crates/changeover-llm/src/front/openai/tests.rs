use changeover_domain::{TokenUsage, UnixMs};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::canonical::{
    ChatResponse, Effort, ExtraOf, FinishReason, ImageSource, Message, Part, ResponseFormat, Role,
    StreamEvent, ToolChoice,
};
use crate::front::{Door, FrontError, FrontRequest, StreamEncoder};
use crate::losses::{Feature, FeatureSet};

fn parse(body: &Value) -> Result<FrontRequest, FrontError> {
    Door::OpenAi.parse_request(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "chat", "messages": [{"role": "user", "content": "hi"}]});
    body[field] = value;
    body
}

#[test]
fn the_smallest_request_has_the_dialects_defaults() {
    let read = parse(&with("n", json!(1))).unwrap();
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
    expect(with("stop", json!([1])), "stop[0]");
    expect(with("tool_choice", json!("maybe")), "tool_choice");
    expect(with("tools", json!([{"type": "function", "function": {}}])), "tools[0].function.name");
    expect(with("response_format", json!({"type": "xml"})), "response_format.type");
    assert_eq!(Door::OpenAi.parse_request(b"{").unwrap_err().param, None);
    assert_eq!(Door::OpenAi.parse_request(b"[]").unwrap_err().param, None);
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
    let image = ImageSource::Inline { media_type: "image/gif".into(), base64: "R0k=".into() };
    assert_eq!(user.parts, [Part::Text("What?".into()), Part::Image(image.into())]);
    let call = Part::ToolCall {
        id: "c1".into(),
        name: "f".into(),
        arguments: "{}".into(),
        signature: None,
    };
    assert_eq!(assistant, &Message { role: Role::Assistant, parts: vec![call] });
    let result = Part::ToolResult {
        call_id: "c1".into(),
        parts: vec![Part::Text("4".into()), Part::Text("2".into())],
        is_error: false,
    };
    assert_eq!(tool.parts, [result]);
}

fn response(finish: FinishReason, usage: Option<TokenUsage>) -> ChatResponse {
    ChatResponse {
        id: "msg_1".into(),
        model: "claude".into(),
        parts: vec![Part::Text("Hello".into())],
        finish,
        usage,
        ..ChatResponse::default()
    }
}

fn encoded(response: &ChatResponse, created: UnixMs) -> Value {
    serde_json::from_slice(&Door::OpenAi.encode_response(response, "chat", created)).unwrap()
}

#[test]
fn an_answer_bears_the_name_it_was_asked_under_and_no_made_up_usage() {
    assert_eq!(
        encoded(&response(FinishReason::Stop, None), UnixMs(1_700_000_000_999)),
        json!({
            "id": "msg_1", "object": "chat.completion", "created": 1_700_000_000, "model": "chat",
            "choices": [{"index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello", "refusal": null}}],
        })
    );
}

#[test]
fn a_refusal_is_told_in_the_dialects_way() {
    let body = encoded(&response(FinishReason::Refusal, None), UnixMs(0));
    assert_eq!(body["choices"][0]["message"]["refusal"], "Hello");
    assert_eq!(body["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
}

#[test]
fn thoughts_go_where_applications_of_borrowed_servers_look_for_them() {
    let mut answer = response(FinishReason::Stop, None);
    answer.parts.insert(0, Part::Thinking { text: "hm".into(), signature: Some("s".into()) });
    let body = encoded(&answer, UnixMs(0));
    assert_eq!(body["choices"][0]["message"]["reasoning_content"], "hm");
    assert_eq!(body["choices"][0]["message"]["content"], "Hello");
}

fn streamer(include_usage: bool) -> StreamEncoder {
    let mut body = with("stream", json!(true));
    body["stream_options"] = json!({"include_usage": include_usage});
    parse(&body).unwrap().stream_encoder(UnixMs(2_000))
}

/// The documents of some frames, and whether the mark of the end follows them.
fn documents(frames: &[u8]) -> (Vec<Value>, bool) {
    let frames = std::str::from_utf8(frames).unwrap();
    assert!(frames.is_empty() || frames.ends_with("\n\n"), "whole frames: {frames:?}");
    let payloads =
        frames.split_terminator("\n\n").map(|frame| frame.strip_prefix("data: ").unwrap());
    let (done, others): (Vec<&str>, Vec<&str>) = payloads.partition(|data| *data == "[DONE]");
    (others.iter().map(|data| serde_json::from_str(data).unwrap()).collect(), !done.is_empty())
}

#[test]
fn with_usage_asked_for_every_chunk_has_the_field_and_the_last_has_the_figures() {
    let mut encoder = streamer(true);
    let usage = TokenUsage {
        input_tokens: 3,
        cached_input_tokens: 1,
        output_tokens: 2,
        reasoning_tokens: 1,
        ..TokenUsage::default()
    };
    assert!(encoder.encode(&StreamEvent::Usage(usage)).is_empty());
    let (text, _) = documents(&encoder.encode(&StreamEvent::Text("a".into())));
    assert!(text[0].as_object().unwrap().contains_key("usage") && text[0]["usage"].is_null());
    let (last, done) = documents(&encoder.finish());
    assert_eq!(last[0]["choices"], json!([]));
    assert_eq!(
        last[0]["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 1},
            "completion_tokens_details": {"reasoning_tokens": 1}})
    );
    assert!(done);
    assert_eq!(documents(&streamer(true).finish()), (vec![], true), "unknown usage is left out");
}

#[test]
fn a_streamed_refusal_is_none_of_the_content() {
    let delta = |frames: &[u8]| {
        let (documents, _) = documents(frames);
        documents.iter().map(|chunk| chunk["choices"][0]["delta"].clone()).collect::<Vec<_>>()
    };
    let mut known = streamer(false);
    known.begin_refusal();
    let told = known.encode(&StreamEvent::Text("I will not.".into()));
    assert_eq!(delta(&told), [json!({"refusal": "I will not."})]);
    let ended = known.encode(&StreamEvent::Finish(FinishReason::Refusal));
    assert_eq!(delta(&ended), [json!({})], "it has been told");

    let mut late = streamer(false);
    late.encode(&StreamEvent::Text("Of course, ".into()));
    let ended = late.encode(&StreamEvent::Finish(FinishReason::Refusal));
    assert_eq!(delta(&ended), [json!({"refusal": "the model refused"}), json!({})]);
}

#[test]
fn a_stream_that_breaks_off_ends_with_an_error_and_without_the_mark_of_the_end() {
    let fields = crate::front::ErrorFields { message: "gone", ..Default::default() };
    let (events, done) = documents(&streamer(false).fail(502, &fields));
    assert_eq!(events[0]["error"]["message"], "gone");
    assert_eq!(events[0]["error"]["type"], "server_error");
    assert!(!done);
}

#[test]
fn what_only_some_vendors_know_is_kept_for_them() {
    let mut body = with("verbosity", json!("low"));
    body["seed"] = json!(7);
    body["top_k"] = json!(40);
    body["min_p"] = json!(0.1);
    body["logit_bias"] = Value::Null;
    body["reasoning_effort"] = json!("xhigh");
    body["messages"][0]["name"] = json!("ada");
    let read = parse(&body).unwrap();
    assert_eq!((read.request.seed, read.request.top_k), (Some(7), Some(40)));
    assert_eq!(read.request.reasoning.effort, Some(Effort::Xhigh));
    let extras: Vec<_> =
        read.request.extras.iter().map(|extra| (extra.name.as_str(), extra.of)).collect();
    assert_eq!(
        extras,
        [
            ("min_p", ExtraOf::OpenaiCompatible),
            ("top_k", ExtraOf::OpenaiCompatible),
            ("verbosity", ExtraOf::Openai),
        ]
    );
    assert_eq!(read.dropped, FeatureSet::from_iter([Feature::ParticipantName]));
}

#[test]
fn a_refusal_speaks_of_json_and_not_of_our_types() {
    let message = |body: &Value| parse(body).unwrap_err().message;
    assert_eq!(
        message(&with("temperature", json!("hot"))),
        "`temperature`: invalid type: string \"hot\", expected a number"
    );
    let long = message(&with("temperature", json!("x".repeat(10_000))));
    assert!(long.len() < 300, "{long}");
    let deep = format!(
        r#"{{"model": "m", "response_format": {{"type": "json_schema", "json_schema": {{"name": "n", "schema": {{"a": {}1{}}}}}}}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    let refused = Door::OpenAi.parse_request(deep.as_bytes()).unwrap_err();
    assert!(refused.message.contains("recursion limit"), "{refused}");
    let huge =
        br#"{"model": "m", "messages": [{"role": "user", "content": "x"}], "temperature": 1e999}"#;
    assert!(Door::OpenAi.parse_request(huge).is_err());
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Door::OpenAi.parse_request(&body);
    }
}
