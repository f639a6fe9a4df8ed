//! What a request is counted as: whose time it was, and what is owed for it.

use std::time::Duration;

use changeover_domain::{FailureClass, Mode, Nanodollars, Outcome, TrafficBucket};
use changeover_gateway::HoldBack;
use changeover_llm::front::Door;

use crate::support::ask::Ask;
use crate::support::vendor::Behaviour;
use crate::support::{Bench, add_route, answers, header, patient, serving, target_id};

#[tokio::test]
async fn a_standby_is_not_measured_by_the_time_that_the_primary_took() {
    for (standby, streaming) in
        [(Behaviour::Answer, false), (Behaviour::Answer, true), (Behaviour::Refuse(503), false)]
    {
        let bench = Bench::start().await;
        bench.a.behave(Behaviour::Hang);
        bench.b.behave(standby);
        let answer = bench.chat("extract", streaming).await;
        let id = header(&answer, "x-changeover-request-id").to_owned();
        answer.text().await.unwrap();
        let path = bench.path_of(&id).await;
        let timed_out = path.steps.iter().find(|step| step.outcome.is_some()).unwrap();
        assert_eq!(timed_out.target, Some(target_id("a")));
        assert!(timed_out.at_ms >= 8_000, "the primary took its time: {path:?}");
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        assert_eq!(bucket.key.target, Some(target_id("b")));
        // A sketch is true to 1 %, and both ends are rounded to milliseconds.
        let left = f64::from(path.total_ms - timed_out.at_ms).mul_add(1.01, 2.0);
        let took = bucket.latency.quantile(1.0).unwrap();
        assert!(took <= left, "{standby:?}, {streaming}: {took} of {left} ms");
        let first_token = bucket.time_to_first_token.quantile(1.0);
        assert_eq!(first_token.is_some(), streaming);
        assert!(first_token.is_none_or(|took| took <= left), "{first_token:?} of {left} ms");
    }
}

#[tokio::test]
async fn what_is_held_back_is_not_the_providers_time() {
    const PAUSE: Duration = Duration::from_secs(1);
    for held in [HoldBack::Tokens(5), HoldBack::Whole] {
        let bench = Bench::start_with(|settings| {
            patient(settings);
            add_route(settings, "held", &["a"], &[Mode::Full]);
            serving(settings, "held").hold_back = held;
        })
        .await;
        bench.a.script(|_| answers::pondering("a few words", PAUSE));
        let answer = bench.chat("held", true).await;
        answer.text().await.unwrap();
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        let spoke = bucket.time_to_first_token.quantile(1.0).unwrap();
        let took = bucket.latency.quantile(1.0).unwrap();
        let pause = PAUSE.mul_f64(bench.clock.speed()).as_secs_f64() * 1_000.0;
        // Half of it is left to a busy machine.
        assert!(
            spoke + pause / 2.0 < took,
            "{held:?}: {spoke} of {took} ms, {pause} of them apart"
        );
    }
}

fn unpriced<'a>(buckets: impl IntoIterator<Item = &'a TrafficBucket>) -> u64 {
    buckets.into_iter().map(|bucket| bucket.unpriced).sum()
}

#[tokio::test]
async fn what_failed_is_unpriced_unless_it_was_refused() {
    for (behaviour, streaming, expected) in [
        (Behaviour::Refuse(503), false, 0),
        (Behaviour::Refuse(503), true, 0),
        // The provider took the request and works on it; nobody hears what that costs.
        (Behaviour::Hang, true, 1),
        (Behaviour::Hang, false, 1),
        (Behaviour::Garble, false, 1),
        (Behaviour::StallBeforeFirstToken, true, 1),
        (Behaviour::ErrorBeforeFirstToken, true, 1),
        (Behaviour::BreakAfterFirstToken, true, 1),
        (Behaviour::StallAfterFirstToken, true, 1),
    ] {
        let bench = Bench::start().await;
        bench.a.behave(behaviour);
        bench.b.behave(Behaviour::Refuse(503));
        bench.chat("extract", streaming).await.text().await.unwrap();
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        assert_eq!(bucket.unpriced, expected, "{behaviour:?}, {streaming}");
        assert_eq!(bucket.cost, Nanodollars::ZERO, "nothing is estimated");
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_owes_for_what_a_provider_had_taken() {
    for (behaviour, streaming) in [
        // The provider works on the answer, and never says what it used.
        (Behaviour::Hang, true),
        (Behaviour::Hang, false),
        (Behaviour::StallBeforeFirstToken, true),
        (Behaviour::StallAfterFirstToken, true),
    ] {
        let bench = Bench::start().await;
        bench.a.behave(behaviour);
        bench.b.behave(Behaviour::Hang);
        bench
            .until("it is counted as cancelled, and as it should be", async |bench| {
                let asking = async { bench.chat("chat", streaming).await.text().await };
                bench.clock.timeout(Duration::from_secs(2), asking).await.ok();
                let mut buckets = bench.traffic("").await.buckets;
                let cancelled = Outcome::Failed(FailureClass::ClientCancelled);
                buckets.retain(|bucket| bucket.key.outcome == cancelled);
                // Who leaves before a connection took the request owes nothing: then it asks again.
                unpriced(&buckets) > 0
            })
            .await;
    }
}

#[tokio::test]
async fn a_count_from_before_the_break_is_charged_and_not_passed_for_the_whole() {
    for (ends_well, unpriced) in [(false, 1), (true, 0)] {
        let bench = Bench::start().await;
        bench.a.script(move |_| {
            let mut payloads = vec![answers::usage(), answers::piece("half")];
            if ends_well {
                payloads.push(answers::finished("stop"));
            }
            answers::events(&payloads, ends_well)
        });
        bench.chat("chat", true).await.text().await.unwrap();
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        assert_eq!(bucket.cost, Nanodollars(20_000), "ten tokens in, five out at twice the price");
        assert_eq!(bucket.unpriced, unpriced, "ended well: {ends_well}");
    }
}

#[tokio::test]
async fn a_hurried_callers_time_out_is_not_counted_against_the_target() {
    for streaming in [false, true] {
        let bench = Bench::start_with(patient).await;
        bench.a.behave(Behaviour::Hang);
        bench.b.behave(Behaviour::Hang);
        let ask = Ask::new(Door::OpenAi, "chat", streaming);
        let told = bench.ask(&ask.header("x-changeover-deadline-ms", "12000")).await;
        told.assert_refused(504);
        let path = told.path(&bench).await;
        let cut = path.steps.iter().find(|step| step.what.starts_with("cut short")).unwrap();
        assert_eq!(cut.target, Some(target_id("a")), "{path:?}");
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        assert_eq!(bucket.failed_attempts, [], "nobody waited as long as it may take");
        assert_eq!(bucket.unpriced, 1, "but it was at work");
    }
}
