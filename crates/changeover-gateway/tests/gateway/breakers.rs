//! A breaker's moves, as requests through the gateway bring them about.

use std::time::Duration;

use changeover_domain::{
    BreakerReport, BreakerState, FailureClass, ForcedBreaker, ForcedState, Mode,
};
use changeover_llm::front::Door;
use futures::StreamExt as _;
use futures::future::join_all;

use crate::support::ask::{Ask, WAYS, failures_at};
use crate::support::vendor::Behaviour;
use crate::support::{Bench, LONG, add_route, answers, patient, target_id};

/// `trials` at a time, opened by four failures, tried again after `cooldown`.
async fn bench(trials: u32, cooldown: Duration) -> Bench {
    Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.trials = trials;
        settings.breaker.cooldown = cooldown;
        settings.breaker.cooldown_longest = cooldown;
        settings.breaker.window = LONG;
        settings.shared_serving.fleet.window_least = 0;
        settings.shared_serving.fleet.share_percent = 0;
        add_route(settings, "solo", &["a"], &[Mode::Full]);
    })
    .await
}

async fn breaker(bench: &Bench, route: &str) -> BreakerReport {
    let route = bench.route(route).await;
    route.breakers.into_iter().find(|breaker| breaker.target == target_id("a")).unwrap()
}

/// Opens the breaker of `a`: without a budget each request fails there once.
async fn open(bench: &Bench, route: &str) {
    bench.a.behave(Behaviour::Refuse(500));
    for _ in 0..4 {
        bench.ask(&Ask::openai(route)).await;
    }
    assert_eq!(breaker(bench, route).await.observed, BreakerState::Open);
}

#[tokio::test]
async fn open_refuses_and_says_when_the_next_trial_is() {
    let bench = bench(1, LONG).await;
    open(&bench, "solo").await;
    let calls = bench.a.calls();
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "solo", stream)).await;
        told.assert_refused(if door == Door::Anthropic { told.status } else { 503 });
        assert_eq!(told.header("retry-after"), Some("60"), "an hour is told as a minute");
        assert_eq!(told.attempts(), 0);
    }
    assert_eq!(bench.a.calls(), calls, "an open breaker lets nothing through");
    let beside = bench.ask(&Ask::openai("chat")).await;
    assert_eq!(failures_at(&beside.path(&bench).await, "a").len(), 1, "another route's is its own");
}

#[tokio::test]
async fn a_trial_that_fails_opens_it_again_and_enough_that_succeed_close_it() {
    let bench = bench(2, Duration::from_secs(4)).await;
    open(&bench, "solo").await;
    bench
        .until("a trial was let through and failed", async |bench| {
            let calls = bench.a.calls();
            bench.ask(&Ask::openai("solo")).await;
            bench.a.calls() > calls
        })
        .await;
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::Open);
    bench.a.behave(Behaviour::Answer);
    bench
        .until("the first trial succeeded", async |bench| {
            bench.ask(&Ask::openai("solo")).await.status == 200
        })
        .await;
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::HalfOpen);
    bench.ask(&Ask::new(Door::Anthropic, "solo", true)).await.assert_whole();
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::Closed);
}

#[tokio::test]
async fn trials_never_run_beyond_their_number_however_many_ask() {
    let bench = bench(2, Duration::from_secs(1)).await;
    open(&bench, "chat").await;
    bench.clock.sleep(Duration::from_secs(2)).await;
    let before = bench.a.calls();
    // An answer that is not there yet: the trials stay under way while the others ask.
    bench.a.behave(Behaviour::Hang);
    let others = bench.b.calls() + 38;
    let ask = Ask::openai("chat");
    let asking = join_all((0..40).map(|_| bench.ask(&ask)));
    let looking =
        bench.until("all others went to the standby", async |bench| bench.b.calls() >= others);
    tokio::select! {
        _ = asking => panic!("the trials cannot have ended"),
        () = looking => {}
    }
    assert_eq!(bench.a.calls() - before, 2, "two trials and no more");
}

#[tokio::test]
async fn a_trial_whose_caller_goes_away_gives_its_place_back() {
    let bench = bench(1, Duration::from_secs(1)).await;
    open(&bench, "solo").await;
    bench.clock.sleep(Duration::from_secs(2)).await;
    bench.a.behave(Behaviour::Hang);
    let before = bench.a.calls();
    for round in 1..=3 {
        bench
            .until("the trial is under way", async |bench| {
                let asking = async { bench.ask(&Ask::openai("solo")).await };
                bench.clock.timeout(Duration::from_secs(4), asking).await.ok();
                bench.a.calls() >= before + round
            })
            .await;
    }
    assert_eq!(
        breaker(&bench, "solo").await.observed,
        BreakerState::HalfOpen,
        "nobody said a word"
    );
    bench.a.behave(Behaviour::Answer);
    bench
        .until("a trial closes it", async |bench| {
            bench.ask(&Ask::openai("solo")).await.status == 200
        })
        .await;
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::Closed);
}

#[tokio::test]
async fn a_streamed_trial_tells_at_its_first_words_and_not_at_its_end() {
    let bench = bench(1, Duration::from_secs(1)).await;
    open(&bench, "solo").await;
    bench.clock.sleep(Duration::from_secs(2)).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let running = bench.send(&Ask::new(Door::OpenAi, "solo", true)).await;
    assert_eq!(running.status(), 200);
    let mut body = running.bytes_stream();
    body.next().await.unwrap().unwrap();
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::Closed, "while it still runs");
}

#[tokio::test]
async fn forced_states_win_and_show_beside_what_is_observed() {
    let bench = bench(1, LONG).await;
    let forced = |state| ForcedBreaker { target: target_id("a"), state };
    let mut put = bench.wanted(None, Mode::Full);
    put.forced_breakers = vec![forced(ForcedState::ForcedOpen)];
    bench.set("chat", &put).await;
    let told = bench.ask(&Ask::openai("chat")).await;
    assert_eq!((told.target(), bench.a.calls()), ("b", 0));
    let report = breaker(&bench, "chat").await;
    assert_eq!(report.observed, BreakerState::Closed);
    assert_eq!(report.forced, Some(ForcedState::ForcedOpen));

    put.forced_breakers = vec![forced(ForcedState::ForcedClosed)];
    bench.set("chat", &put).await;
    bench.a.behave(Behaviour::Refuse(500));
    for _ in 0..8 {
        let told = bench.ask(&Ask::openai("chat")).await;
        assert_eq!(told.target(), "b", "the standby saves what fails");
    }
    assert_eq!(bench.a.calls(), 8, "forced closed asks on");
    let report = breaker(&bench, "chat").await;
    assert_eq!(report.observed, BreakerState::Open, "and observes on");
    bench.clear("chat").await;
    bench.ask(&Ask::openai("chat")).await;
    assert_eq!(bench.a.calls(), 8, "lifted, the truth shows at once");
}

#[tokio::test]
async fn the_callers_own_faults_trip_nothing() {
    let bench = bench(1, LONG).await;
    bench.a.script(|_| answers::error(400, "invalid_value", "bad"));
    join_all((0..20).map(|_| async { bench.ask(&Ask::openai("solo")).await.assert_refused(400) }))
        .await;
    let report = breaker(&bench, "solo").await;
    assert_eq!((report.observed, report.calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn slow_answers_trip_it_as_failures_do() {
    let bench = Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.window = LONG;
        settings.breaker.cooldown = LONG;
        settings.breaker.cooldown_longest = LONG;
        for target in &mut settings.catalogue.targets {
            target.slo.total_p95_ms = 0;
        }
    })
    .await;
    for _ in 0..4 {
        bench.ask(&Ask::openai("chat")).await.assert_whole();
    }
    let report = breaker(&bench, "chat").await;
    assert_eq!((report.observed, report.failures), (BreakerState::Open, 0));
}

#[tokio::test]
async fn a_stream_that_breaks_in_the_middle_counts_as_a_failure() {
    let bench = bench(1, LONG).await;
    bench.a.behave(Behaviour::BreakAfterFirstToken);
    for _ in 0..4 {
        let told = bench.ask(&Ask::new(Door::OpenAi, "solo", true)).await;
        told.assert_broken_off();
        let failed = failures_at(&told.path(&bench).await, "a");
        assert_eq!(failed, [FailureClass::ErrorInStream]);
    }
    assert_eq!(breaker(&bench, "solo").await.observed, BreakerState::Open);
}
