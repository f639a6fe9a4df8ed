//! From an outage in the sandbox to the notices that arrive in its inbox, and over a restart.

#![expect(clippy::unwrap_used, reason = "what a journey misses ends it")]

use changeover_domain::{AlertState, NoticeKind, OutgoingMessage, OutgoingState, VerdictKind};
use changeover_engine::Engine;
use changeover_engine::contract::{
    AlertAcknowledge, AlertRuleId, AlertView, AuditList, OutgoingList, Snapshot,
};
use changeover_journeys::journey::{play, start, until};

fn trouble<'a>(snapshot: &'a Snapshot, provider: &str) -> Option<&'a AlertView> {
    snapshot.alerts.iter().find(|alert| {
        let of = alert.provider.as_ref().is_some_and(|id| id.as_str() == provider);
        of && alert.rule == AlertRuleId::TheirTrouble
    })
}

/// Waits until nothing is under way to the inbox, and gives what was told about providers' trouble,
/// oldest first.
async fn told(engine: &Engine) -> Vec<OutgoingMessage> {
    until(engine, "every notice has arrived", |s| {
        s.undelivered.iter().all(|sink| sink.queued == 0)
    })
    .await;
    let list = OutgoingList { limit: Some(500), ..OutgoingList::default() };
    let all = engine.outgoing_list(list).await.unwrap().messages;
    let about = all.into_iter().filter(|message| message.notice.rule == "their_trouble");
    about.rev().collect()
}

fn kinds(messages: &[OutgoingMessage], provider: &str) -> Vec<NoticeKind> {
    let subject = format!("provider:{provider}");
    let of = messages.iter().filter(|message| message.notice.subject.to_string() == subject);
    of.map(|message| message.notice.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_one_notice_that_arrives_also_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    until(&engine, "all targets operating", |s| {
        s.verdicts.len() == s.targets.len()
            && s.verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Operating)
    })
    .await;
    play(&engine, "platform-outage").await;
    let firing = until(&engine, "the outage is told", |s| {
        trouble(s, "anthropic").is_some_and(|alert| alert.told.is_some())
    })
    .await;
    let alert = trouble(&firing, "anthropic").unwrap();
    assert_eq!(alert.state, AlertState::Firing);
    let key = alert.key.clone();

    let by = AlertAcknowledge { key: key.clone(), by: "mk".into(), note: "on it".into() };
    let taken = engine.alert_acknowledge(by).await.unwrap();
    assert_eq!(taken.acknowledged.unwrap().by, "mk");
    let before = told(&engine).await;
    assert!(before.iter().all(|message| message.state == OutgoingState::Delivered));
    let heard = kinds(&before, "anthropic");
    assert_eq!(heard.iter().filter(|kind| **kind == NoticeKind::Fired).count(), 1);
    assert!(heard.contains(&NoticeKind::Acknowledged), "{heard:?}");

    engine.shutdown().await;
    engine.close().await.unwrap();
    let engine = start(data.path()).await;
    let restarted =
        until(&engine, "the alert is still known", |s| trouble(s, "anthropic").is_some());
    let restarted = restarted.await;
    let kept = trouble(&restarted, "anthropic").unwrap().acknowledged.clone();
    assert_eq!(kept.unwrap().note, "on it", "an acknowledgement survives");
    // A minute of the sandbox's time: longer than a beginning takes to be told.
    let later = restarted.now.plus_millis(60_000);
    until(&engine, "a minute has passed since the restart", |s| s.now >= later).await;
    let after = told(&engine).await;
    let heard = kinds(&after, "anthropic");
    let fired = heard.iter().filter(|kind| **kind == NoticeKind::Fired).count();
    assert_eq!(fired, 1, "a restart tells nothing twice: {heard:?}");
    assert!(after.starts_with(&before), "what had arrived was not touched");

    let audit = engine.audit_list(AuditList::default()).await.unwrap().entries;
    let act = audit.iter().find(|entry| entry.action.as_str() == "alert_acknowledged").unwrap();
    assert_eq!(
        (act.actor.as_str(), act.subject.as_str(), act.reason.as_str()),
        ("mk", key.as_str(), "on it")
    );

    // The world is calm since the restart; whoever heard of the beginning hears of the end, once.
    until(&engine, "the outage is over", |s| {
        trouble(s, "anthropic").is_none_or(|alert| alert.state == AlertState::Normal)
    })
    .await;
    let over = told(&engine).await;
    let heard = kinds(&over, "anthropic");
    assert_eq!(heard.iter().filter(|kind| **kind == NoticeKind::Resolved).count(), 1, "{heard:?}");
    assert_eq!(heard.last(), Some(&NoticeKind::Resolved), "{heard:?}");
    let is_of_it = |message: &&OutgoingMessage| message.notice.kind == NoticeKind::Resolved;
    let end = over.iter().find(is_of_it).unwrap();
    assert_eq!(end.notice.key, key, "under the key of its beginning");
    assert_eq!(end.state, OutgoingState::Delivered);
    engine.shutdown().await;
}
