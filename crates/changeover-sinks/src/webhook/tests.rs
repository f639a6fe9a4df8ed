//! Golden bodies.

use changeover_domain::NoticeKind;

use super::*;
use crate::tests::{message, told};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook() -> Webhook {
    let key = SigningKey::try_new(Secret::new(KEY)).unwrap();
    Webhook::try_new("https://ops.example/hook", key).unwrap()
}

#[test]
fn the_whole_document_is_as_documented() {
    let message = message();
    let webhook = webhook();
    let request = webhook.request(&message, UnixMs(1_795_183_321_900)).unwrap();
    let body = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(
        body,
        concat!(
            r#"{"type":"alert.fired","timestamp":"2026-11-20T14:00:40Z","data":{"#,
            r#""key":"changeover/their_trouble/provider:anthropic","rule":"their_trouble","#,
            r#""subject":"provider:anthropic","severity":"critical","#,
            r#""title":"Anthropic: their outage, all models","#,
            r#""text":"529 in 9 of 10 probes & <calls>","#,
            r#""parts":["claude-opus: their outage","claude-haiku: their outage"],"#,
            r#""since":"2026-11-20T14:00:10Z"}}"#,
        )
    );
    assert_eq!(request.url, "https://ops.example/hook");
    assert_eq!(request.headers[0], ("webhook-id", "msg_01".to_owned()));
    let attempted = ("webhook-timestamp", "1795183321".to_owned());
    assert_eq!(request.headers[1], attempted, "of the attempt, in whole seconds");
    let signed = sign(&webhook.key.key, "msg_01", UnixMs(1_795_183_321_000), &request.body);
    assert_eq!(request.headers[2], ("webhook-signature", signed));
}

#[test]
fn a_key_is_shown_to_nobody() {
    assert!(!format!("{:?}", webhook()).contains(KEY.trim_start_matches("whsec_")));
    assert_eq!(SigningKey::try_new(Secret::new("hunter2")).unwrap_err(), SenderKeyError::Form);
}

#[test]
fn an_attempt_later_has_the_same_id_and_body_and_another_signature() {
    let (webhook, message) = (webhook(), message());
    let first = webhook.request(&message, UnixMs(1_795_183_321_900)).unwrap();
    let second = webhook.request(&message, UnixMs(1_795_183_399_900)).unwrap();
    assert_eq!((&first.body, &first.headers[0]), (&second.body, &second.headers[0]));
    assert_ne!(first.headers[2], second.headers[2]);
}

#[test]
fn who_did_it_is_told_and_a_test_is_of_a_type_of_its_own() {
    let mut acknowledged = told(NoticeKind::Acknowledged);
    acknowledged.notice.by = Some("mk".into());
    let type_and_by = |message: &OutgoingMessage| {
        let webhook = webhook();
        let request = webhook.request(message, UnixMs(0)).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        (body["type"].as_str().unwrap().to_owned(), body["data"]["by"].as_str().map(str::to_owned))
    };
    assert_eq!(type_and_by(&acknowledged), ("alert.acknowledged".into(), Some("mk".into())));
    assert_eq!(type_and_by(&told(NoticeKind::Updated)), ("alert.updated".into(), None));
    assert_eq!(type_and_by(&told(NoticeKind::Test)), ("sink.test".into(), None));
}

#[test]
fn only_a_receiver_that_is_gone_for_good_is_given_up_at_once() {
    assert_eq!([400, 401, 404, 410].map(Webhook::refuses), [false, false, false, true]);
}
