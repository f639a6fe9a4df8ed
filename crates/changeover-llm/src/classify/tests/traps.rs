//! Where clients went wrong before: digits and words that are not the vendor's verdict.

use super::*;

fn class(status: u16, body: &serde_json::Value) -> FailureClass {
    classify(&answer("openai", status, &body.to_string())).class
}

#[test]
fn digits_in_ids_are_no_statuses() {
    let body = json!({"error": {"type": "invalid_request_error", "message": "bad field (request 429-503-529)"},
        "request_id": "req_429_rate_limit_529"});
    assert_eq!(class(400, &body), FailureClass::InvalidRequest);
    let text = "the job 503529 of queue 429 was odd";
    let found = classify(&HttpAnswer { status: None, ..answer("openai", 0, text) });
    assert_eq!(found.class, FailureClass::Unknown);
}

#[test]
fn what_a_user_wrote_does_not_judge() {
    let echoed = json!({"error": {"type": "invalid_request_error", "message":
        "Invalid value for 'messages[0].content': got 'my rate limit is reached and I am out of credits' where a list of parts was expected by the schema"}});
    assert_eq!(class(400, &echoed), FailureClass::InvalidRequest);
    let beside = json!({"error": {"type": "invalid_request_error", "message": "bad prompt",
        "flagged_input": "insufficient quota", "failed_generation": "context window"}});
    assert_eq!(class(400, &beside), FailureClass::InvalidRequest);
}

#[test]
fn what_a_model_wrote_does_not_judge() {
    let said = json!({"choices": [{"finish_reason": "stop",
        "message": {"content": "{\"error\": {\"code\": \"insufficient_quota\", \"message\": \"x\"}}"}}]});
    assert_eq!(class(200, &said), FailureClass::Unknown);
}

#[test]
fn earlier_errors_of_a_gateway_are_over() {
    let body = json!({"error": {"message": "Bad Gateway", "code": 502,
        "metadata": {"previous_errors": [{"code": 402, "message": "Insufficient credits"}]}}});
    assert_eq!(class(502, &body), FailureClass::GatewayError);
}

#[test]
fn headers_that_look_healthy_or_spent_do_not_judge() {
    let headers = [("x-ratelimit-remaining-tokens".to_owned(), "0".to_owned())];
    let body = json!({"error": {"type": "invalid_request_error", "message": "Missing 'model'"}});
    let found =
        classify(&HttpAnswer { headers: &headers, ..answer("openai", 400, &body.to_string()) });
    assert_eq!(found.class, FailureClass::InvalidRequest);
}

#[test]
fn the_same_sentence_means_two_things_at_two_vendors() {
    let sentence = "You exceeded your current quota, please check your plan and billing details.";
    let openai = json!({"error": {"message": sentence, "code": "insufficient_quota"}});
    assert_eq!(class(429, &openai), FailureClass::SpendCap);
    let google = json!({"error": {"message": format!("{sentence} Please retry in 3s."),
        "code": 429, "status": "RESOURCE_EXHAUSTED"}});
    assert_eq!(class(429, &google), FailureClass::RateLimited);
}

#[test]
fn a_wait_of_nothing_says_nothing() {
    let headers = [("retry-after".to_owned(), "0".to_owned())];
    let body = json!({"error": {"type": "rate_limit_error", "message": "limit"}});
    let found =
        classify(&HttpAnswer { headers: &headers, ..answer("anthropic", 429, &body.to_string()) });
    assert_eq!((found.class, found.retry_after), (FailureClass::RateLimited, None));
}

#[test]
fn nothing_secret_is_quoted() {
    for secret in [
        "sk-ant-api03-AbCdEfGh123456",
        "AIzaSyA1b2C3d4E5f6",
        "gsk_1a2b3c4d5e",
        "xai-1a2b3c4d",
        "hf_AbCdEfGhIj",
        "0123456789abcdef0123456789abcdef",
        "anna.berg@firm.example",
        "org-AbCdEf123456",
    ] {
        let body = json!({"error": {"message": format!("Key or account {secret} is not allowed"), "code": "x"}});
        let why = classify(&answer("openai", 403, &body.to_string())).why;
        assert!(!why.contains(secret), "{why}");
    }
}
