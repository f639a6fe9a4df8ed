//! The scripted cases end to end: simulated vendors, gateways with callers, probes, pages, engine.
//! The right verdict within 60 s of scenario time in at least 19 of 20, never a confident wrong one,
//! and every change of verdict can be made again from what is kept.
//!
//! Four vendors go wrong side by side in each world (`matrix`), which runs as fast as this machine bears
//! (`pace`): a busy machine's milliseconds must not look like a vendor's seconds. Half of all pairs of
//! story and vendor are played here; all of them by `cargo xtask bench cases`.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a world that cannot be made ends the test"
)]
#![expect(clippy::print_stdout, reason = "the table is what the matrix is played for")]

#[path = "verdict_cases/history.rs"]
mod history;
#[path = "verdict_cases/matrix.rs"]
mod matrix;
#[path = "verdict_cases/replay.rs"]
mod replay;
#[path = "verdict_cases/round.rs"]
mod round;
#[path = "verdict_cases/sheet.rs"]
mod sheet;
#[path = "verdict_cases/stories.rs"]
mod stories;
#[path = "verdict_cases/table.rs"]
mod table;
#[path = "verdict_cases/vendors.rs"]
mod vendors;

use round::{Heard, Round};

/// As fast as the world runs on a machine that is quiet.
const FASTEST: f64 = 12.0;
/// Names the one round that the bench is to play again.
const ONLY: &str = "CASES_ROUND";
/// Of twenty.
const RIGHT_SHARE: f64 = 0.95;

#[tokio::test(flavor = "multi_thread")]
async fn each_case_gets_its_verdict_within_a_minute_at_two_vendors_and_none_a_confident_wrong_one()
{
    hold(matrix::half_of_the_rounds()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "twice the time for all pairs: cargo xtask bench cases"]
async fn each_case_gets_its_verdict_within_a_minute_at_every_vendor() {
    let mut rounds = matrix::every_round();
    if let Ok(only) = std::env::var(ONLY) {
        rounds.retain(|round| round.name == only);
        assert!(!rounds.is_empty(), "there is no `{only}`; names are like `round 3`");
    }
    hold(rounds).await;
}

async fn hold(rounds: Vec<Round>) {
    let mut all = Heard::default();
    for round in rounds {
        let (heard, changes) = play(&round).await;
        println!("{}: {changes} changes of verdict made again", round.name);
        heard.wrong.iter().for_each(|wrong| println!("  wrong: {wrong}"));
        all.found.extend(heard.found);
        all.wrong.extend(heard.wrong);
    }
    println!("{}", table::printed(&all.found));
    let right: u32 = all.found.iter().map(|one| u32::from(one.is_right())).sum();
    let played = u32::try_from(all.found.len()).unwrap();
    println!("{right} of {played} right, {} confident and wrong", all.wrong.len());
    assert!(all.wrong.is_empty(), "confident and wrong: {:#?}", all.wrong);
    assert!(f64::from(right) >= RIGHT_SHARE * f64::from(played), "{right} of {played}");
}

/// What was said, and how many changes of verdict that were made again.
async fn play(round: &Round) -> (Heard, usize) {
    let data = tempfile::tempdir().unwrap();
    if !round.learnt.is_empty() {
        history::written(data.path(), &round.learnt).await;
    }
    let engine = changeover_journeys::journey::start(data.path()).await;
    let heard = tokio::select! {
        heard = round.play(&engine) => heard,
        never = changeover_journeys::pace::govern(&engine, FASTEST) => match never {},
    };
    let changes = replay::every_change(&engine, &vendors::everything()).await;
    engine.shutdown().await;
    (heard, changes)
}
