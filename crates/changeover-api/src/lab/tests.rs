use std::io::Write as _;

use serde_json::{Value, json};

use super::*;

async fn asked(request: Value) -> Value {
    let request: ErrorClassify = serde_json::from_value(request).unwrap();
    serde_json::to_value(error_classify(request).await.unwrap()).unwrap()
}

#[tokio::test]
async fn an_answer_in_any_form_means_the_same() {
    let body = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "limit"}});
    let wanted = asked(json!({"provider": "anthropic", "status": 429,
        "headers": {"Retry-After": "7200"}, "body": body.to_string(), "in_stream": false}))
    .await;
    assert_eq!(wanted["class"], "quota_exhausted", "the header's wait is heard: {wanted}");
    for form in [
        json!({"status": "429", "headers": {"retry-after": 7200}, "body": body}),
        json!({"status": "429 Too Many Requests", "headers": [["Retry-After", "7200"]], "body": body}),
        json!({"status": 429, "headers": [{"name": "retry-after", "value": "7200"}], "body": body}),
        json!({"status": 429, "headers": ["Retry-After: 7200"], "body": body, "in_stream": null,
            "content_type": null, "source": "somewhere", "level": 3}),
        json!({"status": 429, "headers": {"retry-after": ["7200"]}, "body": body, "in_stream": "false"}),
    ] {
        let mut form = form;
        form["provider"] = json!("anthropic");
        assert_eq!(asked(form.clone()).await, wanted, "{form}");
    }
}

#[tokio::test]
async fn what_is_missing_is_not_known() {
    let answer =
        asked(json!({"provider": "openai", "status": null, "headers": null, "body": null})).await;
    assert_eq!(answer["class"], "unknown");
    let answer = asked(json!({"provider": "openai", "body": "connect ECONNREFUSED"})).await;
    assert_eq!((&answer["class"], &answer["retryable"]), (&json!("connect"), &json!(true)));
}

#[tokio::test]
async fn the_content_type_may_stand_among_the_headers() {
    let answer = asked(json!({"provider": "openai", "status": 200,
        "headers": {"Content-Type": "text/html"}, "body": "Welcome to the site"}))
    .await;
    assert_eq!(answer["whose"], "our_configuration");
}

#[tokio::test]
async fn a_file_is_answered_line_by_line_in_its_order() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let lines = [
        r#"{"id": 1, "provider": "openai", "status": 401, "body": {"error": {"message": "no"}}}"#,
        "not json",
        "",
        r#"{"provider": "openai", "status": "soon", "body": ""}"#,
        r#"{"id": "x", "provider": "mistral", "status": "529", "body": "", "extra": [1]}"#,
    ];
    file.write_all(lines.join("\n").as_bytes()).unwrap();
    file.write_all(b"\n{\"provider\":\"x\",\"status\":500,\"body\":\"\xff\"}").unwrap();
    let answered = asked(json!({"file": file.path()})).await;
    let answers = answered["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 5, "an empty line is none: {answered}");
    assert_eq!((&answers[0]["id"], &answers[0]["class"]), (&json!("1"), &json!("authentication")));
    assert_eq!(answers[1]["line"], 2);
    assert_eq!(answers[2]["line"], 4);
    assert!(answers[2]["problem"].as_str().unwrap().contains("`status`"), "{answered}");
    assert_eq!(answers[3]["class"], "overloaded");
    assert_eq!(answers[4]["class"], "server_error", "a byte that is no text spoils no file");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let request = ErrorClassify::File { file: "no/such/file".into() };
    let error = error_classify(request).await.unwrap_err();
    assert!(format!("{error:?}").contains("no/such/file"));
}
