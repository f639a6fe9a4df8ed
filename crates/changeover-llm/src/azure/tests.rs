use changeover_domain::{FailureClass, ProviderKind};
use serde_json::{Value, json};

use super::*;
use crate::canonical::{FinishReason, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::Step;
use crate::dialect::samples::{ask, decode, provider, rich};

fn body(request: &WireRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn asked(base: &str, key: &str) -> WireRequest {
    let vendor = provider(ProviderKind::AzureOpenai, base);
    let key = Secret::new(key);
    let endpoint = Endpoint { provider: &vendor, key: Some(&key), model: "fast" };
    Deployments.request(&endpoint, &rich(), true).unwrap()
}

#[test]
fn the_deployment_is_the_model_or_in_the_path_never_both() {
    assert_eq!(body(&asked("https://r.example", "k"))["model"], "fast");
    let dated = asked("https://r.example?api-version=2024-10-21", "k");
    assert!(body(&dated).get("model").is_none());
    assert!(dated.url.path().contains("/deployments/fast/"));
}

#[test]
fn an_older_version_is_spared_what_it_does_not_know() {
    let older = body(&asked("https://r.example?api-version=2024-02-01", "k"));
    assert_eq!(older["max_tokens"], 200);
    assert!(older.get("stream_options").is_none() && older["stream"] == true);
    let newer = body(&asked("https://r.example", "k"));
    assert_eq!(newer["max_completion_tokens"], 200);
    assert_eq!(newer["stream_options"], json!({"include_usage": true}));
}

#[test]
fn a_key_and_a_token_travel_in_headers_of_their_own() {
    assert_eq!(asked("https://r.example", "abc123").headers, [("api-key", "abc123".to_owned())]);
    let token = "eyJhbGciOi.eyJhdWQi.c2ln";
    assert_eq!(
        asked("https://r.example", token).headers,
        [("authorization", format!("Bearer {token}"))]
    );
    let vendor = provider(ProviderKind::AzureOpenai, "https://r.example");
    let open = Endpoint { provider: &vendor, key: None, model: "m" };
    assert!(Deployments.request(&open, &ask("hi"), false).unwrap().headers.is_empty());
}

#[test]
fn the_filters_chunks_are_no_part_of_the_answer() {
    let safe = json!({"hate": {"filtered": false, "severity": "safe"}});
    let documents = [
        json!({"id": "", "object": "", "model": "", "choices": [],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": safe}]}),
        json!({"id": "c1", "model": "gpt-x", "choices": [{"index": 0,
            "delta": {"role": "assistant", "content": "Hel"}, "content_filter_results": safe}]}),
        json!({"id": "", "model": "", "choices": [{"index": 0, "finish_reason": null,
            "content_filter_results": safe, "content_filter_offsets": {"check_offset": 4}}]}),
        json!({"id": "c1", "choices": [{"index": 0, "delta": {"content": "lo"}}]}),
        json!({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        json!({"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}),
    ];
    let steps = decode(Deployments.decoder(), &documents);
    let start = StreamEvent::Start { id: "c1".into(), model: "gpt-x".into() };
    assert_eq!(steps.first(), Some(&Step::Event(start)));
    assert_eq!(steps.last(), Some(&Step::End(Ending::Finished(FinishReason::Stop))));
    let texts = steps.iter().filter(|step| matches!(step, Step::Event(StreamEvent::Text(_))));
    assert_eq!(texts.count(), 2);
}

#[test]
fn a_filtered_answer_has_no_message_at_all() {
    let document = json!({"id": "c1", "model": "gpt-x", "choices": [{"index": 0,
        "finish_reason": "content_filter", "content_filter_results": {"hate": {"filtered": true}}}]});
    let read = Deployments.read_answer(document.to_string().as_bytes()).unwrap();
    let Ending::Failed(found) = read.ending else { panic!("a filtered answer is none") };
    assert_eq!(found.class, FailureClass::ContentFilter);
}

#[test]
fn an_answer_filtered_in_the_stream_ends_so() {
    let documents = [
        json!({"choices": [{"index": 0, "delta": {"content": "Hel"}}]}),
        json!({"choices": [{"index": 0, "finish_reason": "content_filter", "delta": {}}]}),
    ];
    let mut decoder = Deployments.decoder();
    for document in &documents {
        let steps = decoder.decode(&document.to_string()).unwrap();
        assert!(!steps.iter().any(|step| matches!(step, Step::End(_))), "usage may follow");
    }
    assert!(matches!(decoder.ending_so_far(), Some(Ending::Failed(_))));
}
