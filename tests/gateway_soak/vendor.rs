//! A vendor that speaks Chat Completions and fails in every way in turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::post;
use changeover_clock::Clock;
use changeover_domain::{TokenUsage, UnixMs};
use futures::{StreamExt as _, stream};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::ledger::Ledger;

/// Whose words an answer has in it.
pub(crate) const WORDS: [&str; 3] = ["words-of-a", "words-of-b", "words-of-c"];
/// How long a vendor fails in one way before it fails in the next.
const PHASE: Duration = Duration::from_secs(180);
/// Of so many requests in a hundred.
const FAILING_PERCENT: u32 = 60;
/// Of those that cost everybody a time-out.
const SILENT_PERCENT: u32 = 4;
/// A long answer has so many pieces of so many bytes: more than the sockets between hold.
const AT_LENGTH: (usize, usize) = (96, 48 * 1_024);

/// How it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Refused(u16, &'static str),
    Page,
    Garbled,
    Empty,
    Filtered,
    Cut,
    Invalid,
    ErrorBeforeFirstToken,
    BreaksAfterFirstToken,
    StallsAfterFirstToken,
    Hangs,
}

const FAULTS: [Fault; 16] = [
    Fault::Refused(503, "overloaded"),
    Fault::Refused(429, "rate_limit_exceeded"),
    Fault::Empty,
    Fault::Refused(500, "server_error"),
    Fault::BreaksAfterFirstToken,
    Fault::Refused(429, "insufficient_quota"),
    Fault::Invalid,
    Fault::Page,
    Fault::Refused(401, "invalid_api_key"),
    Fault::StallsAfterFirstToken,
    Fault::Refused(400, "invalid_value"),
    Fault::Garbled,
    Fault::Filtered,
    Fault::ErrorBeforeFirstToken,
    Fault::Cut,
    Fault::Hangs,
];

pub(crate) struct Vendor {
    pub(crate) url: String,
    seat: Arc<Seat>,
}

struct Seat {
    index: usize,
    clock: Clock,
    begun: UnixMs,
    chance: Mutex<ChaCha8Rng>,
    ledger: Arc<Ledger>,
    well: AtomicBool,
}

impl Vendor {
    pub(crate) async fn start(index: usize, clock: Clock, ledger: Arc<Ledger>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seat = Arc::new(Seat {
            index,
            begun: clock.now(),
            clock,
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(u64::try_from(index).unwrap())),
            ledger,
            well: AtomicBool::new(false),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&seat));
        // The test's runtime ends the server.
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        Self { url, seat }
    }

    /// From now on it fails no more.
    pub(crate) fn recover(&self) {
        self.seat.well.store(true, Ordering::SeqCst);
    }
}

/// One request, as far as it matters here.
#[derive(Debug, Clone, Copy)]
struct Question {
    id: u64,
    streaming: bool,
    wants_json: bool,
}

async fn complete(State(seat): State<Arc<Seat>>, Json(asked): Json<Value>) -> Response {
    let text = asked["messages"].to_string();
    let digits = text.rsplit_once("question-").unwrap().1;
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let question = Question {
        id: digits.parse().unwrap(),
        streaming: asked["stream"] == json!(true),
        wants_json: asked["response_format"]["type"] == json!("json_schema"),
    };
    if text.contains("leave-me-hanging") {
        seat.ledger.hangs(question.id);
        seat.never_tells(question);
        return std::future::pending().await;
    }
    seat.ledger.called();
    if text.contains("linger") && question.streaming {
        seat.ledger.owed(question.id);
        let begun =
            piece(&format!("{} and they go on for a while, but not to the end", seat.words()));
        return events(stream::iter([frame(&begun)]).chain(stream::pending()));
    }
    if text.contains("flood me") && question.streaming {
        seat.ledger.owed(question.id);
        return events(stream::repeat(long_piece()).map(|piece| frame(&piece)));
    }
    if text.contains("at-length") && question.streaming {
        let pieces =
            std::iter::once(piece(seat.words())).chain((0..AT_LENGTH.0).map(|_| long_piece()));
        return seat.streams(question, "stop", pieces.collect());
    }
    match seat.fault(text.contains("kept-question")) {
        None => seat.answers(question, "stop", &seat.said(question, true)),
        Some(fault) => seat.fails(question, fault).await,
    }
}

impl Seat {
    fn words(&self) -> &'static str {
        WORDS[self.index]
    }

    /// How it fails now, if it does. What is asked again and again is refused at most: how often it
    /// was asked could not be told otherwise.
    fn fault(&self, refuses_only: bool) -> Option<Fault> {
        if self.well.load(Ordering::SeqCst) {
            return None;
        }
        let phase = self.clock.now().since(self.begun).as_secs() / PHASE.as_secs();
        let turn = usize::try_from(phase).unwrap() + self.index * FAULTS.len() / 3;
        let fault = FAULTS[turn % FAULTS.len()];
        let silent = matches!(fault, Fault::Hangs | Fault::StallsAfterFirstToken);
        let percent = if silent { SILENT_PERCENT } else { FAILING_PERCENT };
        let drawn =
            self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..100_u32);
        let happens = drawn < percent;
        let allowed = !refuses_only || matches!(fault, Fault::Refused(..) | Fault::Page);
        (happens && allowed).then_some(fault)
    }

    async fn fails(&self, question: Question, fault: Fault) -> Response {
        let streaming = question.streaming;
        match fault {
            Fault::Refused(status, code) => error(status, code),
            Fault::Page => {
                let page = "<html><title>502 Bad Gateway</title></html>";
                (StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, "text/html")], page).into_response()
            }
            Fault::Garbled => {
                self.ledger.owed(question.id);
                ([(CONTENT_TYPE, "application/json")], "{\"id\":").into_response()
            }
            Fault::Empty => self.answers(question, "stop", ""),
            Fault::Filtered => self.answers(question, "content_filter", ""),
            Fault::Cut => self.answers(question, "length", self.words()),
            Fault::Invalid => self.answers(question, "stop", &self.said(question, false)),
            Fault::ErrorBeforeFirstToken if streaming => {
                self.ledger.owed(question.id);
                let broke = json!({"error": {"message": "it broke", "type": "server_error",
                    "param": null, "code": "server_error"}});
                events(stream::iter([frame(&piece("")), frame(&broke)]))
            }
            Fault::BreaksAfterFirstToken if streaming => {
                self.ledger.owed(question.id);
                let breaks = stream::once(async {
                    // What was said reaches the socket before it breaks.
                    tokio::task::yield_now().await;
                    Err(std::io::Error::other("broken"))
                });
                events(stream::iter([frame(&piece(self.words()))]).chain(breaks))
            }
            Fault::StallsAfterFirstToken if streaming => {
                self.ledger.owed(question.id);
                events(stream::iter([frame(&piece(self.words()))]).chain(stream::pending()))
            }
            Fault::ErrorBeforeFirstToken | Fault::BreaksAfterFirstToken => {
                error(500, "server_error")
            }
            Fault::StallsAfterFirstToken | Fault::Hangs => {
                self.never_tells(question);
                std::future::pending().await
            }
        }
    }

    /// It has taken a question and will never say anything. It may write an answer, and bill it, all
    /// the same.
    fn never_tells(&self, question: Question) {
        self.ledger.owed(question.id);
    }

    /// What it says, in the form that was asked for or not quite.
    fn said(&self, question: Question, valid: bool) -> String {
        match (question.wants_json, valid) {
            (false, _) => format!("{} and some more of them", self.words()),
            (true, true) => json!({"said": self.words()}).to_string(),
            (true, false) => json!({"said": 1, "by": self.words()}).to_string(),
        }
    }

    fn answers(&self, question: Question, finish: &str, said: &str) -> Response {
        if question.streaming {
            return self.streams(question, finish, vec![piece(said)]);
        }
        let (usage, counted) = usage(question.id);
        self.ledger.told(self.index, question.id, counted);
        let message = json!({"role": "assistant", "content": said});
        let choice = json!({"index": 0, "message": message, "finish_reason": finish});
        Json(json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1,
            "model": "m", "choices": [choice], "usage": usage}))
        .into_response()
    }

    fn streams(&self, question: Question, finish: &str, pieces: Vec<Value>) -> Response {
        let (usage, counted) = usage(question.id);
        let (ledger, index) = (Arc::clone(&self.ledger), self.index);
        let finished = json!([{"index": 0, "delta": {}, "finish_reason": finish}]);
        let begun = pieces.into_iter().chain([chunk(&finished, &Value::Null)]);
        let begun = stream::iter(begun).map(|piece| frame(&piece));
        // It is told when it is taken: whoever has gone before is told nothing.
        let last = stream::once(async move {
            ledger.told(index, question.id, counted);
            frame(&chunk(&json!([]), &usage))
        });
        let done = stream::iter([Ok(Bytes::from_static(b"data: [DONE]\n\n"))]);
        events(begun.chain(last).chain(done))
    }
}

/// What the answer to a question uses: every question something else.
fn usage(question: u64) -> (Value, TokenUsage) {
    let counted = TokenUsage {
        input_tokens: 20 + question % 53,
        cached_input_tokens: question % 10,
        cache_write_tokens: question % 7,
        output_tokens: 1 + question % 31,
        ..TokenUsage::default()
    };
    let told = json!({"prompt_tokens": counted.input_tokens,
        "completion_tokens": counted.output_tokens,
        "total_tokens": counted.input_tokens + counted.output_tokens,
        "prompt_tokens_details": {"cached_tokens": counted.cached_input_tokens,
            "cache_write_tokens": counted.cache_write_tokens}});
    (told, counted)
}

fn error(status: u16, code: &str) -> Response {
    let error = json!({"error": {"message": "refused", "type": "error", "param": null,
        "code": code}});
    (StatusCode::from_u16(status).unwrap(), Json(error)).into_response()
}

type Frame = std::io::Result<Bytes>;

fn events(frames: impl futures::Stream<Item = Frame> + Send + 'static) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

fn frame(payload: &Value) -> Frame {
    Ok(Bytes::from(format!("data: {payload}\n\n")))
}

fn chunk(choices: &Value, usage: &Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": choices, "usage": usage})
}

fn long_piece() -> Value {
    piece(&"on ".repeat(AT_LENGTH.1 / 3))
}

fn piece(text: &str) -> Value {
    let delta = json!([{"index": 0, "delta": {"content": text}, "finish_reason": null}]);
    chunk(&delta, &Value::Null)
}
