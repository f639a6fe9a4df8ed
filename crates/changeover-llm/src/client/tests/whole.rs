//! Whole answers.

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::{FailureClass, ProviderKind, TokenUsage, Whose};
use changeover_http::Secret;
use serde_json::{Value, json};

use super::vendor::{Vendor, all_long, answer, fast, json as json_answer, llm};
use crate::dialect::samples::{ask, provider};
use crate::{Endpoint, Failure, FinishReason, Limits, Part};

fn good() -> Value {
    json!({"id": "msg_1", "model": "claude-x", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Hello"}],
        "usage": {"input_tokens": 3, "output_tokens": 2}})
}

async fn failure_of(body: Value) -> Failure {
    let vendor = Vendor::answering(ProviderKind::Openai, move || json_answer(200, &body)).await;
    vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_good_answer_comes_with_its_circumstances() {
    let vendor = Vendor::answering(ProviderKind::Anthropic, || {
        let mut answer = json_answer(200, &good());
        let headers = answer.headers_mut();
        headers.insert("anthropic-ratelimit-requests-limit", "50".parse().unwrap());
        headers.insert("anthropic-ratelimit-requests-remaining", "49".parse().unwrap());
        answer
    })
    .await;
    let answer = vendor.complete(Clock::system(), &Limits::default()).await.unwrap();
    assert_eq!(answer.response.parts, [Part::Text("Hello".into())]);
    assert_eq!(answer.response.finish, FinishReason::Stop);
    assert_eq!(answer.meta.vendor_request_id.as_deref(), Some("req_1"));
    assert_eq!(answer.meta.rate_limits.requests.remaining, Some(49));
    assert_eq!(answer.meta.http_status, 200);

    let asked = vendor.asked();
    assert_eq!(asked.path, "/v1/messages");
    assert_eq!(asked.headers["x-api-key"], "sk-secret-key");
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers["content-length"], asked.body.len().to_string());
    assert!(!asked.headers.contains_key("transfer-encoding"), "some vendors take no chunks");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["model"], "model-x");
}

#[tokio::test]
async fn a_refused_request_is_classified_with_status_id_and_wait() {
    let vendor = Vendor::answering(ProviderKind::Anthropic, || {
        let body = json!({"error": {"type": "rate_limit_error", "message": "Too many input tokens per minute"}});
        let mut answer = json_answer(429, &body);
        answer.headers_mut().insert("retry-after", "12".parse().unwrap());
        answer
    })
    .await;
    let failure = vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err();
    assert_eq!((failure.class, failure.whose), (FailureClass::RateLimited, Whose::OurQuota));
    assert_eq!(failure.http_status, Some(429));
    assert_eq!(failure.retry_after, Some(Duration::from_secs(12)));
    assert_eq!(failure.vendor.request_id.as_deref(), Some("req_1"));
}

#[tokio::test]
async fn what_a_model_wrote_can_fail_as_well_and_is_billed_all_the_same() {
    let answered = |message: Value, finish: &str| {
        json!({"id": "1", "model": "m", "choices": [{"message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 4, "completion_tokens": 1}})
    };
    let usage = Some(TokenUsage { input_tokens: 4, output_tokens: 1, ..TokenUsage::default() });
    let call =
        json!({"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{\"a\":"}}]});
    for (message, finish, class) in [
        (json!({"content": ""}), "stop", FailureClass::Empty),
        (json!({"content": ""}), "length", FailureClass::Truncated),
        (json!({"refusal": "No."}), "stop", FailureClass::Refusal),
        (json!({"content": "half"}), "content_filter", FailureClass::ContentFilter),
        (call, "tool_calls", FailureClass::MalformedToolCall),
    ] {
        let failure = failure_of(answered(message, finish)).await;
        assert_eq!((failure.class, failure.usage), (class, usage));
    }
}

#[tokio::test]
async fn an_answer_cut_at_its_length_is_an_answer() {
    let body = json!({"choices": [{"message": {"content": "half"}, "finish_reason": "length"}]});
    let vendor =
        Vendor::answering(ProviderKind::OpenaiCompatible, move || json_answer(200, &body)).await;
    let answer = vendor.complete(Clock::system(), &Limits::default()).await.unwrap();
    assert_eq!(answer.response.finish, FinishReason::Length);
    assert_eq!(answer.response.usage, None, "unknown usage is not zero");
}

#[tokio::test]
async fn a_200_can_be_an_error_a_page_a_text_or_something_else() {
    assert_eq!(
        failure_of(json!({"error": {"message": "x", "code": "insufficient_quota"}})).await.class,
        FailureClass::SpendCap
    );
    assert_eq!(failure_of(json!({"hello": "world"})).await.class, FailureClass::MalformedOutput);
    for (body, class) in [
        ("<html><title>Sign in</title>", FailureClass::InvalidRequest),
        ("{\"choices\": [", FailureClass::MalformedOutput),
        ("hello", FailureClass::MalformedOutput),
        ("", FailureClass::Empty),
    ] {
        let vendor =
            Vendor::answering(ProviderKind::Openai, move || answer(200, "text/plain", body)).await;
        let failure = vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err();
        assert_eq!(failure.class, class, "{body:?}: {}", failure.why);
    }
}

#[tokio::test]
async fn an_oversized_body_is_not_read_on() {
    let vendor = Vendor::answering(ProviderKind::Openai, || {
        answer(200, "application/json", " ".repeat(9_000_000))
    })
    .await;
    let failure = vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::MalformedOutput);
}

#[tokio::test]
async fn a_vendor_that_never_answers_is_left_at_the_total_limit() {
    let vendor = Vendor::silent(ProviderKind::Openai).await;
    let limits = all_long(|limits| limits.total = Duration::from_secs(5));
    let failure = vendor.complete(fast(), &limits).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::TimeoutTotal);
    assert_eq!(failure.http_status, None);
}

#[tokio::test]
async fn a_body_that_never_ends_is_left_at_the_total_limit() {
    let vendor = Vendor::answering(ProviderKind::Openai, || {
        answer(200, "application/json", axum::body::Body::from_stream(super::vendor::silence()))
    })
    .await;
    let limits = all_long(|limits| limits.total = Duration::from_secs(15));
    let failure = vendor.complete(fast(), &limits).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::TimeoutTotal);
}

/// A listener that takes connections and says nothing on them.
async fn mute() -> (tokio::net::TcpListener, u16) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn ask_at(base_url: &str, limits: &Limits) -> Failure {
    let vendor = provider(ProviderKind::Openai, base_url);
    let key = Secret::new("sk-secret-key");
    let endpoint = Endpoint { provider: &vendor, key: Some(&key), model: "m" };
    llm(fast()).complete(&endpoint, &ask("hi"), limits).await.unwrap_err()
}

#[tokio::test]
async fn a_handshake_that_does_not_come_about_is_left_at_the_connect_limit() {
    let (_listener, port) = mute().await;
    let limits = all_long(|limits| limits.connect = Duration::from_secs(5));
    let failure = ask_at(&format!("https://127.0.0.1:{port}"), &limits).await;
    assert_eq!(failure.class, FailureClass::TimeoutConnect);
    assert!(failure.retryable && failure.next_target_helps);
}

#[tokio::test]
async fn a_refused_connection_is_told_without_address_and_key() {
    let (listener, port) = mute().await;
    drop(listener);
    let failure = ask_at(&format!("http://user:pass@127.0.0.1:{port}"), &all_long(|_| {})).await;
    assert_eq!((failure.class, failure.whose), (FailureClass::Connect, Whose::Theirs));
    assert!(!failure.why.contains("pass") && !failure.why.contains("sk-"), "{}", failure.why);
    assert!(failure.why.contains("refused"), "{}", failure.why);
}

#[tokio::test]
async fn a_server_without_tls_is_a_failure_of_tls() {
    let vendor = Vendor::answering(ProviderKind::Openai, || json_answer(200, &good())).await;
    let base = vendor.base_url().replace("http://", "https://");
    let failure = ask_at(&base, &all_long(|_| {})).await;
    assert_eq!(failure.class, FailureClass::Tls, "{}", failure.why);
}

#[tokio::test]
async fn what_this_version_cannot_speak_is_said_at_once() {
    let vendor = Vendor::silent(ProviderKind::Bedrock).await;
    let failure = vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err();
    assert_eq!(failure.whose, Whose::OurConfiguration);
    assert!(failure.why.contains("not supported yet") && failure.next_target_helps);
    let failure = ask_at("not an address", &Limits::default()).await;
    assert_eq!(failure.whose, Whose::OurConfiguration);
}

#[tokio::test]
async fn a_deployment_is_asked_and_its_wait_is_heard() {
    let vendor = Vendor::answering(ProviderKind::AzureOpenai, || {
        let body = json!({"error": {"code": "429", "message":
            "Requests have exceeded token rate limit of your current pricing tier."}});
        let mut answer = json_answer(429, &body);
        answer.headers_mut().insert("retry-after-ms", "1500".parse().unwrap());
        answer
    })
    .await;
    let failure = vendor.complete(Clock::system(), &Limits::default()).await.unwrap_err();
    assert_eq!((failure.class, failure.whose), (FailureClass::RateLimited, Whose::OurQuota));
    assert_eq!(failure.retry_after, Some(Duration::from_millis(1_500)));
    let asked = vendor.asked();
    assert_eq!(asked.path, "/openai/v1/chat/completions");
    assert_eq!(asked.headers["api-key"], "sk-secret-key");
    assert!(!asked.headers.contains_key("authorization"));
}

#[tokio::test]
async fn nothing_before_a_stop_text_of_the_request_is_an_answer() {
    for (reason, stopped_by, good) in
        [("stop_sequence", json!("END"), true), ("end_turn", Value::Null, false)]
    {
        let body = json!({"id": "m", "model": "m", "content": [], "stop_reason": reason,
            "stop_sequence": stopped_by, "usage": {"input_tokens": 3, "output_tokens": 1}});
        let vendor =
            Vendor::answering(ProviderKind::Anthropic, move || json_answer(200, &body)).await;
        let answer = vendor.complete(Clock::system(), &Limits::default()).await;
        match answer {
            Ok(answer) => assert!(good && answer.response.parts.is_empty(), "{reason}"),
            Err(failure) => assert_eq!((good, failure.class), (false, FailureClass::Empty)),
        }
    }
}
