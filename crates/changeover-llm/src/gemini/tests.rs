use changeover_domain::{FailureClass, ProviderKind, TokenUsage};
use serde_json::json;

use super::*;
use crate::canonical::{FinishReason, Part, StreamEvent, ToolChoice};
use crate::classify::content::Ending;
use crate::dialect::Step;
use crate::dialect::samples::{ask, decode, document, provider, rich, schema};
use serde_json::Value;

#[test]
fn a_rich_request_is_written_as_the_vendor_takes_it() {
    let call = |id: &str, city: &str| json!({"functionCall": {"id": id, "name": "weather", "args": {"city": city}}});
    let result = |id: &str, text: &str| json!({"functionResponse": {"id": id, "name": "weather", "response": {"output": text}}});
    assert_eq!(
        document(&request::body("gemini-2.5-flash", &rich())),
        json!({
            "systemInstruction": {"parts": [{"text": "Be short."}, {"text": "Be kind."}]},
            "contents": [
                {"role": "user", "parts": [
                    {"text": "Where is this?"},
                    {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                    {"fileData": {"mimeType": "image/webp",
                        "fileUri": "https://pictures.example/b.webp?size=2"}},
                ]},
                {"role": "model", "parts": [call("c1", "Rome"), call("c2", "Oslo")]},
                {"role": "user", "parts": [result("c1", "sunny"), result("c2", "rain")]},
            ],
            "tools": [{"functionDeclarations": [{"name": "weather",
                "description": "The weather of a city", "parametersJsonSchema": schema()}]}],
            "toolConfig": {"functionCallingConfig":
                {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
            "generationConfig": {"maxOutputTokens": 200, "temperature": 1.5, "topP": 0.9,
                "stopSequences": ["END"], "responseMimeType": "application/json",
                "responseJsonSchema": schema()},
        })
    );
}

#[test]
fn calls_made_by_another_vendor_are_marked_for_models_that_ask() {
    let body = document(&request::body("gemini-3-pro", &rich()));
    assert_eq!(
        body["contents"][1]["parts"][0]["thoughtSignature"],
        "skip_thought_signature_validator"
    );
}

#[test]
fn tools_may_be_forbidden_and_defaults_are_left_out() {
    let plain = document(&request::body("gemini-2.5-flash", &ask("hi")));
    assert_eq!(plain, json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}));
    let mut request = rich();
    request.tool_choice = ToolChoice::None;
    let body = document(&request::body("gemini-2.5-flash", &request));
    assert_eq!(body["toolConfig"]["functionCallingConfig"], json!({"mode": "NONE"}));
}

#[test]
fn the_address_names_model_and_verb() {
    let vendor = provider(ProviderKind::Gemini, "https://g.example");
    let endpoint = Endpoint { provider: &vendor, key: None, model: "models/gemini-2.5-flash" };
    let url = |streaming| {
        GenerateContent.request(&endpoint, &ask("hi"), streaming).unwrap().url.to_string()
    };
    assert_eq!(url(false), "https://g.example/v1beta/models/gemini-2.5-flash:generateContent");
    assert_eq!(
        url(true),
        "https://g.example/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    );
}

fn chunk(parts: &Value) -> Value {
    json!({"responseId": "r1", "modelVersion": "gemini-x",
        "candidates": [{"content": {"role": "model", "parts": parts}}]})
}

fn last(reason: &str) -> Value {
    json!({"responseId": "r1", "modelVersion": "gemini-x",
        "candidates": [{"content": {"parts": [{"text": "!"}]}, "finishReason": reason}],
        "usageMetadata": {"promptTokenCount": 12, "cachedContentTokenCount": 4,
            "toolUsePromptTokenCount": 3, "candidatesTokenCount": 5, "thoughtsTokenCount": 7}})
}

#[test]
fn thoughts_are_billed_as_output_and_are_not_text() {
    let read = response::read(last("STOP").to_string().as_bytes()).unwrap();
    assert_eq!(read.parts, [Part::Text("!".into())]);
    assert_eq!(
        read.usage,
        Some(TokenUsage {
            input_tokens: 15,
            cached_input_tokens: 4,
            output_tokens: 12,
            reasoning_tokens: 7,
            ..TokenUsage::default()
        })
    );
    let thought = chunk(&json!([{"text": "hm", "thought": true}]));
    let thought = response::read(thought.to_string().as_bytes()).unwrap().parts;
    assert_eq!(thought, [Part::Thinking { text: "hm".into(), signature: None }]);
}

#[test]
fn a_stream_is_read_chunk_by_chunk() {
    let steps = decode(
        GenerateContent.decoder(),
        &[
            chunk(&json!([{"text": "hm", "thought": true}])),
            chunk(&json!([{"text": "He"}])),
            chunk(&json!([{"functionCall": {"name": "weather", "args": {"city": "Rome"}}}])),
            chunk(&json!([{"functionCall": {"id": "own", "name": "now"}}])),
            last("STOP"),
        ],
    );
    let call = |index, id: &str, name: &str| {
        Step::Event(StreamEvent::ToolCallStart {
            index,
            id: id.into(),
            name: name.into(),
            signature: None,
        })
    };
    let arguments = |index, fragment: &str| {
        Step::Event(StreamEvent::ToolCallArguments { index, fragment: fragment.into() })
    };
    assert_eq!(
        steps,
        [
            Step::Event(StreamEvent::Start { id: "r1".into(), model: "gemini-x".into() }),
            Step::Event(StreamEvent::Thinking("hm".into())),
            Step::Event(StreamEvent::Text("He".into())),
            call(0, "call_r1_1", "weather"),
            arguments(0, "{\"city\":\"Rome\"}"),
            call(1, "own", "now"),
            arguments(1, "{}"),
            Step::Event(StreamEvent::Text("!".into())),
            Step::Event(StreamEvent::Usage(TokenUsage {
                input_tokens: 15,
                cached_input_tokens: 4,
                output_tokens: 12,
                reasoning_tokens: 7,
                ..TokenUsage::default()
            })),
            Step::End(Ending::Finished(FinishReason::ToolCalls)),
        ]
    );
}

#[test]
fn every_other_way_to_stop_is_told_apart() {
    let class = |reason| match response::read(last(reason).to_string().as_bytes()).unwrap().ending {
        Ending::Failed(found) => Some(found.class),
        Ending::Finished(_) => None,
    };
    assert_eq!(class("STOP"), None);
    assert_eq!(class("MAX_TOKENS"), None, "a cut answer is an answer");
    assert_eq!(class("SAFETY"), Some(FailureClass::ContentFilter));
    assert_eq!(class("MALFORMED_FUNCTION_CALL"), Some(FailureClass::MalformedToolCall));
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}});
    let read = response::read(blocked.to_string().as_bytes()).unwrap();
    assert!(
        matches!(read.ending, Ending::Failed(found) if found.class == FailureClass::ContentFilter)
    );
}

#[test]
fn each_generation_is_asked_to_think_in_its_own_measure() {
    use crate::canonical::{Effort, Reasoning, Thinking};
    let asked = |model, thinking, effort| {
        let mut request = ask("why?");
        request.reasoning = Reasoning { thinking: Some(thinking), effort, shown: None };
        document(&request::body(model, &request))["generationConfig"]["thinkingConfig"].clone()
    };
    let budget = |model| asked(model, Thinking::Budget(5_000), None);
    assert_eq!(
        budget("gemini-2.5-flash"),
        json!({"thinkingBudget": 5_000, "includeThoughts": true})
    );
    assert_eq!(
        budget("gemini-3-flash"),
        json!({"thinkingLevel": "medium", "includeThoughts": true})
    );
    assert_eq!(budget("gemini-2.0-flash"), Value::Null, "it does not think");
    let off = |model| asked(model, Thinking::Off, Some(Effort::None));
    assert_eq!(off("gemini-2.5-flash"), json!({"thinkingBudget": 0}));
    assert_eq!(off("gemini-2.5-pro"), json!({"thinkingBudget": 128}), "the least it takes");
    assert_eq!(off("gemini-3-pro"), json!({"thinkingLevel": "low"}));
}

#[test]
fn ids_without_a_vendors_own_differ_between_answers() {
    let call = |answer: &str| {
        let mut document = chunk(&json!([{"functionCall": {"name": "now"}}]));
        document["responseId"] = json!(answer);
        response::read(document.to_string().as_bytes()).unwrap().parts
    };
    assert_ne!(call("r1"), call("r2"), "two rounds of one conversation");
}
