//! Input that means harm, or was never looked at: each is answered clearly in the dialect of its
//! door, nothing hangs, nothing falls over, and nobody behind the gateway hears of it.

use std::time::Duration;

use changeover_llm::front::Door;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Bench;
use crate::support::ask::{Ask, WAYS, path};

const DOORS: [Door; 2] = [Door::OpenAi, Door::Anthropic];
/// Everything that takes a document, with the dialect in which it answers.
const ENTRANCES: [(&str, Door); 3] = [
    ("/v1/chat/completions", Door::OpenAi),
    ("/v1/messages", Door::Anthropic),
    ("/v1/embeddings", Door::OpenAi),
];

/// An answer as it came.
#[derive(Debug)]
struct Raw {
    status: u16,
    headers: HeaderMap,
    body: String,
}

async fn post(bench: &Bench, path: &str, kind: &str, body: Vec<u8>) -> Raw {
    let url = format!("{}{path}", bench.gateway().base_url());
    let asking = async {
        let answer = bench.http.post(url).header("content-type", kind).body(body).send().await;
        let answer = answer.unwrap();
        Raw {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    };
    let patience = Duration::from_secs(20).mul_f64(bench.clock.speed());
    bench.clock.timeout(patience, asking).await.unwrap_or_else(|_| panic!("it hangs"))
}

/// An error of the gateway's own, as the door's SDKs read it.
fn refusal(door: Door, raw: &Raw) -> Result<(), String> {
    let document: Value =
        serde_json::from_str(&raw.body).map_err(|_| format!("no JSON: {raw:?}"))?;
    let error = &document["error"];
    let is_said = error["message"].as_str().is_some_and(|message| !message.is_empty());
    let has_type = error["type"].as_str().is_some_and(|kind| !kind.is_empty());
    let dialect = match door {
        Door::OpenAi => error.get("code").is_some() && error.get("param").is_some(),
        Door::Anthropic => document["type"] == "error",
    };
    let named = raw.headers.contains_key("x-changeover-request-id");
    let whole = is_said && has_type && dialect && named;
    if whole { Ok(()) } else { Err(format!("not in the dialect: {raw:?}")) }
}

fn nested(levels: usize) -> String {
    format!(
        "{{\"model\":\"chat\",\"max_tokens\":1,\"messages\":{}{}}}",
        "[".repeat(levels),
        "]".repeat(levels)
    )
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_dialect_of_its_door() {
    let bench = Bench::start().await;
    let deep_schema = format!(
        "{{\"model\":\"chat\",\"max_tokens\":1,\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],\"tools\":{}1{}}}",
        "[{\"a\":".repeat(50_000),
        "}]".repeat(50_000)
    );
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("white space", b" \n\t ".to_vec()),
        ("half a document", b"{\"model\": \"chat\", \"messages\": [{\"role\"".to_vec()),
        ("bad UTF-8", b"{\"model\": \"ch\xff\xfeat\", \"messages\": []}".to_vec()),
        ("a lone surrogate", b"{\"model\": \"\\ud800\", \"messages\": []}".to_vec()),
        ("zero bytes", vec![0; 4_096]),
        ("a list", b"[]".to_vec()),
        ("a number", b"1e999".to_vec()),
        ("null", b"null".to_vec()),
        ("messages of the wrong kind", br#"{"model":"chat","max_tokens":1,"messages":{}}"#.to_vec()),
        ("no messages", br#"{"model":"chat","max_tokens":1,"messages":[]}"#.to_vec()),
        ("a number too large", br#"{"model":"chat","max_tokens":99999999999999999999,"messages":[{"role":"user","content":"x"}]}"#.to_vec()),
        ("a negative number", br#"{"model":"chat","max_tokens":-1,"messages":[{"role":"user","content":"x"}]}"#.to_vec()),
        ("an unknown role", br#"{"model":"chat","max_tokens":1,"messages":[{"role":"root","content":"x"}]}"#.to_vec()),
        ("deep nesting", nested(100_000).into_bytes()),
        ("a deep schema", deep_schema.into_bytes()),
        ("a form", b"model=chat&messages=hello".to_vec()),
    ];
    for (path, door) in ENTRANCES {
        for (what, body) in &bodies {
            for kind in ["application/json", "text/plain", "multipart/form-data"] {
                let raw = post(&bench, path, kind, body.clone()).await;
                assert_eq!(raw.status, 400, "{what} as {kind} at {path}: {raw:?}");
                refusal(door, &raw).unwrap();
            }
        }
        let raw = post(&bench, path, "application/json", vec![b'x'; 9 * 1024 * 1024]).await;
        assert_eq!(raw.status, 413);
        refusal(door, &raw).unwrap();
    }
    for body in [
        r#"{"model":"chat"}"#,
        r#"{"model":"chat","input":null}"#,
        r#"{"input":"x"}"#,
        r#"{"model":7,"input":"x"}"#,
    ] {
        let raw = post(&bench, "/v1/embeddings", "application/json", body.into()).await;
        assert_eq!(raw.status, 400, "{body}: {raw:?}");
        refusal(Door::OpenAi, &raw).unwrap();
        let param = serde_json::from_str::<Value>(&raw.body).unwrap()["error"]["param"].clone();
        let named = if body.starts_with("{\"model\":\"chat") { "input" } else { "model" };
        assert_eq!(param, json!(named), "what is to be mended is named: {body}");
    }
    assert_eq!(bench.a.calls() + bench.b.calls(), 0);
}

#[tokio::test]
async fn headers_that_mean_harm_change_nothing() {
    let bench = Bench::start().await;
    let long = "x".repeat(30_000);
    for (door, stream) in WAYS {
        for (name, value) in [
            ("x-changeover-route", "../../etc/passwd"),
            ("x-changeover-route", "no such route"),
            ("x-changeover-route", long.as_str()),
        ] {
            let told = bench.ask(&Ask::new(door, "chat", stream).header(name, value)).await;
            let message = told.assert_refused(404);
            assert!(message.len() < 1_000, "what was sent is not sent back at length");
        }
        for (name, value) in [
            ("x-changeover-deadline-ms", "99999999999999999999999"),
            ("x-changeover-deadline-ms", "-5"),
            ("x-stainless-timeout", "1e400"),
            ("traceparent", "00-zzzz-1"),
            ("authorization", "Bearer"),
            ("x-api-key", long.as_str()),
            ("content-encoding", "gzip"),
            ("expect", "200-ok"),
        ] {
            let told = bench.ask(&Ask::new(door, "chat", stream).header(name, value)).await;
            told.assert_whole();
        }
    }
}

/// Sends bytes as they are, ends its side, and reads what comes until the other side ends.
async fn raw(bench: &Bench, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(bench.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let patience = Duration::from_secs(20).mul_f64(bench.clock.speed());
    let read = bench.clock.timeout(patience, stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the connection was not ended");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_that_breaks_off_or_is_no_http_ends_its_connection_and_nothing_else() {
    let bench = Bench::start().await;
    let head =
        |path: &str, more: &str| format!("POST {path} HTTP/1.1\r\nhost: g\r\n{more}\r\n\r\n");
    for (path, door) in ENTRANCES {
        for bytes in [
            format!("{}{{\"model\"", head(path, "content-length: 500")),
            head(path, "content-length: 500"),
            format!("{}zz\r\n", head(path, "transfer-encoding: chunked")),
            format!("{}5\r\nab", head(path, "transfer-encoding: chunked")),
        ] {
            let answer = raw(&bench, bytes.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
            assert!(head.starts_with("HTTP/1.1 400 "), "{bytes:?} got {answer}");
            let document: Value = serde_json::from_str(body).unwrap();
            assert_eq!(document["error"]["message"], "the body broke off", "{answer}");
            assert_eq!(document["type"] == "error", door == Door::Anthropic, "{answer}");
        }
        for bytes in [
            head(path, "content-length: -1"),
            head(path, "content-length: 5\r\ncontent-length: 6"),
            head(path, "content-length: 5\r\ntransfer-encoding: chunked"),
            head(path, "a b: c"),
            format!("POST {path} HTTP/9.9\r\n\r\n"),
            "\u{16}\u{3}\u{1}\u{2}".to_owned(),
            "\r\n\r\n\r\n\r\n".to_owned(),
        ] {
            let answer = raw(&bench, bytes.as_bytes()).await;
            let status = answer.split(' ').nth(1).unwrap_or("none");
            assert!(
                answer.is_empty() || status.starts_with('4') || status == "505",
                "{bytes:?} got {answer}"
            );
        }
        bench.ask(&Ask::new(door, "chat", false)).await.assert_whole();
    }
    assert_eq!(bench.a.calls(), 3, "only the good ones were sent on");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_the_dialect_that_the_caller_speaks() {
    let bench = Bench::start().await;
    let base = bench.gateway().base_url();
    for (method, path, status) in [
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/messages", 405),
        ("PUT", "/v1/models", 405),
        ("GET", "/", 404),
        ("POST", "/v1/completions", 404),
        ("GET", "/v1/models/none", 404),
        ("GET", "/v1/../admin/v1/state", 404),
        ("GET", "/%00%ff", 404),
    ] {
        for door in DOORS {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let mut request = bench.http.request(method, format!("{base}{path}"));
            if door == Door::Anthropic {
                request = request.header("anthropic-version", "2023-06-01");
            }
            let answer = request.send().await.unwrap();
            let raw = Raw {
                status: answer.status().as_u16(),
                headers: answer.headers().clone(),
                body: answer.text().await.unwrap(),
            };
            assert_eq!(raw.status, status, "{path}: {raw:?}");
            // Anthropic's own path says which dialect is spoken, with or without its header.
            let door = if path == "/v1/messages" { Door::Anthropic } else { door };
            refusal(door, &raw).unwrap();
        }
    }
}

/// Bytes, documents of any shape, and good requests of which something was spoilt.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let document = any_document().prop_map(|document| document.to_string().into_bytes());
    let spoilt = (any_document(), 0..6_usize, any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(document, field, at, byte)| {
            let mut good = json!({"model": "chat", "max_tokens": 5, "stream": false,
                "messages": [{"role": "user", "content": "hello"}]});
            let fields = ["model", "max_tokens", "messages", "tools", "response_format", "system"];
            good[fields[field]] = document;
            let mut bytes = good.to_string().into_bytes();
            if byte % 2 == 0 {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        },
    );
    prop_oneof![prop::collection::vec(any::<u8>(), 0..512), document, spoilt]
}

fn any_document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["user", "chat", "text", "function", "json_schema", "object"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 32, 4, |inner| {
        let names = prop::sample::select(vec![
            "type",
            "role",
            "content",
            "text",
            "name",
            "function",
            "parameters",
            "input_schema",
            "json_schema",
            "schema",
            "properties",
            "$ref",
            "image_url",
            "tool_calls",
            "id",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..4)
                .prop_map(|fields| fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect()),
        ]
    })
}

#[test]
fn whatever_comes_in_at_either_door_something_sensible_goes_out() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::start_with(|settings| {
        // Schemas are compiled as well.
        crate::support::serving(settings, "chat").validation = Some(std::sync::Arc::default());
    }));
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let either = prop::sample::select(DOORS.to_vec());
    TestRunner::new_with_rng(config, rng())
        .run(&(either, any_body()), |(door, body)| {
            let raw = runtime.block_on(post(&bench, path(door), "application/json", body));
            match raw.status {
                200 => Ok(()),
                400..=499 => refusal(door, &raw).map_err(TestCaseError::fail),
                _ => Err(TestCaseError::fail(format!("{raw:?}"))),
            }
        })
        .unwrap();
    runtime.block_on(async {
        for (door, stream) in WAYS {
            bench.ask(&Ask::new(door, "chat", stream)).await.assert_whole();
        }
    });
}

/// The same cases every time.
fn rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(Config::default().rng_algorithm)
}
