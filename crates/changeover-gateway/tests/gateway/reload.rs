//! Another configuration, without a restart.

use std::net::SocketAddr;
use std::sync::Arc;

use changeover_domain::{BreakerState, Mode};
use changeover_gateway::{CacheSettings, GatewaySettings, ReloadRefused};

use crate::support::vendor::Behaviour;
use crate::support::{self, Bench, header, route_id, streamed_text, target_id};

/// The chat route goes to `b` first.
fn turned(bench: &Bench) -> GatewaySettings {
    let mut turned = bench.settings();
    for route in &mut turned.catalogue.routes {
        route.targets.reverse();
    }
    turned
}

#[tokio::test]
async fn what_runs_goes_on_under_the_old_configuration_and_what_comes_takes_the_new() {
    // A busy machine must not be taken for a vendor that has stopped.
    let bench = Bench::start_with(support::patient).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let running = bench.chat("chat", true).await;
    bench.gateway().reload(turned(&bench)).unwrap();
    let next = bench.chat("chat", false).await;
    assert_eq!(header(&next, "x-changeover-target"), "b", "the new primary");
    bench.a.release();
    assert_eq!(header(&running, "x-changeover-target"), "a");
    let (text, payloads) = streamed_text(&running.text().await.unwrap());
    assert_eq!(text, "from a", "the stream was not cut");
    assert!(
        payloads.iter().any(|payload| payload["choices"][0]["finish_reason"] == "stop"),
        "and came to its end"
    );
}

#[tokio::test]
async fn breakers_and_overrides_of_what_stays_are_kept() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::Refuse(503));
    for _ in 0..4 {
        bench.chat("chat", false).await;
    }
    let put = bench.wanted(None, Mode::Template);
    bench.set("extract", &put).await;
    bench.gateway().reload(turned(&bench)).unwrap();
    let chat = bench.route("chat").await;
    let a = chat.breakers.iter().find(|breaker| breaker.target == target_id("a")).unwrap();
    assert_eq!(a.observed, BreakerState::Open, "what was found is not forgotten");
    assert_eq!(bench.route("extract").await.effective.mode, Mode::Template);
}

#[tokio::test]
async fn what_is_fixed_at_the_start_is_refused_by_its_name() {
    let bench = Bench::start().await;
    let mut moved = turned(&bench);
    moved.listen = SocketAddr::from(([127, 0, 0, 1], 9));
    let refused = bench.gateway().reload(moved).unwrap_err();
    assert!(refused.to_string().starts_with("`listen` cannot be changed"), "{refused}");
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-target"), "a", "nothing of it is in force");
}

#[tokio::test]
async fn a_file_never_takes_an_operators_override_away() {
    let bench = Bench::start().await;
    bench.set("chat", &bench.wanted(Some("b"), Mode::Full)).await;
    let mut without_target = bench.settings();
    let chat = without_target.catalogue.routes.iter_mut();
    chat.for_each(|route| route.targets.retain(|target| *target != target_id("b")));
    let refused = bench.gateway().reload(without_target).unwrap_err();
    assert!(
        matches!(&refused, ReloadRefused::TargetHeld { target, .. } if *target == target_id("b")),
        "{refused}"
    );
    let mut without_route = bench.settings();
    without_route.catalogue.routes.retain(|route| route.id != route_id("chat"));
    let refused = bench.gateway().reload(without_route).unwrap_err();
    assert!(matches!(refused, ReloadRefused::RouteHeld { .. }), "{refused}");
    assert_eq!(bench.route("chat").await.effective.target, Some(target_id("b")));
}

#[tokio::test]
async fn a_request_under_way_goes_on_to_a_target_that_the_reload_took_away() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::Hang);
    let mut without_b = bench.settings();
    for route in &mut without_b.catalogue.routes {
        route.targets.retain(|target| *target != target_id("b"));
    }
    let (answer, ()) = tokio::join!(bench.chat("extract", false), async {
        bench.until("it waits for the primary", async |bench| bench.a.calls() == 1).await;
        bench.gateway().reload(without_b).unwrap();
    });
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "x-changeover-target"), "b", "as it was planned");
}

#[tokio::test]
async fn an_answer_is_kept_until_a_reload_changes_who_answers_or_how_it_is_judged() {
    let keeping = |settings: &mut GatewaySettings| {
        support::patient(settings);
        support::serving(settings, "chat").cache = Some(CacheSettings::default());
    };
    let bench = Bench::start_with(keeping).await;
    let ask = async || {
        let answer = bench.chat("chat", false).await;
        let path = bench.path_of(header(&answer, "x-changeover-request-id")).await;
        path.steps.iter().any(|step| step.what.starts_with("answered from the cache"))
    };
    assert_eq!((ask().await, ask().await), (false, true));
    let mut same = bench.settings();
    keeping(&mut same);
    same.breaker.minimum_calls += 1;
    bench.gateway().reload(same.clone()).unwrap();
    assert!(ask().await, "nothing has changed for this answer");
    let mut judged = same.clone();
    support::serving(&mut judged, "chat").validation = Some(Arc::default());
    let mut renamed = same.clone();
    renamed.catalogue.targets[0].model = "a-newer-model".to_owned();
    let mut turned = turned(&bench);
    keeping(&mut turned);
    for changed in [judged, renamed, turned] {
        bench.gateway().reload(changed).unwrap();
        assert_eq!((ask().await, ask().await), (false, true), "asked anew, and kept again");
    }
    bench.gateway().reload(same).unwrap();
    assert!(ask().await, "with the configuration its answers are back");
}
