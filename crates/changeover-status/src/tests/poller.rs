//! The poller against a page on loopback: conditions, failures, both documents, paces.

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::{ComponentState, UnixMs};

use super::SUMMARY;
use super::stub::{Answer, CALM, DOWN, both, feed, let_pass, poller, poller_at, summary};
use crate::{
    MaintenanceStep, Platform, PollError, PollOutcome, ReadError, StatusPoller, StatusSource,
    Transition,
};

#[tokio::test]
async fn the_first_look_seeds_and_conditions_save_the_next_ones() {
    let etag = Some("W/\"1\"");
    let (mut poller, page) = poller([
        Answer::Body(SUMMARY, etag),
        Answer::Status(304, &[]),
        Answer::Body(SUMMARY, etag),
    ])
    .await;
    assert_eq!(poller.state().page, ComponentState::Unknown, "not looked yet");
    assert!(
        matches!(poller.poll().await, PollOutcome::Seeded { reading, .. } if reading.incidents.len() == 2)
    );
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "304");
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "the same bytes");
    let sent = page.conditions.lock().unwrap().clone();
    let etag = etag.map(str::to_owned);
    assert_eq!(sent, [None, etag.clone(), etag]);
    assert_eq!(poller.state().page, ComponentState::PartialOutage);
}

#[tokio::test]
async fn an_incident_missing_twice_is_over_even_when_the_page_did_not_change() {
    let (mut poller, _page) = poller([
        Answer::Body(SUMMARY, None),
        Answer::Body(CALM, Some("\"2\"")),
        Answer::Status(304, &[]),
        Answer::Status(304, &[]),
    ])
    .await;
    poller.poll().await;
    let first = poller.poll().await;
    assert!(matches!(first, PollOutcome::Changed { reading, transitions }
        if transitions.is_empty() && reading.incidents.iter().all(|one| one.is_open())));
    let PollOutcome::Changed { transitions, .. } = poller.poll().await else {
        panic!("the second look without it is news");
    };
    let by_absence =
        |one: &Transition| matches!(one, Transition::Resolved { by_absence: true, .. });
    assert_eq!(transitions.iter().filter(|one| by_absence(one)).count(), 1);
    let ended = |one: &Transition| {
        matches!(one, Transition::Maintenance { step: MaintenanceStep::Ended, .. })
    };
    assert_eq!(transitions.iter().filter(|one| ended(one)).count(), 1, "and the planned work");
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
}

#[tokio::test]
async fn three_failures_make_a_page_unreadable_and_one_good_look_mends_it() {
    let (mut poller, _page) =
        poller([Answer::Body(CALM, Some("\"1\"")), DOWN, DOWN, DOWN, Answer::Status(304, &[])])
            .await;
    poller.poll().await;
    let good = poller.state();
    assert_eq!(good.page, ComponentState::Operational);
    for failures in 1..=3 {
        let_pass(&mut poller, 301);
        assert!(matches!(
            poller.poll().await,
            PollOutcome::Failed(PollError::Status { status: 503, .. })
        ));
        let state = poller.state();
        assert_eq!(state.failures, failures);
        assert_eq!(state.unreadable, failures == 3);
    }
    let bad = poller.state();
    assert_eq!(bad.page, ComponentState::Unknown, "neither operational nor an outage");
    assert_eq!(bad.last_good_at, good.last_good_at, "its age stays to be seen");
    assert!(bad.last_tried_at > good.last_tried_at);
    assert_eq!(bad.problem.as_deref(), Some("it answered with status 503"));
    assert!(poller.next_delay() >= Duration::from_secs(299), "it asked for 300 s");
    let_pass(&mut poller, 301);
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
    let mended = poller.state();
    assert_eq!((mended.page, mended.failures), (ComponentState::Operational, 0));
    assert_eq!(mended.problem, None);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_asked_for_again_in_full() {
    let (mut poller, page) = poller([
        Answer::Body("<!DOCTYPE html><title>Just a moment...</title>", Some("\"html\"")),
        Answer::Body(CALM, None),
    ])
    .await;
    let PollOutcome::Failed(PollError::Unreadable(ReadError::HtmlPage { .. })) =
        poller.poll().await
    else {
        panic!("a page in HTML is no status");
    };
    assert!(matches!(poller.poll().await, PollOutcome::Seeded { .. }));
    assert_eq!(*page.conditions.lock().unwrap(), [None, None]);
}

#[tokio::test]
async fn redirects_to_elsewhere_and_a_304_without_cause_are_failures() {
    let (mut poller, _page) = poller([
        Answer::Status(301, &[("location", "https://elsewhere.example/feed")]),
        Answer::Status(304, &[]),
    ])
    .await;
    let away = poller.poll().await;
    assert!(
        matches!(&away, PollOutcome::Failed(PollError::Redirected { to }) if to.contains("elsewhere"))
    );
    assert!(matches!(
        poller.poll().await,
        PollOutcome::Failed(PollError::Status { status: 304, .. })
    ));
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_it() {
    let (mut poller, _page) = poller([Answer::Endless]).await;
    assert!(matches!(
        poller.poll().await,
        PollOutcome::Failed(PollError::Unreadable(ReadError::TooLarge { .. }))
    ));
}

#[tokio::test]
async fn a_page_that_hangs_is_given_up_in_the_clocks_time() {
    let (mut poller, _page) = poller_at(100.0, [Answer::Hang]).await;
    assert!(matches!(poller.poll().await, PollOutcome::Failed(PollError::TimedOut(_))));
}

#[tokio::test]
async fn an_open_incident_quickens_the_polls_and_planned_work_does_not() {
    let planned = SUMMARY.replace(
        "\"status\": \"monitoring\", \"impact\": \"none\"",
        "\"status\": \"resolved\", \"impact\": \"none\"",
    );
    let (mut open, _page) = poller([Answer::Body(SUMMARY, None)]).await;
    let (mut calm, _other) = poller([Answer::Text(planned)]).await;
    open.poll().await;
    calm.poll().await;
    assert!(open.next_delay() <= Duration::from_secs(22));
    assert!(calm.next_delay() >= Duration::from_secs(54));
}

#[tokio::test]
async fn json_and_feed_are_one_page_whose_incident_is_told_once_and_ends_with_its_own_words() {
    let (mut poller, _page) = both(
        [
            Answer::Body(CALM, None),
            summary("investigating", 5),
            summary("monitoring", 20),
            Answer::Body(CALM, None),
        ],
        [
            feed(&[]),
            feed(&[("Investigating", 5)]),
            feed(&[("Monitoring", 20), ("Investigating", 5)]),
            feed(&[("Resolved", 40), ("Monitoring", 20), ("Investigating", 5)]),
        ],
    )
    .await;
    poller.poll().await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let PollOutcome::Changed { transitions, reading } = poller.poll().await else {
            panic!("each look has news");
        };
        assert!(reading.incidents.len() <= 1, "one identity in both");
        told.extend(transitions);
    }
    let [opened, moved, ended] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(opened, Transition::Opened { incident } if incident.updates.len() == 1));
    assert!(matches!(moved, Transition::StateChanged { updates, .. } if updates.len() == 1));
    let Transition::Resolved { incident, by_absence: false, .. } = ended else {
        panic!("the feed says that it is over: {ended:?}");
    };
    assert_eq!(incident.updates.len(), 3);
}

#[tokio::test]
async fn components_are_unknown_when_only_the_feed_has_been_read_for_long() {
    let gone = || Answer::Status(403, &[]);
    let calm = [Answer::Body(CALM, None), gone(), gone(), gone()];
    let (mut poller, page) = both(calm, (0..9).map(|_| feed(&[]))).await;
    poller.poll().await;
    let state = |poller: &StatusPoller| poller.state().components[0].state;
    assert_eq!(state(&poller), ComponentState::Operational);
    // The third failure of the JSON; it is left alone longer each time.
    for waits_s in [0, 0, 130] {
        let_pass(&mut poller, waits_s);
        poller.poll().await;
    }
    assert!(page.answers.lock().unwrap().is_empty(), "it was asked three times more");
    assert_eq!(state(&poller), ComponentState::Unknown, "no feed tells of components");
    assert!(!poller.state().unreadable, "the page is read all the same");
}

#[tokio::test]
async fn a_json_that_asks_for_peace_has_it_while_its_feed_is_read() {
    let answers = [Answer::Body(CALM, None), DOWN, Answer::Body(CALM, None)];
    let (mut poller, page) = both(answers, (0..9).map(|_| feed(&[]))).await;
    for waits_s in [0, 60, 60, 60] {
        let_pass(&mut poller, waits_s);
        poller.poll().await;
        assert_eq!(poller.state().failures, 0);
    }
    assert_eq!(page.answers.lock().unwrap().len(), 1, "asked once, and left alone for 300 s");
    let_pass(&mut poller, 200);
    poller.poll().await;
    assert!(page.answers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_page_whose_json_fails_is_read_from_its_feed_without_telling_anything_twice() {
    let gone = || Answer::Status(404, &[]);
    let open = || feed(&[("Investigating", 5)]);
    let (mut poller, _page) =
        both([summary("investigating", 5), gone(), gone(), gone(), gone()], [open(), open()]).await;
    poller.poll().await;
    let told = match poller.poll().await {
        PollOutcome::Unchanged => Vec::new(),
        PollOutcome::Changed { transitions, .. } => transitions,
        other => panic!("{other:?}"),
    };
    assert_eq!(told, [], "the same words from the other document are no news");
    let state = poller.state();
    assert_eq!((state.failures, state.unreadable), (0, false));
    assert_eq!(state.page, ComponentState::DegradedPerformance);
    let problem = state.problem.unwrap();
    assert_eq!(problem, "it answered with status 404; read from its feed instead");
    for _ in 0..3 {
        assert!(matches!(poller.poll().await, PollOutcome::Failed(_)), "now both are gone");
    }
    let state = poller.state();
    assert_eq!((state.unreadable, state.page), (true, ComponentState::Unknown));
}

#[tokio::test]
async fn the_second_document_is_left_alone_while_all_is_calm() {
    let (mut poller, page) = both(
        [Answer::Body(CALM, None), Answer::Body(CALM, None), Answer::Body(CALM, None)],
        [feed(&[]), feed(&[]), feed(&[])],
    )
    .await;
    for _ in 0..3 {
        poller.poll().await;
    }
    assert_eq!(page.feed.lock().unwrap().len(), 2, "asked for once");
}

#[tokio::test]
async fn failures_of_our_own_network_are_not_the_pages() {
    let failing = || Answer::Status(500, &[]);
    let calm = || Answer::Body(CALM, None);
    let (mut poller, _page) =
        poller([calm(), failing(), failing(), failing(), failing(), calm()]).await;
    poller.poll().await;
    let good = poller.state();
    for turn in 1..=4 {
        poller.poll().await;
        poller.excuse();
        let state = poller.state();
        assert!(state.network_down && !state.unreadable, "the page is not to blame");
        let word = if turn < 3 { ComponentState::Operational } else { ComponentState::Unknown };
        assert_eq!(state.page, word, "its word is not good for ever: try {turn}");
        assert_eq!(state.components[0].state, word);
        assert_eq!(state.last_good_at, good.last_good_at, "its age stays to be seen");
    }
    assert!(poller.state().problem.is_some());
    poller.poll().await;
    let state = poller.state();
    assert_eq!((state.network_down, state.page), (false, ComponentState::Operational));
}

#[tokio::test]
async fn what_a_cache_has_kept_is_as_old_as_it_says() {
    let (mut poller, _page) = poller([Answer::Aged(CALM.to_owned(), 900)]).await;
    poller.poll().await;
    let state = poller.state();
    let tried = state.last_tried_at.unwrap();
    let age = tried.millis_since(state.last_good_at.unwrap());
    assert!((890_000..=900_000).contains(&age), "{age}");
}

#[tokio::test]
async fn what_was_open_before_a_restart_is_followed_to_its_end_and_the_rest_is_no_news() {
    let (mut before, _page) = poller([Answer::Body(SUMMARY, None)]).await;
    let PollOutcome::Seeded { reading, .. } = before.poll().await else { panic!("a first look") };
    let listed = reading.incidents.into_iter().map(std::sync::Arc::unwrap_or_clone);
    let open: Vec<_> = listed.filter(|one| !one.is_maintenance()).collect();
    let (mut after, _page) =
        poller([Answer::Body(CALM, None), Answer::Body(CALM, None), Answer::Body(CALM, None)])
            .await;
    after.resume(open, Some(UnixMs(5)));
    assert_eq!(after.state().last_good_at, Some(UnixMs(5)), "its age is known from before");
    assert!(
        matches!(after.poll().await, PollOutcome::Seeded { transitions, .. } if transitions.is_empty())
    );
    let PollOutcome::Changed { transitions, .. } = after.poll().await else {
        panic!("missed twice");
    };
    assert!(matches!(transitions[..], [Transition::Resolved { by_absence: true, .. }]));
    let (mut fresh, _page) = poller([Answer::Body(SUMMARY, None)]).await;
    fresh.resume(Vec::new(), None);
    assert!(
        matches!(fresh.poll().await, PollOutcome::Seeded { transitions, .. } if transitions.is_empty())
    );
}

#[tokio::test]
async fn a_provider_in_trouble_has_its_page_looked_at_more_closely_and_left_step_by_step() {
    let calm = || Answer::Body(CALM, None);
    let (mut poller, _page) = poller([calm(), calm(), calm(), calm()]).await;
    poller.poll().await;
    assert!(poller.next_delay() >= Duration::from_secs(54));
    poller.mind(true);
    assert!(poller.next_delay() <= Duration::from_secs(22), "at once, without a poll between");
    poller.mind(false);
    let mut paces = Vec::new();
    for _ in 0..3 {
        poller.poll().await;
        paces.push(poller.state().interval_ms.unwrap() / 1_000);
    }
    assert_eq!(paces, [30, 45, 60]);
}

#[tokio::test]
async fn a_page_that_is_known_to_flap_needs_two_looks_to_open() {
    let once = || summary("investigating", 5);
    let (poller, page) = poller([Answer::Body(CALM, None), once(), Answer::Body(CALM, None)]).await;
    page.answers.lock().unwrap().extend([once(), once()]);
    let source = StatusSource { flaps: true, ..poller.source().clone() };
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let mut poller = StatusPoller::new(http, Clock::scaled(UnixMs(1_000_000), 1.0), source);
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(match poller.poll().await {
            PollOutcome::Changed { transitions, .. } => transitions.len(),
            _ => 0,
        });
    }
    assert_eq!(opened, [0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn a_source_that_moves_platforms_is_one_line_of_configuration() {
    let moved = r#"{"page":{"name":"Example","url":"https://s.test","status":"UP"},"activeIncidents":[],"activeMaintenances":[]}"#;
    let (poller, page) = poller([Answer::Body(moved, None), Answer::Body(moved, None)]).await;
    let source = poller.source().clone();
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let clock = Clock::scaled(UnixMs(1_000_000), 1.0);
    let mut as_before = StatusPoller::new(http.clone(), clock.clone(), source.clone());
    let PollOutcome::Failed(problem) = as_before.poll().await else {
        panic!("another platform's words are not taken for this one's");
    };
    assert!(problem.to_string().contains("if the page has moved, set its platform"), "{problem}");
    let source = StatusSource { platform: Platform::Instatus, ..source };
    let mut as_it_is = StatusPoller::new(http, clock, source);
    assert!(matches!(as_it_is.poll().await, PollOutcome::Seeded { .. }));
    assert_eq!(as_it_is.state().page, ComponentState::Operational);
    drop(page);
}

#[tokio::test]
async fn a_page_of_which_nothing_but_its_own_date_moves_is_unchanged() {
    let stamped = |minute: u32| {
        let page = format!(r#""page":{{"id":"p","updated_at":"2026-05-04T10:{minute:02}:00Z"}}"#);
        Answer::Text(CALM.replace(r#""page":{}"#, &page))
    };
    let (mut poller, page) = poller([stamped(1), stamped(2), stamped(3)]).await;
    poller.poll().await;
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
    assert_eq!(page.asked(), (3, 0));
    let dated = |minute: u32| {
        let Answer::Text(text) = feed(&[("Investigating", 5)]) else { panic!("a text") };
        Answer::Text(text.replace("T11:00:00Z", &format!("T11:{minute:02}:00Z")))
    };
    let gone = || Answer::Status(404, &[]);
    let (mut poller, _page) = both([gone(), gone(), gone()], [dated(1), dated(2), dated(3)]).await;
    poller.poll().await;
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "the feed's own date");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_end_no_incident_and_leave_the_page_unknown() {
    let html = || Answer::Body("<!DOCTYPE html><title>Just a moment...</title>", None);
    let open = || summary("investigating", 5);
    let (mut poller, _page) = poller([open(), html(), html(), html(), open()]).await;
    poller.poll().await;
    let before = poller.state().page;
    for _ in 0..3 {
        assert!(matches!(poller.poll().await, PollOutcome::Failed(PollError::Unreadable(_))));
    }
    let state = poller.state();
    assert_eq!((state.unreadable, state.page), (true, ComponentState::Unknown));
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "it was open all the time");
    assert_eq!(poller.state().page, before);
    assert!(poller.next_delay() <= Duration::from_secs(22), "and is still");
}
