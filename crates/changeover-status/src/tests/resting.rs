//! Pages that ask to be left alone, and documents that hang: what is asked, and how often.

use std::time::Duration;

use changeover_domain::ComponentState;

use super::stub::{Answer, CALM, both, both_at, feed, let_pass, poller, summary};
use crate::{PollError, PollOutcome};

/// It asks for ten minutes of peace.
const TEN_MINUTES: Answer = Answer::Status(429, &[("retry-after", "600")]);

#[tokio::test]
async fn a_page_that_asks_for_peace_is_not_asked_and_not_blamed_however_often_somebody_hints() {
    let calm = || Answer::Body(CALM, None);
    let (mut poller, page) = poller([calm(), TEN_MINUTES, calm()]).await;
    poller.poll().await;
    assert_eq!(poller.asked_rest(), Duration::ZERO);
    assert!(matches!(
        poller.poll().await,
        PollOutcome::Failed(PollError::Status { status: 429, .. })
    ));
    let rest = poller.asked_rest();
    assert!((599..=600).contains(&rest.as_secs()), "{rest:?}");
    assert!(poller.next_delay() >= rest);
    let tried_at = poller.state().last_tried_at;
    for _ in 0..3 {
        let_pass(&mut poller, 10);
        assert_eq!(poller.poll().await, PollOutcome::NotAsked);
    }
    let state = poller.state();
    assert_eq!(page.asked(), (2, 0));
    assert_eq!((state.failures, state.unreadable), (1, false));
    assert_eq!(state.page, ComponentState::Operational, "its word stands after one failure");
    assert_eq!(state.last_tried_at, tried_at, "nothing was tried");
    let left = poller.asked_rest();
    assert!((565..=570).contains(&left.as_secs()), "what is left of it: {left:?}");
    let_pass(&mut poller, 571);
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
    assert_eq!(page.asked(), (3, 0));
}

#[tokio::test]
async fn a_feed_that_asks_for_peace_has_it_while_its_json_is_read_closely() {
    let json = (0..8).map(|_| summary("investigating", 5));
    let entries = || feed(&[("Investigating", 5)]);
    let (mut poller, page) = both(json, [TEN_MINUTES, entries()]).await;
    poller.poll().await;
    for _ in 0..5 {
        let_pass(&mut poller, 10);
        poller.poll().await;
        assert_eq!(poller.state().failures, 0);
    }
    assert_eq!(page.asked(), (6, 1), "the JSON each time, its feed not again");
    assert_eq!(poller.asked_rest(), Duration::ZERO, "the page as a whole asks for nothing");
    let_pass(&mut poller, 560);
    poller.poll().await;
    assert_eq!(page.asked(), (7, 2));
}

#[tokio::test]
async fn a_feed_that_hangs_makes_a_page_wait_twice_and_not_each_time() {
    let json = (0..9).map(|_| summary("investigating", 5));
    let (mut poller, page) = both_at(200.0, json, [Answer::Hang, Answer::Hang, Answer::Hang]).await;
    for _ in 0..5 {
        poller.poll().await;
    }
    assert_eq!(page.asked(), (5, 2));
    assert_eq!(poller.state().failures, 0);
}

#[tokio::test]
async fn a_json_that_hangs_is_read_from_its_feed() {
    let answers = [Answer::Body(CALM, None), Answer::Hang, Answer::Hang, Answer::Hang];
    let (mut poller, _page) = both_at(200.0, answers, (0..9).map(|_| feed(&[]))).await;
    for _ in 0..5 {
        assert!(!matches!(poller.poll().await, PollOutcome::Failed(_)));
    }
    let state = poller.state();
    assert_eq!(state.failures, 0);
    assert!(state.problem.unwrap().ends_with("read from its feed instead"));
}

#[tokio::test]
async fn when_both_documents_ask_for_peace_the_sooner_one_is_asked_again() {
    let minute = Answer::Status(429, &[("retry-after", "60")]);
    let answers = [Answer::Body(CALM, None), TEN_MINUTES, Answer::Body(CALM, None)];
    let (mut poller, page) = both(answers, [feed(&[]), minute, feed(&[])]).await;
    poller.poll().await;
    poller.poll().await;
    let rest = poller.asked_rest();
    assert!((59..=60).contains(&rest.as_secs()), "{rest:?}");
    assert_eq!(poller.poll().await, PollOutcome::NotAsked);
    assert_eq!(poller.state().failures, 1);
    let_pass(&mut poller, 61);
    poller.poll().await;
    assert_eq!(page.asked(), (2, 3), "the feed, and not the JSON");
    assert_eq!(poller.state().failures, 0);
}
