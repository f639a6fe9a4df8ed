//! One dialect on both sides: what goes out is what came in.

use changeover_domain::ProviderKind;
use serde_json::{Value, json};

use super::{parse, read, read_stream, requests, sent, told, told_stream, vendors};
use crate::front::Door;

#[test]
fn an_openai_callers_request_reaches_openai_as_it_was_written() {
    for (name, body) in requests::openai() {
        let front = parse(Door::OpenAi, &body);
        let mut expected = body.clone();
        // A model that thinks takes an effort, one that does not takes a temperature.
        let model = if name == "thinking" { "gpt-5.1" } else { "gpt-4.1" };
        expected["model"] = json!(model);
        assert_eq!(sent(ProviderKind::Openai, model, &front), expected, "{name}");
    }
}

#[test]
fn an_anthropic_callers_request_reaches_anthropic_as_it_was_written() {
    for (name, body) in requests::anthropic() {
        let front = parse(Door::Anthropic, &body);
        let mut expected = body.clone();
        expected["model"] = json!("claude-sonnet-4-5");
        let found = sent(ProviderKind::Anthropic, "claude-sonnet-4-5", &front);
        assert_eq!(found, expected, "{name}");
    }
}

/// With the names that differ between caller and vendor made alike.
fn renamed(mut document: Value) -> Value {
    for place in ["/model", "/message/model"] {
        if let Some(model) = document.pointer_mut(place) {
            *model = json!("chat");
        }
    }
    document
}

#[test]
fn an_anthropic_answer_reaches_an_anthropic_caller_as_it_came() {
    let front = parse(Door::Anthropic, &requests::anthropic().remove(0).1);
    let answer = vendors::anthropic_whole();
    let told = told(&front, &read(ProviderKind::Anthropic, &answer));
    assert_eq!(told, renamed(answer));
}

#[test]
fn an_anthropic_stream_reaches_an_anthropic_caller_event_by_event() {
    let front = parse(Door::Anthropic, &requests::anthropic().remove(0).1);
    let documents = vendors::anthropic_stream();
    let told = told_stream(&front, &read_stream(ProviderKind::Anthropic, &documents));
    let expected: Vec<Value> = documents.into_iter().map(renamed).collect();
    assert_eq!(told, expected);
}

#[test]
fn an_openai_answer_reaches_an_openai_caller_as_it_came() {
    let front = parse(Door::OpenAi, &requests::openai().remove(0).1);
    let answer = vendors::openai_whole();
    let told = told(&front, &read(ProviderKind::Openai, &answer));
    assert_eq!(told, renamed(answer));
}

#[test]
fn an_openai_stream_reaches_an_openai_caller_chunk_by_chunk() {
    let streamed = requests::openai().into_iter().find(|(name, _)| *name == "tool_results");
    let front = parse(Door::OpenAi, &streamed.unwrap().1);
    let documents = vendors::openai_stream();
    let told = told_stream(&front, &read_stream(ProviderKind::Openai, &documents));
    let expected: Vec<Value> = documents.into_iter().map(renamed).collect();
    assert_eq!(told, expected);
}
