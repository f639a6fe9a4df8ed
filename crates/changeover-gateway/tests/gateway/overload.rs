//! Too many at once: who waits, who is turned away, and what callers are told.

use std::collections::HashMap;
use std::time::Duration;

use changeover_domain::{Criticality, FailureClass, Mode, UnixMs};
use changeover_gateway::{Caller, GatewaySettings};
use changeover_http::Secret;
use changeover_llm::front::Door;
use changeover_policy::actions::{Matrix, RuleChange};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::ask::{Ask, Told, WAYS, failures_at};
use crate::support::vendor::Behaviour;
use crate::support::{Bench, LONG, add_route, answers, patient, serving};

/// One target, one place at it, `queue` who may wait; a route of each tier.
async fn bench(queue: u32, queue_wait: Duration) -> Bench {
    Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 1_000;
        settings.shared_serving.concurrency.most = 1;
        settings.shared_serving.concurrency.queue = queue;
        settings.shared_serving.concurrency.queue_wait = queue_wait;
        for (id, tier) in [
            ("must", Criticality::MustSucceed),
            ("can", Criticality::CanDegrade),
            ("later", Criticality::CanDelay),
        ] {
            add_route(settings, id, &["a"], &[Mode::Full]);
            settings.catalogue.routes.last_mut().unwrap().criticality = tier;
        }
    })
    .await
}

/// Takes the only place, until the answer is dropped.
async fn occupy(bench: &Bench) -> reqwest::Response {
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let answer = bench.send(&Ask::new(Door::OpenAi, "must", true)).await;
    assert_eq!(answer.status(), 200);
    bench.a.behave(Behaviour::Answer);
    answer
}

#[tokio::test]
async fn the_least_critical_is_turned_away_first_and_told_when_to_come_back() {
    let bench = bench(2, LONG).await;
    let occupied = occupy(&bench).await;
    let later = Ask::openai("later");
    let can = Ask::new(Door::Anthropic, "can", true);
    let must = Ask::openai("must");
    let mut first = Box::pin(bench.ask(&later));
    let mut second = Box::pin(bench.ask(&can));
    let mut third = Box::pin(bench.ask(&must));
    let shed = async {
        tokio::select! {
            told = &mut first => told,
            _ = &mut second => panic!("the only place is taken"),
            _ = &mut third => panic!("the only place is taken"),
        }
    };
    let told = shed.await;
    let message = told.assert_refused(429);
    assert!(message.contains("waiting"), "{message}");
    let wait: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait), "{wait}");
    assert_eq!(told.attempts(), 0);
    bench.a.release();
    let (second, third) = tokio::join!(second, third);
    second.assert_whole();
    third.assert_whole();
    drop(occupied);
}

#[tokio::test]
async fn who_has_waited_too_long_is_refused_in_its_dialect() {
    let bench = bench(8, Duration::from_secs(4)).await;
    let _occupied = occupy(&bench).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "can", stream)).await;
        told.assert_refused(429);
        assert!(told.header("retry-after").is_some());
    }
    assert_eq!(bench.a.calls(), 1, "nobody who waited in vain was sent on");
}

#[tokio::test]
async fn who_hangs_up_leaves_line_and_place_to_others() {
    let bench = bench(8, LONG).await;
    let occupied = occupy(&bench).await;
    for _ in 0..5 {
        let gone = async { bench.ask(&Ask::openai("can")).await };
        let waited = bench.clock.timeout(Duration::from_secs(2), gone).await;
        assert!(waited.is_err(), "it waits");
    }
    drop(occupied);
    bench.ask(&Ask::openai("can")).await.assert_whole();
    assert_eq!(bench.a.calls(), 2, "those who had gone were not sent on");
}

#[tokio::test]
async fn no_more_are_at_a_target_than_its_limit() {
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.shared_serving.concurrency.most = 3;
        settings.shared_serving.concurrency.queue_wait = LONG;
    })
    .await;
    bench.a.behave(Behaviour::Busy);
    let asks = (0..60).map(|_| async { bench.ask(&Ask::openai("chat")).await.assert_whole() });
    join_all(asks).await;
    assert_eq!(bench.a.most_at_once(), 3);
    assert_eq!(bench.b.calls(), 0, "waiting is no failure");
}

#[tokio::test]
async fn a_vendor_that_says_too_many_gets_fewer_at_once() {
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 1_000;
        settings.shared_serving.concurrency.most = 40;
        settings.shared_serving.concurrency.queue_wait = LONG;
        add_route(settings, "solo", &["a"], &[Mode::Full]);
    })
    .await;
    bench.a.script(|_| answers::error(429, "rate_limit_exceeded", "Rate limit reached"));
    // One alone is refused: half of one in flight is one.
    bench.ask(&Ask::openai("chat")).await.assert_whole();
    bench.a.unscript();
    bench.a.behave(Behaviour::Busy);
    let asks = (0..40).map(|_| async { bench.ask(&Ask::openai("solo")).await.assert_whole() });
    join_all(asks).await;
    let most = bench.a.most_at_once();
    assert!(most <= 8, "lowered to 1, and up by one for each limit's worth: {most}");
}

#[tokio::test]
async fn a_stated_wait_sends_the_next_request_elsewhere_at_once() {
    let bench = Bench::start_with(|settings| {
        patient(settings);
        add_route(settings, "solo", &["a"], &[Mode::Full]);
    })
    .await;
    bench.a.script(|_| {
        let refused = answers::error(429, "rate_limit_exceeded", "Rate limit reached");
        answers::with_header(refused, "retry-after", "50")
    });
    for _ in 0..3 {
        let told = bench.ask(&Ask::openai("chat")).await;
        assert_eq!(told.target(), "b");
    }
    assert_eq!(bench.a.calls(), 1, "the first was told, the others were spared");
}

#[tokio::test]
async fn a_stated_wait_that_does_not_fit_is_handed_on_to_the_caller() {
    let bench = Bench::start_with(|settings: &mut GatewaySettings| {
        patient(settings);
        add_route(settings, "solo", &["a"], &[Mode::Full]);
        serving(settings, "solo").budget.total = Duration::from_secs(40);
    })
    .await;
    bench.a.script(|_| {
        let refused = answers::error(429, "rate_limit_exceeded", "Rate limit reached");
        answers::with_header(refused, "retry-after", "3000")
    });
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "solo", stream)).await;
        told.assert_refused(429);
        assert_eq!(told.header("retry-after"), Some("3000"));
        assert_eq!(told.attempts(), 1, "nobody waits for an hour");
    }
}

#[tokio::test]
async fn the_callers_deadline_shortens_the_requests_time() {
    let bench = Bench::start_with(patient).await;
    bench.a.behave(Behaviour::Hang);
    bench.b.behave(Behaviour::Hang);
    for (name, value) in [
        ("x-changeover-deadline-ms", "12000"),
        ("x-stainless-timeout", "12"),
        ("x-stainless-read-timeout", "12.0"),
    ] {
        for door in [Door::OpenAi, Door::Anthropic] {
            let told = bench.ask(&Ask::new(door, "chat", false).header(name, value)).await;
            told.assert_refused(504);
            let path = told.path(&bench).await;
            assert_eq!(failures_at(&path, "a"), [FailureClass::TimeoutTotal]);
            assert!(path.total_ms >= 10_000, "{name}: it used its time: {path:?}");
        }
    }
    let told = bench.ask(&Ask::openai("chat").header("x-changeover-deadline-ms", "0")).await;
    let message = told.assert_refused(504);
    assert!(message.contains("the time that the caller gives was over"), "{message}");
    assert_eq!(told.attempts(), 0);
}

/// How long each client's second attempt came after its first, in seconds.
fn waits(bench: &Bench) -> Vec<f64> {
    let mut first: HashMap<String, UnixMs> = HashMap::new();
    let mut waits = Vec::new();
    for (asked, at) in bench.a.asked().iter().zip(bench.a.arrivals()) {
        let client = asked["messages"][0]["content"].to_string();
        match first.get(&client) {
            None => drop(first.insert(client, at)),
            Some(begun) => waits.push(at.since(*begun).as_secs_f64()),
        }
    }
    waits
}

/// The pause that was drawn for a request, in seconds.
async fn drawn_pause(bench: &Bench, told: &Told) -> f64 {
    let path = told.path(bench).await;
    let drawn = path.steps.iter().find_map(|step| {
        step.what.strip_prefix("another attempt after ")?.strip_suffix(" ms")?.parse::<f64>().ok()
    });
    drawn.unwrap_or_else(|| panic!("no pause: {path:?}")) / 1_000.0
}

/// How many of `waits` lie in each fifth of `spread`; what is later counts for the last.
fn fifths(waits: &[f64], spread: Duration) -> [usize; 5] {
    let mut fifths = [0; 5];
    for wait in waits {
        let bounds = [0.2, 0.4, 0.6, 0.8].map(|part| part * spread.as_secs_f64());
        fifths[bounds.iter().filter(|bound| *wait >= **bound).count()] += 1;
    }
    fifths
}

#[tokio::test]
async fn clients_that_fail_together_do_not_come_back_together() {
    const CLIENTS: usize = 500;
    let spread = Duration::from_secs(100);
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 100_000;
        settings.shared_serving.fleet.window = LONG;
        settings.shared_serving.fleet.share_percent = 100;
        // Wide pauses, against which a busy machine's own delays are small.
        settings.shared_serving.backoff.base = spread;
        settings.shared_serving.backoff.cap = spread;
        add_route(settings, "solo", &["a"], &[Mode::Full]);
        let change = RuleChange { retries: Some(1), ..RuleChange::default() };
        let changes = [(FailureClass::ServerError, change)].into();
        serving(settings, "solo").actions = Matrix::with_changes(&changes).unwrap();
    })
    .await;
    bench.a.note_arrivals(bench.clock.clone());
    bench.a.script(|_: &Value| answers::error(500, "server_error", "it broke"));
    let ask = |client: usize| {
        let question = json!([{"role": "user", "content": format!("client {client}")}]);
        Ask::openai("solo").with("messages", question)
    };
    let asks: Vec<Ask> = (0..CLIENTS).map(ask).collect();
    let told = join_all(asks.iter().map(|ask| bench.ask(ask))).await;
    let drawn = join_all(told.iter().map(|told| drawn_pause(&bench, told))).await;
    // Even over the bound: 100 in each, give or take 9. Backoff without jitter puts all of them into
    // one fifth, and equal jitter none into the first two.
    let drawn = fifths(&drawn, spread);
    assert!(drawn.iter().all(|here| (55..=145).contains(here)), "{drawn:?}");
    // And so they come, as evenly as a busy machine allows: it delays them, but makes no wave.
    let waits = waits(&bench);
    assert_eq!(waits.len(), CLIENTS, "each came back once");
    let came = fifths(&waits, spread);
    assert!(came.iter().all(|here| *here < CLIENTS * 4 / 5), "a wave: {came:?}");
}

/// Two applications, one of which may have two requests under way.
fn two_callers(settings: &mut GatewaySettings, concurrency: Option<u32>) {
    patient(settings);
    let caller = |name: &str, key: &str, concurrency| Caller {
        name: name.to_owned(),
        key: Secret::new(key),
        routes: None,
        concurrency,
    };
    settings.callers =
        vec![caller("shop", "shop-key", concurrency), caller("desk", "desk-key", None)];
}

#[tokio::test]
async fn a_caller_has_no_more_under_way_than_its_entry_allows() {
    let bench = Bench::start_with(|settings| two_callers(settings, Some(2))).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let shop = |door, stream| Ask::new(door, "chat", stream).key("shop-key");
    let mut streams = Vec::new();
    for _ in 0..2 {
        let answer = bench.send(&shop(Door::OpenAi, true)).await;
        assert_eq!(answer.status(), 200);
        streams.push(answer);
    }
    for (door, stream) in WAYS {
        let told = bench.ask(&shop(door, stream)).await;
        let message = told.assert_refused(429);
        assert!(message.contains("`shop` has 2 requests under way"), "{message}");
        assert_eq!(told.header("retry-after"), Some("1"));
    }
    let url = format!("{}/v1/embeddings", bench.gateway().base_url());
    let ask =
        bench.http.post(url).bearer_auth("shop-key").json(&json!({"model": "chat", "input": ""}));
    assert_eq!(ask.send().await.unwrap().status(), 429);
    assert_eq!(bench.a.calls(), 2, "no provider was asked");
    bench.a.behave(Behaviour::Answer);
    bench.ask(&Ask::openai("chat").key("desk-key")).await.assert_whole();
    let metrics = bench.admin(reqwest::Method::GET, "/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains("changeover_caller_requests_refused_total{caller=\"shop\"} 5"),
        "{metrics}"
    );
    assert!(metrics.contains("changeover_caller_requests{caller=\"shop\"} 2"), "{metrics}");
    // A stream that ends gives its place back, and so does one whose caller goes away.
    drop(streams.pop());
    bench
        .until("its place is free", async |bench| {
            bench.ask(&shop(Door::Anthropic, false)).await.status == 200
        })
        .await;
    bench.a.release();
    streams.pop().unwrap().text().await.unwrap();
    bench
        .until("all places are free", async |bench| {
            let asks = [shop(Door::OpenAi, false), shop(Door::OpenAi, true)];
            join_all(asks.iter().map(|ask| bench.ask(ask)))
                .await
                .iter()
                .all(|told| told.status == 200)
        })
        .await;
}

#[tokio::test]
async fn a_reload_changes_how_many_a_caller_may_have_under_way() {
    let bench = Bench::start_with(|settings| two_callers(settings, None)).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let ask = Ask::new(Door::OpenAi, "chat", true).key("shop-key");
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(bench.send(&ask).await);
    }
    let reloaded = |concurrency| {
        let mut settings = bench.settings();
        two_callers(&mut settings, concurrency);
        bench.gateway().reload(settings).unwrap().changed
    };
    assert_eq!(reloaded(Some(3)), ["caller `shop` changed"]);
    bench.ask(&ask).await.assert_refused(429);
    assert_eq!(reloaded(Some(4)), ["caller `shop` changed"]);
    streams.push(bench.send(&ask).await);
    assert_eq!(streams.last().unwrap().status(), 200, "one more was allowed");
    bench.a.release();
}
