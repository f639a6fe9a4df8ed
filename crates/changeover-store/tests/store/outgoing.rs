//! Alerts, maintenance windows and the outbox.

use changeover_domain::{
    AlertState, AuditAction, MaintenanceWindow, Notice, NoticeKind, OutgoingId, OutgoingMessage,
    OutgoingState, Severity, SinkId, Subject, WindowId,
};
use changeover_store::{AlertMoves, AuditDraft, AuditVerification, StoredAlert};

use crate::samples::{at, draft};
use crate::{Fresh, fresh};

fn sink(name: &str) -> SinkId {
    SinkId::try_new(name).unwrap()
}

fn notice(key: &str, kind: NoticeKind) -> Notice {
    Notice {
        kind,
        key: key.into(),
        rule: "their_trouble".into(),
        subject: Subject::Everything,
        severity: Severity::Critical,
        title: "Anthropic: their outage".into(),
        text: "529 in 9 of 10 probes".into(),
        children: vec!["claude-opus".into()],
        at: at(20),
        since: at(10),
        by: None,
    }
}

fn message(id: &str, to: &str, key: &str, next_try: i64) -> OutgoingMessage {
    OutgoingMessage {
        id: OutgoingId::try_new(id).unwrap(),
        sink: sink(to),
        notice: notice(key, NoticeKind::Fired),
        state: OutgoingState::Queued,
        attempts: 0,
        created_at: at(20),
        next_try_at: Some(at(next_try)),
        last_tried_at: None,
        begun_at: None,
        done_at: None,
        problem: None,
    }
}

fn alert(state: AlertState) -> StoredAlert {
    StoredAlert {
        key: "changeover/their_trouble/provider:anthropic".into(),
        rule: "their_trouble".into(),
        subject: "provider:anthropic".parse().unwrap(),
        state,
        since: at(20),
        memory: serde_json::json!({"told": "critical", "value": 0.30000000000000004}),
    }
}

fn act(action: AuditAction) -> AuditDraft {
    AuditDraft { action, ..draft("because") }
}

async fn queued(store: &Fresh, messages: Vec<OutgoingMessage>) {
    let moves = AlertMoves { messages, ..AlertMoves::default() };
    store.writer.alerts_move(&moves, None).await.unwrap();
}

async fn settled(store: &Fresh, message: &OutgoingMessage, state: OutgoingState) {
    let done = OutgoingMessage {
        state,
        attempts: message.attempts + 1,
        next_try_at: None,
        last_tried_at: Some(at(30)),
        done_at: Some(at(30)),
        problem: (state == OutgoingState::GivenUp).then(|| "HTTP 410".to_owned()),
        ..message.clone()
    };
    store.writer.outgoing_settle(&done).await.unwrap();
}

async fn next(store: &Fresh, to: &str) -> Option<String> {
    let next = store.reader.outgoing_next(&sink(to)).await.unwrap();
    next.map(|message| message.id.to_string())
}

#[tokio::test]
async fn a_move_is_there_with_its_messages_and_its_audit_entry_or_not_at_all() {
    let store = fresh().await;
    let moves = AlertMoves {
        alerts: vec![alert(AlertState::Firing)],
        gone: vec![],
        messages: vec![message("msg_1", "ops", "k", 20)],
    };
    let entry = act(AuditAction::AlertAcknowledged);
    store.writer.alerts_move(&moves, Some(entry.clone())).await.unwrap();
    let again = AlertMoves {
        alerts: vec![alert(AlertState::Normal)],
        gone: vec![],
        messages: vec![message("msg_1", "ops", "k", 20)],
    };
    store.writer.alerts_move(&again, Some(entry)).await.expect_err("an id is used once");
    let store = store.reopened().await;
    assert_eq!(store.reader.alerts().await.unwrap(), [alert(AlertState::Firing)]);
    let kept = store.reader.outgoing_list(None, false, 10).await.unwrap();
    assert_eq!(kept, [message("msg_1", "ops", "k", 20)]);
    let intact = AuditVerification::Intact { entries: 1 };
    assert_eq!(store.reader.audit_verify().await.unwrap(), intact, "the second left no trace");
}

#[tokio::test]
async fn an_alert_whose_subject_is_gone_is_let_go() {
    let store = fresh().await;
    let there = AlertMoves { alerts: vec![alert(AlertState::Firing)], ..AlertMoves::default() };
    store.writer.alerts_move(&there, None).await.unwrap();
    let gone = AlertMoves { gone: vec![alert(AlertState::Firing).key], ..AlertMoves::default() };
    store.writer.alerts_move(&gone, None).await.unwrap();
    assert_eq!(store.reader.alerts().await.unwrap(), []);
}

#[tokio::test]
async fn messages_about_one_alert_go_in_order_and_others_do_not_wait_for_them() {
    let store = fresh().await;
    let first = message("msg_1", "ops", "a", 90);
    queued(
        &store,
        vec![first.clone(), message("msg_2", "ops", "a", 20), message("msg_3", "ops", "b", 30)],
    )
    .await;
    queued(&store, vec![message("msg_4", "other", "a", 20)]).await;
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_3"), "its time comes first");
    let third = message("msg_3", "ops", "b", 30);
    settled(&store, &third, OutgoingState::Delivered).await;
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_1"), "the second waits for it");
    settled(&store, &first, OutgoingState::GivenUp).await;
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_2"));
    assert_eq!(next(&store, "other").await.as_deref(), Some("msg_4"));
    let store = store.reopened().await;
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_2"), "also after a restart");
}

#[tokio::test]
async fn what_has_not_arrived_is_counted_and_listed() {
    let store = fresh().await;
    let (first, second) = (message("msg_1", "ops", "a", 20), message("msg_2", "ops", "b", 25));
    queued(&store, vec![first.clone(), second.clone(), message("msg_3", "ops", "c", 40)]).await;
    settled(&store, &first, OutgoingState::Delivered).await;
    settled(&store, &second, OutgoingState::GivenUp).await;
    let backlogs = store.reader.outgoing_backlogs().await.unwrap();
    assert_eq!(backlogs.len(), 1);
    let backlog = &backlogs[0];
    assert_eq!((backlog.queued, backlog.given_up), (1, 1));
    assert_eq!(backlog.next_try_at, Some(at(40)));
    assert_eq!(backlog.last_problem.as_deref(), Some("HTTP 410"));
    assert_eq!((backlog.last_problem_at, backlog.last_delivered_at), (Some(at(30)), Some(at(30))));
    let ids = async |sink: Option<&SinkId>, undelivered| -> Vec<String> {
        let listed = store.reader.outgoing_list(sink, undelivered, 10).await.unwrap();
        listed.into_iter().map(|message| message.id.to_string()).collect()
    };
    assert_eq!(ids(None, false).await, ["msg_3", "msg_2", "msg_1"]);
    assert_eq!(ids(None, true).await, ["msg_3", "msg_2"]);
    assert_eq!(ids(Some(&sink("other")), false).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_message_is_overtaken_when_a_later_one_about_the_same_has_arrived() {
    let store = fresh().await;
    let (first, second) = (message("msg_1", "ops", "a", 20), message("msg_2", "ops", "a", 25));
    queued(&store, vec![first.clone(), second.clone()]).await;
    settled(&store, &first, OutgoingState::GivenUp).await;
    assert!(!store.reader.outgoing_is_overtaken(&first.id).await.unwrap());
    settled(&store, &second, OutgoingState::Delivered).await;
    assert!(store.reader.outgoing_is_overtaken(&first.id).await.unwrap());
    assert!(!store.reader.outgoing_is_overtaken(&second.id).await.unwrap());
}

#[tokio::test]
async fn what_is_queued_for_a_sink_that_is_gone_is_given_up_and_can_be_queued_again() {
    let store = fresh().await;
    queued(&store, vec![message("msg_1", "ops", "a", 20)]).await;
    store.writer.outgoing_abandon(&sink("ops"), "the sink is gone", at(50)).await.unwrap();
    assert_eq!(next(&store, "ops").await, None);
    let given_up = store.reader.outgoing(&OutgoingId::try_new("msg_1").unwrap()).await.unwrap();
    let given_up = given_up.unwrap();
    assert_eq!((given_up.state, given_up.done_at), (OutgoingState::GivenUp, Some(at(50))));
    let again = OutgoingMessage {
        state: OutgoingState::Queued,
        next_try_at: Some(at(60)),
        done_at: None,
        ..given_up
    };
    let entry = act(AuditAction::OutgoingRetried);
    store.writer.outgoing_requeue(entry, &again).await.unwrap();
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_1"));
}

#[tokio::test]
async fn what_was_cut_off_in_the_middle_of_an_attempt_is_in_doubt_and_nothing_else_is() {
    let store = fresh().await;
    let (begun, waiting) = (message("msg_1", "chat", "a", 20), message("msg_2", "chat", "b", 20));
    let elsewhere = message("msg_3", "ops", "a", 20);
    queued(&store, vec![begun.clone(), waiting.clone(), elsewhere.clone()]).await;
    for message in [&begun, &elsewhere] {
        let begun = OutgoingMessage { begun_at: Some(at(25)), ..message.clone() };
        store.writer.outgoing_settle(&begun).await.unwrap();
    }
    let store = store.reopened().await;
    store.writer.outgoing_doubt(&sink("chat"), "perhaps delivered", at(50)).await.unwrap();
    let listed = store.reader.outgoing_list(Some(&sink("chat")), true, 10).await.unwrap();
    let in_doubt = OutgoingMessage {
        state: OutgoingState::GivenUp,
        attempts: 1,
        next_try_at: None,
        last_tried_at: Some(at(25)),
        begun_at: Some(at(25)),
        done_at: Some(at(50)),
        problem: Some("perhaps delivered".to_owned()),
        ..begun
    };
    assert_eq!(listed, [waiting, in_doubt]);
    assert_eq!(next(&store, "ops").await.as_deref(), Some("msg_3"), "it is sent again by itself");
}

#[tokio::test]
async fn what_is_long_over_is_let_go_and_what_is_queued_never_is() {
    let store = fresh().await;
    let days = |days: i64| at(20).plus_millis(days * 24 * 3_600_000);
    let told_at = |id: &str, key: &str, when| OutgoingMessage {
        created_at: when,
        ..message(id, "ops", key, 20)
    };
    let (over, waits) = (message("msg_1", "ops", "a", 20), message("msg_2", "ops", "b", 20));
    queued(&store, vec![over.clone(), waits]).await;
    settled(&store, &over, OutgoingState::Delivered).await;
    let ids = async || -> Vec<String> {
        let listed = store.reader.outgoing_list(None, false, 10).await.unwrap();
        listed.into_iter().map(|message| message.id.to_string()).collect()
    };
    queued(&store, vec![told_at("msg_3", "c", days(89))]).await;
    assert_eq!(ids().await, ["msg_3", "msg_2", "msg_1"]);
    queued(&store, vec![told_at("msg_4", "d", days(91))]).await;
    assert_eq!(ids().await, ["msg_4", "msg_3", "msg_2"]);
    let backlogs = store.reader.outgoing_backlogs().await.unwrap();
    assert_eq!((backlogs[0].queued, backlogs[0].last_delivered_at), (3, None));
}

#[tokio::test]
async fn each_sink_is_counted_by_itself() {
    let store = fresh().await;
    let first = message("msg_1", "a", "k", 20);
    queued(&store, vec![first.clone(), message("msg_2", "b", "k", 20)]).await;
    queued(&store, vec![message("msg_3", "c", "k", 20), message("msg_4", "c", "l", 30)]).await;
    settled(&store, &first, OutgoingState::GivenUp).await;
    let backlogs = store.reader.outgoing_backlogs().await.unwrap();
    let counts: Vec<_> =
        backlogs.iter().map(|one| (one.sink.as_str(), one.queued, one.given_up)).collect();
    assert_eq!(counts, [("a", 0, 1), ("b", 1, 0), ("c", 2, 0)]);
    assert_eq!(fresh().await.reader.outgoing_backlogs().await.unwrap(), []);
}

#[tokio::test]
async fn a_window_that_has_begun_is_ended_and_one_that_has_not_is_deleted() {
    let store = fresh().await;
    let window = |id: &str, from, until| MaintenanceWindow {
        id: WindowId::try_new(id).unwrap(),
        subject: "route:chat".parse().unwrap(),
        from: at(from),
        until: at(until),
        reason: "deploy".into(),
        by: "mk".into(),
        configured: false,
    };
    let (open, to_come) = (window("w-1", 0, 100), window("w-2", 200, 300));
    for window in [&open, &to_come] {
        store.writer.window_put(act(AuditAction::MaintenancePut), window).await.unwrap();
    }
    let store = store.reopened().await;
    assert_eq!(store.reader.windows_after(at(50)).await.unwrap(), [open.clone(), to_come.clone()]);
    for window in [&open, &to_come] {
        let entry = act(AuditAction::MaintenanceRemoved);
        store.writer.window_remove(entry, &window.id, at(50)).await.unwrap();
    }
    assert_eq!(store.reader.windows_after(at(50)).await.unwrap(), []);
    let past = MaintenanceWindow { until: at(50), ..open };
    let kept = store.reader.windows_after(at(0)).await.unwrap();
    assert_eq!(kept, std::slice::from_ref(&past), "history keeps what was");
    let later = window("w-3", 400, 500);
    store.writer.window_put(act(AuditAction::MaintenancePut), &later).await.unwrap();
    assert_eq!(
        store.reader.windows_latest(1).await.unwrap(),
        std::slice::from_ref(&later),
        "the latest"
    );
    assert_eq!(store.reader.windows_latest(9).await.unwrap(), [past, later]);
}
