//! How thinking is asked for, and what stands in a history that began at another vendor.

use serde_json::{Value, json};

use super::body;
use crate::canonical::{
    ChatRequest, Effort, Message, Part, Reasoning, Role, Thinking, Tool, ToolChoice,
};
use crate::dialect::samples::{ask, document};

fn sent(model: &str, request: &ChatRequest) -> Value {
    document(&body(model, request, false))
}

fn thinking(thinking: Thinking, effort: Option<Effort>) -> ChatRequest {
    let reasoning = Reasoning { thinking: Some(thinking), effort, shown: None };
    ChatRequest { reasoning, max_tokens: Some(40_000), temperature: Some(0.5), ..ask("why?") }
}

#[test]
fn each_model_is_asked_to_think_in_its_own_way() {
    let asked = |model, request: &ChatRequest| {
        let body = sent(model, request);
        (body["thinking"].clone(), body["output_config"].clone())
    };
    let adaptive = json!({"type": "adaptive"});
    let tokens = |budget: u32| json!({"type": "enabled", "budget_tokens": budget});
    let effort = |word: &str| json!({"effort": word});
    let budget = thinking(Thinking::Budget(20_000), None);
    assert_eq!(asked("claude-sonnet-4-5", &budget), (tokens(20_000), Value::Null));
    assert_eq!(asked("claude-opus-4-6", &budget), (tokens(20_000), Value::Null));
    assert_eq!(asked("claude-opus-4-7", &budget), (adaptive.clone(), effort("high")));
    let medium = thinking(Thinking::Adaptive, Some(Effort::Medium));
    assert_eq!(asked("claude-opus-4-7", &medium), (adaptive, effort("medium")));
    assert_eq!(asked("claude-sonnet-4-5", &medium), (tokens(8_192), Value::Null));
    assert_eq!(asked("claude-opus-4-5", &medium), (tokens(8_192), effort("medium")));
    assert_eq!(asked("claude-3-5-haiku-20241022", &medium), (Value::Null, Value::Null));
    let off = thinking(Thinking::Off, None);
    assert_eq!(asked("claude-opus-4-7", &off).0, json!({"type": "disabled"}));
    assert_eq!(asked("claude-fable-5-1", &off).0, Value::Null, "it cannot be told not to");
}

#[test]
fn nothing_is_chosen_about_the_words_of_a_model_that_thinks() {
    let request = thinking(Thinking::Budget(2_000), None);
    assert!(sent("claude-sonnet-4-5", &request).get("temperature").is_none());
    assert_eq!(sent("claude-3-5-haiku-20241022", &request)["temperature"], 0.5);
}

#[test]
fn there_is_room_for_thoughts_where_the_caller_names_no_length() {
    let request = ChatRequest { max_tokens: None, ..thinking(Thinking::Budget(20_000), None) };
    assert_eq!(sent("claude-sonnet-4-5", &request)["max_tokens"], 24_096);
    let short = ChatRequest { max_tokens: Some(900), ..thinking(Thinking::Adaptive, None) };
    assert!(sent("claude-sonnet-4-5", &short).get("thinking").is_none(), "no room at all");
}

#[test]
fn a_forced_call_rules_thinking_out() {
    let mut request = thinking(Thinking::Adaptive, None);
    request.tools = vec![Tool { name: "f".into(), ..Tool::default() }];
    assert!(sent("claude-opus-4-6", &request).get("thinking").is_some());
    request.tool_choice = ToolChoice::Required;
    assert!(sent("claude-opus-4-6", &request).get("thinking").is_none());
}

/// A conversation in the middle of a round of calls that `first` began.
fn in_the_middle(first: Option<Part>) -> ChatRequest {
    let mut request = thinking(Thinking::Budget(2_000), None);
    let call = Part::ToolCall {
        id: "functions.f:0".into(),
        name: "f".into(),
        arguments: "{}".into(),
        signature: None,
    };
    let result = Part::ToolResult {
        call_id: "functions.f:0".into(),
        parts: vec![Part::Text("x".into())],
        is_error: false,
    };
    let parts = first.into_iter().chain([call]).collect();
    request.messages.push(Message { role: Role::Assistant, parts });
    request.messages.push(Message { role: Role::Tool, parts: vec![result] });
    request
}

#[test]
fn a_round_that_began_at_another_vendor_goes_on_without_thinking_in_tokens() {
    let signed = Part::Thinking { text: "hm".into(), signature: Some("c2ln".into()) };
    let unsigned = Part::Thinking { text: "hm".into(), signature: None };
    let thinks = |model, first| sent(model, &in_the_middle(first)).get("thinking").is_some();
    assert!(thinks("claude-sonnet-4-5", Some(signed)));
    assert!(!thinks("claude-sonnet-4-5", Some(unsigned.clone())));
    assert!(!thinks("claude-sonnet-4-5", None));
    assert!(thinks("claude-opus-4-7", None), "as it sees fit it may always");
    let turn = &sent("claude-sonnet-4-5", &in_the_middle(Some(unsigned)))["messages"][1];
    assert_eq!(turn["content"][0]["type"], "tool_use", "thoughts without a proof are refused");
}

#[test]
fn ids_of_other_vendors_are_put_into_letters_that_are_taken() {
    let sent = sent("claude-sonnet-4-5", &in_the_middle(None));
    let call = sent["messages"][1]["content"][0]["id"].as_str().unwrap();
    assert!(call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{call}");
    assert_eq!(sent["messages"][2]["content"][0]["tool_use_id"], call);
}
