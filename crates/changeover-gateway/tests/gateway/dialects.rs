//! Every mode against every vendor's dialect, at either door, whole and streamed: what the vendor is
//! sent, what the caller reads, and what it is billed as.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Json, Response};
use changeover_domain::{Mode, Nanodollars, ProviderKind, TokenPrices, TokenUsage};
use changeover_gateway::GatewaySettings;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::modes::{assert_degraded, every_mode, question};
use crate::support::ask::{Told, WAYS};
use crate::support::{Bench, target_id};

const KINDS: [ProviderKind; 5] = [
    ProviderKind::Anthropic,
    ProviderKind::Openai,
    ProviderKind::AzureOpenai,
    ProviderKind::OpenaiCompatible,
    ProviderKind::Gemini,
];

/// Nanodollars a token, no two alike: fresh, cached, written, written for an hour, said.
const PRICES: TokenPrices = TokenPrices {
    input_picodollars: 10_000,
    cached_input_picodollars: 1_000,
    cache_write_picodollars: Some(20_000),
    cache_write_1h_picodollars: Some(30_000),
    output_picodollars: Some(100_000),
};

const NOTICE: &str = "Answered by the all route in brief.\n\n";

/// A vendor that says "from afar" in the dialect of its kind.
#[derive(Clone)]
struct Vendor {
    url: String,
    kind: ProviderKind,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Vendor {
    async fn start(kind: ProviderKind) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let vendor = Self { url, kind, asked: Arc::default() };
        let router = Router::new().fallback(answer).with_state(vendor.clone());
        // The test's runtime ends the server.
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(State(vendor): State<Vendor>, uri: Uri, Json(body): Json<Value>) -> Response {
    let streamed = body["stream"] == json!(true) || uri.path().contains("streamGenerateContent");
    vendor.asked.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    match (vendor.kind, streamed) {
        (ProviderKind::Anthropic, false) => Json(anthropic_whole()).into_response(),
        (ProviderKind::Anthropic, true) => {
            let events = anthropic_events();
            frames(events.iter().map(|event| {
                format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())
            }))
        }
        (ProviderKind::Gemini, false) => Json(gemini("from afar", true)).into_response(),
        (ProviderKind::Gemini, true) => {
            frames([gemini("from ", false), gemini("afar", true)].iter().map(data))
        }
        (_, false) => Json(openai_whole()).into_response(),
        (_, true) => {
            frames(openai_chunks().iter().map(data).chain(["data: [DONE]\n\n".to_owned()]))
        }
    }
}

fn data(document: &Value) -> String {
    format!("data: {document}\n\n")
}

fn frames(frames: impl Iterator<Item = String>) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], frames.collect::<String>()).into_response()
}

fn anthropic_usage() -> Value {
    json!({"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 4,
        "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 3},
        "output_tokens": 6})
}

fn anthropic_whole() -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "from afar"}], "stop_reason": "end_turn",
        "stop_sequence": null, "usage": anthropic_usage()})
}

fn anthropic_events() -> Vec<Value> {
    let text = |text: &str| {
        json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": text}})
    };
    let mut first = anthropic_usage();
    first["output_tokens"] = json!(1);
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
            "role": "assistant", "model": "m", "content": [], "stop_reason": null,
            "stop_sequence": null, "usage": first}}),
        json!({"type": "content_block_start", "index": 0,
            "content_block": {"type": "text", "text": ""}}),
        text("from "),
        text("afar"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn",
            "stop_sequence": null}, "usage": {"output_tokens": 6}}),
        json!({"type": "message_stop"}),
    ]
}

fn gemini(text: &str, last: bool) -> Value {
    let mut document = json!({"responseId": "r1", "modelVersion": "m", "candidates": [
        {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}]});
    if last {
        document["candidates"][0]["finishReason"] = json!("STOP");
        document["usageMetadata"] = json!({"promptTokenCount": 19, "cachedContentTokenCount": 5,
            "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 25});
    }
    document
}

fn openai_usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 6, "total_tokens": 25,
        "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2}})
}

fn openai_whole() -> Value {
    json!({"id": "c1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "from afar"}}],
        "usage": openai_usage()})
}

fn openai_chunks() -> Vec<Value> {
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": choices, "usage": usage})
    };
    let piece = |delta: Value, finish: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), Value::Null)
    };
    vec![
        piece(json!({"role": "assistant", "content": "from "}), Value::Null),
        piece(json!({"content": "afar"}), Value::Null),
        piece(json!({}), json!("stop")),
        chunk(json!([]), openai_usage()),
    ]
}

/// What one answer of a vendor counts as, and costs.
fn counted(kind: ProviderKind) -> (TokenUsage, Nanodollars) {
    let all = TokenUsage {
        input_tokens: 19,
        cached_input_tokens: 5,
        output_tokens: 6,
        ..TokenUsage::default()
    };
    match kind {
        ProviderKind::Anthropic => (
            TokenUsage { cache_write_tokens: 1, cache_write_1h_tokens: 3, ..all },
            Nanodollars(10 * 10 + 5 + 20 + 3 * 30 + 6 * 100),
        ),
        ProviderKind::Gemini => {
            (TokenUsage { reasoning_tokens: 2, ..all }, Nanodollars(14 * 10 + 5 + 6 * 100))
        }
        _ => (
            TokenUsage { cache_write_tokens: 4, reasoning_tokens: 2, ..all },
            Nanodollars(10 * 10 + 5 + 4 * 20 + 6 * 100),
        ),
    }
}

/// Where each dialect has the cap on an answer's length, and what the model is told beforehand.
fn assert_short(kind: ProviderKind, sent: &Value) {
    let (caps, system): (&[&str], &str) = match kind {
        ProviderKind::Anthropic => (&["/max_tokens"], "/system"),
        ProviderKind::Gemini => (&["/generationConfig/maxOutputTokens"], "/systemInstruction"),
        _ => (&["/max_tokens", "/max_completion_tokens"], "/messages/0"),
    };
    let cap = caps.iter().find_map(|pointer| sent.pointer(pointer));
    assert_eq!(cap, Some(&json!(7)), "{}: {sent}", kind.as_str());
    let told = sent.pointer(system).map(Value::to_string).unwrap_or_default();
    assert!(told.contains("Be brief."), "{}: {sent}", kind.as_str());
}

fn hold(told: &Told, mode: Mode, what: &str) {
    if mode == Mode::Off {
        told.assert_refused(503);
        assert_degraded(told, "off");
        return;
    }
    told.assert_whole();
    let expected = match mode {
        Mode::Full => "from afar".to_owned(),
        Mode::Template => "all is away, ask the desk".to_owned(),
        _ => format!("{NOTICE}from afar"),
    };
    assert_eq!(told.text(), expected, "{what}");
    if mode != Mode::Full {
        assert_degraded(told, mode.as_str());
    }
    assert_eq!(told.header("x-changeover-cache").is_some(), mode == Mode::Cached, "{what}");
}

async fn every_mode_of(kind: ProviderKind) {
    let vendor = Vendor::start(kind).await;
    let bench = Bench::start_with(|settings: &mut GatewaySettings| {
        every_mode(settings);
        let provider = &mut settings.catalogue.providers[0].provider;
        provider.kind = kind;
        provider.base_url = vendor.url.clone();
        settings.catalogue.prices.insert(target_id("a"), PRICES);
    })
    .await;
    // Full comes first: what mode cached gives again was kept then.
    for mode in [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off] {
        if mode != Mode::Full {
            bench.set("all", &bench.wanted(None, mode)).await;
        }
        for (number, (door, stream)) in WAYS.into_iter().enumerate() {
            let what = format!("{} in mode {mode:?} at {door:?}, {stream}", kind.as_str());
            let before = vendor.asked().len();
            let told = bench.ask(&question(door, stream, &format!("question {number}"))).await;
            hold(&told, mode, &what);
            let asked = vendor.asked();
            let reaches_it = matches!(mode, Mode::Full | Mode::Short);
            assert_eq!(asked.len() - before, usize::from(reaches_it), "{what}");
            if mode == Mode::Short {
                assert_short(kind, asked.last().unwrap());
            }
        }
    }
    let buckets = bench.traffic("").await.buckets;
    let (usage, cost) = counted(kind);
    let all = buckets.iter().fold(TokenUsage::default(), |sum, bucket| sum.plus(bucket.usage));
    assert_eq!(all, usage.times(8), "{}: full and short, in four ways each", kind.as_str());
    let bill: Nanodollars = buckets.iter().map(|bucket| bucket.cost).sum();
    assert_eq!(bill, Nanodollars(8 * cost.0), "{}", kind.as_str());
    assert_eq!(buckets.iter().map(|bucket| bucket.unpriced).sum::<u64>(), 0);
    assert_eq!(buckets.iter().map(|bucket| bucket.requests).sum::<u64>(), 20);
}

#[tokio::test]
async fn every_mode_serves_in_front_of_every_vendors_dialect_and_bills_what_it_counted() {
    for kind in KINDS {
        every_mode_of(kind).await;
    }
}

#[tokio::test]
async fn writing_to_a_cache_without_a_price_is_unpriced_however_it_is_asked() {
    let vendor = Vendor::start(ProviderKind::Anthropic).await;
    let bench = Bench::start_with(|settings: &mut GatewaySettings| {
        every_mode(settings);
        let provider = &mut settings.catalogue.providers[0].provider;
        provider.kind = ProviderKind::Anthropic;
        provider.base_url = vendor.url.clone();
        let prices = TokenPrices { cache_write_1h_picodollars: None, ..PRICES };
        settings.catalogue.prices.insert(target_id("a"), prices);
    })
    .await;
    for (number, (door, stream)) in WAYS.into_iter().enumerate() {
        bench.ask(&question(door, stream, &format!("question {number}"))).await.assert_whole();
    }
    let buckets = bench.traffic("").await.buckets;
    let unpriced: u64 = buckets.iter().map(|bucket| bucket.unpriced).sum();
    let bill: Nanodollars = buckets.iter().map(|bucket| bucket.cost).sum();
    assert_eq!((unpriced, bill), (4, Nanodollars::ZERO), "not at the price of plain input");
    let (usage, _) = counted(ProviderKind::Anthropic);
    let all = buckets.iter().fold(TokenUsage::default(), |sum, bucket| sum.plus(bucket.usage));
    assert_eq!(all, usage.times(4), "the tokens are known all the same");
}
