//! The scripted cases end to end: simulated vendors, gateways with callers, probes, pages, engine.
//! The right verdict within 60 s of scenario time in at least 19 of 20, never a confident wrong one,
//! and every change of verdict can be made again from what is kept.
//!
//! Several cases share a world, each at a vendor of its own. The world runs as fast as this machine
//! bears (`pace`): a busy machine's milliseconds must not look like a vendor's seconds.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a world that cannot be made ends the test"
)]

#[path = "verdict_cases/history.rs"]
mod history;
#[path = "verdict_cases/replay.rs"]
mod replay;
#[path = "verdict_cases/round.rs"]
mod round;
#[path = "verdict_cases/sheet.rs"]
mod sheet;
#[path = "verdict_cases/stories.rs"]
mod stories;

use round::{Found, Round};

/// As fast as the world runs on a machine that is quiet.
const FASTEST: f64 = 12.0;
/// Of twenty.
const RIGHT_SHARE: f64 = 0.95;

#[tokio::test(flavor = "multi_thread")]
async fn each_scripted_case_gets_its_verdict_within_a_minute_and_none_a_confident_wrong_one() {
    let mut found: Vec<Found> = Vec::new();
    for round in stories::rounds() {
        let (of_round, changes) = play(&round).await;
        println!("{}: {changes} changes of verdict made again", round.name);
        of_round.iter().for_each(|one| println!("{one}"));
        found.extend(of_round);
    }
    let right: u32 = found.iter().map(|one| u32::from(one.is_right())).sum();
    let all = u32::try_from(found.len()).unwrap();
    let wrong: Vec<&String> = found.iter().flat_map(|one| &one.confident_and_wrong).collect();
    println!("{right} of {all} right, {} confident and wrong", wrong.len());
    assert!(wrong.is_empty(), "confident and wrong: {wrong:#?}");
    assert!(f64::from(right) >= RIGHT_SHARE * f64::from(all), "{right} of {all}");
}

/// What was said, and how many changes of verdict that were made again.
async fn play(round: &Round) -> (Vec<Found>, usize) {
    let data = tempfile::tempdir().unwrap();
    if round.learnt {
        history::written(data.path()).await;
    }
    let engine = changeover_journeys::journey::start(data.path()).await;
    let found = tokio::select! {
        found = round.play(&engine) => found,
        never = changeover_journeys::pace::govern(&engine, FASTEST) => match never {},
    };
    let changes = replay::every_change(&engine, stories::EVERYTHING).await;
    engine.shutdown().await;
    (found, changes)
}
