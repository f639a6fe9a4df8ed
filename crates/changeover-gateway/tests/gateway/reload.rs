//! Another configuration, without a restart.

use std::net::SocketAddr;

use changeover_domain::{BreakerState, Mode};
use changeover_gateway::{GatewaySettings, ReloadRefused};

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
