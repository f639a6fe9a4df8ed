//! A vendor for tests: real HTTP and server-sent events, in any dialect that it is handed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use changeover_clock::Clock;
use changeover_config::ProviderAccess;
use changeover_domain::{
    Capabilities, ProbeKind, Provider, ProviderId, ProviderKind, Slo, Target, TargetId, UnixMs,
};
use changeover_http::wire::WireClient;
use changeover_http::{ClientTls, Secret};
use changeover_llm::LlmClient;
use futures::{Stream, StreamExt as _};

use crate::ProbeSubject;

/// The key that every request must bring.
pub(crate) const KEY: &str = "sk-probe-123";

/// Headers, as a test writes them down.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// How the vendor answers.
#[derive(Debug, Clone)]
pub(crate) enum Answers {
    /// Events, each after so many milliseconds of silence; the headers come after the first number.
    Events(u64, Vec<(u64, String)>),
    /// A status, a content type and a body.
    Whole(u16, &'static str, String),
    /// The same, with more headers.
    Headed(u16, Headers, &'static str, String),
    /// A stream of bytes that are no text.
    Garbage(Vec<u8>),
    /// This much of a stream; then the connection breaks.
    Cut(String),
    /// This text again and again, for as long as anybody reads.
    Endless(&'static str, String),
    /// A good answer to anything, and be it nonsense.
    YesToAll,
    /// This refusal while the request speaks of effort, else a good answer.
    RefusesEffort(String),
    /// Nothing, ever.
    Never,
}

impl Answers {
    /// Headers after `headers_ms`, then a token after each of `silences_ms`, then the end.
    pub(crate) fn tokens(headers_ms: u64, silences_ms: &[u64]) -> Self {
        let said =
            |place: usize| if place == 0 { token() } else { piece(&(place + 3).to_string()) };
        let silences = silences_ms.iter().enumerate();
        let mut events: Vec<_> = silences.map(|(place, silence)| (*silence, said(place))).collect();
        let end = r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]"#;
        let usage = format!(
            r#""choices":[],"usage":{{"prompt_tokens":30,"completion_tokens":{},"total_tokens":0}}"#,
            silences_ms.len()
        );
        events.extend([(0, chunk(end)), (0, chunk(&usage)), (0, "[DONE]".into())]);
        Self::Events(headers_ms, events)
    }

    /// A stream that is all there at once.
    pub(crate) fn stream(body: String) -> Self {
        Self::Whole(200, EVENTS, body)
    }
}

pub(crate) const EVENTS: &str = "text/event-stream";
pub(crate) const JSON: &str = "application/json";

/// The first token's event: enough of a count to be one.
pub(crate) fn token() -> String {
    piece("1 2 3")
}

fn piece(text: &str) -> String {
    let delta = format!(r#"{{"content":"{text} "}}"#);
    chunk(&format!(r#""choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]"#))
}

fn chunk(rest: &str) -> String {
    format!(
        r#"{{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5-2025-08-07",{rest}}}"#
    )
}

/// A running vendor.
pub(crate) struct Vendor {
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    /// When requests came.
    pub(crate) asked: Arc<Mutex<Vec<UnixMs>>>,
    /// How many requests came that cannot be.
    pub(crate) nonsense: Arc<AtomicUsize>,
    /// How many bytes of an endless answer were taken.
    pub(crate) poured: Arc<AtomicUsize>,
}

impl Vendor {
    /// A vendor that always answers so, in the time of a clock that begins at noon.
    pub(crate) async fn start(answers: Answers) -> Self {
        let clock = Clock::scaled(UnixMs(12 * 3_600_000), 1.0);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let vendor = Self {
            base_url,
            clock,
            asked: Arc::default(),
            nonsense: Arc::default(),
            poured: Arc::default(),
        };
        let router = vendor.router(answers);
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    fn router(&self, answers: Answers) -> Router {
        let (clock, asked) = (self.clock.clone(), Arc::clone(&self.asked));
        let (nonsense, poured) = (Arc::clone(&self.nonsense), Arc::clone(&self.poured));
        Router::new().fallback(move |method: Method, body: Bytes| async move {
            let asks_model = method == Method::POST;
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let says_nothing = body.as_object().is_some_and(serde_json::Map::is_empty);
            if asks_model && says_nothing && !matches!(answers, Answers::YesToAll) {
                nonsense.fetch_add(1, Ordering::Relaxed);
                return (StatusCode::BAD_REQUEST, "{}").into_response();
            }
            asked.lock().unwrap().push(clock.now());
            let answers = match answers {
                Answers::RefusesEffort(refusal) if body.get("reasoning_effort").is_some() => {
                    Answers::Whole(400, JSON, refusal)
                }
                other => other,
            };
            answer(answers, clock, poured).await
        })
    }

    pub(crate) fn client(&self) -> LlmClient {
        // Longer than any limit under test, so that the limit under test is the one that ends it.
        let patience = Duration::from_secs(3_600);
        let http = WireClient::with_connect_timeout("test", patience).unwrap();
        LlmClient::new(http, self.clock.clone())
    }

    /// A target of this vendor.
    pub(crate) fn subject(&self, id: &str) -> ProbeSubject {
        subject_at(&self.base_url, id)
    }
}

/// The target `id` at the provider `p` behind `base_url`.
pub(crate) fn subject_at(base_url: &str, id: &str) -> ProbeSubject {
    subject_of(ProviderKind::Openai, ProbeKind::default(), base_url, id)
}

/// The same, in any dialect and asked in any way.
pub(crate) fn subject_of(
    provider_kind: ProviderKind,
    kind: ProbeKind,
    base_url: &str,
    id: &str,
) -> ProbeSubject {
    let provider = ProviderId::try_new("p").unwrap();
    ProbeSubject {
        access: Arc::new(ProviderAccess {
            provider: Provider {
                id: provider.clone(),
                name: "P".into(),
                kind: provider_kind,
                base_url: base_url.to_owned(),
            },
            key: Some(Secret::new(KEY)),
            tls: ClientTls::default(),
        }),
        kind,
        interval: Duration::from_secs(60),
        target: Arc::new(Target {
            id: TargetId::try_new(id).unwrap(),
            provider,
            model: "gpt-5".into(),
            region: None,
            capabilities: Capabilities::default(),
            slo: Slo::default(),
        }),
    }
}

async fn answer(answers: Answers, clock: Clock, poured: Arc<AtomicUsize>) -> Response {
    match answers {
        Answers::Never => std::future::pending().await,
        Answers::RefusesEffort(_) | Answers::YesToAll => {
            Box::pin(answer(Answers::tokens(20, &[20, 20]), clock, poured)).await
        }
        Answers::Whole(status, content_type, body) => headed(status, &[], content_type, body),
        Answers::Headed(status, headers, content_type, body) => {
            headed(status, headers, content_type, body)
        }
        Answers::Garbage(bytes) => headed(200, &[], EVENTS, bytes),
        Answers::Cut(text) => {
            // The server sends what it has when nothing more is there at once.
            let cut = futures::stream::once(async {
                tokio::task::yield_now().await;
                Err(std::io::Error::other("the line is cut"))
            });
            let whole = futures::stream::once(async { Ok(text) }).chain(cut);
            headed(200, &[], EVENTS, Body::from_stream(whole))
        }
        Answers::Endless(content_type, piece) => {
            headed(200, &[], content_type, Body::from_stream(pour(piece, poured)))
        }
        Answers::Events(headers_ms, events) => {
            clock.sleep(Duration::from_millis(headers_ms)).await;
            let events = futures::stream::iter(events).then(move |(silence_ms, event)| {
                let clock = clock.clone();
                async move {
                    clock.sleep(Duration::from_millis(silence_ms)).await;
                    Ok::<_, std::convert::Infallible>(format!("data: {event}\n\n"))
                }
            });
            headed(200, &[], EVENTS, Body::from_stream(events))
        }
    }
}

fn headed(status: u16, more: Headers, content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-request-id", "req_9");
    for (name, value) in more {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

fn pour(
    piece: String,
    poured: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<String, std::convert::Infallible>> + Send {
    futures::stream::repeat_with(move || {
        poured.fetch_add(piece.len(), Ordering::Relaxed);
        Ok(piece.clone())
    })
}
