use std::path::Path;

use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::admin::OverridePut;
use changeover_domain::{
    Capabilities, Criticality, GatewayId, Generation, Mode, OnExpiry, Provider, ProviderId,
    ProviderKind, Route, RouteId, Slo, Target, TargetId, UnixMs,
};
use tokio::sync::oneshot;

use super::*;
use crate::board::change::{Refusal, RouteChange, Wanted};
use crate::writer::{Answer, Ask, Precondition};

fn chat() -> RouteId {
    RouteId::try_new("chat").unwrap()
}

fn settings(directory: &Path, modes: &[Mode]) -> GatewaySettings {
    let provider = ProviderId::try_new("p").unwrap();
    let target = |id: &str| Target {
        id: TargetId::try_new(id).unwrap(),
        provider: provider.clone(),
        model: "m".into(),
        region: None,
        capabilities: Capabilities::default(),
        slo: Slo::default(),
    };
    let targets = vec![target("a"), target("b")];
    let catalogue = Catalogue {
        providers: vec![ProviderAccess {
            provider: Provider {
                id: provider.clone(),
                name: "P".into(),
                kind: ProviderKind::OpenaiCompatible,
                base_url: "http://127.0.0.1:9".into(),
            },
            key: None,
            tls: changeover_http::ClientTls::default(),
        }],
        routes: vec![Route {
            id: chat(),
            criticality: Criticality::CanDegrade,
            targets: targets.iter().map(|target| target.id.clone()).collect(),
            modes: modes.to_vec(),
        }],
        targets,
        prices: [].into(),
        ..Catalogue::default()
    };
    GatewaySettings::new(GatewayId::try_new("g1").unwrap(), directory.to_owned(), catalogue)
}

async fn push(gateway: &Gateway) -> Result<Answer, Refusal> {
    let (reply, answer) = oneshot::channel();
    let put = OverridePut {
        target: Some(TargetId::try_new("b").unwrap()),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: "529s".into(),
        until: gateway.shared.clock.now().plus_millis(60_000),
        on_expiry: OnExpiry::Hold,
        generation: None,
        break_interlocks: vec![],
    };
    let ask = Ask {
        changes: vec![RouteChange { route: chat(), wanted: Wanted::Put(put) }],
        precondition: Precondition::Route(vec!["\"0\"".into()]),
        idempotency: None,
        token: "console".into(),
        reply,
    };
    gateway.shared.asks.send(ask).await.unwrap();
    answer.await.unwrap()
}

#[tokio::test]
async fn a_change_that_cannot_be_written_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path(), &[Mode::Full]);
    let gateway = Gateway::start(settings, Clock::scaled(UnixMs(0), 1.0)).await.unwrap();
    locked(&gateway.journal).as_mut().unwrap().make_unwritable();
    let refused = push(&gateway).await.unwrap_err();
    assert!(matches!(refused, Refusal::StorageFailed { .. }), "{refused:?}");
    assert!(refused.sentence().contains("Nothing was changed"), "{}", refused.sentence());
    let board = locked(&gateway.shared.board);
    assert_eq!(board.generation, Generation(0));
    assert_eq!(board.route(&chat()).unwrap().wanted, None);
    assert!(locked(&gateway.shared.chain).page_after(0).unwrap().changes.is_empty());
}

#[tokio::test]
async fn after_a_kill_nothing_is_accepted_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path(), &[Mode::Full]);
    let gateway = Gateway::start(settings, Clock::scaled(UnixMs(0), 1.0)).await.unwrap();
    let journal = Arc::clone(&gateway.journal);
    gateway.kill();
    assert!(locked(&journal).is_none(), "there is nowhere to write to, at once");
    let reopened = Journal::open(directory.path(), u64::MAX);
    assert!(reopened.is_ok(), "and the directory is free");
}

#[tokio::test]
async fn what_cannot_be_served_or_must_not_be_reached_is_refused_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let good = settings(directory.path(), &[Mode::Full, Mode::Template]);
    let approval = settings(directory.path(), &[Mode::Full, Mode::Approval]);
    let mut misspelt = good.clone();
    misspelt.templates = [(chat(), "back in {minutes}".into())].into();
    let mut remote = good.clone();
    remote.admin_listen = "0.0.0.0:0".parse().unwrap();
    for (settings, expected) in [
        (approval, "the mode `approval`, which this gateway does not serve: use `full`, `short`"),
        (misspelt, "names `{minutes}`, which is not known: use `{route}`"),
        (remote, "which other machines reach: use a loopback address, or TLS"),
    ] {
        let error = Gateway::start(settings, clock.clone()).await.unwrap_err().to_string();
        assert!(error.contains(expected), "`{expected}` is not in: {error}");
    }
    assert!(
        std::fs::read_dir(directory.path()).unwrap().next().is_none(),
        "a refused start leaves nothing behind"
    );
}

#[tokio::test]
async fn no_request_is_planned_by_one_configuration_and_served_by_another() {
    let directory = tempfile::tempdir().unwrap();
    let one = settings(directory.path(), &[Mode::Full]);
    let mut other = one.clone();
    other.catalogue.routes[0].targets.reverse();
    let gateway = Gateway::start(one.clone(), Clock::scaled(UnixMs(0), 1.0)).await.unwrap();
    let shared = &gateway.shared;
    std::thread::scope(|scope| {
        let reloads = scope.spawn(|| {
            for _ in 0..200 {
                reload::reload(shared, other.clone()).unwrap();
                reload::reload(shared, one.clone()).unwrap();
            }
        });
        while !reloads.is_finished() {
            let (plan, live) = shared.plan(&chat()).unwrap();
            assert_eq!(plan.configured.targets, live.settings.catalogue.routes[0].targets);
        }
    });
}
