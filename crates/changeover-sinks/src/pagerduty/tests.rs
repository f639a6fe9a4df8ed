//! Golden bodies.

use changeover_domain::NoticeKind;

use super::*;
use crate::tests::{message, told};

fn body(message: &OutgoingMessage) -> String {
    let pagerduty = PagerDuty::try_new(None, Secret::new("r0uting-key")).unwrap();
    let request = pagerduty.request(message).unwrap();
    assert_eq!(request.url, "https://events.pagerduty.com/v2/enqueue");
    std::str::from_utf8(&request.body).unwrap().to_owned()
}

#[test]
fn the_whole_event_is_as_the_events_api_takes_it() {
    assert_eq!(
        body(&message()),
        concat!(
            r#"{"routing_key":"r0uting-key","event_action":"trigger","#,
            r#""dedup_key":"changeover/their_trouble/provider:anthropic","client":"Changeover","#,
            r#""payload":{"summary":"Anthropic: their outage, all models","#,
            r#""source":"provider:anthropic","severity":"critical","#,
            r#""timestamp":"2026-11-20T14:00:40Z","class":"their_trouble","#,
            r#""custom_details":{"text":"529 in 9 of 10 probes & <calls>","#,
            r#""parts":["claude-opus: their outage","claude-haiku: their outage"],"#,
            r#""since":"2026-11-20T14:00:10Z"}}}"#,
        )
    );
}

#[test]
fn an_incident_is_acknowledged_and_resolved_by_its_key_alone() {
    assert_eq!(
        body(&told(NoticeKind::Acknowledged)),
        concat!(
            r#"{"routing_key":"r0uting-key","event_action":"acknowledge","#,
            r#""dedup_key":"changeover/their_trouble/provider:anthropic"}"#,
        )
    );
    let action = |kind| {
        let event: serde_json::Value = serde_json::from_str(&body(&told(kind))).unwrap();
        event["event_action"].as_str().unwrap().to_owned()
    };
    use NoticeKind::{DataBack, Error, NoData, Reminder, Resolved, Updated, Worsened};
    assert_eq!([Resolved, DataBack].map(action), ["resolve", "resolve"]);
    assert_eq!([Worsened, Updated, Reminder, NoData, Error].map(action), ["trigger"; 5]);
}

#[test]
fn a_long_key_stays_one_key_within_pagerdutys_limit() {
    let mut long = message();
    long.notice.key = format!("changeover/{}", "x".repeat(300));
    let key = |message: &OutgoingMessage| {
        let event: serde_json::Value = serde_json::from_str(&body(message)).unwrap();
        event["dedup_key"].as_str().unwrap().to_owned()
    };
    let first = key(&long);
    assert!(first.len() <= 255);
    assert_eq!(first, key(&long));
    long.notice.key.push('y');
    assert_ne!(first, key(&long), "another alert has another key");
}

#[test]
fn an_event_that_is_wrong_is_not_sent_again() {
    assert_eq!([400, 403, 408].map(PagerDuty::refuses), [true, true, false]);
}
