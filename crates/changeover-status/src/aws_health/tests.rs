//! AWS's documents as they are met, each trap by its own words.

use changeover_domain::{ComponentState, IncidentState};

use crate::tests::{at, channel, item, only, reading, steps};
use crate::{Coverage, Platform};

const EVENTS: &str = r#"[{"date":"1777888800","arn":"arn:aws:health:eu-west-1::event/MULTI/X/X_1","region_name":"Ireland","status":"2","service":"multipleservices-eu-west-1","service_name":"Multiple services","summary":"Increased Error Rates – é",
    "event_log":[{"summary":"Increased Error Rates","message":"We look.","status":1,"timestamp":1777888900}],
    "impacted_services":{"bedrock-eu-west-1":{"service_name":"Amazon Bedrock","current":"3","max":"3"},"sts-eu-west-1":{"service_name":"STS","current":"0","max":"1"}}}]"#;

#[test]
fn current_events_come_in_utf_16_with_a_mark() {
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(EVENTS.encode_utf16().flat_map(u16::to_be_bytes));
    let reading = reading(Platform::AwsHealth, bytes);
    assert_eq!(reading.coverage, Coverage::OpenOnly);
    assert_eq!(only(reading).title, "Increased Error Rates – é");
}

#[test]
fn bedrock_is_found_among_the_impacted_services_of_an_event_of_many() {
    let declared = only(reading(Platform::AwsHealth, EVENTS));
    assert_eq!(crate::tests::ids(&declared.components), ["bedrock-eu-west-1", "sts-eu-west-1"]);
    assert_eq!(
        crate::tests::named(&declared.components),
        [
            ("Amazon Bedrock (Ireland)".to_owned(), ComponentState::MajorOutage),
            ("STS (Ireland)".to_owned(), ComponentState::Operational)
        ]
    );
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.severity.as_deref(), Some("2"));
}

#[test]
fn an_event_without_impacted_services_is_of_its_own_service() {
    let (head, _) = EVENTS.split_once(r#""impacted_services""#).unwrap();
    let declared =
        only(reading(Platform::AwsHealth, format!(r#"{head}"impacted_services":null}}]"#)));
    assert_eq!(declared.components[0].name, "Multiple services (Ireland)");
}

#[test]
fn over_is_said_by_the_number_the_end_or_the_word() {
    for (from, to) in [
        (r#""status":"2""#, r#""status":"0""#),
        (r#""status":"2""#, r#""status":"2","end_time":"1777892400""#),
        ("\"summary\":\"Increased Error Rates – é\"", "\"summary\":\"[RESOLVED] Increased\""),
    ] {
        let declared = only(reading(Platform::AwsHealth, EVENTS.replace(from, to)));
        assert_eq!(declared.state, IncidentState::Resolved, "{to}");
        assert_ne!(declared.severity.as_deref(), Some("0"), "a state and no weight");
    }
    let ended = EVENTS.replace(r#""status":"2""#, r#""status":"0","end_time":1777892400"#);
    let declared = only(reading(Platform::AwsHealth, ended));
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
}

#[test]
fn nothing_going_on_is_an_empty_list() {
    let reading = reading(Platform::AwsHealth, "[]");
    assert_eq!((reading.page, reading.coverage), (ComponentState::Operational, Coverage::OpenOnly));
}

fn update(title: &str, epoch: &str, date: &str, body: &str) -> String {
    let guid = format!("https://status.aws.amazon.com/#bedrock-eu-west-1_{epoch}");
    item(title, "https://status.aws.amazon.com/", &guid, date, body)
}

fn feed(items: &[String]) -> String {
    made("Fri, 08 May 2026 03:00:00 PDT", items)
}

fn made(date: &str, items: &[String]) -> String {
    let stamp = format!("<lastBuildDate>{date}</lastBuildDate>");
    let head = "<generator>AWS Service Health Dashboard RSS Generator</generator>";
    let items = format!("{stamp}{head}{}", items.concat());
    channel("Amazon Bedrock (Ireland) Service Status", "https://status.aws.amazon.com/", &items)
}

#[test]
fn items_of_one_service_and_region_are_one_event_until_it_is_over() {
    let items = [
        update(
            "Service is operating normally: [RESOLVED] Errors",
            "1777896000",
            "Mon, 04 May 2026 05:00:00 PDT",
            "Well.",
        ),
        update(
            "Service disruption: Errors",
            "1777892400",
            "Mon, 04 May 2026 03:00:00 PST",
            "Worse.",
        ),
        update("Service impact: Errors", "1777888800", "Mon, 04 May 2026 03:00:00 PDT", "We look."),
    ];
    let declared = only(reading(Platform::AwsHealth, feed(&items)));
    assert_eq!(declared.title, "Errors");
    assert_eq!(declared.id.native, "bedrock-eu-west-1_1777888800");
    assert_eq!(
        steps(&declared),
        [
            Some(IncidentState::Investigating),
            Some(IncidentState::Investigating),
            Some(IncidentState::Resolved)
        ]
    );
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.ended_at, Some(at("2026-05-04T12:00:00Z")));
    assert_eq!(
        crate::tests::named(&declared.components),
        [("Amazon Bedrock (Ireland)".to_owned(), ComponentState::Operational)]
    );
}

#[test]
fn an_end_that_was_never_posted_is_where_something_else_began() {
    let items = [
        update("Service impact: Later", "1778148000", "Thu, 07 May 2026 03:00:00 PDT", "なにか"),
        update("Service impact: Earlier", "1777888800", "Mon, 04 May 2026 03:00:00 PDT", "x"),
    ];
    let reading = reading(Platform::AwsHealth, feed(&items));
    let seen: Vec<_> =
        reading.incidents.iter().map(|one| (one.title.as_str(), one.state, one.ended_at)).collect();
    assert_eq!(
        seen,
        [
            ("Later", IncidentState::Investigating, None),
            ("Earlier", IncidentState::Resolved, Some(at("2026-05-04T10:00:00Z")))
        ]
    );
}

#[test]
fn the_older_dashboard_keeps_its_number_when_all_is_over() {
    let text = r#"{"archive":[{"service_name":"Amazon EC2 (N. Virginia)","summary":"[RESOLVED] Errors","date":"1640183700","status":"3","details":"","description":"<div><span class=\"yellowfg\"> 6:35 AM PST</span>&nbsp;We look.</div><div><span class=\"yellowfg\"> 8:00 AM PST</span>&nbsp;Well.</div>","service":"ec2-us-east-1"}]}"#;
    let declared = only(reading(Platform::AwsHealth, text));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.title, "Errors");
    assert_eq!(declared.ended_at, Some(at("2021-12-22T16:00:00Z")));
    assert_eq!(declared.updates[1].text, "Well.");
    assert_eq!(crate::tests::ids(&declared.components), ["ec2-us-east-1"]);
}

#[test]
fn an_entry_of_the_log_has_its_own_heading_where_it_is_another_than_the_events() {
    let own = EVENTS.replace(
        r#"[{"summary":"Increased Error Rates","message":"We look.""#,
        r#"[{"summary":"Partly recovered","message":"We look.""#,
    );
    let text = |events: &str| only(reading(Platform::AwsHealth, events)).updates[0].text.clone();
    assert_eq!(text(&own), "Partly recovered\nWe look.");
    let same = EVENTS.replace(" – é", "");
    assert_eq!(text(&same), "We look.");
}

#[test]
fn in_the_feed_of_all_services_a_component_is_called_by_its_key() {
    let items =
        [update("Service impact: Errors", "1777888800", "Mon, 04 May 2026 03:00:00 PDT", "x")];
    let text =
        feed(&items).replace("Amazon Bedrock (Ireland) Service", "Amazon Web Services Service");
    let declared = only(reading(Platform::AwsHealth, text));
    assert_eq!(declared.components[0].name, "bedrock-eu-west-1");
}

#[test]
fn an_event_that_nobody_closed_and_of_which_nothing_was_said_for_a_week_has_no_known_end() {
    let items =
        [update("Service impact: Errors", "1777888800", "Mon, 04 May 2026 03:00:00 PDT", "x")];
    let fresh = reading(Platform::AwsHealth, feed(&items));
    assert_eq!(fresh.page, ComponentState::DegradedPerformance);
    assert!(only(fresh).is_open());
    let old = reading(Platform::AwsHealth, made("Mon, 05 Oct 2026 03:00:00 PDT", &items));
    assert_eq!(old.page, ComponentState::Operational, "five months later it is no trouble of now");
    let declared = only(old);
    assert_eq!(declared.state, IncidentState::LeftPage);
    assert_eq!(
        declared.ended_at,
        Some(at("2026-05-04T10:00:00Z")),
        "the last that was heard of it"
    );
}
