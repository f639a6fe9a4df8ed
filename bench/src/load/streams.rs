//! Streamed answers: so many at once, each asked again when it has ended.
//!
//! The time to the first token runs from the request's first byte to the piece of the answer that
//! holds its first words; connections are open before and are used again.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::join_all;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{PATH, question};
use crate::samples::Samples;

/// A piece of an answer that says something has this, whoever writes it; an empty one has not.
const FIRST_WORDS: &[u8] = b"\"content\":\" a";
const END: &[u8] = b"data: [DONE]\n\n";

/// How many streams, of which pace, for how long.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) model: &'static str,
    pub(crate) at_once: u16,
    /// No stream is begun after this.
    pub(crate) time: Duration,
    /// By how much each begins after the one before, so that they do not march in step.
    pub(crate) apart: Duration,
}

/// What the callers saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) first_token_us: Samples,
    pub(crate) whole: u64,
    /// Refused, broken off, or ended without their last event.
    pub(crate) failed: u64,
}

/// Asks for streams; `talking` always holds how many have begun to speak and not yet ended.
pub(crate) async fn run(base: &str, load: &Load, talking: &watch::Sender<u32>) -> Seen {
    let body = Bytes::from(question(load.model, true).to_string());
    let until = Instant::now() + load.time;
    let callers = (0..load.at_once).map(|index| {
        let wait = load.apart * u32::from(index);
        let body = body.clone();
        async move {
            tokio::time::sleep(wait).await;
            caller(base, body, until, talking).await
        }
    });
    let mut total = Seen::default();
    for seen in join_all(callers).await {
        total.first_token_us.extend(&seen.first_token_us);
        total.whole += seen.whole;
        total.failed += seen.failed;
    }
    total
}

async fn caller(base: &str, body: Bytes, until: Instant, talking: &watch::Sender<u32>) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    loop {
        let sender = match connection.take() {
            Some(sender) => Some(sender),
            None => connect(base).await,
        };
        let streamed = match sender {
            Some(sender) => stream(sender, body.clone(), talking).await,
            None => None,
        };
        match streamed {
            Some((sender, first_token)) => {
                seen.first_token_us.push(first_token.as_secs_f64() * 1e6);
                seen.whole += 1;
                connection = Some(sender);
            }
            None => seen.failed += 1,
        }
        if Instant::now() >= until {
            return seen;
        }
    }
}

async fn connect(base: &str) -> Option<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(base.strip_prefix("http://")?).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    Some(sender)
}

/// One stream from its request to its end, if it comes so far.
async fn stream(
    mut sender: SendRequest<Full<Bytes>>,
    body: Bytes,
    talking: &watch::Sender<u32>,
) -> Option<(SendRequest<Full<Bytes>>, Duration)> {
    sender.ready().await.ok()?;
    let request = Request::post(PATH)
        .header(HOST, "bench")
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, "Bearer application-key")
        .body(Full::new(body))
        .ok()?;
    let begun = Instant::now();
    let response = sender.send_request(request).await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    let mut answer = response.into_body();
    let mut text = Vec::new();
    let mut speaking = None;
    while let Some(frame) = answer.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        text.extend_from_slice(&data);
        if speaking.is_none() && contains(&text, FIRST_WORDS) {
            speaking = Some((begun.elapsed(), Talking::begin(talking)));
        }
    }
    let (first_token, _talking) = speaking?;
    text.ends_with(END).then_some((sender, first_token))
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

/// Counts one stream as long as it lives.
struct Talking<'a>(&'a watch::Sender<u32>);

impl<'a> Talking<'a> {
    fn begin(count: &'a watch::Sender<u32>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Talking<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
