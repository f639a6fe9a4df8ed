//! The main journey at engine level, with the real sandbox, gateways, probes and disk.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what a journey misses ends it, in its steps as in the test itself"
)]

use changeover_domain::{
    ComponentState, ConvergenceStep, GatewayId, Mode, Nanodollars, OnExpiry, VerdictKind,
};
use changeover_engine::contract::{
    AuditList, FallbackGet, FallbackList, OverrideApply, OverrideClear, OverridePlanAsked,
    OverrideUndo, SandboxGateway, Snapshot,
};
use changeover_engine::{Engine, EngineError};
use changeover_journeys::journey::{done, held, play, route, start, step, target, until, verdict};

fn asked(to: &str) -> OverridePlanAsked {
    OverridePlanAsked {
        route: route("chat"),
        target: Some(target(to)),
        mode: Mode::Full,
        forced_breakers: vec![],
        until: None,
    }
}

async fn apply(engine: &Engine, to: &str) -> OverrideApply {
    let plan = engine.override_plan(asked(to)).await.expect("a plan");
    OverrideApply {
        route: route("chat"),
        target: Some(target(to)),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: "529s on all Claude models, status page silent".into(),
        until: engine.snapshot().now.plus_millis(3_600_000),
        on_expiry: OnExpiry::ReturnIfHealthy,
        break_interlocks: vec![],
        expected: Some(plan.expected),
    }
}

fn clear(engine_reason: &str) -> OverrideClear {
    OverrideClear {
        route: route("chat"),
        holder: "mk".into(),
        reason: engine_reason.into(),
        expected: None,
    }
}

fn gateway(id: &str) -> GatewayId {
    GatewayId::try_new(id).unwrap()
}

async fn all_reachable(engine: &Engine) -> Snapshot {
    until(engine, "three gateways answer", |s| {
        s.headline.gateways == 3 && s.headline.gateways_in_sync == 3
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_seen_switched_away_from_proved_put_back_and_billed() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    until(&engine, "all targets operating", |s| {
        s.verdicts.len() == s.targets.len()
            && s.verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Operating)
    })
    .await;

    let began = play(&engine, "platform-outage").await;
    let seen = until(&engine, "their outage", |s| {
        verdict(s, "claude-opus") == Some(VerdictKind::TheirOutage)
    })
    .await;
    let took = seen.now.millis_since(began.plus_millis(20_000));
    assert!(took <= 60_000, "the fault began 20 s in; the verdict took {took} ms of scenario time");
    let anthropic =
        seen.providers.iter().find(|provider| provider.id.as_str() == "anthropic").unwrap();
    assert_eq!(anthropic.page, ComponentState::Operational, "the status page is silent throughout");

    let wish = apply(&engine, "gpt-main").await;
    engine.override_apply(wish).await.expect("the lever moves");
    until(&engine, "all three gateways served", |s| done(s, "chat") == 3).await;
    until(&engine, "errors of chat under 1 %", |s| {
        let chat = s.routes.iter().find(|chat| chat.id.as_str() == "chat").unwrap();
        chat.error_share.is_some_and(|share| share.value < 0.01 && share.count >= 10)
    })
    .await;

    engine.override_clear(clear("drill over")).await.expect("the lever goes back");
    until(&engine, "all three gateways are back on auto", |s| {
        held(s, "chat").is_some_and(|h| {
            h.r#override.is_none() && h.convergence.iter().all(|c| c.observed == Some(c.wanted))
        })
    })
    .await;
    play(&engine, "calm").await;
    until(&engine, "the route is home and its period closed", |s| {
        s.periods.iter().all(|p| p.route.as_str() != "chat")
    })
    .await;

    // The last requests of a period are told by the gateways a little after its end.
    let settled = engine.snapshot().now.plus_millis(200_000);
    until(&engine, "the bill's last minute has come in", |s| s.now >= settled).await;

    let before = looked_back(&engine).await;
    assert!(before.premium.is_some(), "a period has its premium");
    engine.shutdown().await;
    engine.close().await.unwrap();

    let again = start(data.path()).await;
    let after = looked_back(&again).await;
    assert_eq!(after, before, "history, audit and ledger are as before");
    again.shutdown().await;
}

#[derive(Debug, PartialEq)]
struct LookedBack {
    periods: Vec<String>,
    audit: Vec<String>,
    premium: Option<Nanodollars>,
}

/// The manual period, its cost, and the audit of the levers.
async fn looked_back(engine: &Engine) -> LookedBack {
    let listed = engine.fallback_list(FallbackList::default()).await.unwrap();
    let period = listed
        .periods
        .iter()
        .find(|period| period.holder.as_deref() == Some("mk"))
        .expect("a manual period");
    assert!(period.ended_at.is_some(), "it has ended");
    assert!(
        period.cost.requests > 0 && period.cost.actual > Nanodollars::ZERO,
        "{:?}",
        period.cost
    );
    let detail = engine.fallback_get(FallbackGet { id: period.id.clone() }).await.unwrap();
    assert!(
        detail.chart.starts_with("<svg") && detail.minutes.iter().any(|minute| minute.in_fallback)
    );
    let audit = engine.audit_list(AuditList::default()).await.unwrap();
    let verified = engine.audit_verify().await.unwrap();
    assert!(verified.intact, "the chain holds");
    let levers = audit.entries.iter().filter(|entry| entry.subject == "chat");
    LookedBack {
        periods: listed
            .periods
            .iter()
            .map(|period| format!("{} {:?} {:?}", period.id, period.cause, period.ended_at))
            .collect(),
        audit: levers
            .map(|entry| format!("{:?} {} {}", entry.action, entry.actor, entry.hash))
            .collect(),
        premium: period.cost.premium,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quieter_scenarios_are_seen_for_what_they_are() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    all_reachable(&engine).await;
    play(&engine, "capacity-exhaustion").await;
    let seen = until(&engine, "10 % 529 on Anthropic is their degradation", |s| {
        verdict(s, "claude-opus") == Some(VerdictKind::TheirDegradation)
            || verdict(s, "claude-haiku") == Some(VerdictKind::TheirDegradation)
    })
    .await;
    let anthropic =
        seen.providers.iter().find(|provider| provider.id.as_str() == "anthropic").unwrap();
    assert!(anthropic.evidence.as_deref().unwrap().contains("overloaded on "), "{anthropic:?}");

    play(&engine, "orchestration-failure").await;
    until(&engine, "a slow and failing control plane is their degradation", |s| {
        let kind = verdict(s, "gpt-main");
        matches!(kind, Some(VerdictKind::TheirDegradation | VerdictKind::TheirOutage))
    })
    .await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_during_the_push_is_brought_along_when_it_returns() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    all_reachable(&engine).await;
    engine.sandbox_gateway(SandboxGateway { gateway: gateway("us-1"), up: false }).await.unwrap();
    let wish = apply(&engine, "gpt-main").await;
    engine.override_apply(wish).await.expect("two of three are enough to move");
    until(&engine, "the others are done and the dead one is shown as unreachable", |s| {
        done(s, "chat") == 2 && step(s, "chat", "us-1") == Some(ConvergenceStep::Unreachable)
    })
    .await;
    engine.sandbox_gateway(SandboxGateway { gateway: gateway("us-1"), up: true }).await.unwrap();
    until(&engine, "the third one is brought to the wanted generation", |s| done(s, "chat") == 3)
        .await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_intent_survives_the_console_and_the_truth_is_found_again_at_start() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    all_reachable(&engine).await;
    let wish = apply(&engine, "gpt-main").await;
    let applied = engine.override_apply(wish).await.unwrap();
    until(&engine, "served", |s| done(s, "chat") == 3).await;
    engine.shutdown().await;
    engine.close().await.unwrap();

    let again = start(data.path()).await;
    let snapshot = until(&again, "the override is there and proved by traffic again", |s| {
        done(s, "chat") == 3
    })
    .await;
    let held = held(&snapshot, "chat").unwrap();
    assert_eq!(held.generation, applied.generation, "the same revision as before the restart");
    assert_eq!(
        held.r#override.as_ref().map(|o| o.reason.as_str()),
        Some("529s on all Claude models, status page silent")
    );
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_you_looked_is_refused_with_its_author() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    all_reachable(&engine).await;
    let looked = apply(&engine, "gemini-pro").await;
    let other = OverrideApply { holder: "jo".into(), ..apply(&engine, "gpt-main").await };
    engine.override_apply(other).await.unwrap();
    until(&engine, "jo's change is loaded everywhere", |s| {
        s.headline.overrides == 1 && s.headline.gateways_in_sync == 3
    })
    .await;
    let refused = engine.override_apply(looked).await.unwrap_err();
    let EngineError::Stale { message } = refused else {
        panic!("a stale plan must be refused as stale, not as {refused:?}");
    };
    assert!(message.contains("was changed by jo to gpt-main since you looked"), "{message}");
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interlock_forbids_taking_the_last_path_and_undo_returns_to_the_state_before() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    all_reachable(&engine).await;
    let first = apply(&engine, "gpt-main").await;
    engine.override_apply(first).await.unwrap();
    until(&engine, "served", |s| done(s, "chat") == 3).await;

    let off = OverrideApply { target: None, mode: Mode::Off, ..apply(&engine, "gpt-main").await };
    let refused = engine.override_apply(off).await.unwrap_err();
    assert!(
        matches!(&refused, EngineError::Interlock { names, .. } if names == &["one_path_open"]),
        "{refused:?}"
    );

    let second = apply(&engine, "gemini-pro").await;
    engine.override_apply(second).await.unwrap();
    until(&engine, "served by gemini", |s| done(s, "chat") == 3).await;
    engine
        .override_undo(OverrideUndo {
            route: route("chat"),
            holder: "mk".into(),
            reason: "wrong one".into(),
            expected: None,
        })
        .await
        .unwrap();
    let undone = until(&engine, "served by gpt again", |s| done(s, "chat") == 3).await;
    let back = held(&undone, "chat").and_then(|held| held.r#override.clone()).unwrap();
    assert_eq!(
        back.target,
        Some(target("gpt-main")),
        "undo returns to the override before, not to auto"
    );
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_console_on_the_same_data_is_refused_with_a_sentence() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    let options = changeover_engine::EngineOptions {
        world: changeover_engine::World::Sandbox { speed: 1.0 },
        data_dir: Some(data.path().to_owned()),
    };
    let refused = Engine::start(options).await.unwrap_err().to_string();
    assert!(!refused.is_empty(), "it says what to do");
    engine.shutdown().await;
}
