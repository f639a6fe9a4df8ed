//! Feeds that stand in for a page's JSON, and feeds whose identities are not those of the JSON: what
//! they forgot to close is nobody's incident.

use changeover_clock::Clock;
use changeover_domain::{ComponentState, IncidentState, UnixMs};

use super::stub::{Answer, both, let_pass};
use super::{at, channel, item};
use crate::{ComponentRule, Platform, PollOutcome, StatusPoller, StatusSource, merge};

const GONE: Answer = Answer::Status(503, &[]);

async fn poller(
    platform: Platform,
    answers: impl IntoIterator<Item = Answer>,
    feed: impl IntoIterator<Item = Answer>,
) -> StatusPoller {
    let (poller, _page) = both(answers, feed).await;
    let rule = ComponentRule {
        id: Some("bedrock-eu-west-1".to_owned()),
        was: Vec::new(),
        name: None,
        targets: Vec::new(),
        serves: true,
        only: platform == Platform::AwsHealth,
    };
    let source = StatusSource { platform, components: vec![rule], ..poller.source().clone() };
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    StatusPoller::new(http, Clock::scaled(at("2026-05-04T12:00:00Z"), 1.0), source)
}

/// Incidents that are believed to be going on after a poll, and how many there are to tell of.
async fn open(poller: &mut StatusPoller) -> (Vec<String>, usize) {
    match poller.poll().await {
        PollOutcome::Seeded { reading, transitions }
        | PollOutcome::Changed { reading, transitions } => {
            let open = reading.incidents.iter().filter(|one| one.is_open());
            (open.map(|one| one.id.native.clone()).collect(), transitions.len())
        }
        PollOutcome::Unchanged => Default::default(),
        failed => panic!("{failed:?}"),
    }
}

fn bedrock(items: &[(&str, &str)]) -> Answer {
    let items: String = items
        .iter()
        .map(|(time, date)| {
            let epoch = at(time).0 / 1_000;
            let id = format!("https://status.aws.amazon.com/#bedrock-eu-west-1_{epoch}");
            item("Service impact: Errors", "https://status.aws.amazon.com/", &id, date, "x")
        })
        .collect();
    Answer::Text(channel("Amazon Bedrock (Ireland) Service Status", "https://a.test/", &items))
}

const APRIL: (&str, &str) = ("2026-04-30T10:00:00Z", "Thu, 30 Apr 2026 10:00:00 GMT");
const AFTER: (&str, &str) = ("2026-05-04T12:20:00Z", "Mon, 04 May 2026 12:20:00 GMT");

/// An event of many services, one of them ours.
const EVENT: &str = r#"[{"date":"1777885200","arn":"arn:aws:health:eu-west-1::event/MULTIPLE/x","status":"2","service":"multipleservices-eu-west-1","service_name":"Multiple services","summary":"Errors","event_log":[{"summary":"Errors","message":"We look.","status":2,"timestamp":1777885200}],"impacted_services":{"bedrock-eu-west-1":{"service_name":"Bedrock","current":"2","max":"2"}}}]"#;

#[tokio::test]
async fn an_event_that_has_another_name_in_the_feed_is_not_opened_twice_when_the_json_fails() {
    let event = || Answer::Body(EVENT, None);
    // The feed's own word for the event that the JSON lists, and what it has never closed.
    let same = ("2026-05-04T09:00:00Z", "Mon, 04 May 2026 09:00:00 GMT");
    let items = || bedrock(&[APRIL, same]);
    let answers = [event(), GONE, event(), event(), event()];
    let mut poller = poller(Platform::AwsHealth, answers, (0..9).map(|_| items())).await;
    assert_eq!(open(&mut poller).await.0, ["arn:aws:health:eu-west-1::event/MULTIPLE/x"]);
    for look in 0..4 {
        let_pass(&mut poller, 130);
        let (listed, told) = open(&mut poller).await;
        assert!(listed.iter().all(|one| one.starts_with("arn:")), "look {look}: {listed:?}");
        assert_eq!(told, 0, "neither opened nor resolved by absence: look {look}");
    }
}

#[tokio::test]
async fn what_began_since_the_json_was_read_is_opened_from_the_feed() {
    let answers = [Answer::Body("[]", None), GONE, GONE];
    let feed = [bedrock(&[APRIL]), bedrock(&[APRIL]), bedrock(&[APRIL, AFTER])];
    let mut poller = poller(Platform::AwsHealth, answers, feed).await;
    assert_eq!(open(&mut poller).await, (vec![], 0));
    let_pass(&mut poller, 130);
    assert_eq!(open(&mut poller).await, (vec![], 0));
    assert_eq!(poller.state().page, ComponentState::Operational, "nor does April colour the page");
    let_pass(&mut poller, 1_200);
    let (listed, told) = open(&mut poller).await;
    assert_eq!((listed.len(), told), (1, 1));
    assert_eq!(poller.state().page, ComponentState::DegradedPerformance);
}

#[tokio::test]
async fn what_a_feed_forgot_is_not_seeded_after_a_restart_in_which_the_json_fails() {
    let mut poller = poller(Platform::AwsHealth, [GONE], [bedrock(&[APRIL, AFTER])]).await;
    poller.resume(Vec::new(), Some(at("2026-05-04T11:00:00Z")));
    let (listed, _) = open(&mut poller).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
}

const WELL: &str = r#"{"data":{"id":"1","type":"status_page","attributes":{"aggregate_state":"operational","custom_domain":"s.test"}},"included":[{"id":"11","type":"status_page_resource","attributes":{"public_name":"Large 2","status":"operational"}}]}"#;

fn monitor(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(what, id, date)| {
            let id = format!("https://s.test/#{id}");
            item(&format!("Large 2 {what}"), "https://s.test/", &id, date, "x")
        })
        .collect();
    channel("T", "https://s.test/", &items)
}

const DOWN_IN_MARCH: (&str, &str, &str) = ("went down", "m", "Mon, 02 Mar 2026 10:00:00 -0000");

#[test]
fn what_the_monitors_feed_never_closed_is_not_open_where_the_json_lists_what_is() {
    let over = ("recovered", "n", "Mon, 04 May 2026 10:06:00 -0000");
    let began = ("went down", "n", "Mon, 04 May 2026 10:00:00 -0000");
    let feed = super::reading(Platform::BetterStack, monitor(&[DOWN_IN_MARCH, over, began]));
    let merged = merge(super::reading(Platform::BetterStack, WELL), feed);
    assert_eq!(merged.page, ComponentState::Operational);
    let states: Vec<IncidentState> = merged.incidents.iter().map(|one| one.state).collect();
    assert_eq!(states, [IncidentState::Resolved], "what has ended is history");
}

#[tokio::test]
async fn monitors_that_went_down_while_the_json_was_away_are_told_and_end_with_their_own_word() {
    let feed = |items: &[(&str, &str, &str)]| Answer::Text(monitor(items));
    let down = ("went down", "d", "Mon, 04 May 2026 12:01:00 -0000");
    let up = ("recovered", "d", "Mon, 04 May 2026 12:09:00 -0000");
    let calm = || Answer::Body(WELL, None);
    let answers = [calm(), GONE, GONE, calm(), calm(), calm()];
    let feeds = [
        feed(&[DOWN_IN_MARCH]),
        feed(&[DOWN_IN_MARCH, down]),
        feed(&[DOWN_IN_MARCH, down]),
        feed(&[DOWN_IN_MARCH, down, up]),
        feed(&[DOWN_IN_MARCH, down, up]),
    ];
    let mut poller = poller(Platform::BetterStack, answers, feeds).await;
    let mut told = Vec::new();
    for _ in 0..5 {
        if let PollOutcome::Changed { transitions, .. } = poller.poll().await {
            told.extend(
                transitions.iter().map(|one| (one.incident().id.native.clone(), one.step())),
            );
        }
        let_pass(&mut poller, 130);
    }
    use changeover_domain::StatusStep::{Opened, Resolved};
    let id = || "https://s.test/#d".to_owned();
    assert_eq!(told, [(id(), Opened), (id(), Resolved)]);
    assert_eq!(poller.state().page, ComponentState::Operational);
    assert!(poller.state().last_good_at > Some(UnixMs(0)));
}
