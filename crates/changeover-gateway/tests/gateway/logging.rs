//! What the log says of requests, and what it never says.

use std::io::Write;
use std::sync::{Arc, Mutex};

use changeover_gateway::{Caller, GatewaySettings, LogFormat, LogSettings, subscriber};
use changeover_http::Secret;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::vendor::Behaviour;
use crate::support::{Bench, header, route_id};

const CALLERS_TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Log lines, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of requests.
    fn requests(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "changeover_gateway::request").collect()
    }
}

fn chat(bench: &Bench, body: &Value) -> reqwest::RequestBuilder {
    let url = format!("{}/v1/chat/completions", bench.gateway().base_url());
    bench.http.post(url).json(body)
}

#[tokio::test]
async fn each_request_is_one_json_line_with_its_way_and_its_cost() {
    let kept = Kept::default();
    let _logging = tracing::subscriber::set_default(subscriber(LogFormat::Json, kept.clone()));
    let bench = Bench::start().await;
    let ask = json!({"model": "chat", "messages": [{"role": "user", "content": "hello"}]});
    bench.a.behave(Behaviour::Refuse(400));
    chat(&bench, &ask).send().await.unwrap();
    bench.a.behave(Behaviour::Refuse(401));
    let answer = chat(&bench, &ask).header("traceparent", CALLERS_TRACE).send().await.unwrap();
    let nowhere = json!({"model": "none", "messages": [{"role": "user", "content": "hello"}]});
    chat(&bench, &nowhere).send().await.unwrap();
    let lines = kept.requests();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert_eq!(
        (&lines[0]["outcome"], &lines[0]["status"]),
        (&json!("invalid_request"), &json!(400))
    );
    let served = &lines[1];
    for (field, expected) in [
        ("level", json!("INFO")),
        ("request_id", json!(header(&answer, "x-changeover-request-id"))),
        ("trace_id", json!("0af7651916cd43dd8448eb211c80319c")),
        ("route", json!("chat")),
        ("served_by", json!("b")),
        ("mode", json!("full")),
        ("outcome", json!("ok")),
        ("status", json!(200)),
        ("attempts", json!(2)),
        ("input_tokens", json!(10)),
        ("output_tokens", json!(5)),
        ("unpriced", json!(true)),
    ] {
        assert_eq!(served[field], expected, "{field} of {served:#}");
    }
    assert!(served["timestamp"].is_string() && served["total_ms"].is_u64(), "{served:#}");
    assert_eq!((&lines[2]["status"], &lines[2]["code"]), (&json!(404), &json!("model_not_found")));
}

#[tokio::test]
async fn requests_have_no_line_where_that_is_configured() {
    let kept = Kept::default();
    let _logging = tracing::subscriber::set_default(subscriber(LogFormat::Json, kept.clone()));
    let quiet = LogSettings { requests: false, ..LogSettings::default() };
    let bench = Bench::start_with(|settings: &mut GatewaySettings| settings.log = quiet).await;
    bench.chat("chat", false).await;
    assert!(kept.requests().is_empty());
    assert!(kept.text().contains("serving"), "other lines are written");
}

#[tokio::test]
async fn nothing_that_was_said_and_nothing_that_opens_doors_is_ever_logged() {
    let kept = Kept::default();
    let everything = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("debug,changeover_gateway=trace,changeover_llm=trace"))
        .with_writer(kept.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(everything);
    let bench = Bench::start_with(|settings: &mut GatewaySettings| {
        settings.callers = vec![Caller {
            name: "shop".into(),
            key: Secret::new("callers-hush"),
            routes: Some(vec![route_id("chat")]),
            concurrency: None,
        }];
        for access in &mut settings.catalogue.providers {
            access.key = Some(Secret::new("vendors-hush"));
        }
    })
    .await;
    let body = json!({
        "model": "chat",
        "messages": [{"role": "user", "content": "prompt-hush"}],
        "user": "person-hush",
    });
    for behaviour in [
        Behaviour::Answer,
        Behaviour::Echo(400),
        Behaviour::Echo(503),
        Behaviour::Garble,
        Behaviour::Answer,
    ] {
        bench.a.behave(behaviour);
        for stream in [false, true] {
            let mut body = body.clone();
            body["stream"] = json!(stream);
            let answer = chat(&bench, &body).bearer_auth("callers-hush").send().await.unwrap();
            answer.text().await.unwrap();
        }
    }
    chat(&bench, &body).bearer_auth("guessed-hush").send().await.unwrap();
    let unread = json!({"model": "route-hush", "messages": "prompt-hush"});
    chat(&bench, &unread).bearer_auth("callers-hush").send().await.unwrap();
    let wanted = bench.wanted(Some("b"), changeover_domain::Mode::Full);
    bench.put("chat", &wanted, "\"7\"").send().await.unwrap();
    let url = format!("{}/admin/v1/state", bench.gateway().admin_url());
    bench.http.get(url).bearer_auth("token-hush").send().await.unwrap();
    let said = kept.text();
    assert!(said.contains("\"caller\":\"shop\""), "the log was written: {said}");
    for secret in ["hush", "operator-token", "from a", "from b"] {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "`{secret}` was logged");
    }
}

#[tokio::test]
async fn providers_are_told_the_callers_trace_with_the_gateways_span() {
    let kept = Kept::default();
    let _logging = tracing::subscriber::set_default(subscriber(LogFormat::Json, kept.clone()));
    let bench = Bench::start().await;
    let ask = json!({"model": "chat", "messages": [{"role": "user", "content": "hello"}]});
    bench.a.behave(Behaviour::Refuse(401));
    for (index, stream) in [false, true].into_iter().enumerate() {
        let mut ask = ask.clone();
        ask["stream"] = json!(stream);
        let traced = chat(&bench, &ask)
            .header("traceparent", CALLERS_TRACE)
            .header("tracestate", "rojo=00f067aa0ba902b7");
        traced.send().await.unwrap().bytes().await.unwrap();
        let span = kept.requests()[index]["span_id"].as_str().unwrap().to_owned();
        let expected = format!("00-0af7651916cd43dd8448eb211c80319c-{span}-01");
        for vendor in [&bench.a, &bench.b] {
            let seen = vendor.last_headers();
            assert_eq!(seen["traceparent"], expected.as_str(), "every attempt is below our span");
            assert_eq!(seen["tracestate"], "rojo=00f067aa0ba902b7");
        }
    }
    chat(&bench, &ask).header("traceparent", "00-broken").send().await.unwrap();
    let anew = kept.requests()[2]["trace_id"].as_str().unwrap().to_owned();
    let told = bench.b.last_headers()["traceparent"].to_str().unwrap().to_owned();
    assert!(told.starts_with(&format!("00-{anew}-")), "{told}");
    assert!(!told.contains("broken"), "{told}");
}
