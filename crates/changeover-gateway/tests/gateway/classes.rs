//! Every failure class really arises, and what is done about it is what the table says: in either
//! dialect, whole and streamed, with a standby and without.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use changeover_domain::{FailureClass, Mode, Outcome};
use changeover_gateway::GatewaySettings;
use changeover_llm::front::Door;
use changeover_policy::actions::{Matrix, RuleChange, Then};
use serde_json::{Value, json};

use crate::support::answers::{self, answered, error, page};
use crate::support::ask::{Ask, Told, WAYS, failures_at};
use crate::support::vendor::Behaviour;
use crate::support::{Bench, LONG, add_route, patient, serving, target_id};

/// How a vendor is made to fail so.
pub(crate) enum How {
    Script(fn(&Value) -> Response),
    /// It never answers; the limit of this name is short.
    Silent(fn(&mut GatewaySettings)),
    /// It answers so and the limit of this name is short.
    Slow(fn(&Value) -> Response, fn(&mut GatewaySettings)),
    Address(Address),
}

/// Where nobody answers as a vendor would.
pub(crate) enum Address {
    /// Nobody listens.
    Closed,
    /// No such name.
    NoName,
    /// A server that speaks no TLS, asked for it.
    PlainAsTls,
    /// A listener that takes connections and never shakes hands.
    Mute,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// The standby answers. Where there is none the caller gets this status.
    NextTarget(u16),
    /// The caller gets this status, standby or not.
    ToCaller(u16),
    /// The caller gets an answer that ends so, in each dialect's words.
    Ending(&'static str, &'static str),
    /// The stream ends with an error event.
    BrokenOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Whole,
    Streamed,
    Both,
}

pub(crate) struct Cell {
    pub(crate) how: How,
    asked: Asked,
    /// Attempts at the target while another follows, and while none does.
    attempts: [usize; 2],
    pub(crate) end: End,
    /// Whether the breaker hears of it.
    counted: bool,
    /// What broke a stream, where that has a class of its own.
    pub(crate) inner: Option<FailureClass>,
}

fn cell(how: How, attempts: [usize; 2], end: End) -> Cell {
    Cell { how, asked: Asked::Both, attempts, end, counted: true, inner: None }
}

fn script(script: fn(&Value) -> Response, attempts: [usize; 2], end: End) -> Cell {
    cell(How::Script(script), attempts, end)
}

impl Cell {
    fn asked(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    fn broken_by(self, class: FailureClass) -> Self {
        Self { inner: Some(class), ..self }
    }

    /// Whether it arises in answers of this kind.
    pub(crate) fn takes(&self, stream: bool) -> bool {
        match self.asked {
            Asked::Whole => !stream,
            Asked::Streamed => stream,
            Asked::Both => true,
        }
    }

    /// Nothing that the target is blamed for.
    fn callers(self) -> Self {
        Self { counted: false, ..self }
    }
}

fn short_connect(settings: &mut GatewaySettings) {
    settings.limits.connect = Duration::from_secs(2);
}

fn short_first_token(settings: &mut GatewaySettings) {
    settings.limits.first_token = Duration::from_secs(2);
}

fn short_stall(settings: &mut GatewaySettings) {
    settings.limits.stall = Duration::from_secs(2);
}

fn short_attempt(settings: &mut GatewaySettings) {
    settings.limits.attempt = Duration::from_secs(2);
}

/// The cells of a class. A class that is added to the list has no cell until it gets one here.
#[expect(clippy::too_many_lines, reason = "a table, to be read as one")]
pub(crate) fn cells(class: FailureClass) -> Vec<Cell> {
    use FailureClass as Class;
    let twice = [2, 3];
    let once = [1, 1];
    let when_alone = [1, 3];
    match class {
        Class::Connect => vec![cell(How::Address(Address::Closed), twice, End::NextTarget(502))],
        Class::Dns => vec![cell(How::Address(Address::NoName), [1, 2], End::NextTarget(502))],
        Class::Tls => vec![cell(How::Address(Address::PlainAsTls), once, End::NextTarget(502))],
        Class::TimeoutConnect => {
            vec![cell(How::Address(Address::Mute), [1, 2], End::NextTarget(504))]
        }
        Class::TimeoutFirstToken => {
            vec![
                cell(How::Silent(short_first_token), once, End::NextTarget(504))
                    .asked(Asked::Streamed),
            ]
        }
        Class::TimeoutTotal => vec![
            cell(How::Silent(short_attempt), once, End::NextTarget(504)).asked(Asked::Whole),
            script(|_| error(408, "timeout", "timed out"), once, End::NextTarget(504)),
        ],
        Class::TimeoutStall => {
            let begun = |_: &Value| answers::stalling(&[answers::piece("half")]);
            vec![cell(How::Slow(begun, short_stall), once, End::BrokenOff).asked(Asked::Streamed)]
        }
        Class::RateLimited => vec![script(
            |_| error(429, "rate_limit_exceeded", "Rate limit reached for requests per min"),
            when_alone,
            End::NextTarget(429),
        )],
        Class::ConcurrencyLimited => vec![script(
            |_| error(429, "too_many_concurrent_requests", "too many concurrent requests"),
            when_alone,
            End::NextTarget(429),
        )],
        Class::QuotaExhausted => vec![script(
            |_| error(429, "rate_limit_exceeded", "Limit of requests per day (RPD) reached"),
            once,
            End::NextTarget(429),
        )],
        Class::SpendCap => vec![script(
            |_| error(429, "insufficient_quota", "check your plan and billing details"),
            once,
            End::NextTarget(502),
        )],
        Class::Overloaded => {
            vec![script(|_| error(503, "overloaded", "too busy"), twice, End::NextTarget(503))]
        }
        Class::ServerError => {
            vec![script(|_| error(500, "server_error", "it broke"), twice, End::NextTarget(502))]
        }
        Class::GatewayError => vec![script(|_| page(502), twice, End::NextTarget(502))],
        Class::InvalidRequest => vec![
            script(|_| error(400, "invalid_value", "bad"), once, End::ToCaller(400)).callers(),
            script(|_| error(422, "invalid_value", "bad"), once, End::ToCaller(400)).callers(),
        ],
        Class::Authentication => {
            vec![script(|_| error(401, "invalid_api_key", "no"), once, End::NextTarget(502))]
        }
        Class::Permission => {
            vec![script(|_| error(403, "forbidden", "not yours"), once, End::NextTarget(502))]
        }
        Class::ModelNotFound => {
            vec![script(|_| error(404, "model_not_found", "no model"), once, End::NextTarget(502))]
        }
        Class::ContextLength => vec![
            script(
                |_| error(400, "context_length_exceeded", "maximum context length is 8"),
                once,
                End::ToCaller(400),
            )
            .callers(),
        ],
        Class::PayloadTooLarge => vec![
            script(|_| error(413, "too_large", "too large"), once, End::ToCaller(413)).callers(),
        ],
        Class::ContentFilter => vec![
            script(|_| error(400, "content_filter", "filtered"), once, End::ToCaller(400))
                .callers(),
            script(
                |asked| answered(asked, &json!({"content": ""}), "content_filter"),
                once,
                End::Ending("content_filter", "refusal"),
            )
            .callers(),
        ],
        Class::Refusal => vec![
            script(
                |asked| answered(asked, &json!({"refusal": "I will not."}), "stop"),
                once,
                End::Ending("stop", "refusal"),
            )
            .callers(),
        ],
        Class::MalformedOutput => vec![script(
            |_| ([("content-type", "application/json")], "{\"id\":").into_response(),
            [2, 2],
            End::NextTarget(502),
        )],
        Class::MalformedToolCall => {
            vec![script(bad_call, [2, 2], End::NextTarget(502)).asked(Asked::Whole)]
        }
        Class::Truncated => vec![
            script(
                |asked| answered(asked, &json!({"content": ""}), "length"),
                once,
                End::Ending("length", "max_tokens"),
            )
            .callers(),
        ],
        Class::Empty => vec![script(
            |asked| answered(asked, &json!({"content": ""}), "stop"),
            [2, 2],
            End::NextTarget(502),
        )],
        Class::ErrorInStream => vec![
            script(|_| broken_by("server_error", "it broke"), twice, End::NextTarget(502))
                .broken_by(Class::ServerError),
            script(|_| broken_by("context_length_exceeded", "long"), once, End::ToCaller(400))
                .broken_by(Class::ContextLength)
                .callers(),
            script(|_| broken_by("insufficient_quota", "pay"), once, End::NextTarget(502))
                .broken_by(Class::SpendCap),
            script(|_| garbled(), [2, 2], End::NextTarget(502)).broken_by(Class::MalformedOutput),
            script(|_| broken_by("zorp", "zorp"), once, End::NextTarget(502))
                .broken_by(Class::Unknown),
        ]
        .into_iter()
        .map(|cell| cell.asked(Asked::Streamed))
        .collect(),
        Class::ClientCancelled => {
            vec![script(|_| error(499, "cancelled", "gone"), once, End::ToCaller(499)).callers()]
        }
        Class::Unknown => vec![script(|_| error(200, "zorp", "zorp"), once, End::NextTarget(502))],
    }
}

fn bad_call(asked: &Value) -> Response {
    let call = json!({"index": 0, "id": "c1", "type": "function",
        "function": {"name": "f", "arguments": "{\"a\":"}});
    answered(asked, &json!({"role": "assistant", "tool_calls": [call]}), "tool_calls")
}

/// A stream that breaks before its first token, by an error of this name.
fn broken_by(code: &str, message: &str) -> Response {
    let error =
        json!({"error": {"message": message, "type": "error", "param": null, "code": code}});
    answers::events(&[answers::delta(&json!({"role": "assistant", "content": ""})), error], false)
}

/// A stream of which an event cannot be read.
fn garbled() -> Response {
    ([("content-type", "text/event-stream")], "data: {\"id\":\n\n").into_response()
}

async fn bench(how: &How) -> (Bench, Option<tokio::net::TcpListener>) {
    bench_with(how, |_| {}).await
}

/// A gateway whose first vendor fails so. The listener takes connections for as long as it is held.
pub(crate) async fn bench_with(
    how: &How,
    change: impl FnOnce(&mut GatewaySettings),
) -> (Bench, Option<tokio::net::TcpListener>) {
    let mut mute = None;
    let address = match how {
        How::Address(Address::Closed) => {
            let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            Some(format!("http://{}", closed.local_addr().unwrap()))
        }
        How::Address(Address::NoName) => Some("http://vendor.invalid".to_owned()),
        How::Address(Address::Mute) => {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("https://{}", listener.local_addr().unwrap());
            mute = Some(listener);
            Some(address)
        }
        _ => None,
    };
    let bench = Bench::start_with(|settings| {
        patient(settings);
        add_route(settings, "solo", &["a"], &[Mode::Full]);
        // What trips a breaker and what all retries may cost are other tests' matters.
        settings.breaker.minimum_calls = 1_000;
        settings.breaker.window = LONG;
        settings.shared_serving.fleet.window_least = 1_000;
        let a = &mut settings.catalogue.providers[0].provider;
        match how {
            How::Address(Address::PlainAsTls) => a.base_url = a.base_url.replace("http:", "https:"),
            How::Address(Address::Mute) => short_connect(settings),
            How::Silent(shorten) | How::Slow(_, shorten) => shorten(settings),
            _ => {}
        }
        if let Some(address) = address {
            settings.catalogue.providers[0].provider.base_url = address;
        }
        change(settings);
    })
    .await;
    match how {
        How::Script(script) | How::Slow(script, _) => bench.a.script(*script),
        How::Silent(_) => bench.a.behave(Behaviour::Hang),
        How::Address(_) => {}
    }
    (bench, mute)
}

async fn calls_counted(bench: &Bench, route: &str) -> u32 {
    let route = bench.route(route).await;
    route.breakers.iter().find(|breaker| breaker.target == target_id("a")).unwrap().calls
}

/// Asks once, and holds what came against the cell.
async fn hold(bench: &Bench, cell: &Cell, class: FailureClass, way: (Door, bool), alone: bool) {
    let (door, stream) = way;
    let route = if alone { "solo" } else { "chat" };
    let what = format!("{class:?} as {way:?} at {route}");
    let before = calls_counted(bench, route).await;
    let told = bench.ask(&Ask::new(door, route, stream)).await;
    let path = told.path(bench).await;
    let [beside, by_itself] = cell.attempts;
    let expected = if alone { by_itself } else { beside };
    let seen = failures_at(&path, "a");
    assert_eq!(seen, vec![class; expected], "{what}: {path:?}");
    let by_standby = !alone && matches!(cell.end, End::NextTarget(_));
    let attempts = expected + usize::from(by_standby);
    assert_eq!(usize::try_from(told.attempts()).unwrap(), attempts, "{what}");
    let counted = calls_counted(bench, route).await - before;
    let blamed = if cell.counted { expected } else { 0 };
    assert_eq!(usize::try_from(counted).unwrap(), blamed, "{what}: what the breaker heard");
    assert_eq!(told.target(), if by_standby { "b" } else { "a" }, "{what}");
    let outcome = if by_standby { Outcome::Ok } else { Outcome::Failed(class) };
    assert_eq!(path.outcome, outcome, "{what}");
    assert_end(&told, cell.end, by_standby, door, &what);
}

pub(crate) fn assert_end(told: &Told, end: End, by_standby: bool, door: Door, what: &str) {
    match end {
        End::NextTarget(_) if by_standby => {
            told.assert_whole();
            assert_eq!(told.text(), "from b", "{what}: nothing of the first target's words");
        }
        End::NextTarget(status) | End::ToCaller(status) => {
            let overload = if door == Door::Anthropic { 529 } else { 503 };
            told.assert_refused(if status == 503 { overload } else { status });
        }
        End::Ending(openai, anthropic) => {
            told.assert_whole();
            let expected = if door == Door::Anthropic { anthropic } else { openai };
            assert_eq!(told.finish().as_deref(), Some(expected), "{what}");
        }
        End::BrokenOff => {
            told.assert_broken_off();
            assert_eq!(told.text(), "half", "{what}");
        }
    }
}

async fn hold_all(class: FailureClass) {
    for cell in cells(class) {
        let (bench, _mute) = bench(&cell.how).await;
        for way in WAYS {
            if cell.takes(way.1) {
                hold(&bench, &cell, class, way, false).await;
                hold(&bench, &cell, class, way, true).await;
            }
        }
    }
}

macro_rules! class_tests {
    ($($name:ident: $($class:ident),+;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                $(hold_all(FailureClass::$class).await;)+
            }
        )+

        #[test]
        fn no_class_is_left_out() {
            let held = [$($(FailureClass::$class),+),+];
            let missing: Vec<_> =
                FailureClass::ALL.into_iter().filter(|class| !held.contains(class)).collect();
            assert_eq!(missing, []);
        }
    };
}

class_tests! {
    below_http_the_table_is_kept: Connect, Dns, Tls, TimeoutConnect;
    when_time_runs_out_the_table_is_kept: TimeoutFirstToken, TimeoutStall, TimeoutTotal;
    at_a_limit_the_table_is_kept: RateLimited, ConcurrencyLimited, QuotaExhausted, SpendCap;
    when_the_vendor_breaks_the_table_is_kept: Overloaded, ServerError, GatewayError, Unknown;
    what_the_caller_must_mend_is_asked_once: InvalidRequest, ContextLength, PayloadTooLarge,
        ClientCancelled;
    what_we_must_mend_goes_to_the_standby: Authentication, Permission, ModelNotFound;
    what_the_model_would_not_say_goes_to_the_caller: ContentFilter, Refusal, Truncated;
    what_the_model_said_wrongly_is_asked_again: MalformedOutput, MalformedToolCall, Empty;
    what_breaks_a_stream_counts_as_what_broke_it: ErrorInStream;
}

#[tokio::test]
async fn a_route_changes_its_own_table_and_no_other() {
    let change = |class, retries, then| {
        let change = RuleChange { retries, then, ..RuleChange::default() };
        Matrix::with_changes(&[(class, change)].into()).unwrap()
    };
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 1_000;
        settings.shared_serving.fleet.window_least = 1_000;
        let modes = [Mode::Full, Mode::Template];
        let server_error = FailureClass::ServerError;
        add_route(settings, "patient", &["a", "b"], &modes);
        serving(settings, "patient").actions = change(server_error, Some(3), None);
        add_route(settings, "blunt", &["a", "b"], &modes);
        serving(settings, "blunt").actions = change(server_error, Some(0), Some(Then::ToCaller));
        add_route(settings, "modest", &["a", "b"], &modes);
        serving(settings, "modest").actions = change(server_error, Some(0), Some(Then::NextMode));
        serving(settings, "modest").step_down_to = Some(Mode::Template);
        add_route(settings, "usual", &["a", "b"], &modes);
    })
    .await;
    bench.a.script(|_| error(500, "server_error", "it broke"));
    for (door, stream) in WAYS {
        let patient = bench.ask(&Ask::new(door, "patient", stream)).await;
        assert_eq!((patient.target(), patient.attempts()), ("b", 5), "1 and 3 retries, then b");
        let blunt = bench.ask(&Ask::new(door, "blunt", stream)).await;
        blunt.assert_refused(502);
        assert_eq!((blunt.target(), blunt.attempts()), ("a", 1));
        let modest = bench.ask(&Ask::new(door, "modest", stream)).await;
        modest.assert_whole();
        assert_eq!(modest.header("x-changeover-mode"), Some("template"));
        assert_eq!((modest.target(), modest.attempts()), ("none", 1), "b was never asked");
        let usual = bench.ask(&Ask::new(door, "usual", stream)).await;
        assert_eq!((usual.target(), usual.attempts()), ("b", 3));
    }
}

#[tokio::test]
async fn retries_of_all_requests_together_stay_within_the_fleets_budget() {
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 1_000;
        settings.shared_serving.fleet.window = LONG;
        settings.shared_serving.fleet.window_least = 5;
        settings.shared_serving.fleet.share_percent = 10;
    })
    .await;
    bench.a.script(|_| error(500, "server_error", "it broke"));
    let asks = (0..100).map(|_| async { bench.ask(&Ask::openai("chat")).await.assert_whole() });
    futures::future::join_all(asks).await;
    let retries = bench.a.calls() - 100;
    assert!((5..=10).contains(&retries), "a tenth of 100 requests, but {retries}");
    assert_eq!(bench.b.calls(), 100, "going to the next target costs nothing");
}
