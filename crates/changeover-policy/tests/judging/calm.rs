//! Calm weeks: noise alone changes no verdict, but for the stated rate.
//!
//! The stated rate: at most one change of verdict in a thousand hours of one target, with up to 0.3 %
//! random errors, the weather of any day (`weather`) and what happens to the console itself (`night`).
//! The rate is the verdict's own promise; it stands in its header and in the documentation. That
//! nothing is known for some minutes after a sleep or a start is no change that noise made.

use changeover_domain::VerdictKind;

use crate::fault::Script;
use crate::night::{Counts, Night};
use crate::world::{TARGETS, World};

/// What was seen of so many hours of the world.
struct Seen {
    /// Changes away from operating, after the first quarter.
    changes: Vec<String>,
    short_limits: u32,
    nights: Counts,
}

/// How long after a break it may be that too little is known: until each target was probed some times.
const PROBES_AFTER_BREAK: i64 = 5;

/// From 0.1 to 0.3 %, by the seed.
fn usual_errors(seed: u64) -> f64 {
    [0.001, 0.002, 0.003][usize::try_from(seed % 3).unwrap()]
}

fn watch(seed: u64, hours: i64, error_share: f64) -> Seen {
    let world = World::new(seed, error_share, Script::default(), 0..0);
    watch_world(world.with_nights(Night::new(seed)), seed, hours, 60)
}

/// The same where nobody calls and probes are so far apart.
fn watch_only_probed(seed: u64, hours: i64, every_s: i64) -> Seen {
    let world = World::new(seed, usual_errors(seed), Script::default(), 0..0);
    watch_world(world.only_probed(every_s).with_nights(Night::new(seed)), seed, hours, every_s)
}

fn watch_world(mut world: World, seed: u64, hours: i64, every_s: i64) -> Seen {
    let mut changes = Vec::new();
    let mut was = [VerdictKind::Operating; TARGETS.len()];
    for second in 1..=hours * 3_600 {
        world.pass();
        if world.is_away() {
            continue;
        }
        let judged = world.judge();
        if second < 900 {
            continue;
        }
        let just_back = world.watching_for() < PROBES_AFTER_BREAK * every_s;
        for (was, judged) in was.iter_mut().zip(judged) {
            let verdict = judged.verdict;
            if just_back && verdict.kind == VerdictKind::Unknown {
                continue;
            }
            if *was == VerdictKind::Operating && verdict.kind != VerdictKind::Operating {
                changes.push(format!(
                    "seed {seed} at {second} s: {} {:?}: {}",
                    verdict.target, verdict.kind, verdict.sentence
                ));
            }
            *was = verdict.kind;
        }
    }
    Seen { changes, short_limits: world.short_limits(), nights: world.nights() }
}

#[test]
fn four_calm_hours_of_seven_targets_change_no_verdict() {
    let seen = [3, 5].map(|seed| watch(seed, 2, usual_errors(seed)));
    let changes: Vec<&String> = seen.iter().flat_map(|seen| &seen.changes).collect();
    assert!(changes.is_empty(), "{changes:#?}");
    assert!(seen.iter().any(|seen| seen.short_limits > 0), "the weather was no weather");
    let nights =
        |count: fn(&Counts) -> u32| seen.iter().map(|seen| count(&seen.nights)).sum::<u32>();
    assert!(nights(|night| night.blips) > 0 && nights(|night| night.silences) > 0);
}

/// Twenty minutes of sleep, and forty seconds in which the console does not run.
#[test]
fn a_sleep_and_a_start_that_reads_the_past_by_the_minute_change_no_verdict() {
    let night = Night::new(14).planned(2_000..3_200, 5_000..5_040);
    let world = World::new(14, usual_errors(14), Script::default(), 0..0);
    let seen = watch_world(world.with_nights(night), 14, 2, 60);
    assert!(seen.changes.is_empty(), "{:#?}", seen.changes);
    assert!(seen.nights.starts > 0 && seen.nights.sleeps > 0, "{:?}", seen.nights);
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
    let (mut changes, mut limits, mut nights) = (Vec::new(), 0, Counts::default());
    for week in weeks {
        let seen = week.join().unwrap();
        changes.extend(seen.changes);
        limits += seen.short_limits;
        nights = nights.and(seen.nights);
    }
    let (count, stated) = (changes.len(), TARGETS.len());
    println!(
        "{count} changes in 1,000 hours of {stated} targets (stated: at most {stated}): {changes:#?}"
    );
    println!("met: {limits} short rate limits, {nights:?}");
    assert!(count <= stated, "{changes:#?}");
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
        let (count, stated) = (changes.len(), TARGETS.len());
        println!(
            "probes alone, every {every_s} s: {count} changes (stated: at most {stated}): {changes:#?}"
        );
        assert!(changes.len() <= TARGETS.len(), "every {every_s} s: {changes:#?}");
    }
}
