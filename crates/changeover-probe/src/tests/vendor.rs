//! A vendor for tests: real HTTP and server-sent events, in the dialect of chat completions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use changeover_clock::Clock;
use changeover_config::ProviderAccess;
use changeover_domain::{
    Capabilities, ProbeKind, Provider, ProviderId, ProviderKind, Slo, Target, TargetId, UnixMs,
};
use changeover_http::Secret;
use changeover_http::wire::WireClient;
use changeover_llm::LlmClient;
use futures::StreamExt as _;

use crate::ProbeSubject;

/// The key that every request must bring.
pub(crate) const KEY: &str = "sk-probe-123";

/// How the vendor answers.
#[derive(Debug, Clone)]
pub(crate) enum Answers {
    /// Events, each after so many milliseconds of silence; the headers come after the first number.
    Events(u64, Vec<(u64, String)>),
    /// A status, a content type and a body.
    Whole(u16, &'static str, String),
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
        let mut events: Vec<_> = silences_ms.iter().map(|silence| (*silence, token())).collect();
        let end = r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]"#;
        let usage = format!(
            r#""choices":[],"usage":{{"prompt_tokens":30,"completion_tokens":{},"total_tokens":0}}"#,
            silences_ms.len()
        );
        events.extend([(0, chunk(end)), (0, chunk(&usage)), (0, "[DONE]".into())]);
        Self::Events(headers_ms, events)
    }
}

/// One token's event.
pub(crate) fn token() -> String {
    chunk(r#""choices":[{"index":0,"delta":{"content":"7 "},"finish_reason":null}]"#)
}

fn chunk(rest: &str) -> String {
    format!(
        r#"{{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5-2025-08-07",{rest}}}"#
    )
}

/// A running vendor.
pub(crate) struct Vendor {
    base_url: String,
    pub(crate) clock: Clock,
    /// When requests came, and for which model.
    pub(crate) asked: Arc<Mutex<Vec<(UnixMs, String)>>>,
    /// How many requests came that cannot be.
    pub(crate) nonsense: Arc<Mutex<usize>>,
}

impl Vendor {
    /// A vendor that always answers so, in the time of a clock that begins at noon.
    pub(crate) async fn start(answers: Answers) -> Self {
        let clock = Clock::scaled(UnixMs(12 * 3_600_000), 1.0);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let nonsense = Arc::default();
        let (server_clock, log) = (clock.clone(), Arc::clone(&asked));
        let nonsense_log: Arc<Mutex<usize>> = Arc::clone(&nonsense);
        let handler = move |body: axum::Json<serde_json::Value>| async move {
            if body.get("messages").is_none() && !matches!(answers, Answers::YesToAll) {
                *nonsense_log.lock().unwrap() += 1;
                return (StatusCode::BAD_REQUEST, "{}").into_response();
            }
            let model = body["model"].as_str().unwrap_or_default().to_owned();
            log.lock().unwrap().push((server_clock.now(), model));
            let answers = match answers {
                Answers::RefusesEffort(refusal) if body.get("reasoning_effort").is_some() => {
                    Answers::Whole(400, "application/json", refusal)
                }
                Answers::RefusesEffort(_) => Answers::tokens(20, &[20, 20]),
                other => other,
            };
            answer(answers, server_clock).await
        };
        let router = Router::new().route("/v1/chat/completions", post(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base_url, clock, asked, nonsense }
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
    let provider = ProviderId::try_new("p").unwrap();
    ProbeSubject {
        access: Arc::new(ProviderAccess {
            provider: Provider {
                id: provider.clone(),
                name: "P".into(),
                kind: ProviderKind::Openai,
                base_url: base_url.to_owned(),
            },
            key: Some(Secret::new(KEY)),
            tls: changeover_http::ClientTls::default(),
        }),
        kind: ProbeKind::default(),
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

async fn answer(answers: Answers, clock: Clock) -> Response {
    match answers {
        Answers::Never => std::future::pending().await,
        Answers::RefusesEffort(_) | Answers::YesToAll => {
            Box::pin(answer(Answers::tokens(20, &[20, 20]), clock)).await
        }
        Answers::Whole(status, content_type, body) => (
            StatusCode::from_u16(status).unwrap(),
            [("content-type", content_type), ("x-request-id", "req_9")],
            body,
        )
            .into_response(),
        Answers::Events(headers_ms, events) => {
            clock.sleep(Duration::from_millis(headers_ms)).await;
            let events = futures::stream::iter(events).then(move |(silence_ms, event)| {
                let clock = clock.clone();
                async move {
                    clock.sleep(Duration::from_millis(silence_ms)).await;
                    Ok::<_, std::convert::Infallible>(format!("data: {event}\n\n"))
                }
            });
            let headers = [("content-type", "text/event-stream"), ("x-request-id", "req_9")];
            (headers, Body::from_stream(events)).into_response()
        }
    }
}
