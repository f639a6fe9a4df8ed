//! Applications: at both doors, on all routes, streaming and not, and not all of them patient.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::UnixMs;
use changeover_gateway::Gateway;
use changeover_http::{ClientPolicy, client};
use futures::StreamExt as _;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Response;
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::vendor::WORDS;

pub(crate) const ROUTES: [&str; 5] = ["chat", "held", "judged", "kept", "solo"];
/// What one caller pauses between two requests, in seconds, at least and at most.
const PAUSE_S: (u64, u64) = (5, 60);
/// How many requests a caller may have under way with the key that it crowds with.
pub(crate) const SEATS: u32 = 2;
/// What a slow reader pauses before each piece that it takes.
const SLOW_PAUSE: Duration = Duration::from_secs(2);
/// How long somebody who asked for a stream does not read it.
const DEAF: Duration = Duration::from_secs(60);

/// The key with which one caller asks for more than it may.
pub(crate) fn crowding_key(seed: u64) -> String {
    format!("crowd-{seed}")
}

/// What all callers together have sent and been told.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    questions: AtomicU64,
    /// Requests that came to a route.
    pub(crate) sent: Mutex<BTreeMap<&'static str, u64>>,
    /// Attempts, by the heads of answers.
    pub(crate) attempts: AtomicU64,
    pub(crate) cache_hits: AtomicU64,
    pub(crate) statuses: Mutex<BTreeMap<u16, u64>>,
    pub(crate) turned_away: AtomicU64,
    /// Of these, those whose caller had as many under way as it may.
    pub(crate) at_its_limit: AtomicU64,
    /// Long answers that were read slowly, to their end.
    pub(crate) read_slowly: AtomicU64,
    /// Streams that nobody read.
    pub(crate) unread: AtomicU64,
}

pub(crate) struct Caller {
    seed: u64,
    pub(crate) http: reqwest::Client,
    base: String,
    clock: Clock,
    chance: ChaCha8Rng,
    tally: Arc<Tally>,
    ledger: Arc<Ledger>,
}

/// What a caller does this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    Patient,
    /// Reads the first piece of its stream and hangs up.
    Lingering,
    /// Hangs up before there is an answer.
    Impatient,
    /// Sends what cannot be read, or asks for what does not exist.
    Careless,
    /// Keeps as many streams open as it may, and asks for one more.
    Crowding,
    /// Takes a long answer piece by piece, with pauses.
    Slow,
    /// Asks for a stream that has no end, does not read it, and hangs up.
    Deaf,
}

impl Temper {
    /// Of a thousand requests.
    fn drawn(number: u32) -> Self {
        match number {
            0..40 => Self::Lingering,
            40..70 => Self::Impatient,
            70..100 => Self::Careless,
            100..115 => Self::Crowding,
            115..128 => Self::Slow,
            128..134 => Self::Deaf,
            _ => Self::Patient,
        }
    }

    /// Where answers are held back whole, nothing would come of one without an end; and how often a
    /// kept question was asked could not be told of one who leaves.
    fn at(self, route: &str) -> Self {
        let unending = matches!(self, Self::Lingering | Self::Crowding | Self::Deaf);
        match route {
            "judged" if unending || self == Self::Slow => Self::Patient,
            "kept" if unending || matches!(self, Self::Impatient | Self::Slow) => Self::Patient,
            _ => self,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Lingering | Self::Crowding => "linger with me",
            Self::Impatient => "leave-me-hanging",
            Self::Slow => "at-length",
            Self::Deaf => "flood me",
            Self::Careless | Self::Patient => "please",
        }
    }

    fn streams(self) -> bool {
        matches!(self, Self::Lingering | Self::Crowding | Self::Slow | Self::Deaf)
    }
}

impl Caller {
    pub(crate) fn new(
        seed: u64,
        gateway: &Gateway,
        clock: Clock,
        tally: Arc<Tally>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Self {
            seed,
            http: client(&ClientPolicy::default()).unwrap(),
            base: gateway.base_url(),
            clock,
            chance: ChaCha8Rng::seed_from_u64(1_000 + seed),
            tally,
            ledger,
        }
    }

    /// Asks until then.
    pub(crate) async fn ask_until(mut self, end: UnixMs) {
        while self.clock.now() < end {
            let temper = Temper::drawn(self.chance.random_range(0..1_000));
            let route = ROUTES[self.chance.random_range(0..ROUTES.len())];
            match temper.at(route) {
                Temper::Crowding => self.crowd(route).await,
                temper => drop(self.ask(route, temper).await),
            }
            let pause = self.chance.random_range(PAUSE_S.0..=PAUSE_S.1);
            self.clock.sleep(Duration::from_secs(pause)).await;
        }
    }

    /// Asks once, as somebody who waits for the answer.
    pub(crate) async fn ask_patiently(&mut self, route: &'static str) -> u16 {
        self.ask(route, Temper::Patient).await
    }

    async fn ask(&mut self, route: &'static str, temper: Temper) -> u16 {
        let anthropic = self.chance.random::<bool>();
        let streaming = temper.streams() || self.chance.random::<bool>();
        if temper == Temper::Careless {
            return self.be_careless(anthropic).await;
        }
        let number = self.tally.questions.fetch_add(1, Ordering::SeqCst);
        let question = match route {
            "kept" => 1_000_000 + number % 25,
            _ => number,
        };
        let words = if route == "kept" { "a kept-question" } else { temper.words() };
        let body = body(anthropic, route, streaming, &format!("{words}: question-{question}"));
        let request = self.request(anthropic).json(&body);
        *self.tally.sent.lock().unwrap().entry(route).or_default() += 1;
        let sent = request.send();
        let answer = if temper == Temper::Impatient {
            tokio::select! {
                answer = sent => answer.unwrap(),
                // The vendor has it: now it is on its way, and the caller goes.
                () = self.until_left_hanging(question) => return 0,
            }
        } else {
            sent.await.unwrap()
        };
        self.read(answer, anthropic, temper).await
    }

    fn request(&mut self, anthropic: bool) -> reqwest::RequestBuilder {
        let key = ["one", "two"][self.chance.random_range(0..2_usize)];
        self.request_with(key, anthropic)
    }

    fn request_with(&self, key: &str, anthropic: bool) -> reqwest::RequestBuilder {
        let path = if anthropic { "/v1/messages" } else { "/v1/chat/completions" };
        self.http.post(format!("{}{path}", self.base)).bearer_auth(key)
    }

    /// Takes all of its places, and finds that there is none for one more.
    async fn crowd(&mut self, route: &'static str) {
        let anthropic = self.chance.random::<bool>();
        let mut open = Vec::new();
        for _ in 0..SEATS {
            // A place of the last time may not have come back yet.
            let Some(answer) = self.squeeze_in(route, anthropic, Temper::Crowding).await else {
                return;
            };
            if self.note_head(&answer) > 0 && answer.status() == 200 {
                open.push(answer);
            }
        }
        let is_full = open.len() == usize::try_from(SEATS).unwrap();
        if let Some(answer) = self.squeeze_in(route, anthropic, Temper::Patient).await {
            assert!(!is_full, "more under way than it may have: {answer:?}");
            self.read(answer, anthropic, Temper::Patient).await;
        }
    }

    /// Asks with the key that has few places; `None` where they are taken. Only what is let in comes
    /// to a route.
    async fn squeeze_in(
        &self,
        route: &'static str,
        anthropic: bool,
        temper: Temper,
    ) -> Option<Response> {
        let question = self.tally.questions.fetch_add(1, Ordering::SeqCst);
        let words = format!("{}: question-{question}", temper.words());
        let body = body(anthropic, route, temper.streams(), &words);
        let request = self.request_with(&crowding_key(self.seed), anthropic).json(&body);
        let answer = request.send().await.unwrap();
        if answer.headers()["x-changeover-route"] != "none" {
            *self.tally.sent.lock().unwrap().entry(route).or_default() += 1;
            return Some(answer);
        }
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
        let told = answer.text().await.unwrap();
        assert!(told.contains("under way"), "{told}");
        self.tally.turned_away.fetch_add(1, Ordering::SeqCst);
        self.tally.at_its_limit.fetch_add(1, Ordering::SeqCst);
        None
    }

    async fn until_left_hanging(&self, question: u64) {
        while !self.ledger.is_left_hanging(question) {
            self.clock.sleep(Duration::from_secs(1)).await;
        }
    }

    async fn be_careless(&mut self, anthropic: bool) -> u16 {
        let request = self.request(anthropic);
        let request = match self.chance.random_range(0..3_u32) {
            0 => request.body("{\"model\": \"chat\""),
            1 => request.json(&body(anthropic, "no-such-route", false, "question-0")),
            _ => request.header("x-changeover-route", "../..").json(&json!({"model": 1})),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let told: Value = answer.json().await.unwrap();
        assert!((400..=404).contains(&status) && told["error"]["message"].is_string(), "{told}");
        self.tally.turned_away.fetch_add(1, Ordering::SeqCst);
        status
    }

    /// Counts what the head of an answer says; gives the attempts.
    fn note_head(&self, answer: &Response) -> u64 {
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        let attempts: u64 = header("x-changeover-attempts").unwrap().parse().unwrap();
        self.tally.attempts.fetch_add(attempts, Ordering::SeqCst);
        let kept = u64::from(header("x-changeover-cache").is_some());
        self.tally.cache_hits.fetch_add(kept, Ordering::SeqCst);
        let status = answer.status().as_u16();
        *self.tally.statuses.lock().unwrap().entry(status).or_default() += 1;
        attempts
    }

    async fn read(&self, answer: Response, anthropic: bool, temper: Temper) -> u16 {
        let by_a_vendor = self.note_head(&answer) > 0;
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
        let streams = kind == Some("text/event-stream");
        let body = match temper {
            Temper::Lingering if streams => {
                let mut pieces = answer.bytes_stream();
                pieces.next().await.unwrap().unwrap();
                return status;
            }
            Temper::Deaf if streams && by_a_vendor => {
                self.clock.sleep(DEAF).await;
                self.tally.unread.fetch_add(1, Ordering::SeqCst);
                return status;
            }
            Temper::Slow if streams && by_a_vendor => self.read_slowly(answer).await,
            _ => answer.text().await.unwrap(),
        };
        hold(status, &body, anthropic, streams);
        status
    }

    /// All of it, so slowly that whoever sends it has to wait.
    async fn read_slowly(&self, answer: Response) -> String {
        let mut body = Vec::new();
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            body.extend_from_slice(&piece.unwrap());
            self.clock.sleep(SLOW_PAUSE).await;
        }
        self.tally.read_slowly.fetch_add(1, Ordering::SeqCst);
        String::from_utf8(body).unwrap()
    }
}

fn body(anthropic: bool, route: &str, streaming: bool, words: &str) -> Value {
    let mut body = json!({"model": route, "stream": streaming, "max_tokens": 100,
        "messages": [{"role": "user", "content": words}]});
    if route == "judged" {
        let schema = json!({"type": "object", "properties": {"said": {"type": "string"}},
            "required": ["said"], "additionalProperties": false});
        if anthropic {
            body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
        } else {
            body["response_format"] = json!({"type": "json_schema",
                "json_schema": {"name": "said", "strict": true, "schema": schema}});
        }
    }
    body
}

/// What holds of every answer that is read to its end.
fn hold(status: u16, body: &str, anthropic: bool, streams: bool) {
    let speakers = WORDS.iter().filter(|words| body.contains(**words)).count();
    assert!(speakers <= 1, "two providers' text in one answer: {body}");
    let is_error = body.contains("\"error\":{");
    if !streams {
        let document: Value = serde_json::from_str(body).unwrap();
        assert_eq!(status != 200, document["error"]["message"].is_string(), "{status}: {body}");
        return;
    }
    assert_eq!(status, 200);
    let ended_well = if anthropic {
        body.ends_with("data: {\"type\":\"message_stop\"}\n\n")
    } else {
        body.ends_with("data: [DONE]\n\n")
    };
    assert!(ended_well != is_error, "a stream ends well or with an error: {body}");
}
