//! Answers of a vendor that speaks Chat Completions, good and bad.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Json, Response};
use changeover_clock::Clock;
use serde_json::{Value, json};

/// An error in the vendor's words.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    let error =
        json!({"error": {"message": message, "type": "error", "param": null, "code": code}});
    (StatusCode::from_u16(status).unwrap(), Json(error)).into_response()
}

/// A page of something on the way.
pub(crate) fn page(status: u16) -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, "text/html")], page).into_response()
}

pub(crate) fn with_header(
    mut answer: Response,
    name: &'static str,
    value: &'static str,
) -> Response {
    let name = HeaderName::from_static(name);
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}

/// An answer with this message, which ended so; whole or streamed as it was asked.
pub(crate) fn answered(asked: &Value, message: &Value, finish: &str) -> Response {
    if asked["stream"] == json!(true) {
        events(&[delta(message), finished(finish), usage()], true)
    } else {
        let choice = json!({"index": 0, "message": message, "finish_reason": finish});
        Json(json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [choice],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}))
        .into_response()
    }
}

/// A good answer of these words.
pub(crate) fn text(asked: &Value, text: &str) -> Response {
    answered(asked, &json!({"role": "assistant", "content": text}), "stop")
}

/// A stream of these events.
pub(crate) fn events(payloads: &[Value], done: bool) -> Response {
    let mut body: String = payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect();
    if done {
        body.push_str("data: [DONE]\n\n");
    }
    stream(Body::from(body))
}

/// These events, and then silence.
pub(crate) fn stalling(payloads: &[Value]) -> Response {
    let begun: String = payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect();
    let begun = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(begun))]);
    stream(Body::from_stream(futures::StreamExt::chain(begun, futures::stream::pending())))
}

/// A stream that says a word every few milliseconds and never comes to its end.
pub(crate) fn dripping() -> Response {
    let words = futures::stream::unfold(Clock::system(), |clock| async move {
        clock.sleep(Duration::from_millis(5)).await;
        let word = Bytes::from(format!("data: {}\n\n", piece("on ")));
        Some((Ok::<_, std::io::Error>(word), clock))
    });
    stream(Body::from_stream(words))
}

/// A stream that says these words, thinks for so long of the system's time, and says them again.
pub(crate) fn pondering(words: &str, pause: Duration) -> Response {
    let line = |payload: &Value| Ok::<_, std::io::Error>(format!("data: {payload}\n\n"));
    let first = futures::stream::iter([line(&piece(words))]);
    let rest = [line(&piece(words)), line(&finished("stop")), Ok("data: [DONE]\n\n".to_owned())];
    let later = async move {
        Clock::system().sleep(pause).await;
        futures::stream::iter(rest)
    };
    let later = futures::FutureExt::flatten_stream(later);
    stream(Body::from_stream(futures::StreamExt::chain(first, later)))
}

/// A whole answer that never comes to its end.
pub(crate) fn stalling_whole() -> Response {
    let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn stream(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn chunk(choices: &Value, usage: &Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": choices, "usage": usage})
}

pub(crate) fn delta(delta: &Value) -> Value {
    chunk(&json!([{"index": 0, "delta": delta, "finish_reason": null}]), &Value::Null)
}

/// A piece of text.
pub(crate) fn piece(text: &str) -> Value {
    delta(&json!({"content": text}))
}

pub(crate) fn finished(reason: &str) -> Value {
    chunk(&json!([{"index": 0, "delta": {}, "finish_reason": reason}]), &Value::Null)
}

pub(crate) fn usage() -> Value {
    chunk(&json!([]), &json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}))
}
