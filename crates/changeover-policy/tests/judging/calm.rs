//! Calm weeks: noise alone changes no verdict, but for the stated rate.
//!
//! The stated rate: at most one change of verdict in a thousand hours of one target, with up to 0.3 %
//! random errors and the weather of any day (`weather`). The rate is the verdict's own promise; it
//! stands in its header and in the documentation.

use changeover_domain::VerdictKind;

use crate::fault::Script;
use crate::world::{TARGETS, World};

/// What was seen of so many hours of the world.
struct Seen {
    /// Changes away from operating, after the first quarter.
    changes: Vec<String>,
    short_limits: u32,
}

/// From 0.1 to 0.3 %, by the seed.
fn usual_errors(seed: u64) -> f64 {
    [0.001, 0.002, 0.003][usize::try_from(seed % 3).unwrap()]
}

fn watch(seed: u64, hours: i64, error_share: f64) -> Seen {
    watch_world(World::new(seed, error_share, Script::default(), 0..0), seed, hours)
}

/// The same where nobody calls and probes are so far apart.
fn watch_only_probed(seed: u64, hours: i64, every_s: i64) -> Seen {
    let world = World::new(seed, usual_errors(seed), Script::default(), 0..0);
    watch_world(world.only_probed(every_s), seed, hours)
}

fn watch_world(mut world: World, seed: u64, hours: i64) -> Seen {
    let mut changes = Vec::new();
    let mut was = [VerdictKind::Operating; TARGETS.len()];
    for second in 1..=hours * 3_600 {
        world.pass();
        let judged = world.judge();
        if second < 900 {
            continue;
        }
        for (was, judged) in was.iter_mut().zip(judged) {
            let verdict = judged.verdict;
            if *was == VerdictKind::Operating && verdict.kind != VerdictKind::Operating {
                changes.push(format!(
                    "seed {seed} at {second} s: {} {:?}: {}",
                    verdict.target, verdict.kind, verdict.sentence
                ));
            }
            *was = verdict.kind;
        }
    }
    Seen { changes, short_limits: world.short_limits() }
}

#[test]
fn four_calm_hours_of_seven_targets_change_no_verdict() {
    let seen = [3, 5].map(|seed| watch(seed, 2, usual_errors(seed)));
    let changes: Vec<&String> = seen.iter().flat_map(|seen| &seen.changes).collect();
    assert!(changes.is_empty(), "{changes:#?}");
    assert!(seen.iter().any(|seen| seen.short_limits > 0), "the weather was no weather");
}

/// Where the money is short probes are minutes apart, and nobody may call at all.
#[test]
fn calm_hours_of_probes_that_are_minutes_apart_change_no_verdict_either() {
    for (every_s, hours) in [(60, 2), (180, 3)] {
        let seen = watch_only_probed(4, hours, every_s);
        assert!(seen.changes.is_empty(), "every {every_s} s: {:#?}", seen.changes);
    }
}

/// The other way round: what is watched for can be seen.
#[test]
fn an_hour_with_one_failure_in_ten_is_not_called_calm() {
    let seen = watch(3, 1, 0.1);
    let told = |id: &str| seen.changes.iter().any(|change| change.contains(id));
    assert!(told("claude-opus") && told("gpt-main"), "{:#?}", seen.changes);
}

/// Run it in release with `--run-ignored only --no-capture`.
#[test]
#[ignore = "takes minutes: a thousand hours of seven targets, judged every second"]
fn a_thousand_calm_hours_keep_to_the_stated_rate() {
    let weeks: Vec<_> = (10..20)
        .map(|seed| std::thread::spawn(move || watch(seed, 100, usual_errors(seed))))
        .collect();
    let (mut changes, mut limits) = (Vec::new(), 0);
    for week in weeks {
        let seen = week.join().unwrap();
        changes.extend(seen.changes);
        limits += seen.short_limits;
    }
    let count = changes.len();
    println!("{count} changes in 1,000 hours of {} targets: {changes:#?}", TARGETS.len());
    println!("{limits} short rate limits");
    assert!(count <= TARGETS.len(), "{changes:#?}");
}

/// The same of probes alone, at the distances that a dollar a day leads to.
#[test]
#[ignore = "takes minutes: a thousand hours of seven targets at each distance, judged every second"]
fn a_thousand_calm_hours_of_probes_alone_keep_to_the_stated_rate() {
    for every_s in [60, 180] {
        let week = move |seed| std::thread::spawn(move || watch_only_probed(seed, 100, every_s));
        let weeks: Vec<_> = (10..20).map(week).collect();
        let seen = weeks.into_iter().flat_map(|week| week.join().unwrap().changes);
        let changes: Vec<String> = seen.collect();
        println!("every {every_s} s: {} changes: {changes:#?}", changes.len());
        assert!(changes.len() <= TARGETS.len(), "every {every_s} s: {changes:#?}");
    }
}
