use changeover_domain::{TokenUsage, UnixMs};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::canonical::{
    CacheMark, ChatResponse, Effort, ExtraOf, FinishReason, ImageSource, Message, Part, Reasoning,
    ResponseFormat, Role, StreamEvent, Thinking, ToolChoice,
};
use crate::front::{Door, ErrorFields, FrontError, FrontRequest, StreamEncoder};
use crate::losses::{Feature, FeatureSet};

fn parse(body: &Value) -> Result<FrontRequest, FrontError> {
    Door::Anthropic.parse_request(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "chat", "max_tokens": 100,
        "messages": [{"role": "user", "content": "hi"}]});
    body[field] = value;
    body
}

#[test]
fn the_smallest_request_has_the_dialects_defaults() {
    let read = parse(&with("stream", json!(false))).unwrap();
    assert_eq!((read.model.as_str(), read.stream, read.include_usage), ("chat", false, true));
    assert_eq!(read.request.max_tokens, Some(100));
    assert_eq!(read.request.reasoning, Reasoning::default());
    assert!(read.dropped.is_empty() && read.request.extras.is_empty());
}

#[test]
fn every_refusal_names_the_field_at_fault() {
    let expect = |body: Value, path: &str| {
        assert_eq!(parse(&body).unwrap_err().param.as_deref(), Some(path), "{body}");
    };
    let block = |block: Value| with("messages", json!([{"role": "user", "content": [block]}]));
    expect(json!({"messages": []}), "model");
    expect(json!({"model": "m", "messages": []}), "max_tokens");
    expect(with("max_tokens", json!(0)), "max_tokens");
    expect(with("messages", json!([])), "messages");
    expect(with("messages", json!([{"role": "wizard", "content": "x"}])), "messages[0].role");
    expect(with("messages", json!([{"role": "user"}])), "messages[0].content");
    expect(with("messages", json!([{"role": "user", "content": []}])), "messages[0].content");
    expect(block(json!({"type": "text"})), "messages[0].content[0].text");
    expect(
        block(json!({"type": "document", "source": {"type": "text"}})),
        "messages[0].content[0].type",
    );
    expect(block(json!({"type": "thinking", "thinking": "x"})), "messages[0].content[0].type");
    expect(
        block(json!({"type": "image", "source": {"type": "file", "file_id": "f"}})),
        "messages[0].content[0].source.type",
    );
    expect(
        block(json!({"type": "tool_result", "content": "x"})),
        "messages[0].content[0].tool_use_id",
    );
    expect(
        block(json!({"type": "tool_result", "tool_use_id": "t",
            "content": [{"type": "document"}]})),
        "messages[0].content[0].content[0].type",
    );
    expect(
        with(
            "messages",
            json!([{"role": "assistant", "content": [
            {"type": "tool_use", "id": "t", "name": "f", "input": [1]}]}]),
        ),
        "messages[0].content[0].input",
    );
    expect(with("system", json!([{"type": "image"}])), "system[0].type");
    expect(
        with("tools", json!([{"type": "web_search_20260209", "name": "web_search"}])),
        "tools[0].type",
    );
    expect(with("tools", json!([{"name": "f"}])), "tools[0].input_schema");
    expect(with("tool_choice", json!({"type": "tool"})), "tool_choice.name");
    expect(with("tool_choice", json!({"type": "maybe"})), "tool_choice.type");
    expect(with("thinking", json!({"type": "enabled"})), "thinking.budget_tokens");
    expect(with("output_config", json!({"effort": "none"})), "output_config.effort");
    expect(
        with("output_config", json!({"format": {"type": "json_schema"}})),
        "output_config.format.schema",
    );
    expect(with("container", json!("c1")), "container");
    expect(with("mcp_servers", json!([])), "mcp_servers");
    expect(with("temperature", json!("hot")), "temperature");
    assert_eq!(Door::Anthropic.parse_request(b"{").unwrap_err().param, None);
}

#[test]
fn a_conversation_is_read_with_its_pictures_thoughts_and_calls() {
    let mut body = with(
        "messages",
        json!([
            {"role": "user", "content": [{"type": "text", "text": "What?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0k="}}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "sealed"},
                {"type": "thinking", "thinking": "unsigned", "signature": ""},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"a":  1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true,
                    "content": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}],
                    "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                {"type": "text", "text": "Go on."}]},
        ]),
    );
    body["system"] =
        json!([{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}]);
    let body = body.to_string().replace("{\"a\":1}", "{\"a\":  1}");
    let read = Door::Anthropic.parse_request(body.as_bytes()).unwrap();
    let text = |text: &str| Part::Text(text.into());
    let message = |role, parts| Message { role, parts };
    let image = ImageSource::Inline { media_type: "image/gif".into(), base64: "R0k=".into() };
    let expected = [
        message(Role::System, vec![text("Be short."), Part::CacheMark(CacheMark::Usual)]),
        message(Role::User, vec![text("What?"), Part::Image(image.into())]),
        message(
            Role::Assistant,
            vec![
                Part::Thinking { text: "hm".into(), signature: Some("sig".into()) },
                Part::RedactedThinking("sealed".into()),
                Part::Thinking { text: "unsigned".into(), signature: None },
                Part::ToolCall {
                    id: "t1".into(),
                    name: "f".into(),
                    arguments: "{\"a\":  1}".into(),
                    signature: None,
                },
            ],
        ),
        message(
            Role::Tool,
            vec![
                Part::ToolResult {
                    call_id: "t1".into(),
                    parts: vec![text("4"), text("2")],
                    is_error: true,
                },
                Part::CacheMark(CacheMark::OneHour),
            ],
        ),
        message(Role::User, vec![text("Go on.")]),
    ];
    assert_eq!(read.request.messages, expected, "arguments stay as they were written");
}

#[test]
fn every_setting_is_read() {
    let read = parse(&json!({
        "model": "chat", "max_tokens": 9, "stream": true, "temperature": 0.5, "top_p": 0.9, "top_k": 40,
        "messages": [{"role": "user", "content": "hi"}, {"role": "system", "content": "Be kind."}],
        "stop_sequences": ["END"], "metadata": {"user_id": "u"}, "cache_control": {"type": "ephemeral"},
        "tools": [{"name": "f", "type": "custom", "input_schema": {"type": "object"}, "strict": true,
            "cache_control": {"type": "ephemeral"}, "input_examples": [{}]}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "service_tier": "auto", "context_management": {"edits": []},
    }))
    .unwrap();
    let request = read.request;
    assert_eq!(
        (request.temperature, request.top_p, request.top_k),
        (Some(0.5), Some(0.9), Some(40))
    );
    assert_eq!(request.messages[1].role, Role::System);
    assert_eq!((request.user.as_deref(), request.cache), (Some("u"), Some(CacheMark::Usual)));
    assert_eq!(
        (request.tools[0].strict, request.tools[0].cache),
        (Some(true), Some(CacheMark::Usual))
    );
    assert_eq!(
        (request.tool_choice, request.parallel_tool_calls),
        (ToolChoice::Required, Some(false))
    );
    assert_eq!(
        request.reasoning,
        Reasoning {
            thinking: Some(Thinking::Adaptive),
            effort: Some(Effort::Low),
            shown: Some(true)
        }
    );
    assert!(matches!(request.response_format, ResponseFormat::JsonSchema { strict: true, .. }));
    assert_eq!(
        (request.extras[0].name.as_str(), request.extras[0].of),
        ("service_tier", ExtraOf::Anthropic)
    );
    assert_eq!(read.dropped, FeatureSet::from_iter([Feature::ToolOptions, Feature::UnknownField]));
}

fn usage() -> TokenUsage {
    TokenUsage {
        input_tokens: 10,
        cached_input_tokens: 4,
        output_tokens: 7,
        reasoning_tokens: 3,
        ..TokenUsage::default()
    }
}

#[test]
fn an_answer_has_every_field_that_the_sdks_insist_on() {
    let response = ChatResponse {
        id: "chatcmpl-1".into(),
        model: "gpt".into(),
        parts: vec![
            Part::Thinking { text: "hm".into(), signature: None },
            Part::Text("Hello".into()),
            Part::ToolCall {
                id: "t1".into(),
                name: "f".into(),
                arguments: String::new(),
                signature: Some("QUJD".into()),
            },
        ],
        finish: FinishReason::ToolCalls,
        usage: Some(usage()),
        ..ChatResponse::default()
    };
    let body: Value =
        serde_json::from_slice(&Door::Anthropic.encode_response(&response, "chat", UnixMs(0)))
            .unwrap();
    assert_eq!(
        body,
        json!({"id": "msg_chatcmpl-1", "type": "message", "role": "assistant", "model": "chat",
            "content": [{"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "Hello"},
                {"type": "tool_use", "id": "t1__sig__QUJD", "name": "f", "input": {}}],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 6, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 4, "output_tokens": 7,
                "output_tokens_details": {"thinking_tokens": 3}}})
    );
}

#[test]
fn a_stop_text_is_told_by_name() {
    let response = ChatResponse { stop_sequence: Some("END".into()), ..ChatResponse::default() };
    let body: Value =
        serde_json::from_slice(&Door::Anthropic.encode_response(&response, "chat", UnixMs(0)))
            .unwrap();
    assert_eq!(
        (&body["stop_reason"], &body["stop_sequence"]),
        (&json!("stop_sequence"), &json!("END"))
    );
}

fn streamer() -> StreamEncoder {
    parse(&with("stream", json!(true))).unwrap().stream_encoder(UnixMs(0))
}

/// The names and documents of some frames; every document bears the name of its event.
fn documents(frames: &[u8]) -> Vec<Value> {
    let frames = std::str::from_utf8(frames).unwrap();
    assert!(frames.is_empty() || frames.ends_with("\n\n"), "whole frames: {frames:?}");
    frames
        .split_terminator("\n\n")
        .map(|frame| {
            let (event, data) = frame.split_once('\n').unwrap();
            let document: Value =
                serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(Some(event.strip_prefix("event: ").unwrap()), document["type"].as_str());
            document
        })
        .collect()
}

fn streamed(events: &[StreamEvent]) -> Vec<Value> {
    let mut encoder = streamer();
    let mut frames: Vec<u8> = events.iter().flat_map(|event| encoder.encode(event)).collect();
    frames.extend(encoder.finish());
    documents(&frames)
}

fn start() -> StreamEvent {
    StreamEvent::Start { id: "msg_1".into(), model: "m".into() }
}

/// An answer with everything in it.
fn rich_events() -> Vec<StreamEvent> {
    let call = |index, id: &str| StreamEvent::ToolCallStart {
        index,
        id: id.into(),
        name: "f".into(),
        signature: None,
    };
    let arguments =
        |index, fragment: &str| StreamEvent::ToolCallArguments { index, fragment: fragment.into() };
    vec![
        start(),
        StreamEvent::Usage(TokenUsage { output_tokens: 1, reasoning_tokens: 0, ..usage() }),
        StreamEvent::Thinking("h".into()),
        StreamEvent::Thinking("m".into()),
        StreamEvent::ThinkingSignature("sig".into()),
        StreamEvent::RedactedThinking("sealed".into()),
        StreamEvent::Text("He".into()),
        StreamEvent::Text("llo".into()),
        call(0, "t1"),
        arguments(0, "{\"a\":"),
        arguments(0, "1}"),
        call(1, "t2"),
        arguments(1, "{}"),
        StreamEvent::Usage(usage()),
        StreamEvent::Finish(FinishReason::ToolCalls),
    ]
}

#[test]
fn a_stream_is_a_row_of_blocks_each_opened_filled_and_closed() {
    let events = streamed(&rich_events());
    let begin = |index: u32, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let piece = |index: u32, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let end = |index: u32| json!({"type": "content_block_stop", "index": index});
    let tool = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let json_piece = |piece: &str| json!({"type": "input_json_delta", "partial_json": piece});
    assert_eq!(
        events,
        [
            json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
            "role": "assistant", "model": "chat", "content": [], "stop_reason": null,
            "stop_sequence": null, "usage": {"input_tokens": 6, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 4, "output_tokens": 1}}}),
            begin(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
            piece(0, json!({"type": "thinking_delta", "thinking": "h"})),
            piece(0, json!({"type": "thinking_delta", "thinking": "m"})),
            piece(0, json!({"type": "signature_delta", "signature": "sig"})),
            end(0),
            begin(1, json!({"type": "redacted_thinking", "data": "sealed"})),
            end(1),
            begin(2, json!({"type": "text", "text": ""})),
            piece(2, json!({"type": "text_delta", "text": "He"})),
            piece(2, json!({"type": "text_delta", "text": "llo"})),
            end(2),
            begin(3, tool("t1")),
            piece(3, json_piece("{\"a\":")),
            piece(3, json_piece("1}")),
            end(3),
            begin(4, tool("t2")),
            piece(4, json_piece("{}")),
            end(4),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
            "usage": {"input_tokens": 6, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 4, "output_tokens": 7,
                "output_tokens_details": {"thinking_tokens": 3}}}),
            json!({"type": "message_stop"}),
        ]
    );
}

#[test]
fn an_answer_without_a_count_begins_and_ends_all_the_same() {
    let events = streamed(&[start(), StreamEvent::Finish(FinishReason::Refusal)]);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message_start", "message_delta", "message_stop"]);
    assert_eq!(events[1]["delta"]["stop_reason"], "refusal");
}

#[test]
fn a_stream_that_breaks_off_ends_with_an_error_event() {
    let fields = ErrorFields { message: "gone", ..ErrorFields::default() };
    let events = documents(&streamer().fail(529, &fields));
    assert_eq!(events[0]["type"], "error");
    assert_eq!(events[0]["error"], json!({"type": "overloaded_error", "message": "gone"}));
    assert_eq!(documents(&streamer().keep_alive()), [json!({"type": "ping"})]);
}

fn event() -> impl Strategy<Value = StreamEvent> {
    let text = "[a-z\n\"]{0,5}";
    prop_oneof![
        text.prop_map(StreamEvent::Text),
        text.prop_map(StreamEvent::Thinking),
        text.prop_map(StreamEvent::ThinkingSignature),
        text.prop_map(StreamEvent::RedactedThinking),
        (0..3_u32, text).prop_map(|(index, id)| StreamEvent::ToolCallStart {
            index,
            id,
            name: "f".into(),
            signature: None
        }),
        (0..4_u32, text)
            .prop_map(|(index, fragment)| StreamEvent::ToolCallArguments { index, fragment }),
        Just(StreamEvent::Usage(usage())),
    ]
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Door::Anthropic.parse_request(&body);
    }

    #[test]
    fn whatever_comes_blocks_are_numbered_densely_and_never_nested(events in proptest::collection::vec(event(), 0..20)) {
        let mut all = vec![start()];
        all.extend(events);
        let (mut open, mut next) = (None, 0);
        for document in streamed(&all) {
            match document["type"].as_str().unwrap() {
                "content_block_start" => {
                    prop_assert_eq!(open, None);
                    prop_assert_eq!(document["index"].as_u64(), Some(next));
                    open = Some(next);
                    next += 1;
                }
                "content_block_stop" => {
                    prop_assert_eq!(open, document["index"].as_u64());
                    open = None;
                }
                "content_block_delta" => prop_assert!(document["index"].as_u64().unwrap() < next),
                "message_delta" | "message_stop" => prop_assert_eq!(open, None),
                _ => {}
            }
        }
    }
}
