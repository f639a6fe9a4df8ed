use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::canonical::{FinishReason, Part};
use crate::classify::content::Ending;
use crate::openai::response;

fn answer() -> Value {
    json!({"id": "chatcmpl-7", "object": "chat.completion", "created": 1_767_225_600,
        "model": "gpt-4.1-2025-04-14", "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "logprobs": null, "finish_reason": "stop", "message":
            {"role": "assistant", "content": "Tomorrow, I \"think\".", "refusal": null,
            "annotations": []}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16,
            "prompt_tokens_details": {"cached_tokens": 3},
            "completion_tokens_details": {"reasoning_tokens": 2}}})
}

fn document(answer: &Value) -> Option<Document> {
    read(&Bytes::from(answer.to_string()))
}

#[test]
fn an_answer_is_given_on_in_its_own_words_under_the_name_that_was_asked() {
    let body = answer().to_string();
    let document = read(&Bytes::from(body.clone())).unwrap();
    let given = document.clone().into_body("chat \"x\"");
    let wanted = body.replace("gpt-4.1-2025-04-14", "chat \\\"x\\\"");
    assert_eq!(String::from_utf8(given.to_vec()).unwrap(), wanted);
    assert_eq!(document.into_body("gpt-4.1-2025-04-14"), body);
}

#[test]
fn everything_in_doubt_is_taken_apart() {
    let changes: [(&str, Value); 23] = [
        ("/error", json!({"message": "no"})),
        ("/error", json!("")),
        ("/choices", json!([])),
        ("/choices", json!(null)),
        ("/choices/0/finish_reason", json!("tool_calls")),
        ("/choices/0/finish_reason", json!("content_filter")),
        ("/choices/0/finish_reason", json!("eos")),
        ("/choices/0/finish_reason", json!(null)),
        ("/choices/0/message/content", json!("")),
        ("/choices/0/message/content", json!(null)),
        ("/choices/0/message/content", json!([{"type": "text", "text": "Hi"}])),
        ("/choices/0/message/refusal", json!("No.")),
        ("/choices/0/message/tool_calls", json!([{"id": "a"}])),
        ("/choices/0/message/function_call", json!({"name": "a"})),
        ("/choices/0/message/reasoning", json!("Hm.")),
        ("/choices/0/message/reasoning_content", json!("Hm.")),
        ("/choices/0/error", json!({"code": 502})),
        ("/usage", json!(null)),
        ("/usage/prompt_tokens", json!("11")),
        ("/usage/total_tokens", json!(null)),
        ("/model", json!(null)),
        ("/object", json!("list")),
        ("/id", json!(7)),
    ];
    for (place, value) in changes {
        let mut changed = answer();
        let (parent, name) = place.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[name] = value.clone();
        assert_eq!(document(&changed), None, "{place}: {value}");
    }
    // Counts that others would read otherwise than we do.
    for (name, value) in [
        ("total_tokens", 20),
        ("prompt_cache_hit_tokens", 3),
        ("cached_tokens", 3),
        ("cache_creation_input_tokens", 3),
    ] {
        let mut changed = answer();
        changed["usage"][name] = json!(value);
        assert_eq!(document(&changed), None, "{name}");
    }
    let mut two = answer();
    let first = two["choices"][0].clone();
    two["choices"].as_array_mut().unwrap().push(first);
    assert_eq!(document(&two), None);
    assert_eq!(read(&Bytes::from_static(b"[1]")), None);
}

fn texts() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("said")),
        Just(json!([])),
        Just(json!([{"type": "text", "text": "said"}])),
        Just(json!(7)),
        Just(json!({"a": 1})),
    ]
}

fn counts() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0_u64..100).prop_map(Value::from),
        Just(json!("7")),
        Just(json!({}))
    ]
}

proptest! {
    /// Whatever a vendor answers: what is given on as it stands is judged and accounted as if it had
    /// been taken apart.
    #[test]
    fn an_answer_that_is_given_on_is_judged_and_accounted_alike(
        changes in prop::collection::vec((prop::sample::select(vec![
            "/error", "/choices/0/message/content", "/choices/0/message/refusal",
            "/choices/0/message/tool_calls", "/choices/0/message/reasoning",
            "/choices/0/message/reasoning_content", "/choices/0/error",
            "/choices/0/finish_reason", "/model", "/id",
        ]), texts()), 0..2),
        numbers in prop::collection::vec((prop::sample::select(vec![
            "/usage", "/usage/prompt_tokens", "/usage/completion_tokens", "/usage/total_tokens",
            "/usage/prompt_cache_hit_tokens", "/usage/prompt_tokens_details",
            "/usage/prompt_tokens_details/cached_tokens", "/usage/completion_tokens_details",
            "/created", "/choices/0/index",
        ]), counts()), 0..3),
        cut in prop::sample::select(vec!["stop", "length"]),
    ) {
        let mut changed = answer();
        changed["choices"][0]["finish_reason"] = json!(cut);
        for (place, value) in changes.into_iter().chain(numbers) {
            let (parent, name) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(fields)) = changed.pointer_mut(parent) {
                fields.insert(name.to_owned(), value);
            }
        }
        let body = Bytes::from(changed.to_string());
        let Some(document) = read(&body) else { return Ok(()) };
        let apart = response::read(&body).expect("it is an answer there too");
        prop_assert_eq!(Some(document.usage), apart.usage);
        let finish = if cut == "stop" { FinishReason::Stop } else { FinishReason::Length };
        prop_assert_eq!(apart.ending, Ending::Finished(finish));
        prop_assert!(matches!(&*apart.parts, [Part::Text(text)] if !text.is_empty()));
        prop_assert!(serde_json::from_slice::<Value>(&document.into_body("chat")).is_ok());
    }
}
