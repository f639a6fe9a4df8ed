//! Overrides that run out, by the gateway's own clock.

use std::time::Duration;

use changeover_domain::{AuditAction, BreakerState, Mode, OnExpiry};

use crate::support::vendor::Behaviour;
use crate::support::{Bench, header, target_id};

#[tokio::test]
async fn an_override_runs_out_and_the_route_returns_to_its_fit_primary() {
    let bench = Bench::start().await;
    let mut wanted = bench.wanted(Some("b"), Mode::Full);
    wanted.until = bench.clock.now().plus(Duration::from_secs(10));
    bench.set("chat", &wanted).await;
    bench
        .until("the override runs out", async |bench| {
            bench.route("chat").await.r#override.is_none()
        })
        .await;
    let chat = bench.route("chat").await;
    assert!(bench.clock.now() >= wanted.until, "not before its time");
    assert_eq!(chat.etag, "\"1.expired\"");
    assert_eq!(chat.effective.target, Some(target_id("a")));
    let late = bench.put("chat", &wanted, "\"1\"").send().await.unwrap();
    assert_eq!(late.status(), 412, "who looked before it ran out is told");
}

#[tokio::test]
async fn it_holds_while_the_primary_is_unfit_and_returns_after_its_trial() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::Refuse(503));
    bench
        .until("the breaker of a opens", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.effective.target == Some(target_id("b"))
        })
        .await;
    let mut wanted = bench.wanted(None, Mode::Template);
    wanted.until = bench.clock.now().plus(Duration::from_secs(4));
    bench.set("chat", &wanted).await;
    bench.until("it is held", async |bench| bench.route("chat").await.expiry_held).await;
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-mode"), "template");
    bench.a.behave(Behaviour::Answer);
    bench
        .until("a trial brings the primary back", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.r#override.is_none()
        })
        .await;
    let expired: Vec<String> = bench
        .changes()
        .await
        .changes
        .into_iter()
        .filter(|change| change.action == AuditAction::OverrideExpired)
        .map(|change| change.reason)
        .collect();
    assert_eq!(expired.len(), 2, "once when it was held, once when it returned");
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-target"), "a");
}

#[tokio::test]
async fn a_restart_while_it_is_held_returns_nothing_to_a_primary_that_is_still_unfit() {
    let mut bench = Bench::start().await;
    bench.a.behave(Behaviour::Refuse(503));
    bench
        .until("the breaker of a opens", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.effective.target == Some(target_id("b"))
        })
        .await;
    let mut wanted = bench.wanted(Some("b"), Mode::Full);
    wanted.until = bench.clock.now().plus(Duration::from_secs(4));
    bench.set("chat", &wanted).await;
    bench.until("it is held", async |bench| bench.route("chat").await.expiry_held).await;
    bench.take_gateway().kill();
    bench.restart().await;
    bench
        .until("a trial fails", async |bench| {
            let answer = bench.chat("chat", false).await;
            assert_eq!(header(&answer, "x-changeover-target"), "b");
            bench.route("chat").await.breakers[0].observed == BreakerState::Open
        })
        .await;
    assert!(bench.route("chat").await.expiry_held, "nobody has seen the primary well");
    bench.a.behave(Behaviour::Answer);
    bench
        .until("a trial brings the primary back", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.r#override.is_none()
        })
        .await;
}

#[tokio::test]
async fn hold_stays_until_somebody_decides() {
    let bench = Bench::start().await;
    let mut wanted = bench.wanted(Some("b"), Mode::Full);
    wanted.until = bench.clock.now().plus(Duration::from_secs(4));
    wanted.on_expiry = OnExpiry::Hold;
    bench.set("chat", &wanted).await;
    bench.until("it is held", async |bench| bench.route("chat").await.expiry_held).await;
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-target"), "b");
    let renewed = bench.wanted(Some("b"), Mode::Full);
    let chat = bench.set("chat", &renewed).await;
    assert!(!chat.expiry_held, "somebody decided");
}
