//! The receiver on real sockets.

use changeover_domain::WebhookPlatform;
use changeover_http::Secret;
use changeover_webhook::{BODY_LIMIT, Door, SigningKey, sign};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const SECRET: &str = "0123456789abcdef01234567";
const KEY: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const ORIGIN: UnixMs = UnixMs(1_790_000_000_000);

/// A receiver that listens, with an unsigned door `plain` and a signed one `sealed`.
struct Bench {
    address: SocketAddr,
    clock: Clock,
    hints: WaitingHints,
    state: watch::Receiver<ReceiverState>,
    cancel: CancellationToken,
    tracker: TaskTracker,
}

fn doors() -> Doors {
    let door = |page: &str, keys: &[Secret]| {
        let page = SourceId::try_new(page).unwrap();
        Door::try_new(page, WebhookPlatform::IncidentIo, &Secret::new(SECRET), keys).unwrap()
    };
    Doors::new(vec![door("plain", &[]), door("sealed", &[Secret::new(KEY)])])
}

impl Bench {
    async fn start(clock: Clock) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), clock).await
    }

    async fn start_at(listen: SocketAddr, clock: Clock) -> Self {
        let hints = WaitingHints::default();
        let settings = WebhookSettings { listen, doors: doors() };
        let receiver = WebhookReceiver::new(settings, clock.clone(), hints.clone());
        let mut state = receiver.state();
        let (cancel, tracker) = (CancellationToken::new(), TaskTracker::new());
        tracker.spawn(receiver.run(cancel.clone()));
        state.changed().await.unwrap();
        let address = state.borrow().listening_at.unwrap_or(listen);
        Self { address, clock, hints, state, cancel, tracker }
    }

    /// One request as it goes over the wire; the answer without its date.
    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n");
        self.say(&format!("{head}{headers}\r\n{body}")).await
    }

    async fn say(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // One that is refused before its end may find the socket closed.
        stream.write_all(request.as_bytes()).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        let answer = String::from_utf8(answer).unwrap();
        answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n")
    }

    async fn post(&self, page: &str, headers: &str, body: &str) -> String {
        self.ask("POST", &format!("/hooks/{page}/{SECRET}"), headers, body).await
    }

    fn signed(&self, id: &str, body: &str) -> String {
        let now = self.clock.now();
        let key = SigningKey::try_new(WebhookPlatform::IncidentIo, &Secret::new(KEY)).unwrap();
        let (time, signature) = (now.0 / 1_000, sign(&key, id, now, body.as_bytes()));
        format!(
            "webhook-id: {id}\r\nwebhook-timestamp: {time}\r\nwebhook-signature: {signature}\r\n"
        )
    }

    async fn end(self) {
        self.cancel.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn an_unsigned_webhook_is_a_hint_whatever_it_says() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    for body in ["", "{\"incident\": {\"name\": \"all is down\"}}", "no json at all"] {
        assert_eq!(status(&bench.post("plain", "", body).await), "202");
        let hint = bench.hints.next().await.hint;
        assert_eq!((hint.page.as_str(), hint.signed, hint.said), ("plain", false, None));
    }
    bench.end().await;
}

#[tokio::test]
async fn a_signed_webhook_is_a_hint_once_and_tells_what_it_said() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    let body = r#"{"incident": {"name": "Errors", "status": "investigating"}}"#;
    let headers = bench.signed("msg_1", body);
    for _ in 0..2 {
        assert_eq!(status(&bench.post("sealed", &headers, body).await), "202");
    }
    let hint = bench.hints.next().await.hint;
    assert_eq!(hint.said.as_deref(), Some("incident: Errors (investigating)"));
    assert!(hint.signed);
    assert!(bench.hints.take().is_none(), "the same delivery again is no news");
    bench.end().await;
}

#[tokio::test]
async fn a_signature_that_does_not_fit_is_refused_and_told_to_the_operator_only() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    let headers = bench.signed("msg_1", "{}");
    for headers in ["", &headers] {
        let refused = bench.post("sealed", headers, "{ }").await;
        assert_eq!(status(&refused), "401");
        assert!(!refused.contains("signature"), "{refused}");
    }
    let state = bench.state.borrow().clone();
    assert_eq!(state.refused, 2);
    let refusal = state.last_refusal.unwrap();
    assert!(refusal.page.as_str() == "sealed" && refusal.why.contains("no signature fits"));
    assert!(bench.hints.take().is_none());
    bench.end().await;
}

#[tokio::test]
async fn a_wrong_secret_is_answered_like_a_path_that_never_was() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    let nothing = bench.ask("POST", "/nothing", "", "").await;
    assert_eq!(status(&nothing), "404");
    let (short, _) = SECRET.split_at(23);
    for path in [
        format!("/hooks/plain/{short}"),
        format!("/hooks/plain/{short}8"),
        format!("/hooks/none/{SECRET}"),
        format!("/hooks/plain/{SECRET}/x"),
        "/hooks/plain/".to_owned(),
        "/".to_owned(),
    ] {
        for method in ["POST", "GET", "PUT"] {
            assert_eq!(bench.ask(method, &path, "", "").await, nothing, "{method} {path}");
        }
    }
    let get = bench.ask("GET", &format!("/hooks/plain/{SECRET}"), "", "").await;
    assert!(status(&get) == "405" && get.contains("allow: POST"), "who has the secret is helped");
    bench.end().await;
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_whether_it_was_declared_or_not() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    let path = format!("/hooks/plain/{SECRET}");
    let declared =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", BODY_LIMIT + 1);
    assert_eq!(status(&bench.say(&declared).await), "413", "before any of it came");
    let chunk = "x".repeat(BODY_LIMIT / 2 + 1);
    let chunk = format!("{:x}\r\n{chunk}\r\n", chunk.len());
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}"
    );
    assert_eq!(status(&bench.say(&chunked).await), "413");
    let fits = "x".repeat(BODY_LIMIT);
    assert_eq!(status(&bench.post("plain", "", &fits).await), "202");
    assert_eq!(bench.hints.next().await.count, 1);
    assert!(bench.hints.take().is_none(), "what was refused is no hint");
    bench.end().await;
}

#[tokio::test]
async fn a_page_that_sends_too_much_is_asked_to_wait() {
    // A slow clock: a busy machine must not give it new tokens meanwhile.
    let bench = Bench::start(Clock::scaled(ORIGIN, 0.1)).await;
    let mut let_in = 0;
    let refused = loop {
        let answer = bench.post("plain", "", "").await;
        if status(&answer) != "202" || let_in > 200 {
            break answer;
        }
        let_in += 1;
    };
    assert!(status(&refused) == "429" && refused.contains("retry-after:"), "{let_in} {refused}");
    assert!(let_in >= 30, "a burst is let in: {let_in}");
    assert_eq!(status(&bench.post("sealed", "", "").await), "401", "others are not shut out");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_a_head_or_a_body_too_slowly_is_cut_off() {
    let bench = Bench::start(Clock::scaled(ORIGIN, 1.0)).await;
    let slow_body =
        format!("POST /hooks/plain/{SECRET} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{{");
    for begun in ["POST /hooks/pl", slow_body.as_str(), ""] {
        // Nothing more is sent; time passes by itself when nobody does anything.
        assert_eq!(bench.say(begun).await, "", "{begun}");
    }
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_taken_is_said_and_tried_again() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap();
    let mut bench = Bench::start_at(listen, Clock::scaled(ORIGIN, 1.0)).await;
    let said = bench.state.borrow().clone();
    let problem = said.problem.unwrap();
    assert!(said.listening_at.is_none() && problem.contains(&listen.to_string()), "{problem}");
    assert!(problem.contains("end the program that has it"), "{problem}");
    drop(taken);
    bench.state.wait_for(|state| state.listening_at == Some(listen)).await.unwrap();
    assert_eq!(bench.state.borrow().problem, None);
    bench.end().await;
}
