//! Embeddings: the vendor's document as it came, and the same account, table and path as every
//! request has.

use axum::response::{IntoResponse as _, Json, Response};
use changeover_domain::{
    FailureClass, Nanodollars, Outcome, TokenPrices, TokenUsage, TrafficBucket,
};
use changeover_gateway::GatewaySettings;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::answers::{error, page};
use crate::support::ask::failures_at;
use crate::support::{Bench, LONG, patient, target_id};

/// Dearer than the other prices of these tests, and nothing for answers: there are none.
const OF_EMBEDDINGS: TokenPrices = TokenPrices {
    input_picodollars: 20_000,
    cached_input_picodollars: 20_000,
    cache_write_picodollars: None,
    cache_write_1h_picodollars: None,
    output_picodollars: None,
};

struct Told {
    status: u16,
    headers: HeaderMap,
    document: Value,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

async fn ask(bench: &Bench) -> Told {
    let url = format!("{}/v1/embeddings", bench.gateway().base_url());
    let body = json!({"model": "chat", "input": ["one", "two"], "encoding_format": "float"});
    let answer = bench.http.post(url).json(&body).send().await.unwrap();
    Told {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        document: answer.json().await.unwrap(),
    }
}

/// Two vectors, and these counts.
fn vectors(usage: &Value) -> Response {
    let vector =
        |index: u32| json!({"object": "embedding", "index": index, "embedding": [0.25, -0.5]});
    Json(json!({"object": "list", "model": "text-embedding-of-the-vendor",
        "data": [vector(0), vector(1)], "usage": usage}))
    .into_response()
}

fn calm(settings: &mut GatewaySettings) {
    patient(settings);
    settings.breaker.minimum_calls = 1_000;
    settings.breaker.window = LONG;
    settings.shared_serving.fleet.window_least = 1_000;
    settings.catalogue.prices.insert(target_id("a"), OF_EMBEDDINGS);
}

async fn only_bucket(bench: &Bench) -> TrafficBucket {
    let page = bench.traffic("").await;
    let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
    bucket.clone()
}

#[tokio::test]
async fn an_answer_comes_as_it_was_and_is_counted_priced_and_kept_track_of() {
    let bench = Bench::start_with(calm).await;
    bench.a.script(|_| vectors(&json!({"prompt_tokens": 120, "total_tokens": 120})));
    let told = ask(&bench).await;
    assert_eq!(told.status, 200, "{}", told.document);
    assert_eq!(told.document["data"][1]["embedding"], json!([0.25, -0.5]));
    assert_eq!(told.document["usage"], json!({"prompt_tokens": 120, "total_tokens": 120}));
    assert_eq!(told.document["model"], "chat", "the name under which it was asked");
    let asked = bench.a.asked().pop().unwrap();
    assert_eq!((&asked["model"], &asked["input"]), (&json!("a-model"), &json!(["one", "two"])));

    let bucket = only_bucket(&bench).await;
    assert_eq!((bucket.requests, bucket.key.outcome), (1, Outcome::Ok));
    assert_eq!(bucket.key.target, Some(target_id("a")));
    assert_eq!(bucket.usage, TokenUsage { input_tokens: 120, ..TokenUsage::default() });
    assert_eq!((bucket.cost, bucket.unpriced), (Nanodollars(2_400), 0), "120 at 20 nanodollars");

    let path = bench.path_of(told.header("x-changeover-request-id")).await;
    assert_eq!(path.outcome, Outcome::Ok);
    let answered = path.steps.iter().find(|step| step.outcome == Some(Outcome::Ok)).unwrap();
    assert_eq!(answered.target, Some(target_id("a")));
    let metrics = bench.admin(reqwest::Method::GET, "/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for series in [
        "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"embeddings\"",
        "gen_ai_server_request_duration_seconds_count{gen_ai_operation_name=\"embeddings\"",
        "changeover_tokens_total{target=\"a\",kind=\"input\"} 120",
        "changeover_cost_dollars_total{target=\"a\"} 0.0000024",
    ] {
        assert!(metrics.contains(series), "`{series}` is not in:\n{metrics}");
    }
}

#[tokio::test]
async fn what_nobody_counted_or_priced_is_unpriced_and_never_free() {
    for (usage, target, tokens) in [
        (json!({"prompt_tokens": 7, "total_tokens": 7}), "b", 7),
        (json!(null), "a", 0),
        (json!({"prompt_tokens": "many"}), "a", 0),
    ] {
        let bench = Bench::start_with(calm).await;
        if target == "b" {
            bench.set("chat", &bench.wanted(Some("b"), changeover_domain::Mode::Full)).await;
        }
        let vendor = if target == "b" { &bench.b } else { &bench.a };
        let told_usage = usage.clone();
        vendor.script(move |_| vectors(&told_usage));
        assert_eq!(ask(&bench).await.status, 200);
        let bucket = only_bucket(&bench).await;
        assert_eq!(bucket.key.target, Some(target_id(target)));
        assert_eq!(bucket.usage.input_tokens, tokens, "{usage}");
        assert_eq!((bucket.cost, bucket.unpriced), (Nanodollars::ZERO, 1), "{usage}");
    }
}

/// What a vendor does, how often it is asked while a standby follows, under which class, and which
/// status the caller gets.
type Row = (fn(&Value) -> Response, usize, FailureClass, u16);

/// A good answer by the standby is a 200.
const ROWS: [Row; 9] = [
    (|_| error(503, "overloaded", "too busy"), 2, FailureClass::Overloaded, 200),
    (|_| error(500, "server_error", "it broke"), 2, FailureClass::ServerError, 200),
    (|_| page(502), 2, FailureClass::GatewayError, 200),
    (|_| error(429, "rate_limit_exceeded", "per min"), 1, FailureClass::RateLimited, 200),
    (|_| error(429, "insufficient_quota", "pay"), 1, FailureClass::SpendCap, 200),
    (|_| error(401, "invalid_api_key", "no"), 1, FailureClass::Authentication, 200),
    (|_| error(400, "invalid_value", "bad"), 1, FailureClass::InvalidRequest, 400),
    (
        |_| ([("content-type", "application/json")], "{\"data\":").into_response(),
        2,
        FailureClass::MalformedOutput,
        200,
    ),
    (|_| Json(json!({"data": []})).into_response(), 2, FailureClass::MalformedOutput, 200),
];

#[tokio::test]
async fn failures_have_their_classes_and_follow_the_table() {
    for (script, attempts, class, status) in ROWS {
        let bench = Bench::start_with(calm).await;
        bench.a.script(script);
        bench.b.script(|_| vectors(&json!({"prompt_tokens": 3, "total_tokens": 3})));
        let told = ask(&bench).await;
        assert_eq!(told.status, status, "{class:?}: {}", told.document);
        let path = bench.path_of(told.header("x-changeover-request-id")).await;
        assert_eq!(failures_at(&path, "a"), vec![class; attempts], "{path:?}");
        let by = if status == 200 { "b" } else { "a" };
        assert_eq!(told.header("x-changeover-target"), by);
        assert_eq!(status == 200, told.document["data"][0].is_object(), "{}", told.document);
        assert_eq!(status != 200, told.document["error"]["message"].is_string());
        let bucket = only_bucket(&bench).await;
        let failed: Vec<_> =
            bucket.failed_attempts.iter().map(|failed| (failed.class, failed.count)).collect();
        assert_eq!(failed, [(class, u64::try_from(attempts).unwrap())]);
    }
}

#[tokio::test]
async fn a_route_on_which_nobody_serves_embeddings_says_so_and_asks_nobody() {
    let bench = Bench::start_with(|settings| {
        calm(settings);
        for access in &mut settings.catalogue.providers {
            access.provider.kind = changeover_domain::ProviderKind::Anthropic;
        }
    })
    .await;
    let told = ask(&bench).await;
    assert_eq!(told.status, 400, "{}", told.document);
    let message = told.document["error"]["message"].as_str().unwrap();
    assert!(message.contains("serves no embeddings"), "{message}");
    assert_eq!(bench.a.calls() + bench.b.calls(), 0);
}
