//! Every vendor's rules, on bodies of our own making in the vendors' shapes.

use changeover_domain::Whose;
use proptest::prelude::*;
use serde_json::json;

use super::*;

mod cases;
mod traps;
mod wrapped;

fn answer<'a>(provider: &'a str, status: u16, body: &'a str) -> HttpAnswer<'a> {
    HttpAnswer {
        provider,
        status: Some(status),
        headers: &[],
        content_type: None,
        body,
        in_stream: false,
    }
}

#[test]
fn an_error_in_a_stream_keeps_what_broke_it() {
    let event = json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}});
    let found = classify(&HttpAnswer {
        in_stream: true,
        ..answer("anthropic", 200, &format!("event: error\ndata: {event}\n\n"))
    });
    assert_eq!(found.class, FailureClass::ErrorInStream);
    assert_eq!(found.inner, Some(FailureClass::Overloaded));
    assert!(found.retryable);
}

#[test]
fn an_error_event_without_status_is_judged_by_its_own_number() {
    let event = json!({"error": {"message": "odd", "code": 503}});
    let found =
        classify(&HttpAnswer { in_stream: true, ..answer("openrouter", 200, &event.to_string()) });
    assert_eq!(found.inner, Some(FailureClass::Overloaded));
}

#[test]
fn a_wait_longer_than_a_minutes_window_overrules_the_words() {
    let body = json!({"error": {"code": "rate_limit_exceeded",
        "message": "Limit on tokens per min: Limit 100, Used 90, Requested 20. Please try again in 2h5m0s."}});
    let found = classify(&answer("openai", 429, &body.to_string()));
    assert_eq!(found.class, FailureClass::QuotaExhausted);
    assert_eq!(found.retry_after.map(|wait| wait.as_secs()), Some(7_500));
}

#[test]
fn a_wait_is_dropped_where_no_wait_helps() {
    let body =
        json!({"error": {"code": "insufficient_quota", "message": "Pay. Please try again in 5s."}});
    assert_eq!(classify(&answer("openai", 429, &body.to_string())).retry_after, None);
}

#[test]
fn the_header_is_believed_before_the_words() {
    let headers = [("Retry-After".to_owned(), "7".to_owned())];
    let body = json!({"error": {"type": "rate_limit_error", "message": "Please retry in 9s"}});
    let found =
        classify(&HttpAnswer { headers: &headers, ..answer("anthropic", 429, &body.to_string()) });
    assert_eq!(found.retry_after.map(|wait| wait.as_secs()), Some(7));
}

#[test]
fn the_vendors_words_are_quoted_without_keys() {
    let body = json!({"error": {"code": "invalid_api_key", "message": "Incorrect API key provided: sk-live-abc123"}});
    let why = classify(&answer("openai", 401, &body.to_string())).why;
    assert!(why.contains("Incorrect API key provided") && !why.contains("abc123"), "{why}");
}

#[test]
fn a_good_answer_is_not_called_a_failure_of_any_class() {
    let good = [
        (
            "anthropic",
            json!({"content": [{"type": "text", "text": "error: overloaded"}], "stop_reason": "end_turn"}),
        ),
        (
            "openai",
            json!({"choices": [{"message": {"content": "429 rate limit"}, "finish_reason": "stop"}]}),
        ),
        (
            "gemini",
            json!({"candidates": [{"content": {"parts": [{"text": "quota"}]}, "finishReason": "STOP"}]}),
        ),
    ];
    for (provider, body) in good {
        assert_eq!(
            classify(&answer(provider, 200, &body.to_string())).class,
            FailureClass::Unknown
        );
    }
}

#[test]
fn a_web_filters_page_is_our_own_networks() {
    let found =
        classify(&answer("openai", 200, "<body><img src=\"https://login.zscloud.net/x\"></body>"));
    assert_eq!((found.class, found.whose), (FailureClass::GatewayError, Whose::OurNetwork));
    assert!(!found.next_target_helps);
}

#[test]
fn a_text_from_a_log_is_judged_by_its_words() {
    let judged = |body| {
        let found = classify(&HttpAnswer { status: None, ..answer("", 0, body) });
        (found.class, found.inner)
    };
    assert_eq!(
        judged("fetch failed: getaddrinfo ENOTFOUND api.vendor.example"),
        (FailureClass::Dns, None)
    );
    assert_eq!(judged("[Errno 111] Connection refused"), (FailureClass::Connect, None));
    assert_eq!(
        judged("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
        (FailureClass::Tls, None)
    );
    assert_eq!(judged("The selected model is at capacity"), (FailureClass::Overloaded, None));
    assert_eq!(
        judged("peer closed connection (incomplete chunked read)"),
        (FailureClass::ErrorInStream, Some(FailureClass::Connect))
    );
    assert_eq!(judged("something odd"), (FailureClass::Unknown, None));
}

proptest! {
    #[test]
    fn any_answer_gets_a_sentence(
        provider in "[a-z_]{0,12}",
        status in proptest::option::of(0_u16..700),
        headers in proptest::collection::vec(("[a-z:-]{1,20}", "\\PC{0,40}"), 0..4),
        content_type in proptest::option::of("[a-z/+-]{0,20}"),
        body in "\\PC{0,300}",
        in_stream in any::<bool>(),
    ) {
        let content_type = content_type.as_deref();
        let found = classify(&HttpAnswer {
            provider: &provider, status, headers: &headers, content_type, body: &body, in_stream,
        });
        prop_assert!(!found.why.is_empty() && found.why.chars().count() <= 300);
    }

    #[test]
    fn any_bytes_after_a_known_beginning_are_borne(
        start in proptest::sample::select(vec![
            "{\"error\":{\"message\":\"", "data: {", "<html", "[[[{", "Error code: 429 - {'", "<class '", "b'{", "\"{\\\"error\\\":",
        ]),
        rest in "[\\[\\]{}\"'\\\\:, a-zü0-9\n]{0,200}",
    ) {
        let body = format!("{start}{rest}");
        let found = classify(&answer("openai_compatible", 429, &body));
        prop_assert!(!found.why.is_empty());
    }

    #[test]
    fn any_message_in_any_envelope_is_judged(message in "\\PC{0,120}", code in "[a-z_]{0,20}") {
        for body in [
            json!({"error": {"message": message, "code": code}}),
            json!([{"error": {"message": message, "status": code}}]),
            json!({"message": message, "type": code}),
            json!({"error": message}),
        ] {
            let found = classify(&answer("openai_compatible", 400, &body.to_string()));
            prop_assert!(found.class != FailureClass::Unknown, "a 400 always means something");
        }
    }
}
