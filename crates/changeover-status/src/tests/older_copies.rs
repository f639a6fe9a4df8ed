//! What caches give out of a page: older copies, with their age and without.

use changeover_domain::{ComponentState, IncidentState, StatusStep, UnixMs};

use super::stub::{Answer, CALM, poller};
use super::transitions::{incident, page};
use crate::{Diff, Known, PollOutcome, Reading, StatusPoller, Transition, diff};

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const MINUTE_MS: i64 = 60_000;

/// A summary with one incident, and a component in trouble while it is open.
fn summary(states: &[&str]) -> String {
    let text =
        CALM.replace(r#""incidents":[]"#, &format!(r#""incidents":[{}]"#, incident("i", states)));
    match states.last() {
        Some(&"resolved") => text,
        _ => text.replace("operational", "major_outage"),
    }
}

async fn told(poller: &mut StatusPoller) -> Vec<StatusStep> {
    match poller.poll().await {
        PollOutcome::Changed { transitions, .. } => {
            transitions.iter().map(Transition::step).collect()
        }
        PollOutcome::Unchanged | PollOutcome::Seeded { .. } => Vec::new(),
        failed => panic!("{failed:?}"),
    }
}

#[tokio::test]
async fn an_older_copy_out_of_a_cache_takes_nothing_back_though_it_is_given_out_again_and_again() {
    let open = summary(&["investigating", "identified"]);
    let over = || Answer::Text(summary(&["investigating", "identified", "resolved"]));
    let stale = || Answer::Aged(open.clone(), 600);
    let answers = [Answer::Text(open.clone()), over(), stale(), stale(), stale(), over()];
    let (mut poller, _page) = poller(answers).await;
    poller.poll().await;
    assert_eq!(told(&mut poller).await, [StatusStep::Resolved]);
    let good = poller.state();
    for _ in 0..3 {
        assert_eq!(told(&mut poller).await, []);
        let state = poller.state();
        assert_eq!(state.page, ComponentState::Operational);
        assert_eq!(state.last_good_at, good.last_good_at, "nothing newer was read, nor older");
        assert!(state.problem.unwrap().contains("older copy"), "and that is said");
    }
    assert_eq!(told(&mut poller).await, [], "it was over all the time");
    assert_eq!(poller.state().problem, None);
    assert!(poller.state().last_good_at > good.last_good_at);
}

#[tokio::test]
async fn an_older_copy_that_hides_its_age_is_known_by_what_it_lacks() {
    let open = summary(&["investigating", "identified"]);
    let over = summary(&["investigating", "identified", "resolved"]);
    let answers = [&open, &over, &open, &over].map(|text| Answer::Text(text.clone()));
    let (mut poller, _page) = poller(answers).await;
    poller.poll().await;
    assert_eq!(told(&mut poller).await, [StatusStep::Resolved]);
    let good = poller.state();
    assert_eq!(told(&mut poller).await, []);
    let state = poller.state();
    assert_eq!(state.page, ComponentState::Operational, "its components are as old as the rest");
    assert_eq!(state.last_good_at, good.last_good_at);
    assert_eq!(told(&mut poller).await, []);
}

#[tokio::test]
async fn an_answer_of_a_cache_that_is_newer_than_the_last_one_is_read() {
    let open = summary(&["investigating"]);
    let answers = [
        Answer::Aged(open.clone(), 600),
        Answer::Aged(summary(&["investigating", "resolved"]), 30),
    ];
    let (mut poller, _page) = poller(answers).await;
    poller.poll().await;
    assert_eq!(told(&mut poller).await, [StatusStep::Resolved]);
}

fn look(known: &Known, reading: &Reading, minute: i64) -> Diff {
    diff(known, reading, NOW.plus_millis(minute * MINUTE_MS))
}

#[test]
fn resolved_then_an_older_copy_then_resolved_again_tells_nothing() {
    let over = page(false, &[incident("i", &["investigating", "monitoring", "resolved"])]);
    let stale = page(false, &[incident("i", &["investigating", "monitoring"])]);
    let mut known = Known::seeded(&over);
    for (minute, reading) in [&stale, &stale, &over, &stale, &over].into_iter().enumerate() {
        let next = look(&known, reading, i64::try_from(minute).unwrap());
        assert_eq!(next.transitions, [], "look {minute}");
        known = next.known;
    }
    assert!(!known.awaits_confirmation());
}

#[test]
fn what_an_older_copy_does_not_list_yet_is_not_gone() {
    let now = page(
        true,
        &[
            incident("i", &["investigating", "identified"]),
            incident("j", &["investigating", "identified", "identified"]),
        ],
    );
    let stale = page(true, &[incident("i", &["investigating"])]);
    let mut known = Known::seeded(&now);
    for minute in 0..5 {
        let next = look(&known, &stale, minute);
        assert!(next.transitions.is_empty() && next.is_older_copy);
        known = next.known;
    }
    assert_eq!(look(&known, &now, 5).transitions, []);
}

#[test]
fn news_beside_an_incident_that_has_lost_an_entry_is_told_at_once() {
    let before = page(false, &[incident("i", &["investigating", "resolved"])]);
    let later = incident("j", &["investigating"]).replace("10:00", "12:00");
    let after = page(false, &[incident("i", &["investigating"]), later]);
    let next = look(&Known::seeded(&before), &after, 0);
    assert!(!next.is_older_copy);
    let [Transition::Opened { incident }] = &next.transitions[..] else { panic!("{next:?}") };
    assert_eq!(incident.id.native, "j");
}

#[test]
fn an_entry_that_was_taken_back_moves_an_incident_back_after_a_while() {
    let before = page(false, &[incident("i", &["investigating", "monitoring"])]);
    let after = page(false, &[incident("i", &["investigating"])]);
    let first = look(&Known::seeded(&before), &after, 0);
    assert_eq!(first.transitions, []);
    let second = look(&first.known, &after, 9);
    assert_eq!(second.transitions, []);
    let third = look(&second.known, &after, 10);
    assert!(matches!(&third.transitions[..], [Transition::StateChanged { incident, .. }]
        if incident.state == IncidentState::Investigating));
    assert!(!third.known.awaits_confirmation());
}

#[test]
fn an_end_that_was_taken_back_opens_nothing_without_a_new_entry() {
    let over = page(false, &[incident("i", &["investigating", "resolved"])]);
    let back = page(false, &[incident("i", &["investigating"])]);
    let mut known = Known::seeded(&over);
    for minute in [0, 5, 11, 600] {
        let next = look(&known, &back, minute);
        assert_eq!(next.transitions, [], "minute {minute}");
        known = next.known;
    }
    let again = page(false, &[incident("i", &["investigating", "resolved", "investigating"])]);
    assert_eq!(look(&known, &again, 601).transitions[0].step(), StatusStep::Reopened);
}

#[test]
fn what_ended_before_a_restart_is_not_opened_by_an_older_copy_after_it() {
    let over = page(true, &[incident("i", &["investigating", "resolved"])]);
    let ended = over.incidents.iter().map(|one| (**one).clone()).collect();
    let known = Known::resumed(ended);
    let next = diff(&known, &page(true, &[incident("i", &["investigating"])]), NOW);
    assert_eq!(next.transitions, []);
    assert!(known.incidents().all(|one| !one.is_open()));
}
