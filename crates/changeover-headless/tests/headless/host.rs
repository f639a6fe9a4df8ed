//! The host itself: who is let in, what is refused and how, what a script gets.

use std::process::Output;

use crate::console::{Console, program};
use serde_json::{Value, json};

async fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_token_and_asks_for_this_machine_is_served() {
    let data = tempfile::tempdir().unwrap();
    let console = Console::start(&["--sandbox"], data.path(), &[]).await;
    let refused = console.at("/api/snapshot").send().await.unwrap();
    assert_eq!(refused.status(), 401, "no token");
    let refused = console.at("/api/snapshot").bearer_auth("wrong").send().await.unwrap();
    assert_eq!(refused.status(), 401, "another token");
    let in_the_address = console.at(&format!("/api/snapshot?token={}", console.token)).send().await;
    assert_eq!(in_the_address.unwrap().status(), 401, "an address is kept in logs");
    let events = format!("{}/api/events?token={}", console.url, console.token);
    let events = console.http.get(events).send().await.unwrap();
    assert_eq!(events.status(), 200, "a browser's event stream can send no header");
    let rebound = console
        .at("/api/snapshot")
        .bearer_auth(&console.token)
        .header("host", "evil.example")
        .send();
    assert_eq!(rebound.await.unwrap().status(), 403, "a name that was rebound to loopback");
    let (status, snapshot) = console.call("snapshot", &Value::Null).await;
    assert_eq!((status, snapshot["sandbox"].is_object()), (200, true));
    assert!(!snapshot.to_string().contains(&console.token), "no secret in what the screen gets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_and_what_next() {
    let data = tempfile::tempdir().unwrap();
    let console = Console::start(&["--sandbox"], data.path(), &[]).await;
    let (status, error) = console.call("no_such_command", &Value::Null).await;
    assert_eq!((status, error["code"].as_str()), (404, Some("unknown_command")));
    let (status, error) = console.call("override_plan", &json!({"rout": "chat"})).await;
    assert_eq!((status, error["code"].as_str()), (400, Some("invalid")));
    assert!(error["message"].as_str().unwrap().contains("unknown field `rout`"), "{error}");
    let (status, error) =
        console.call("override_plan", &json!({"route": "chat", "target": "gpt-mini"})).await;
    assert_eq!((status, error["code"].as_str()), (404, Some("not_found")));
    assert_eq!(error["hint"], "known: claude-opus, gpt-main, gemini-pro");
    let nameless =
        json!({"route": "chat", "target": "gpt-main", "holder": "mk", "reason": " ", "until": 1});
    let (status, error) = console.call("override_apply", &nameless).await;
    assert_eq!((status, error["code"].as_str()), (400, Some("invalid")));
    assert!(error["message"].as_str().unwrap().contains("needs a reason"), "{error}");
    let (status, error) = console.call("scenario_play", &json!({"scenario": "doom"})).await;
    assert_eq!(status, 404, "{error}");
    assert!(error["hint"].as_str().unwrap().contains("platform-outage"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_console_on_the_same_data_ends_with_a_sentence() {
    let data = tempfile::tempdir().unwrap();
    let _first = Console::start(&["--sandbox"], data.path(), &[]).await;
    let second = run(&["serve", "--sandbox", "--data-dir", data.path().to_str().unwrap()]).await;
    assert_eq!(second.status.code(), Some(1));
    assert!(second.stdout.is_empty(), "nothing says it is ready");
    assert!(text(&second.stderr).contains("another Changeover"), "{}", text(&second.stderr));
}

#[tokio::test]
async fn a_malformed_configuration_is_refused_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "operator = \"mk\"\nprovider = []\n").unwrap();
    let data = folder.path().join("data");
    let ended =
        run(&["serve", "--config", file.to_str().unwrap(), "--data-dir", data.to_str().unwrap()])
            .await;
    assert_eq!(ended.status.code(), Some(1));
    let said = text(&ended.stderr);
    assert!(
        said.contains("c.toml, line 2, key `provider`: unknown field `provider`, expected one of"),
        "{said}"
    );
    assert!(!data.exists(), "not even a data directory was made");
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let ended = run(&["serve", "--sandbox", "--listen", "0.0.0.0:0"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("loopback"), "{}", text(&ended.stderr));
}

#[tokio::test]
async fn a_call_answers_json_and_refuses_on_standard_error() {
    let described = run(&["call", "describe"]).await;
    assert!(described.status.success(), "{}", text(&described.stderr));
    let described: Value = serde_json::from_slice(&described.stdout).unwrap();
    let names: Vec<&str> = described["commands"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|c| c["name"].as_str())
        .collect();
    for fixed in [
        "snapshot",
        "override_plan",
        "override_apply",
        "override_clear",
        "scenario_play",
        "fallback_list",
        "fallback_get",
        "history_query",
        "verdict_explain",
        "feeds_read",
        "error_classify",
        "audit_list",
        "audit_verify",
        "describe",
    ] {
        assert!(names.contains(&fixed), "scripts rely on `{fixed}`");
    }
    let overloaded = r#"{"provider":"anthropic","status":529,"content_type":"application/json","body":"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"}"#;
    let classified = run(&["call", "error_classify", overloaded]).await;
    let classified: Value = serde_json::from_slice(&classified.stdout).unwrap();
    assert_eq!(
        (classified["class"].as_str(), classified["whose"].as_str()),
        (Some("overloaded"), Some("theirs"))
    );
    let folder = tempfile::tempdir().unwrap();
    let captures = folder.path().join("captures.jsonl");
    std::fs::write(&captures, format!("{overloaded}\nnot json\n{overloaded}\n")).unwrap();
    let asked = serde_json::json!({ "file": captures }).to_string();
    let answered = text(&run(&["call", "error_classify", &asked]).await.stdout).to_owned();
    let lines: Vec<Value> =
        answered.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1]["line"]), (3, &serde_json::json!(2)), "{answered}");
    assert_eq!(lines[0]["class"], lines[2]["class"]);
    let refused = run(&["call", "feeds_read", r#"{"dir": "no/such/folder"}"#]).await;
    assert_eq!((refused.status.code(), refused.stdout.is_empty()), (Some(1), true));
    assert!(text(&refused.stderr).contains("is not a folder"), "{}", text(&refused.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_console_starts_its_own_for_one_answer() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["call", "snapshot", "--sandbox", "--data-dir", data.path().to_str().unwrap()];
    let answered = run(&arguments).await;
    assert!(answered.status.success(), "{}", text(&answered.stderr));
    let snapshot: Value = serde_json::from_slice(&answered.stdout).unwrap();
    assert!(
        snapshot["gateways"].as_array().unwrap().iter().all(|g| g["reachability"] == "reachable"),
        "{snapshot}"
    );
}
