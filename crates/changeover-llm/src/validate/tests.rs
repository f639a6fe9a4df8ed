//! Judging answers, and schemas that are meant to do harm.

use std::sync::Arc;

use changeover_domain::{FailureClass, TokenUsage};
use serde_json::{Value, json};

use super::*;
use crate::canonical::{
    ChatRequest, ChatResponse, FinishReason, Part, ResponseFormat, StreamEvent, Tool, ToolChoice,
};
use crate::failure::Failure;

mod hostile;
mod streamed;

fn schema_request(schema: Value) -> ChatRequest {
    ChatRequest {
        response_format: ResponseFormat::JsonSchema { name: "answer".into(), schema, strict: true },
        ..ChatRequest::default()
    }
}

fn order() -> ChatRequest {
    schema_request(json!({
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {
                "type": "object",
                "properties": {"price": {"type": "number"}, "day": {"type": "string", "format": "date"}},
                "required": ["price"],
            }},
        },
        "required": ["items"],
        "additionalProperties": false,
    }))
}

fn tools_request(tool_choice: ToolChoice) -> ChatRequest {
    ChatRequest {
        tools: vec![Tool {
            name: "weather".into(),
            description: None,
            parameters: json!({"type": "object", "properties": {"city": {"type": "string"}},
                "required": ["city"]}),
            ..Tool::default()
        }],
        tool_choice,
        ..ChatRequest::default()
    }
}

fn text(text: &str) -> ChatResponse {
    answer(vec![Part::Text(text.into())], FinishReason::Stop)
}

fn call(name: &str, arguments: &str) -> ChatResponse {
    let part = Part::ToolCall {
        id: "c1".into(),
        name: name.into(),
        arguments: arguments.into(),
        signature: None,
    };
    answer(vec![part], FinishReason::ToolCalls)
}

fn answer(parts: Vec<Part>, finish: FinishReason) -> ChatResponse {
    let usage = TokenUsage { input_tokens: 7, output_tokens: 3, ..TokenUsage::default() };
    ChatResponse {
        id: "a1".into(),
        model: "m".into(),
        parts,
        finish,
        usage: Some(usage),
        ..ChatResponse::default()
    }
}

fn judged(request: &ChatRequest, response: &ChatResponse) -> Result<(), Failure> {
    let patterns = RefusalPatterns::try_new(
        &["I'm sorry, but I can't".into()],
        &[r"\bas an ai\b".into()],
        PatternScope::Opening,
    )
    .unwrap();
    Judge::try_new(request, &Validators::default(), Arc::new(patterns)).unwrap().judge(response)
}

fn wrong(request: &ChatRequest, response: &ChatResponse) -> (FailureClass, String) {
    let failure = judged(request, response).unwrap_err();
    (failure.class, failure.why)
}

#[test]
fn an_answer_that_fits_its_schema_passes() {
    assert_eq!(judged(&order(), &text(" {\"items\": [{\"price\": 1.5}]}\n")), Ok(()));
}

#[test]
fn what_does_not_fit_is_named_by_its_path_and_never_quoted() {
    let (class, why) = wrong(&order(), &text(r#"{"items": [{"price": "secret words"}]}"#));
    assert_eq!(class, FailureClass::MalformedOutput);
    assert_eq!(why, "the answer does not fit its schema: /items/0/price: expected number");
    let cases = [
        (r#"{"items": [{}]}"#, "/items/0: \"price\" is missing"),
        (r#"{"items": [], "secret words": 1}"#, "its root: 1 properties too many"),
        (r#"{"items": [{"price": 1, "day": "soon"}]}"#, "/items/0/day: expected the format date"),
    ];
    for (body, reason) in cases {
        let (_, why) = wrong(&order(), &text(body));
        assert_eq!(why, format!("the answer does not fit its schema: {reason}"));
    }
}

#[test]
fn a_failure_says_what_the_answer_used() {
    let failure = judged(&order(), &text("no")).unwrap_err();
    assert_eq!(failure.usage.map(|usage| usage.output_tokens), Some(3));
    assert!(failure.retryable, "another try may bring JSON");
}

#[test]
fn json_in_a_markdown_fence_is_malformed() {
    let (class, why) = wrong(&order(), &text("```json\n{\"items\": []}\n```"));
    assert_eq!(class, FailureClass::MalformedOutput);
    assert!(why.contains("Markdown fence"), "{why}");
}

#[test]
fn json_object_takes_any_object_and_nothing_else() {
    let request =
        ChatRequest { response_format: ResponseFormat::JsonObject, ..ChatRequest::default() };
    assert_eq!(judged(&request, &text("{\"a\": [1]}")), Ok(()));
    for other in ["[1]", "\"a\"", "{\"a\": 1", "{\"a\": 1} and more", "a"] {
        assert_eq!(wrong(&request, &text(other)).0, FailureClass::MalformedOutput, "{other}");
    }
}

#[test]
fn arguments_are_held_against_the_tools_schema() {
    let request = tools_request(ToolChoice::Auto);
    assert_eq!(judged(&request, &call("weather", "{\"city\": \"Ulm\"}")), Ok(()));
    let (class, why) = wrong(&request, &call("weather", "{\"city\": 3}"));
    assert_eq!(class, FailureClass::MalformedToolCall);
    assert!(why.ends_with("do not fit its schema: /city: expected string"), "{why}");
    for arguments in ["", "{\"city\": \"Ul", "[]"] {
        let class = wrong(&request, &call("weather", arguments)).0;
        assert_eq!(class, FailureClass::MalformedToolCall, "{arguments}");
    }
}

#[test]
fn no_arguments_are_an_empty_object_to_a_tool_that_needs_none() {
    let mut request = tools_request(ToolChoice::Auto);
    request.tools[0].parameters = json!({"type": "object", "properties": {}});
    assert_eq!(judged(&request, &call("weather", "")), Ok(()));
}

#[test]
fn calls_keep_to_the_tools_and_to_the_choice_of_the_request() {
    let cases = [
        (ToolChoice::Auto, call("launch", "{}")),
        (ToolChoice::None, call("weather", "{\"city\": \"Ulm\"}")),
        (ToolChoice::Named("other".into()), call("weather", "{\"city\": \"Ulm\"}")),
        (ToolChoice::Required, text("It rains.")),
        (ToolChoice::Named("weather".into()), text("It rains.")),
    ];
    for (choice, response) in cases {
        let (class, why) = wrong(&tools_request(choice), &response);
        assert_eq!(class, FailureClass::MalformedToolCall, "{why}");
        assert!(!why.contains("launch"), "the model's word is not quoted: {why}");
    }
}

#[test]
fn several_calls_at_once_are_taken_unless_the_request_forbids_them() {
    let mut request = tools_request(ToolChoice::Auto);
    let mut response = call("weather", "{\"city\": \"Ulm\"}");
    response.parts.extend(call("weather", "{\"city\": \"Bonn\"}").parts);
    assert_eq!(judged(&request, &response), Ok(()));
    request.parallel_tool_calls = Some(false);
    assert_eq!(wrong(&request, &response).0, FailureClass::MalformedToolCall);
}

#[test]
fn text_beside_a_tool_call_need_not_be_json() {
    let mut request = tools_request(ToolChoice::Auto);
    request.response_format = ResponseFormat::JsonObject;
    let mut response = call("weather", "{\"city\": \"Ulm\"}");
    response.parts.insert(0, Part::Text("Let me look.".into()));
    assert_eq!(judged(&request, &response), Ok(()));
}

#[test]
fn nothing_but_white_space_or_thoughts_is_empty() {
    let request = ChatRequest::default();
    assert_eq!(wrong(&request, &text(" \n")).0, FailureClass::Empty);
    assert_eq!(wrong(&request, &answer(vec![], FinishReason::Stop)).0, FailureClass::Empty);
    let thought = Part::Thinking { text: "Hm.".into(), signature: None };
    assert_eq!(wrong(&request, &answer(vec![thought], FinishReason::Stop)).0, FailureClass::Empty);
}

#[test]
fn a_cut_answer_fails_unless_it_is_text_cut_at_the_requests_own_limit() {
    let asked = ChatRequest { max_tokens: Some(5), ..ChatRequest::default() };
    let cut = |words: &str| answer(vec![Part::Text(words.into())], FinishReason::Length);
    assert_eq!(judged(&asked, &cut("Once upon")), Ok(()));
    assert_eq!(wrong(&ChatRequest::default(), &cut("Once upon")).0, FailureClass::Truncated);
    assert_eq!(wrong(&asked, &cut("")).0, FailureClass::Truncated);
    let json = ChatRequest { max_tokens: Some(5), ..order() };
    assert_eq!(wrong(&json, &cut("{\"items\": [")).0, FailureClass::Truncated);
    assert_eq!(judged(&json, &cut("{\"items\": []}")), Ok(()), "it is whole all the same");
    let mut arguments = call("weather", "{\"city\": \"U");
    arguments.finish = FinishReason::Length;
    let class = wrong(&tools_request(ToolChoice::Auto), &arguments).0;
    assert_eq!(class, FailureClass::Truncated);
}

#[test]
fn the_vendors_own_sign_of_a_refusal_comes_first() {
    let said = |finish| answer(vec![Part::Text("{}".into())], finish);
    let request = ChatRequest::default();
    assert_eq!(wrong(&request, &said(FinishReason::Refusal)).0, FailureClass::Refusal);
    assert_eq!(wrong(&request, &said(FinishReason::ContentFilter)).0, FailureClass::ContentFilter);
}

#[test]
fn a_refusals_words_count_where_the_answer_begins() {
    let request = ChatRequest::default();
    let refusals = [
        "I\u{2019}m  sorry, but I can\u{2019}t help.",
        "**i'm sorry, but I can't**",
        "Well, As an AI, no.",
    ];
    for words in refusals {
        assert_eq!(wrong(&request, &text(words)).0, FailureClass::Refusal, "{words}");
        assert_eq!(wrong(&order(), &text(words)).0, FailureClass::Refusal, "not malformed");
    }
    let letter =
        format!("Dear Ann,\n{}\nI'm sorry, but I can't come, as an AI would.", "x ".repeat(100));
    assert_eq!(judged(&request, &text(&letter)), Ok(()));
    let anywhere =
        RefusalPatterns::try_new(&["i can't come".into()], &[], PatternScope::Anywhere).unwrap();
    assert!(anywhere.matches(&letter) && !anywhere.matches("I come."));
    assert!(!RefusalPatterns::default().matches("I'm sorry, but I can't"));
}

#[test]
fn patterns_that_cannot_be_used_are_refused() {
    let scope = PatternScope::Opening;
    let phrase = RefusalPatterns::try_new(&[" - ".into()], &[], scope);
    assert_eq!(phrase.unwrap_err(), BadPattern::Phrase(" - ".into()));
    for expression in ["(", "", "(?=a)b", "(a{900}){900}"] {
        let refused = RefusalPatterns::try_new(&[], &[expression.into()], scope);
        assert!(matches!(refused, Err(BadPattern::Expression { .. })), "{expression}");
    }
}

#[test]
fn a_schema_is_compiled_once() {
    let validators = Validators::default();
    let first = validators.compile(&json!({"type": "object"})).unwrap();
    let again = validators.compile(&json!({"type": "object"})).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(validators.kept().0, 1);
}
