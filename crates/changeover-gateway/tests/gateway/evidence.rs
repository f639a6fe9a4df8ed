//! What an attempt's end says about its target, and what it does not: one caller must not be able to
//! close a route for all others.

use std::time::Duration;

use changeover_domain::{BreakerReport, BreakerState, FailureClass, Mode};
use changeover_gateway::GatewaySettings;
use changeover_llm::front::Door;
use futures::future::join_all;
use serde_json::json;

use crate::support::ask::{Ask, WAYS, failures_at};
use crate::support::vendor::Behaviour;
use crate::support::{Bench, LONG, add_route, answers, patient, serving, target_id};

/// Four calls are enough for a breaker, and it forgets nothing.
async fn bench(change: impl FnOnce(&mut GatewaySettings)) -> Bench {
    Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.window = LONG;
        settings.breaker.cooldown = LONG;
        settings.breaker.cooldown_longest = LONG;
        settings.shared_serving.fleet.window_least = 0;
        settings.shared_serving.fleet.share_percent = 0;
        add_route(settings, "solo", &["a"], &[Mode::Full]);
        change(settings);
    })
    .await
}

async fn breaker(bench: &Bench, route: &str, target: &str) -> BreakerReport {
    let route = bench.route(route).await;
    route.breakers.into_iter().find(|breaker| breaker.target == target_id(target)).unwrap()
}

fn held_to_a_second(settings: &mut GatewaySettings) {
    for target in &mut settings.catalogue.targets {
        target.slo.total_p95_ms = 1_000;
        target.slo.time_to_first_token_p95_ms = 1_000;
    }
}

/// Six callers at once who wait for ten seconds.
async fn ask_in_a_hurry(bench: &Bench) {
    bench.a.behave(Behaviour::Hang);
    let hurried =
        |stream| Ask::new(Door::OpenAi, "solo", stream).header("x-changeover-deadline-ms", "10050");
    let asks: Vec<Ask> = (0..6).map(|number| hurried(number % 2 == 0)).collect();
    for told in join_all(asks.iter().map(|ask| bench.ask(ask))).await {
        told.assert_refused(504);
    }
    assert!(bench.a.calls() >= 4, "enough of them came to the target");
}

#[tokio::test]
async fn callers_in_a_hurry_open_nobodys_breaker() {
    let bench = bench(|_| {}).await;
    ask_in_a_hurry(&bench).await;
    let report = breaker(&bench, "solo", "a").await;
    assert_eq!((report.observed, report.calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn a_target_later_than_it_is_held_to_is_found_out_by_hurried_callers_too() {
    let bench = bench(held_to_a_second).await;
    ask_in_a_hurry(&bench).await;
    let report = breaker(&bench, "solo", "a").await;
    assert_eq!((report.observed, report.failures), (BreakerState::Open, 0), "slow, not failed");
}

#[tokio::test]
async fn a_black_hole_in_front_does_not_open_the_standbys_breaker() {
    let bench = bench(|settings| {
        settings.limits.attempt = Duration::from_secs(20);
        serving(settings, "chat").budget.total = Duration::from_secs(30);
    })
    .await;
    bench.a.behave(Behaviour::Hang);
    // It would answer, but not in the third that is left.
    bench.b.behave(Behaviour::Hang);
    let ask = Ask::openai("chat");
    for told in join_all((0..4).map(|_| bench.ask(&ask))).await {
        let path = told.path(&bench).await;
        assert_eq!(failures_at(&path, "a"), [FailureClass::TimeoutTotal]);
        assert_eq!(failures_at(&path, "b"), [FailureClass::TimeoutTotal]);
    }
    let primary = breaker(&bench, "chat", "a").await;
    assert_eq!((primary.observed, primary.failures), (BreakerState::Open, 4), "it had its time");
    let standby = breaker(&bench, "chat", "b").await;
    assert_eq!((standby.observed, standby.calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn a_hang_longer_than_the_callers_patience_is_learnt() {
    for stream in [false, true] {
        let bench = bench(held_to_a_second).await;
        bench.a.behave(Behaviour::Hang);
        let ask = Ask::new(Door::OpenAi, "solo", stream);
        bench
            .until("its breaker has opened", async |bench| {
                let patience = Duration::from_secs(4);
                bench.clock.timeout(patience, bench.ask(&ask)).await.ok();
                breaker(bench, "solo", "a").await.observed == BreakerState::Open
            })
            .await;
        assert_eq!(breaker(&bench, "solo", "a").await.failures, 0, "slow, not failed");
    }
}

#[tokio::test]
async fn an_answer_that_a_judge_finds_wanting_is_not_held_against_the_target() {
    let bench = bench(|settings| {
        add_route(settings, "judged", &["a", "b"], &[Mode::Full]);
        serving(settings, "judged").validation = Some(std::sync::Arc::default());
    })
    .await;
    let number = json!({"type": "integer", "minimum": 2, "maximum": 1});
    let schema = json!({"type": "object", "properties": {"n": number}, "required": ["n"]});
    let format = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    for vendor in [&bench.a, &bench.b] {
        vendor.script(|asked| answers::text(asked, "{\"n\":1}"));
    }
    for stream in [false, true] {
        let ask = Ask::new(Door::OpenAi, "judged", stream).with("response_format", format.clone());
        for _ in 0..6 {
            let told = bench.ask(&ask).await;
            let failures = failures_at(&told.path(&bench).await, "a");
            assert_eq!(failures, [FailureClass::MalformedOutput], "it is not given as sound");
        }
    }
    for target in ["a", "b"] {
        let report = breaker(&bench, "judged", target).await;
        assert_eq!((report.observed, report.calls), (BreakerState::Closed, 0), "{target}");
    }
}

#[tokio::test]
async fn nothing_before_the_callers_own_stop_text_is_an_answer() {
    let bench = bench(|settings| {
        add_route(settings, "judged", &["a"], &[Mode::Full]);
        serving(settings, "judged").validation = Some(std::sync::Arc::default());
    })
    .await;
    bench.a.script(|asked| answers::answered(asked, &json!({"content": ""}), "stop"));
    for route in ["solo", "judged"] {
        for (door, stream) in WAYS {
            let field = if door == Door::OpenAi { "stop" } else { "stop_sequences" };
            let told = bench.ask(&Ask::new(door, route, stream).with(field, json!(["\n"]))).await;
            told.assert_whole();
            assert_eq!((told.text().as_str(), told.attempts()), ("", 1));
        }
        let report = breaker(&bench, route, "a").await;
        assert_eq!((report.calls, report.failures), (4, 0), "{route}");
    }
}

#[tokio::test]
async fn a_stream_that_stalls_for_longer_than_its_callers_wait_is_found_out() {
    let bench = bench(held_to_a_second).await;
    bench.a.behave(Behaviour::StallAfterFirstToken);
    let asks: Vec<Ask> = (0..6).map(|_| Ask::new(Door::OpenAi, "solo", true)).collect();
    let mut streams = join_all(asks.iter().map(|ask| bench.send(ask))).await;
    for stream in &mut streams {
        assert!(stream.chunk().await.unwrap().is_some(), "it has begun");
    }
    bench.clock.sleep(Duration::from_secs(4)).await;
    drop(streams);
    bench
        .until("its breaker opens", async |bench| {
            breaker(bench, "solo", "a").await.observed == BreakerState::Open
        })
        .await;
}

#[tokio::test]
async fn the_path_of_a_request_repeats_nothing_that_was_asked() {
    let bench = bench(|_| {}).await;
    bench.a.behave(Behaviour::Echo(400));
    for (door, stream) in WAYS {
        let secret = json!([{"role": "user", "content": "prompt-hush"}]);
        let told = bench.ask(&Ask::new(door, "solo", stream).with("messages", secret)).await;
        told.assert_refused(400);
        assert!(told.body.contains("prompt-hush"), "the caller may read what the vendor said");
        let path = told.path(&bench).await;
        let failed = path.steps.iter().find(|step| step.outcome.is_some()).unwrap();
        let expected = "invalid_request, HTTP 400, vendor's code `invalid_request_error`";
        assert_eq!(failed.what, expected);
        let all = serde_json::to_string(&path).unwrap();
        assert!(!all.contains("hush") && !all.contains("cannot take"), "{all}");
    }
}
