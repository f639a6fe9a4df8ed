//! The upstream of the benchmark: OpenAI's chat completions, whole or streamed, without thinking.
//!
//! The answer's text does not depend on the question, so every request costs the same; the pace of a
//! stream hangs on the model's name. One thread, because it stands in for another machine and shall
//! leave this one's processors to what is measured.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::error::BenchError;

/// Streams 64 pieces, one every 5 ms.
pub(crate) const FAST: &str = "bench-fast";
/// The same under another name, so that a route has somewhere to switch to.
pub(crate) const OTHER: &str = "bench-other";
/// Streams 20 pieces, one every 500 ms: a thousand at once stay open without saying much.
pub(crate) const SLOW: &str = "bench-slow";

type Body = Either<Full<Bytes>, StreamBody<BoxStream<'static, Result<Frame<Bytes>, Infallible>>>>;

/// Serves on a free port of the loopback, which it prints, until it is killed.
///
/// # Errors
/// When there is no port.
pub(crate) async fn serve() -> Result<(), BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::Upstream)?;
    let address = listener.local_addr().map_err(BenchError::Upstream)?;
    println!("{}", json!({ "url": format!("http://{address}") }));
    loop {
        let (stream, _) = listener.accept().await.map_err(BenchError::Upstream)?;
        tokio::spawn(connection(stream));
    }
}

async fn connection(stream: TcpStream) {
    // A connection that breaks off is the load generator's way to stop.
    if stream.set_nodelay(true).is_ok() {
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await.ok();
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let streaming = asked.get("stream").and_then(Value::as_bool).unwrap_or(false);
    let slow = asked.get("model").and_then(Value::as_str) == Some(SLOW);
    let (kind, body) = if streaming {
        let (pieces, gap) = if slow { (20, 500) } else { (64, 5) };
        ("text/event-stream", Either::Right(StreamBody::new(events(pieces, gap))))
    } else {
        ("application/json", Either::Left(Full::new(Bytes::from_static(WHOLE.as_bytes()))))
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("x-request-id", HeaderValue::from_static("req_0f5f9f2d7c1b4a"));
    headers.insert("x-ratelimit-limit-requests", HeaderValue::from_static("10000"));
    headers.insert("x-ratelimit-remaining-requests", HeaderValue::from_static("9999"));
    headers.insert("x-ratelimit-reset-requests", HeaderValue::from_static("6ms"));
    Ok(response)
}

/// The first piece at once, the others at their pace, then the usage and the end.
fn events(pieces: u32, gap_ms: u64) -> BoxStream<'static, Result<Frame<Bytes>, Infallible>> {
    let paced = stream::iter(0..=pieces).then(move |index| async move {
        if index > 0 {
            tokio::time::sleep(Duration::from_millis(gap_ms)).await;
        }
        Ok(Frame::data(Bytes::from(piece(index, pieces))))
    });
    paced.boxed()
}

fn piece(index: u32, pieces: u32) -> String {
    if index == pieces {
        let finish = chunk(&json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]), None);
        let usage = json!({"prompt_tokens": 321, "completion_tokens": 64, "total_tokens": 385});
        return format!("{finish}{}data: [DONE]\n\n", chunk(&json!([]), Some(&usage)));
    }
    let role = if index == 0 {
        let delta = json!({"role": "assistant", "content": ""});
        chunk(&json!([{"index": 0, "delta": delta, "finish_reason": null}]), None)
    } else {
        String::new()
    };
    let delta = json!({"content": " a few words"});
    let content = json!([{"index": 0, "delta": delta, "finish_reason": null}]);
    format!("{role}{}", chunk(&content, None))
}

fn chunk(choices: &Value, usage: Option<&Value>) -> String {
    let document = json!({
        "id": "chatcmpl-bench-0001",
        "object": "chat.completion.chunk",
        "created": 1_767_225_600,
        "model": "bench",
        "choices": choices,
        "usage": usage,
    });
    format!("data: {document}\n\n")
}

/// A whole answer of some 700 bytes.
const WHOLE: &str = r#"{"id":"chatcmpl-bench-0001","object":"chat.completion","created":1767225600,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The parcel left the depot in Leipzig this morning and is on its way to you. It should be at your door tomorrow between nine and eleven. If nobody is at home, the driver leaves it with the neighbour whom you named, and you get a message that says where it is.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":321,"completion_tokens":64,"total_tokens":385,"prompt_tokens_details":{"cached_tokens":128,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_bench"}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_begins_with_words_and_ends_with_usage_and_the_end() {
        let first = piece(0, 2);
        assert!(first.contains("\"role\":\"assistant\"") && first.contains(" a few words"));
        let last = piece(2, 2);
        assert!(last.contains("\"completion_tokens\":64") && last.ends_with("data: [DONE]\n\n"));
    }

    #[test]
    fn the_whole_answer_is_json_with_usage() {
        let answer: Value = serde_json::from_str(WHOLE).unwrap();
        assert_eq!(answer["usage"]["prompt_tokens"], 321);
    }
}
