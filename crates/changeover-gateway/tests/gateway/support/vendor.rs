//! A vendor that speaks Chat Completions and does as it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::post;
use changeover_clock::Clock;
use changeover_domain::UnixMs;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// What the vendor does with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Answer,
    /// Refuses with this status.
    Refuse(u16),
    /// Refuses with this status, and repeats what it was sent, as vendors do.
    Echo(u16),
    /// Answers with half a document.
    Garble,
    /// Begins its stream and says nothing.
    StallBeforeFirstToken,
    /// Streams its first token and then breaks the connection.
    BreakAfterFirstToken,
    /// Streams its first token and then says nothing more.
    StallAfterFirstToken,
    /// Streams its first token and goes on when it is released.
    WaitAfterFirstToken,
    /// Streams without end, as fast as it is taken.
    Flood,
    /// Takes the request and never answers.
    Hang,
    /// Refuses one request with this status, then answers.
    RefuseOnce(u16),
    /// Answers after a while, so that several are there at once.
    Busy,
    /// Streams an error before any token.
    ErrorBeforeFirstToken,
}

#[derive(Clone)]
pub(crate) struct FakeVendor {
    pub(crate) url: String,
    text: &'static str,
    behaviour: Arc<Mutex<Behaviour>>,
    /// Wins over the behaviour.
    script: Arc<Mutex<Option<Script>>>,
    asked: Arc<Mutex<Vec<Value>>>,
    calls: Arc<AtomicUsize>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    flooded: Arc<AtomicUsize>,
    arrivals: Arc<Mutex<Option<Arrivals>>>,
    released: Arc<Notify>,
    headers: Arc<Mutex<HeaderMap>>,
}

/// When requests came, by which clock.
type Arrivals = (Clock, Vec<UnixMs>);

/// What a vendor answers to a request's body.
pub(crate) type Script = Arc<dyn Fn(&Value) -> Response + Send + Sync>;

impl FakeVendor {
    pub(crate) async fn start(text: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let vendor = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            text,
            behaviour: Arc::new(Mutex::new(Behaviour::Answer)),
            script: Arc::default(),
            asked: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
            flooded: Arc::default(),
            arrivals: Arc::default(),
            calls: Arc::default(),
            released: Arc::default(),
            headers: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/embeddings", post(complete))
            .with_state(vendor.clone());
        // The test's runtime ends the server.
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        vendor
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// Answers so from now on.
    pub(crate) fn script(&self, script: impl Fn(&Value) -> Response + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Some(Arc::new(script));
    }

    /// Does as it behaves again.
    pub(crate) fn unscript(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// From now on it keeps when each request comes.
    pub(crate) fn note_arrivals(&self, clock: Clock) {
        *self.arrivals.lock().unwrap() = Some((clock, Vec::new()));
    }

    pub(crate) fn arrivals(&self) -> Vec<UnixMs> {
        let arrivals = self.arrivals.lock().unwrap();
        arrivals.as_ref().map(|(_, arrivals)| arrivals.clone()).unwrap_or_default()
    }

    /// The most requests that were busy here at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }

    /// How many pieces of a flood were taken.
    pub(crate) fn flooded(&self) -> usize {
        self.flooded.load(Ordering::SeqCst)
    }

    /// The bodies of all requests so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }

    /// Lets a waiting stream go on.
    pub(crate) fn release(&self) {
        self.released.notify_one();
    }

    /// What the latest request came with.
    pub(crate) fn last_headers(&self) -> HeaderMap {
        self.headers.lock().unwrap().clone()
    }

    /// How many requests have reached it.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn complete(
    State(vendor): State<FakeVendor>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    *vendor.headers.lock().unwrap() = headers;
    vendor.calls.fetch_add(1, Ordering::SeqCst);
    vendor.asked.lock().unwrap().push(body.clone());
    if let Some((clock, arrivals)) = &mut *vendor.arrivals.lock().unwrap() {
        arrivals.push(clock.now());
    }
    let script = vendor.script.lock().unwrap().clone();
    if let Some(script) = script {
        return script(&body);
    }
    let behaviour = *vendor.behaviour.lock().unwrap();
    let streaming = body["stream"] == json!(true);
    match behaviour {
        Behaviour::Refuse(status) => refusal(status),
        Behaviour::Echo(status) => {
            let message = format!("cannot take this: {body}");
            let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
            (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
        }
        Behaviour::RefuseOnce(status) => {
            vendor.behave(Behaviour::Answer);
            refusal(status)
        }
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Busy => {
            let here = vendor.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            vendor.most_at_once.fetch_max(here, Ordering::SeqCst);
            Clock::system().sleep(Duration::from_millis(3)).await;
            vendor.at_once.fetch_sub(1, Ordering::SeqCst);
            Json(whole(vendor.text)).into_response()
        }
        Behaviour::Garble => ([(CONTENT_TYPE, "application/json")], "{\"id\":").into_response(),
        Behaviour::StallBeforeFirstToken => streamed(vec![first()], End::Never),
        Behaviour::WaitAfterFirstToken => waiting(&vendor),
        Behaviour::Flood => {
            let pieces =
                std::iter::once(first()).chain(std::iter::repeat(piece(&"flood ".repeat(10_000))));
            let flooded = Arc::clone(&vendor.flooded);
            let counted = move |_: &Bytes| {
                flooded.fetch_add(1, Ordering::SeqCst);
            };
            let pieces = pieces.inspect(counted).map(Ok::<_, std::io::Error>);
            let pieces = futures::stream::iter(pieces);
            ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(pieces)).into_response()
        }
        Behaviour::Answer if !streaming => Json(whole(vendor.text)).into_response(),
        Behaviour::Answer => {
            streamed(vec![first(), piece(vendor.text), finish(), usage(), done()], End::Whole)
        }
        Behaviour::BreakAfterFirstToken => streamed(vec![first(), piece(vendor.text)], End::Broken),
        Behaviour::StallAfterFirstToken => streamed(vec![first(), piece(vendor.text)], End::Never),
        Behaviour::ErrorBeforeFirstToken => {
            let error = json!({"error": {"message": "overloaded", "type": "server_error",
                "param": null, "code": null}});
            streamed(vec![first(), frame(&error)], End::Whole)
        }
    }
}

fn refusal(status: u16) -> Response {
    let code = (status == 404).then_some("model_not_found");
    let body = json!({"error": {"message": format!("refused with {status}"),
        "type": "invalid_request_error", "param": null, "code": code}});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn whole(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text},
            "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    })
}

fn waiting(vendor: &FakeVendor) -> Response {
    let begun = futures::stream::iter([first(), piece(vendor.text)]);
    let released = Arc::clone(&vendor.released);
    let rest = futures::stream::once(async move {
        released.notified().await;
        [finish(), usage(), done()].concat().into()
    });
    let frames = begun.chain(rest).map(Ok::<Bytes, std::io::Error>);
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

#[derive(Clone, Copy)]
enum End {
    Whole,
    Broken,
    Never,
}

fn streamed(frames: Vec<Bytes>, end: End) -> Response {
    let frames = futures::stream::iter(frames.into_iter().map(Ok::<_, std::io::Error>));
    let body = match end {
        End::Whole => Body::from_stream(frames),
        End::Broken => {
            let broken = futures::stream::once(async {
                // Let the first frames reach the socket before it breaks.
                tokio::task::yield_now().await;
                Err(std::io::Error::other("broken"))
            });
            Body::from_stream(frames.chain(broken))
        }
        End::Never => Body::from_stream(frames.chain(futures::stream::pending())),
    };
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn frame(payload: &Value) -> Bytes {
    Bytes::from(format!("data: {payload}\n\n"))
}

fn chunk(choices: &Value, usage: &Value) -> Bytes {
    frame(&json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
        "model": "m", "choices": choices, "usage": usage}))
}

fn first() -> Bytes {
    let delta = json!([{"index": 0, "delta": {"role": "assistant", "content": ""},
        "finish_reason": null}]);
    chunk(&delta, &Value::Null)
}

fn piece(text: &str) -> Bytes {
    let delta = json!([{"index": 0, "delta": {"content": text}, "finish_reason": null}]);
    chunk(&delta, &Value::Null)
}

fn finish() -> Bytes {
    let delta = json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]);
    chunk(&delta, &Value::Null)
}

fn usage() -> Bytes {
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15});
    chunk(&json!([]), &usage)
}

fn done() -> Bytes {
    Bytes::from_static(b"data: [DONE]\n\n")
}
