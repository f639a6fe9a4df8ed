use changeover_domain::{FailureClass, ProviderKind, TokenUsage, UnixMs};
use serde_json::json;

use super::*;
use crate::canonical::{ChatResponse, FinishReason, Part, ResponseFormat, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::Step;
use crate::dialect::samples::{ask, decode, document, provider, rich};
use crate::front::{Door, FrontRequest};
use serde_json::Value;

fn body(request: &ChatRequest, streaming: bool, flavour: Flavour) -> Value {
    document(&request::body("gpt", request, streaming, flavour))
}

const PROPER: ChatCompletions = ChatCompletions { proper: true };

/// Without the strict mode, for which the sample's schema is too open.
fn loose(mut request: ChatRequest) -> ChatRequest {
    if let ResponseFormat::JsonSchema { strict, .. } = &mut request.response_format {
        *strict = false;
    }
    request
}

#[test]
fn the_front_reads_exactly_what_the_adapter_writes() {
    for (request, flavour) in
        [(rich(), Flavour::Openai), (rich(), Flavour::Compatible), (ask("hi"), Flavour::Azure)]
    {
        let request = loose(request);
        let body = body(&request, true, flavour);
        let read = Door::OpenAi.parse_request(body.to_string().as_bytes()).unwrap();
        assert_eq!(read.request, request);
        assert!(read.stream && read.include_usage);
        assert_eq!(read.model, "gpt");
    }
}

#[test]
fn the_vendor_itself_wants_another_name_for_the_length() {
    assert_eq!(body(&rich(), false, Flavour::Openai)["max_completion_tokens"], 200);
    let borrowed = body(&rich(), false, Flavour::Compatible);
    assert_eq!(borrowed["max_tokens"], 200);
    assert!(borrowed.get("max_completion_tokens").is_none() && borrowed.get("stream").is_none());
}

#[test]
fn images_and_tool_rounds_are_written_as_the_vendor_takes_them() {
    let body = body(&rich(), false, Flavour::Openai);
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            {"type": "text", "text": "Where is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            {"type": "image_url", "image_url": {"url": "https://pictures.example/b.webp?size=2"}},
        ])
    );
    assert_eq!(body["messages"][0]["content"], "Be short.", "plain text stays plain");
    assert_eq!(body["messages"][2]["content"], Value::Null);
    assert_eq!(
        body["messages"][4],
        json!({"role": "tool", "tool_call_id": "c2", "content": "rain"})
    );
    assert_eq!(body["tool_choice"], json!({"type": "function", "function": {"name": "weather"}}));
}

#[test]
fn a_borrowers_address_with_a_path_is_used_as_it_stands() {
    let address = |kind, base, dialect: &ChatCompletions| {
        let vendor = provider(kind, base);
        let endpoint = Endpoint { provider: &vendor, key: None, model: "m" };
        dialect.request(&endpoint, &ask("hi"), false).unwrap().url.to_string()
    };
    let borrowed = ChatCompletions { proper: false };
    let kind = ProviderKind::OpenaiCompatible;
    assert_eq!(
        address(kind, "https://g.example/openai/v1", &borrowed),
        "https://g.example/openai/v1/chat/completions"
    );
    assert_eq!(
        address(kind, "https://g.example/compat", &borrowed),
        "https://g.example/compat/chat/completions"
    );
    assert_eq!(
        address(kind, "http://localhost:11434", &borrowed),
        "http://localhost:11434/v1/chat/completions"
    );
    assert_eq!(
        address(ProviderKind::Openai, "http://h/sub", &PROPER),
        "http://h/sub/v1/chat/completions"
    );
}

fn answer() -> ChatResponse {
    ChatResponse {
        id: "chatcmpl-1".into(),
        model: "gpt".into(),
        parts: vec![
            Part::Text("Let me look.".into()),
            Part::ToolCall {
                id: "c1".into(),
                name: "weather".into(),
                arguments: "{\"a\":1}".into(),
                signature: None,
            },
        ],
        finish: FinishReason::ToolCalls,
        usage: Some(TokenUsage {
            input_tokens: 8,
            cached_input_tokens: 3,
            output_tokens: 9,
            ..TokenUsage::default()
        }),
        ..ChatResponse::default()
    }
}

#[test]
fn the_adapter_reads_exactly_what_the_front_writes() {
    let expected = answer();
    let read = Door::OpenAi.encode_response(&expected, "gpt", UnixMs(5_000));
    let read = response::read(&read).unwrap();
    assert_eq!(read.ending, Ending::Finished(expected.finish));
    assert_eq!(
        (read.id, read.model, read.parts, read.usage),
        (expected.id, expected.model, expected.parts, expected.usage)
    );
}

fn streamed(events: &[StreamEvent], include_usage: bool) -> Vec<Step> {
    let front = FrontRequest {
        door: Door::OpenAi,
        model: "gpt".into(),
        stream: true,
        include_usage,
        request: ask("hi"),
        dropped: crate::losses::FeatureSet::NONE,
    };
    let mut encoder = front.stream_encoder(UnixMs(5_000));
    let mut frames: Vec<u8> = events.iter().flat_map(|event| encoder.encode(event)).collect();
    frames.extend(encoder.finish());
    let frames = String::from_utf8(frames).unwrap();
    let mut payloads: Vec<&str> = frames
        .split_terminator("\n\n")
        .map(|frame| frame.strip_prefix("data: ").unwrap())
        .collect();
    assert_eq!(payloads.pop(), Some("[DONE]"));
    let documents: Vec<Value> =
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect();
    decode(PROPER.decoder(), &documents)
}

#[test]
fn a_stream_passes_through_front_and_adapter_unchanged() {
    let events = [
        StreamEvent::Start { id: "chatcmpl-1".into(), model: "gpt".into() },
        StreamEvent::Text("He".into()),
        StreamEvent::ToolCallStart {
            index: 0,
            id: "c1".into(),
            name: "weather".into(),
            signature: None,
        },
        StreamEvent::ToolCallArguments { index: 0, fragment: "{\"a\":".into() },
        StreamEvent::ToolCallArguments { index: 0, fragment: "1}".into() },
        StreamEvent::ToolCallStart {
            index: 1,
            id: "c2".into(),
            name: "now".into(),
            signature: None,
        },
        StreamEvent::ToolCallArguments { index: 1, fragment: "{}".into() },
        StreamEvent::Usage(TokenUsage {
            input_tokens: 8,
            cached_input_tokens: 3,
            output_tokens: 9,
            ..TokenUsage::default()
        }),
        StreamEvent::Finish(FinishReason::ToolCalls),
    ];
    let mut expected: Vec<Step> = events[..8].iter().cloned().map(Step::Event).collect();
    expected.push(Step::End(Ending::Finished(FinishReason::ToolCalls)));
    assert_eq!(streamed(&events, true), expected);
    let without_usage = streamed(&events, false);
    assert!(!without_usage.iter().any(|step| matches!(step, Step::Event(StreamEvent::Usage(_)))));
}

#[test]
fn the_stop_waits_for_the_usage_but_not_for_ever() {
    let stop = json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let mut decoder = PROPER.decoder();
    assert_eq!(
        decoder.decode(&stop.to_string()).unwrap().len(),
        1,
        "only the start: usage may follow"
    );
    assert_eq!(decoder.ending_so_far(), Some(Ending::Finished(FinishReason::Stop)));
}

#[test]
fn calls_without_numbers_are_told_apart_by_their_ids() {
    let chunk = |call: Value| json!({"choices": [{"delta": {"tool_calls": [call]}}]});
    let steps = decode(
        PROPER.decoder(),
        &[
            chunk(json!({"id": "a", "function": {"name": "f", "arguments": "{}"}})),
            chunk(json!({"id": "b", "function": {"name": "g", "arguments": "{"}})),
            chunk(json!({"function": {"arguments": "}"}})),
        ],
    );
    let indices: Vec<u32> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Event(StreamEvent::ToolCallArguments { index, .. }) => Some(*index),
            _ => None,
        })
        .collect();
    assert_eq!(indices, [0, 1, 1]);
}

#[test]
fn a_refusal_comes_with_a_stop_and_is_none() {
    let read = response::read(
        json!({"choices": [{"finish_reason": "stop",
        "message": {"content": null, "refusal": "I cannot help with that."}}]})
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert!(matches!(read.ending, Ending::Failed(found) if found.class == FailureClass::Refusal));
    let steps = decode(
        PROPER.decoder(),
        &[
            json!({"choices": [{"delta": {"refusal": "I cannot"}}]}),
            json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
        ],
    );
    assert!(
        matches!(steps.last(), Some(Step::End(Ending::Failed(found))) if found.class == FailureClass::Refusal)
    );
}

#[test]
fn missing_counts_are_unknown_and_not_zero() {
    let read = response::read(
        br#"{"choices": [], "usage": {"prompt_tokens": null, "completion_tokens": 3}}"#,
    );
    assert_eq!(read.unwrap().usage, None);
}

#[test]
fn a_borrower_is_written_to_in_its_own_words() {
    let vendor = provider(ProviderKind::OpenaiCompatible, "https://api.mistral.ai/v1");
    let endpoint = Endpoint { provider: &vendor, key: None, model: "mistral-large" };
    let mut request = rich();
    request.seed = Some(7);
    request.user = Some("u".into());
    let wire = ChatCompletions { proper: false }.request(&endpoint, &request, false).unwrap();
    let sent: Value = serde_json::from_slice(&wire.body).unwrap();
    assert_eq!(sent["random_seed"], 7);
    assert!(sent.get("seed").is_none() && sent.get("user").is_none());
    let id = sent["messages"][2]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!(id.len(), 9);
    assert_eq!(sent["messages"][3]["tool_call_id"], id);
}

#[test]
fn images_of_tools_follow_when_all_results_of_the_round_are_told() {
    let mut request = rich();
    let image =
        Part::Image(crate::canonical::ImageSource::Url("https://p.example/a".into()).into());
    for message in &mut request.messages {
        for part in &mut message.parts {
            if let Part::ToolResult { parts, .. } = part {
                parts.push(image.clone());
            }
        }
    }
    let sent = body(&request, false, Flavour::Openai);
    let roles: Vec<&str> =
        sent["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "user", "system"]);
    assert_eq!(sent["messages"][5]["content"].as_array().unwrap().len(), 2);
}
