//! Callers who hold connections: slow, silent, too large, or not reading. Raw sockets, because no
//! well-behaved client does what these do.

use std::time::Duration;

use changeover_domain::{BreakerState, FailureClass, Outcome};
use changeover_gateway::{ConnectionLimits, GatewaySettings};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::Bench;
use crate::support::vendor::Behaviour;

/// A short patience; the tests' clock makes half a second of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is not meant to run out in a test.
const LONG: Duration = Duration::from_secs(3_600);

fn patient() -> ConnectionLimits {
    ConnectionLimits {
        head: LONG,
        body: LONG,
        body_pause: LONG,
        idle: LONG,
        write_stall: LONG,
        ..ConnectionLimits::default()
    }
}

async fn bench(limits: ConnectionLimits) -> Bench {
    Bench::start_with(|settings: &mut GatewaySettings| settings.connections = limits).await
}

async fn connected(bench: &Bench) -> TcpStream {
    TcpStream::connect(bench.address()).await.unwrap()
}

/// Everything until the other side ends the connection.
async fn to_the_end(stream: &mut TcpStream, bench: &Bench) -> String {
    let mut text = Vec::new();
    let patience = Duration::from_secs(20).mul_f64(bench.clock.speed());
    let read = bench.clock.timeout(patience, stream.read_to_end(&mut text)).await;
    let ended = read.unwrap_or_else(|_| panic!("the connection was not ended"));
    // A connection that is cut with bytes of ours unread is reset: that is an end as well.
    ended
        .or_else(|error| match error.kind() {
            std::io::ErrorKind::ConnectionReset => Ok(0),
            _ => Err(error),
        })
        .unwrap();
    String::from_utf8(text).unwrap()
}

/// One whole answer with a `content-length`, with the connection left open.
async fn one_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut piece = [0; 4_096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map(|length| length.parse::<usize>().unwrap());
            if body.len() >= length.unwrap() {
                return text;
            }
        }
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the answer broke off: {text}");
        text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn json(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

const MODELS: &[u8] = b"GET /v1/models HTTP/1.1\r\nhost: g\r\n\r\n";

fn post_head(length: usize) -> String {
    head_for("/v1/chat/completions", length)
}

fn head_for(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    )
}

/// Everything that takes a document; one of them answers in Anthropic's dialect.
const ENTRANCES: [&str; 3] = ["/v1/chat/completions", "/v1/messages", "/v1/embeddings"];

/// An error in the dialect of its entrance; its type, its code where the dialect has one, its message.
fn error_at(path: &str, answer: &str) -> (String, Option<String>, String) {
    let document = json(answer);
    let is_anthropics = document["type"] == "error";
    assert_eq!(is_anthropics, path == "/v1/messages", "{path}: {answer}");
    let field = |name: &str| document["error"][name].as_str().map(str::to_owned);
    (field("type").unwrap(), field("code"), field("message").unwrap())
}

#[tokio::test]
async fn a_head_that_drips_and_a_connection_that_says_nothing_are_cut() {
    let bench = bench(ConnectionLimits { head: PATIENCE, ..patient() }).await;
    let mut silent = connected(&bench).await;
    let (mut from, mut to) = connected(&bench).await.into_split();
    let dripping = async {
        for byte in MODELS.iter().cycle() {
            if to.write_all(&[*byte]).await.is_err() {
                return;
            }
            bench.clock.sleep(PATIENCE / 10).await;
        }
    };
    let mut dripped = Vec::new();
    let cut = async {
        tokio::select! {
            () = dripping => {}
            _ = from.read_to_end(&mut dripped) => {}
        }
    };
    let (cut, said) = tokio::join!(bench.clock.timeout(LONG, cut), to_the_end(&mut silent, &bench));
    assert!(cut.is_ok(), "each byte must not give it more time");
    assert!(dripped.is_empty() && said.is_empty(), "there is no request to answer");
    assert_eq!(bench.chat("chat", false).await.status(), 200, "others are served");
}

#[tokio::test]
async fn a_connection_is_kept_between_requests_and_ended_when_it_stays_idle() {
    let bench = bench(ConnectionLimits { idle: PATIENCE, ..patient() }).await;
    let mut stream = connected(&bench).await;
    for _ in 0..3 {
        stream.write_all(MODELS).await.unwrap();
        assert_eq!(status(&one_answer(&mut stream).await), "200");
    }
    assert_eq!(to_the_end(&mut stream, &bench).await, "", "ended without a word");
}

#[tokio::test]
async fn after_an_answer_the_next_head_has_its_own_time() {
    let bench = bench(ConnectionLimits { head: PATIENCE, ..patient() }).await;
    let mut stream = connected(&bench).await;
    stream.write_all(MODELS).await.unwrap();
    one_answer(&mut stream).await;
    // Idle has an hour; half a head has ten seconds.
    stream.write_all(&MODELS[..10]).await.unwrap();
    assert_eq!(to_the_end(&mut stream, &bench).await, "");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let bench = bench(ConnectionLimits { head_bytes: 2_048, ..patient() }).await;
    let mut stream = connected(&bench).await;
    let large = format!("GET /v1/models HTTP/1.1\r\nx-large: {}\r\n\r\n", "x".repeat(4_000));
    stream.write_all(large.as_bytes()).await.unwrap();
    let answer = to_the_end(&mut stream, &bench).await;
    assert_eq!(status(&answer), "431", "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_408_in_the_callers_dialect() {
    for limits in [
        ConnectionLimits { body_pause: PATIENCE, ..patient() },
        ConnectionLimits { body: PATIENCE, ..patient() },
    ] {
        let bench = bench(limits).await;
        for path in ENTRANCES {
            let mut stream = connected(&bench).await;
            let half = format!("{}{{\"model\": ", head_for(path, 1_000));
            stream.write_all(half.as_bytes()).await.unwrap();
            let answer = to_the_end(&mut stream, &bench).await;
            assert_eq!(status(&answer), "408", "{answer}");
            assert!(answer.contains("connection: close"), "{answer}");
            let (_, code, message) = error_at(path, &answer);
            assert!(code.is_none_or(|code| code == "request_timeout"), "{answer}");
            assert!(message.contains("did not come in time"), "{answer}");
        }
        assert_eq!(bench.a.calls(), 0, "no provider was asked");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_answered_413_before_it_is_sent() {
    let bench = bench(ConnectionLimits { body_bytes: 1_000, ..patient() }).await;
    for path in ENTRANCES {
        let mut stream = connected(&bench).await;
        stream.write_all(head_for(path, 1_001).as_bytes()).await.unwrap();
        let answer = to_the_end(&mut stream, &bench).await;
        assert_eq!(status(&answer), "413", "{answer}");
        let (_, _, message) = error_at(path, &answer);
        assert!(message.contains("larger than 1000 bytes"), "{message}");
    }
}

#[tokio::test]
async fn who_sends_all_of_a_body_that_is_too_large_hears_why_it_was_refused() {
    let bench = bench(ConnectionLimits { body_bytes: 1_000, ..patient() }).await;
    let mut stream = connected(&bench).await;
    let body = vec![b'x'; 9 * 1024 * 1024];
    stream.write_all(post_head(body.len()).as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), "413", "{answer}");
}

#[tokio::test]
async fn a_caller_who_does_not_read_its_stream_is_cut_and_counted_as_gone() {
    let bench = bench(ConnectionLimits { write_stall: PATIENCE, ..patient() }).await;
    bench.a.behave(Behaviour::Flood);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(bench.address()).await.unwrap();
    let body = r#"{"model":"chat","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;
    stream.write_all(format!("{}{body}", post_head(body.len())).as_bytes()).await.unwrap();
    let gone = Outcome::Failed(FailureClass::ClientCancelled);
    // Until the buffers of both sockets are full takes a while on a busy machine.
    let counted = async {
        loop {
            let page = bench.traffic("").await;
            if let Some(bucket) = page.buckets.first() {
                return bucket.key.outcome;
            }
            bench.clock.sleep(PATIENCE).await;
        }
    };
    assert_eq!(bench.clock.timeout(LONG, counted).await, Ok(gone));
}

#[tokio::test]
async fn a_caller_who_reads_its_stream_by_drops_is_cut_and_no_provider_blamed() {
    let bench = Bench::start_with(|settings: &mut GatewaySettings| {
        crate::support::patient(settings);
        settings.connections = patient();
        // Both sides' limit: what the provider may take, and what the caller may.
        settings.limits.stream = PATIENCE * 60;
    })
    .await;
    bench.a.behave(Behaviour::Flood);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(bench.address()).await.unwrap();
    let body = r#"{"model":"chat","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;
    stream.write_all(format!("{}{body}", post_head(body.len())).as_bytes()).await.unwrap();
    bench
        .until("the sockets are full", async |bench| {
            let before = bench.a.flooded();
            bench.clock.sleep(PATIENCE).await;
            before > 0 && bench.a.flooded() == before
        })
        .await;
    // From here on the provider waits for the caller.
    bench.clock.set_speed(400.0);
    let dripping = async {
        // After the cut the sockets' buffers still hold more than this reader ever takes.
        while stream.read_u8().await.is_ok() {
            bench.clock.sleep(PATIENCE / 50).await;
        }
        std::future::pending::<()>().await;
    };
    let counted = async {
        loop {
            let page = bench.traffic("").await;
            if let Some(bucket) = page.buckets.first() {
                return bucket.clone();
            }
            bench.clock.sleep(PATIENCE).await;
        }
    };
    let bucket = tokio::select! {
        bucket = bench.clock.timeout(LONG, counted) => bucket.unwrap(),
        () = dripping => unreachable!(),
    };
    assert_eq!(bucket.key.outcome, Outcome::Failed(FailureClass::ClientCancelled));
    assert_eq!(bucket.failed_attempts, [], "the provider gave all it was asked for");
    let target = &bench.route("chat").await.breakers[0];
    assert_eq!(target.observed, BreakerState::Closed);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_until_one_ends() {
    let bench = bench(ConnectionLimits { connections: 2, ..patient() }).await;
    let first = connected(&bench).await;
    let mut second = connected(&bench).await;
    second.write_all(MODELS).await.unwrap();
    assert_eq!(status(&one_answer(&mut second).await), "200");
    let mut third = connected(&bench).await;
    third.write_all(MODELS).await.unwrap();
    let early = bench.clock.timeout(PATIENCE, one_answer(&mut third)).await;
    assert!(early.is_err(), "there is no place for it");
    drop(first);
    let answer = bench.clock.timeout(LONG, one_answer(&mut third)).await;
    assert_eq!(status(&answer.unwrap()), "200", "its turn has come");
}
