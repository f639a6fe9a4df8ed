use serde_json::{Value, json};

use super::*;

fn plain(body: &str) -> Option<Plain> {
    read(body.as_bytes())
}

fn with(name: &str, value: Value) -> String {
    let mut body = json!({"model": "chat", "messages": [{"role": "user", "content": "Hi"}]});
    body[name] = value;
    body.to_string()
}

#[test]
fn what_routing_needs_is_found_where_it_stands() {
    let body = r#" {"messages" : [{"content":"Hi \u00e9","role":"user"}], "max_tokens" : 7,
        "model": "chat\n", "stream": true, "stream_options": { "include_usage": true },
        "temperature": 1, "user": "u", "stop": ["END"], "seed": -1} "#;
    let found = plain(body).unwrap();
    assert_eq!(found.model, "chat\n");
    let at = |place: Range<usize>| body.get(place).unwrap();
    assert_eq!(at(found.model_at.clone()), r#""chat\n""#);
    let length = found.length.clone().unwrap();
    assert_eq!((length.tokens, length.is_newer, at(length.name_at)), (7, false, LENGTH));
    assert!(found.stream && found.include_usage);
    assert!(found.samples && found.names_user && found.stops);
    assert_eq!(found.text_bytes, "Hi é".len());
}

#[test]
fn everything_in_doubt_is_not_plain() {
    assert!(plain(&with("top_p", json!(0.5))).is_some());
    let fields = [
        ("temperature", Value::Null),
        ("temperature", json!("warm")),
        ("max_tokens", json!(1.0)),
        ("max_tokens", json!(-1)),
        ("max_tokens", json!(4_294_967_296_u64)),
        ("n", json!(1)),
        ("tools", json!([])),
        ("response_format", json!({"type": "text"})),
        ("stop", json!("END")),
        ("stop", json!([])),
        ("stop", json!([1])),
        ("user", json!(7)),
        ("seed", json!(0.5)),
        ("stream", Value::Null),
        ("stream_options", json!({"include_usage": false})),
        // Without a stream it is left out, and vendors refuse it.
        ("stream_options", json!({"include_usage": true})),
        ("stream_options", json!([true])),
        ("reasoning_effort", json!("low")),
        ("top_k", json!(1)),
        ("model", Value::Null),
        ("model", json!(7)),
        ("messages", json!([])),
        ("messages", json!([{"role": "user", "content": ""}])),
        ("messages", json!([["user", "Hi"]])),
        ("messages", json!([{"role": "developer", "content": "Hi"}])),
        ("messages", json!([{"role": "tool", "content": "Hi", "tool_call_id": "a"}])),
        ("messages", json!([{"role": "user", "content": "Hi", "name": "Ann"}])),
        ("messages", json!([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}])),
        ("messages", json!([{"role": "assistant", "content": null}])),
        ("messages", json!([{"role": "user"}, {"role": "user", "content": "Hi"}])),
    ];
    for (name, value) in fields {
        assert_eq!(plain(&with(name, value.clone())), None, "{name}: {value}");
    }
    let texts = [
        "",
        "[]",
        r#"["chat",[{"role":"user","content":"Hi"}]]"#,
        r#"{"model":"a","model":"b","messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"model":"a","messages":[{"role":"user","role":"user","content":"Hi"}]}"#,
        r#"{"model":"a","max_tokens":1,"max_completion_tokens":1,"messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"model":"a","max\u005ftokens":1,"messages":[{"role":"user","content":"Hi"}]}"#,
        r#"{"model":"a","messages":[{"role":"user","content":"\ud800"}]}"#,
        r#"{"model":"a","messages":[{"role":"user","content":"Hi"}]} x"#,
    ];
    for text in texts {
        assert_eq!(plain(text), None, "{text}");
    }
}
