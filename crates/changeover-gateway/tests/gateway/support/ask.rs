//! Requests in either dialect, and what the caller reads from the answers.

use changeover_domain::admin::RequestPath;
use changeover_domain::{FailureClass, Outcome};
use changeover_llm::front::Door;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::Bench;

/// Both dialects, whole and streamed.
pub(crate) const WAYS: [(Door, bool); 4] = [
    (Door::OpenAi, false),
    (Door::OpenAi, true),
    (Door::Anthropic, false),
    (Door::Anthropic, true),
];

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) door: Door,
    pub(crate) stream: bool,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Told {
    door: Door,
    stream: bool,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Ask {
    pub(crate) fn new(door: Door, route: &str, stream: bool) -> Self {
        let body = json!({
            "model": route,
            "stream": stream,
            "max_tokens": 1_000,
            "messages": [{"role": "user", "content": "hello"}],
        });
        Self { door, stream, body, headers: Vec::new() }
    }

    pub(crate) fn openai(route: &str) -> Self {
        Self::new(Door::OpenAi, route, false)
    }

    /// With a field of the body set.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.body[field] = value;
        self
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Shows a key in the way of its dialect.
    pub(crate) fn key(self, key: &str) -> Self {
        match self.door {
            Door::OpenAi => self.header("authorization", &format!("Bearer {key}")),
            Door::Anthropic => self.header("x-api-key", key),
        }
    }
}

/// Where a dialect's requests go.
pub(crate) fn path(door: Door) -> &'static str {
    match door {
        Door::OpenAi => "/v1/chat/completions",
        Door::Anthropic => "/v1/messages",
    }
}

impl Bench {
    /// Sends the request; the body is not read yet.
    pub(crate) async fn send(&self, ask: &Ask) -> reqwest::Response {
        let url = format!("{}{}", self.gateway().base_url(), path(ask.door));
        let request = self.http.post(url).json(&ask.body);
        let request =
            ask.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.send().await.unwrap()
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn ask(&self, ask: &Ask) -> Told {
        let answer = self.send(ask).await;
        Told {
            door: ask.door,
            stream: ask.stream,
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    }
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn target(&self) -> &str {
        self.header("x-changeover-target").unwrap()
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.header("x-changeover-attempts").unwrap().parse().unwrap()
    }

    fn is_stream(&self) -> bool {
        self.header("content-type") == Some("text/event-stream")
    }

    fn document(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The payloads of a stream, in order.
    fn payloads(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// All text of the answer.
    pub(crate) fn text(&self) -> String {
        let (whole, piece) = match self.door {
            Door::OpenAi => ("/choices/0/message/content", "/choices/0/delta/content"),
            Door::Anthropic => ("/content/0/text", "/delta/text"),
        };
        if self.is_stream() {
            let payloads = self.payloads();
            payloads.iter().filter_map(|payload| payload.pointer(piece)?.as_str()).collect()
        } else {
            self.document().pointer(whole).and_then(Value::as_str).unwrap_or_default().to_owned()
        }
    }

    /// Why the answer says that it ended.
    pub(crate) fn finish(&self) -> Option<String> {
        let (whole, piece) = match self.door {
            Door::OpenAi => ("/choices/0/finish_reason", "/choices/0/finish_reason"),
            Door::Anthropic => ("/stop_reason", "/delta/stop_reason"),
        };
        let documents = if self.is_stream() { self.payloads() } else { vec![self.document()] };
        let pointer = if self.is_stream() { piece } else { whole };
        documents.iter().find_map(|each| Some(each.pointer(pointer)?.as_str()?.to_owned()))
    }

    /// The error that it is or ends with: its type and its message, as its dialect has them.
    pub(crate) fn error(&self) -> Option<(String, String)> {
        let last = if self.is_stream() { self.payloads().pop()? } else { self.document() };
        let error = last.get("error").filter(|error| error.is_object())?;
        if self.door == Door::Anthropic {
            assert_eq!(last["type"], "error", "as Anthropic's SDKs expect it: {last}");
        }
        let field = |name: &str| error[name].as_str().map(str::to_owned);
        Some((field("type")?, field("message")?))
    }

    /// That it is a complete answer in the shape that was asked for.
    pub(crate) fn assert_whole(&self) {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.is_stream(), self.stream, "{:?}", self.headers);
        assert_eq!(self.error(), None);
        assert!(self.finish().is_some(), "{}", self.body);
        if self.stream {
            let end = match self.door {
                Door::OpenAi => "data: [DONE]\n\n",
                Door::Anthropic => "data: {\"type\":\"message_stop\"}\n\n",
            };
            assert!(self.body.ends_with(end), "{}", self.body);
        }
    }

    /// That it is an error in the caller's dialect; gives its message.
    pub(crate) fn assert_refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let (kind, message) = self.error().unwrap_or_else(|| panic!("no error: {}", self.body));
        assert!(!kind.is_empty() && !message.is_empty(), "{}", self.body);
        message
    }

    /// That it began well and ended with an error event, and nothing after it.
    pub(crate) fn assert_broken_off(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        let (_, message) = self.error().unwrap_or_else(|| panic!("no error: {}", self.body));
        assert_eq!(self.finish(), None, "it did not end well: {}", self.body);
        assert!(!self.body.contains("[DONE]") && !self.body.contains("message_stop"));
        message
    }

    /// The path that the gateway keeps of it.
    pub(crate) async fn path(&self, bench: &Bench) -> RequestPath {
        bench.path_of(self.header("x-changeover-request-id").unwrap()).await
    }
}

/// The classes with which attempts at a target ended, in order.
pub(crate) fn failures_at(path: &RequestPath, target: &str) -> Vec<FailureClass> {
    let here = path
        .steps
        .iter()
        .filter(|step| step.target.as_ref().is_some_and(|here| here.as_str() == target));
    here.filter_map(|step| match step.outcome {
        Some(Outcome::Failed(class)) => Some(class),
        _ => None,
    })
    .collect()
}
