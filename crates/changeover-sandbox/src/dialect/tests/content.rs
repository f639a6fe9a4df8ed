//! Pictures, calls and stops, as all three vendors read them.

use super::*;

/// The first bytes of a PNG, in base64.
const PNG: &str = "iVBORw0KGgo=";

/// One conversation in each vendor's words, read by it: a picture, a call and, if `answered`, its
/// result.
fn conversation(picture: &str, answered: bool) -> [Result<Ask, Problem>; 3] {
    let result = |message: Value| if answered { vec![message] } else { Vec::new() };
    let call = json!({ "id": "c1", "type": "function",
        "function": { "name": "order_find", "arguments": "{}" } });
    let url = format!("data:image/png;base64,{picture}");
    let mut openai = vec![
        json!({ "role": "user", "content": [
            { "type": "text", "text": "abcd" },
            { "type": "image_url", "image_url": { "url": url } }] }),
        json!({ "role": "assistant", "content": null, "tool_calls": [call] }),
    ];
    openai.extend(result(json!({ "role": "tool", "tool_call_id": "c1", "content": "x" })));
    let mut anthropic = vec![
        json!({ "role": "user", "content": [
            { "type": "text", "text": "abcd" },
            { "type": "image",
              "source": { "type": "base64", "media_type": "image/png", "data": picture } }] }),
        json!({ "role": "assistant", "content": [
            { "type": "tool_use", "id": "c1", "name": "order_find", "input": {} }] }),
    ];
    anthropic.extend(result(json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": "c1", "content": "x" }] })));
    let mut gemini = vec![
        json!({ "role": "user", "parts": [
            { "text": "abcd" },
            { "inlineData": { "mimeType": "image/png", "data": picture } }] }),
        json!({ "role": "model", "parts": [
            { "functionCall": { "name": "order_find", "args": {} } }] }),
    ];
    let response = json!({ "functionResponse": { "name": "order_find", "response": {} } });
    let said = json!({ "text": "go on" });
    let last = if answered { response } else { said };
    gemini.push(json!({ "role": "user", "parts": [last] }));
    [
        read_openai(&json!({ "model": "gpt-5", "messages": openai, "stop": ["END"] })),
        read_anthropic(&json!({ "model": "claude-opus-4-5", "max_tokens": 5,
            "messages": anthropic, "stop_sequences": ["END"] })),
        read_gemini(&json!({ "contents": gemini,
            "generationConfig": { "stopSequences": ["END"] } })),
    ]
}

fn read_openai(body: &Value) -> Result<Ask, Problem> {
    let bearer = [("authorization", "Bearer sandbox-openai-key")];
    read("openai", "/v1/chat/completions", &bearer, body)
}

fn read_anthropic(body: &Value) -> Result<Ask, Problem> {
    let headers = [("x-api-key", "sandbox-anthropic-key"), ("anthropic-version", "2023-06-01")];
    read("anthropic", "/v1/messages", &headers, body)
}

fn read_gemini(body: &Value) -> Result<Ask, Problem> {
    let key = [("x-goog-api-key", "sandbox-gemini-key")];
    read("gemini", "/v1beta/models/gemini-2.5-pro:generateContent", &key, body)
}

#[test]
fn a_picture_counts_and_stops_are_read() {
    for ask in conversation(PNG, true) {
        let ask = ask.unwrap();
        assert!((258..320).contains(&ask.input_tokens), "{}", ask.input_tokens);
        assert_eq!(ask.stop, ["END"]);
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    for broken in ["", "bm8gcGljdHVyZQ==", "%%%"] {
        for ask in conversation(broken, true) {
            assert_eq!(ask.unwrap_err().kind, ErrorKind::InvalidRequest, "{broken}");
        }
    }
}

#[test]
fn a_call_without_its_result_and_a_result_without_its_call_are_refused() {
    for ask in conversation(PNG, false) {
        assert_eq!(ask.unwrap_err().kind, ErrorKind::InvalidRequest);
    }
    let result = json!({ "role": "tool", "tool_call_id": "c1", "content": "x" });
    assert!(read_openai(&json!({ "model": "gpt-5", "messages": [result] })).is_err());
    let result = json!({ "type": "tool_result", "tool_use_id": "c1", "content": "x" });
    let turn = json!({ "role": "user", "content": [result] });
    let asked = json!({ "model": "claude-opus-4-5", "max_tokens": 5, "messages": [turn] });
    assert!(read_anthropic(&asked).is_err());
    let response = json!({ "functionResponse": { "name": "order_find", "response": {} } });
    let turn = json!({ "role": "user", "parts": [response] });
    assert!(read_gemini(&json!({ "contents": [turn] })).is_err());
}

#[test]
fn a_vendor_without_a_field_for_any_json_gives_it_to_who_asks_in_words() {
    let asked = |system: Value| {
        let turn = json!({ "role": "user", "content": "abcd" });
        let body = json!({ "model": "claude-opus-4-5", "max_tokens": 5, "system": system,
            "messages": [turn] });
        read_anthropic(&body).unwrap().want
    };
    let words = "Answer with one JSON object.";
    for system in [json!(words), json!([{ "type": "text", "text": words }])] {
        assert_eq!(asked(system), Want::Json(Value::Null));
    }
    assert_eq!(asked(json!("Answer briefly.")), Want::Text);
}
