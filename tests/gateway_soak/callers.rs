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
}

pub(crate) struct Caller {
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
            let temper = match self.chance.random_range(0..100_u32) {
                0..=3 => Temper::Lingering,
                4..=6 => Temper::Impatient,
                7..=9 => Temper::Careless,
                _ => Temper::Patient,
            };
            let route = ROUTES[self.chance.random_range(0..ROUTES.len())];
            // A whole answer is held back there: nothing of it would ever come.
            let temper = match temper {
                Temper::Lingering if matches!(route, "judged" | "kept") => Temper::Patient,
                Temper::Impatient if route == "kept" => Temper::Patient,
                temper => temper,
            };
            self.ask(route, temper).await;
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
        let streaming = temper == Temper::Lingering || self.chance.random::<bool>();
        if temper == Temper::Careless {
            return self.be_careless(anthropic).await;
        }
        let number = self.tally.questions.fetch_add(1, Ordering::SeqCst);
        let question = match route {
            "kept" => 1_000_000 + number % 25,
            _ => number,
        };
        let words = match (temper, route) {
            (Temper::Lingering, _) => "linger with me",
            (Temper::Impatient, _) => "leave-me-hanging",
            (_, "kept") => "a kept-question",
            _ => "please",
        };
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
        let path = if anthropic { "/v1/messages" } else { "/v1/chat/completions" };
        let key = ["one", "two"][self.chance.random_range(0..2_usize)];
        self.http.post(format!("{}{path}", self.base)).bearer_auth(key)
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

    async fn read(&self, answer: Response, anthropic: bool, temper: Temper) -> u16 {
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        let attempts: u64 = header("x-changeover-attempts").unwrap().parse().unwrap();
        self.tally.attempts.fetch_add(attempts, Ordering::SeqCst);
        let kept = u64::from(header("x-changeover-cache").is_some());
        self.tally.cache_hits.fetch_add(kept, Ordering::SeqCst);
        *self.tally.statuses.lock().unwrap().entry(status).or_default() += 1;
        let streams = header("content-type") == Some("text/event-stream");
        if temper == Temper::Lingering && streams {
            let mut pieces = answer.bytes_stream();
            pieces.next().await.unwrap().unwrap();
            return status;
        }
        let body = answer.text().await.unwrap();
        hold(status, &body, anthropic, streams);
        status
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
