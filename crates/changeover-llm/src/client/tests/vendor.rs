//! A vendor on loopback with one answer for every request.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use changeover_clock::Clock;
use changeover_domain::{Provider, ProviderKind, UnixMs};
use changeover_http::Secret;
use changeover_http::wire::WireClient;
use futures::{Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::dialect::samples::{ask, provider};
use crate::{Answer, AnswerStream, Endpoint, Failure, Limits, LlmClient, StreamEvent};

/// What the vendor was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

pub(super) struct Vendor {
    provider: Provider,
    asked: Arc<Mutex<Asked>>,
}

type Make = Arc<dyn Fn() -> Response<Body> + Send + Sync>;

impl Vendor {
    /// A vendor that answers with what `make` makes.
    pub(super) async fn answering(
        kind: ProviderKind,
        make: impl Fn() -> Response<Body> + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Asked::default()));
        let seen = Arc::clone(&asked);
        let make: Make = Arc::new(make);
        let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let path = uri.to_string();
            let body = String::from_utf8_lossy(&body).into_owned();
            *seen.lock().unwrap() = Asked { path, headers, body };
            let answer = make();
            async move { answer }
        });
        Self { provider: provider(kind, &serve(router).await), asked }
    }

    /// A vendor that takes the request and never answers.
    pub(super) async fn silent(kind: ProviderKind) -> Self {
        let router =
            Router::new().fallback(|| async { std::future::pending::<StatusCode>().await });
        Self { provider: provider(kind, &serve(router).await), asked: Arc::default() }
    }

    /// A vendor whose connection breaks after these events, in the middle of the body.
    pub(super) async fn breaking_off(kind: ProviderKind, documents: &[serde_json::Value]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99999\r\n\r\n";
        let answer = format!("{head}{}", written(documents));
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let read = connection.read(&mut [0; 8_192]).await.unwrap();
            assert!(read > 0, "an answer before the request is none");
            connection.write_all(answer.as_bytes()).await.unwrap();
            connection.shutdown().await.unwrap();
            // A connection dropped with unread bytes is reset, and takes the answer along.
            connection.read_to_end(&mut Vec::new()).await.unwrap();
        });
        Self { provider: provider(kind, &base_url), asked: Arc::default() }
    }

    pub(super) fn base_url(&self) -> &str {
        &self.provider.base_url
    }

    pub(super) fn asked(&self) -> Asked {
        self.asked.lock().unwrap().clone()
    }

    pub(super) async fn complete(&self, clock: Clock, limits: &Limits) -> Result<Answer, Failure> {
        let key = Secret::new("sk-secret-key");
        let endpoint = Endpoint { provider: &self.provider, key: Some(&key), model: "model-x" };
        llm(clock).complete(&endpoint, &ask("hi"), limits).await
    }

    pub(super) async fn stream(
        &self,
        clock: Clock,
        limits: &Limits,
    ) -> Result<AnswerStream, Failure> {
        let endpoint = Endpoint { provider: &self.provider, key: None, model: "model-x" };
        llm(clock).stream(&endpoint, &ask("hi"), limits).await
    }

    /// The whole stream: the events, and the failure that ended it.
    pub(super) async fn events(
        &self,
        clock: Clock,
        limits: &Limits,
    ) -> (Vec<StreamEvent>, Option<Failure>) {
        let mut stream = self.stream(clock, limits).await.unwrap();
        let mut events = Vec::new();
        while let Some(item) = stream.next().await {
            match item {
                Ok(event) => events.push(event),
                Err(failure) => {
                    assert!(stream.next().await.is_none(), "a stream ends with its failure");
                    return (events, Some(failure));
                }
            }
        }
        (events, None)
    }
}

pub(super) fn llm(clock: Clock) -> LlmClient {
    LlmClient::new(WireClient::new("test").unwrap(), clock)
}

/// A clock on which a second passes in 20 ms.
pub(super) fn fast() -> Clock {
    Clock::scaled(UnixMs(0), 50.0)
}

/// Limits of which only `short` can be reached on the fast clock.
pub(super) fn all_long(short: impl FnOnce(&mut Limits)) -> Limits {
    let long = Duration::from_secs(3_000);
    let mut limits = Limits { connect: long, first_token: long, stall: long, total: long };
    short(&mut limits);
    limits
}

pub(super) fn json(status: u16, body: &serde_json::Value) -> Response<Body> {
    answer(status, "application/json", body.to_string())
}

pub(super) fn answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("request-id", "req_1")
        .body(body.into())
        .unwrap()
}

/// An answer of events that ends after them.
pub(super) fn events_of(documents: &[serde_json::Value]) -> Response<Body> {
    answer(200, "text/event-stream", written(documents))
}

/// An answer of events after which `rest` comes.
pub(super) fn events_then<E>(
    documents: &[serde_json::Value],
    rest: impl Stream<Item = Result<String, E>> + Send + 'static,
) -> Response<Body>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let first = futures::stream::iter([Ok(written(documents))]);
    answer(200, "text/event-stream", Body::from_stream(first.chain(rest)))
}

pub(super) fn silence() -> impl Stream<Item = Result<String, Infallible>> + Send {
    futures::stream::pending()
}

fn written(documents: &[serde_json::Value]) -> String {
    documents.iter().map(|document| format!("data: {document}\n\n")).collect()
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
