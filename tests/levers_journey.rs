//! Levers where not everything goes well: one gateway objects, one has lost its disk, somebody else
//! was there, an override has run out and holds.
//!
//! The real engine with a configuration file and three real gateways. What the console shows is what
//! the gateways say: it waits for levels of the snapshot, in real time.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

#[path = "support/two_targets.rs"]
mod two_targets;

use std::path::PathBuf;

use changeover_clock::Clock;
use changeover_domain::{ConvergenceStep, GatewayId, Generation, Mode, OnExpiry};
use changeover_engine::contract::{
    CheckState, OverrideApply, OverridePlan, OverridePlanAsked, OverrideUndo, OverrideUndoPlanAsked,
};
use changeover_engine::{Engine, EngineError, EngineOptions, World};
use changeover_gateway::{Gateway, GatewaySettings};
use changeover_journeys::journey::{held, route, step, target, until};

const NAMES: [&str; 3] = ["one", "two", "three"];

struct Stand {
    folder: tempfile::TempDir,
    gateways: Vec<Gateway>,
}

impl Stand {
    /// Three gateways, the last of them with settings changed.
    async fn start(change: impl Fn(&mut GatewaySettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut gateways = Vec::new();
        for name in NAMES {
            let mut settings = settings(folder.path().join(name), name);
            if name == "three" {
                change(&mut settings);
            }
            gateways.push(Gateway::start(settings, Clock::system()).await.unwrap());
        }
        Self { folder, gateways }
    }

    async fn console(&self) -> Engine {
        let address = |gateway: &Gateway| gateway.admin_url();
        let named: Vec<_> = NAMES
            .iter()
            .zip(&self.gateways)
            .map(|(name, gateway)| (*name, address(gateway), String::new()))
            .collect();
        let file = self.folder.path().join("console.toml");
        std::fs::write(&file, two_targets::console_file(&named)).unwrap();
        let data_dir = Some(self.folder.path().join("console"));
        let options = EngineOptions { world: World::Configured(file), data_dir };
        let engine = Engine::start(options).await.unwrap();
        until(&engine, "three gateways are read", |s| s.headline.gateways_in_sync == 3).await;
        engine
    }

    async fn stop(self, engine: Engine) {
        engine.shutdown().await;
        engine.close().await.unwrap();
        for gateway in self.gateways {
            gateway.shutdown().await;
        }
    }
}

fn settings(state_dir: PathBuf, name: &str) -> GatewaySettings {
    let id = GatewayId::try_new(name).unwrap();
    let mut settings = GatewaySettings::new(id, state_dir, two_targets::catalogue());
    settings.tokens = vec![two_targets::token()];
    settings
}

async fn plan(engine: &Engine, to: Option<&str>, mode: Mode) -> OverridePlan {
    let asked = OverridePlanAsked {
        route: route("chat"),
        target: to.map(target),
        mode,
        forced_breakers: vec![],
        until: None,
    };
    engine.override_plan(asked).await.unwrap()
}

/// What `holder` confirms for `seconds` after seeing a plan.
async fn apply(engine: &Engine, holder: &str, to: &str, seconds: i64) -> OverrideApply {
    let seen = plan(engine, Some(to), Mode::Full).await;
    OverrideApply {
        route: route("chat"),
        target: Some(target(to)),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: holder.into(),
        reason: "a is slow".into(),
        until: engine.snapshot().now.plus_millis(seconds * 1_000),
        on_expiry: OnExpiry::Hold,
        break_interlocks: vec![],
        expected: Some(seen.expected),
    }
}

fn is_loaded(step: Option<ConvergenceStep>) -> bool {
    step.is_some_and(|step| step == ConvergenceStep::Loaded || step.is_done())
}

async fn loaded_on(engine: &Engine, names: &[&str]) {
    until(engine, &format!("loaded on {names:?}"), |s| {
        names.iter().all(|name| is_loaded(step(s, "chat", name)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_gateway_that_objects_stands_for_itself_and_holds_up_nobody() {
    let without_b = |settings: &mut GatewaySettings| {
        settings.catalogue.routes[0].targets.retain(|id| id.as_str() != "b");
    };
    let stand = Stand::start(without_b).await;
    let engine = stand.console().await;
    let seen = plan(&engine, Some("b"), Mode::Full).await;
    assert_eq!(seen.problems, Vec::<String>::new(), "two of three are willing");
    for diff in &seen.gateways {
        assert_eq!(diff.problem.is_some(), diff.gateway.as_str() == "three", "{diff:?}");
    }
    let wish = apply(&engine, "mk", "b", 3_600).await;
    engine.override_apply(wish).await.unwrap();
    loaded_on(&engine, &["one", "two"]).await;
    let refused = Some(ConvergenceStep::Refused);
    until(&engine, "the third has refused", |s| step(s, "chat", "three") == refused).await;
    stand.stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_lost_its_disk_is_brought_back_to_what_is_wanted() {
    let mut stand = Stand::start(|_| {}).await;
    let engine = stand.console().await;
    let wish = apply(&engine, "mk", "b", 3_600).await;
    let wanted = engine.override_apply(wish).await.unwrap().generation;
    loaded_on(&engine, &NAMES).await;

    let lost = stand.gateways.pop().unwrap();
    let address = lost.admin_url().split_once("//").unwrap().1.parse().unwrap();
    lost.kill();
    until(&engine, "it is missed", |s| s.headline.gateways_in_sync == 2).await;
    let mut anew = settings(stand.folder.path().join("a-new-disk"), "three");
    anew.admin_listen = address;
    stand.gateways.push(Gateway::start(anew, Clock::system()).await.unwrap());
    let seen = until(&engine, "it has the override again", |s| {
        let here = s.gateways.iter().find(|gateway| gateway.id.as_str() == "three");
        here.is_some_and(|here| here.generation == Some(wanted))
            && is_loaded(step(s, "chat", "three"))
    })
    .await;
    assert!(wanted > Generation(0));
    assert_eq!(held(&seen, "chat").unwrap().generation, wanted, "and no other revision was made");
    stand.stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_that_has_run_out_and_holds_is_shown_until_somebody_decides() {
    let stand = Stand::start(|_| {}).await;
    let engine = stand.console().await;
    let wish = apply(&engine, "mk", "b", 3).await;
    engine.override_apply(wish).await.unwrap();
    let seen = until(&engine, "all three hold beyond its end", |s| {
        held(s, "chat").is_some_and(|held| held.expiry_held.len() == 3)
    })
    .await;
    let held_still = held(&seen, "chat").unwrap();
    let what = held_still.r#override.as_ref().unwrap();
    assert_eq!((what.holder.as_str(), &what.target), ("mk", &Some(target("b"))));
    assert!(what.until <= seen.now, "its end has passed");
    let clear = changeover_engine::contract::OverrideClear {
        route: route("chat"),
        holder: "mk".into(),
        reason: "a is well".into(),
        expected: None,
    };
    engine.override_clear(clear).await.unwrap();
    until(&engine, "nobody holds it any more", |s| {
        held(s, "chat").is_none_or(|held| held.expiry_held.is_empty() && held.r#override.is_none())
    })
    .await;
    stand.stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_is_planned_gateway_by_gateway_and_never_goes_over_another_operator() {
    let stand = Stand::start(|_| {}).await;
    let engine = stand.console().await;
    let asked = || OverrideUndoPlanAsked { route: route("chat") };
    let nothing = engine.override_undo_plan(asked()).await.unwrap_err();
    assert!(matches!(nothing, EngineError::Invalid { .. }), "{nothing:?}");
    let wish = apply(&engine, "mk", "b", 3_600).await;
    engine.override_apply(wish).await.unwrap();
    loaded_on(&engine, &NAMES).await;

    let seen = engine.override_undo_plan(asked()).await.unwrap();
    assert!(seen.clears && seen.problems.is_empty(), "before it there was none: {seen:?}");
    assert_eq!(seen.gateways.len(), 3);
    for diff in &seen.gateways {
        let goes_back = diff.lines.iter().any(|line| {
            (line.field.as_str(), line.before.as_str(), line.after.as_str())
                == ("target", "b", "auto")
        });
        assert!(goes_back && diff.problem.is_none(), "{diff:?}");
    }
    let jos = apply(&engine, "jo", "a", 3_600).await;
    engine.override_apply(jos).await.unwrap();
    loaded_on(&engine, &NAMES).await;
    let undo = |expected| OverrideUndo {
        route: route("chat"),
        holder: "mk".into(),
        reason: "wrong one".into(),
        expected,
    };
    let refused = engine.override_undo(undo(Some(seen.expected))).await.unwrap_err();
    let EngineError::Stale { message } = refused else { panic!("not stale: {refused:?}") };
    assert!(message.contains("was changed by jo to a since you looked"), "{message}");

    let again = engine.override_undo_plan(asked()).await.unwrap();
    engine.override_undo(undo(Some(again.expected))).await.unwrap();
    until(&engine, "mk's is wanted again", |s| {
        let wanted = held(s, "chat").and_then(|held| held.r#override.clone());
        wanted.is_some_and(|wanted| wanted.target == Some(target("b")))
    })
    .await;
    stand.stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_know_of_a_modes_cost_is_not_told_as_nothing() {
    let stand = Stand::start(|_| {}).await;
    let engine = stand.console().await;
    let seen = plan(&engine, None, Mode::Short).await;
    assert_eq!(seen.premium_per_hour, None);
    let cost = seen.checks.iter().find(|check| check.name == "cost").unwrap();
    assert_eq!(cost.state, CheckState::Unknown);
    assert!(cost.detail.contains("mode short"), "{}", cost.detail);
    stand.stop(engine).await;
}
