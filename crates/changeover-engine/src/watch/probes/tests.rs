//! What must not look like a provider's failure: a clock that leaps, a machine that slept, a disk
//! that hangs, money that is used up. The engine with a real store and the sandbox's vendors.

mod house;

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::DayZone;
use changeover_domain::{Nanodollars, ProbeSample, UnixMs, Verdict, VerdictKind};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::contract::{AlertRuleId, VerdictQuery};
use crate::engine::Engine;
use crate::setup::ProbeSetup;
use house::{House, newest};

const HOUR_MS: i64 = 3_600_000;
/// 2026-11-20 14:30:00 UTC; half an hour later a day begins in Tokyo.
const START: UnixMs = UnixMs(1_795_185_000_000);
/// The shortest there is, so that a test takes seconds.
const INTERVAL_MS: i64 = 1_000;

fn often() -> ProbeSetup {
    let daily_budget = Nanodollars(1_000 * Nanodollars::DOLLAR.0);
    let interval = Duration::from_secs(1);
    ProbeSetup { interval, daily_budget, ..ProbeSetup::default() }
}

/// Nothing failed, and nobody is said to have failed.
fn assert_nobody_failed(engine: &Engine) {
    for sample in house::samples(engine) {
        assert!(sample.outcome.is_ok(), "{}: {:?}", sample.target, sample.detail);
    }
    for verdict in &engine.snapshot().verdicts {
        let calm = matches!(verdict.kind, VerdictKind::Operating | VerdictKind::Unknown);
        assert!(calm, "{}", verdict.sentence);
    }
}

/// Each slot of the schedule is kept once at most: samples are no closer than jitter brings them.
fn assert_no_burst(samples: &[ProbeSample], from: UnixMs, now: UnixMs) {
    let slots = now.millis_since(from) / INTERVAL_MS + 2;
    let after = samples.iter().filter(|sample| sample.at >= from).count();
    assert!(i64::try_from(after).unwrap() <= slots, "{after} probes in {slots} slots");
}

/// How far the wall's clock is ahead: what is set once is what a sleep leaves behind.
static SLEPT_MS: AtomicI64 = AtomicI64::new(0);

fn wall_of_a_sleeper(shown: UnixMs) -> UnixMs {
    shown.plus_millis(SLEPT_MS.swap(0, Ordering::Relaxed))
}

#[tokio::test]
async fn a_sleep_is_a_gap_without_failures_and_without_a_burst_on_waking() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::beside(START, wall_of_a_sleeper)).await;
    let engine = house.console(dir.path(), often()).await;
    house.until("all are probed", || house.all_probed_since(&engine, START, 2)).await;

    SLEPT_MS.store(8 * HOUR_MS, Ordering::Relaxed);
    let fell_asleep = house.clock.now();
    let woke = fell_asleep.plus_millis(8 * HOUR_MS);
    house.until("all are probed again", || house.all_probed_since(&engine, woke, 3)).await;

    assert_nobody_failed(&engine);
    for target in &engine.setup().catalogue.targets {
        let samples = house::samples_of(&engine, &target.id);
        // What was under way when it fell asleep began before.
        let asleep =
            |sample: &&ProbeSample| sample.at > fell_asleep.plus_millis(60_000) && sample.at < woke;
        assert_eq!(samples.iter().find(asleep), None, "the sleep is a gap");
        assert_no_burst(&samples, woke, house.clock.now());
    }
    house.close(engine).await;
}

static SET_BACK_MS: AtomicI64 = AtomicI64::new(0);

fn wall_that_was_set_back(shown: UnixMs) -> UnixMs {
    shown.plus_millis(-SET_BACK_MS.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_no_probe_and_dates_none_back() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::beside(START, wall_that_was_set_back)).await;
    let engine = house.console(dir.path(), often()).await;
    house.until("all are probed", || house.all_probed_since(&engine, START, 2)).await;

    SET_BACK_MS.store(24 * HOUR_MS, Ordering::Relaxed);
    let set_back = house.clock.now();
    house.until("all are probed on", || house.all_probed_since(&engine, set_back, 3)).await;

    assert_nobody_failed(&engine);
    for target in &engine.setup().catalogue.targets {
        let samples = house::samples_of(&engine, &target.id);
        assert!(samples.iter().all(|sample| sample.at >= START), "time goes on");
        assert_no_burst(&samples, START, house.clock.now());
    }
    house.close(engine).await;
}

#[tokio::test]
async fn the_time_is_caught_up_where_nothing_is_probed() {
    static SLEPT: AtomicI64 = AtomicI64::new(0);
    fn wall(shown: UnixMs) -> UnixMs {
        shown.plus_millis(SLEPT.swap(0, Ordering::Relaxed))
    }
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::beside(START, wall)).await;
    let probes = ProbeSetup { enabled: false, ..ProbeSetup::default() };
    let engine = house.console(dir.path(), probes).await;
    SLEPT.store(8 * HOUR_MS, Ordering::Relaxed);
    let woke = START.plus_millis(8 * HOUR_MS);
    house.until("it knows how late it is", || engine.clock().now() >= woke).await;
    assert_eq!(house::samples(&engine), []);
    house.close(engine).await;
}

/// While this has a transaction open, nobody else can write.
async fn another_writer(dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(dir.join(changeover_store::DATABASE_FILE))
        .busy_timeout(Duration::from_secs(60));
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn a_disk_that_hangs_blinds_no_verdict_and_is_nobodys_failure() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::scaled(START, 1.0)).await;
    let engine = house.console(dir.path(), often()).await;
    house.until("all are probed", || house.all_probed_since(&engine, START, 2)).await;

    let mut other = another_writer(dir.path()).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let stalled = house.clock.now();
    house.until("it sees on", || house.all_probed_since(&engine, stalled, 4)).await;
    assert_nobody_failed(&engine);

    held.rollback().await.unwrap();
    let free = house.clock.now();
    let target = &engine.setup().catalogue.targets[0].id;
    let mut written = Vec::new();
    while newest(&written).is_none_or(|at| at < free) {
        house.clock.sleep(Duration::from_millis(200)).await;
        let range = START..house.clock.now();
        written = engine.reader().probes_between(target, range).await.unwrap();
    }
    assert!(written.iter().all(|sample| sample.outcome.is_ok()), "and it writes on");
    house.close(engine).await;
}

#[tokio::test]
async fn a_verdict_that_changes_while_the_disk_hangs_is_shown_at_once_and_kept_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::scaled(START, 1.0)).await;
    let engine = house.console(dir.path(), often()).await;
    let refused = || -> Vec<Verdict> {
        let verdicts = engine.snapshot().verdicts.clone();
        let such = |verdict: &Verdict| verdict.kind == VerdictKind::OurConfiguration;
        verdicts.into_iter().filter(such).collect()
    };
    house.until("all are probed", || house.all_probed_since(&engine, START, 2)).await;

    let mut other = another_writer(dir.path()).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    house.play("bad-key", Duration::from_secs(30));
    house.until("the board says whose fault it is", || !refused().is_empty()).await;
    let shown = refused();
    held.rollback().await.unwrap();
    for verdict in shown {
        let query = VerdictQuery { target: verdict.target.clone(), at: None, change: None };
        let mut kept = None;
        while kept.is_none() {
            house.clock.sleep(Duration::from_millis(200)).await;
            let explained = engine.verdict_explain(query.clone()).await.unwrap();
            kept = explained.changes.into_iter().find(|change| change.kind == verdict.kind);
        }
        assert!(kept.unwrap().replayable, "{} is kept with what it was made from", verdict.target);
    }
    house.close(engine).await;
}

#[tokio::test]
async fn used_up_money_stops_probes_says_so_and_comes_back_when_the_zones_day_turns() {
    let turn = START.plus_millis(HOUR_MS / 2);
    let begin = turn.plus_millis(-HOUR_MS / 4);
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(Clock::scaled(begin, 30.0)).await;
    let day_zone = DayZone::of_name("Asia/Tokyo").unwrap();
    let daily_budget = Nanodollars(3 * house.dearest_probe(begin).0);
    let probes = ProbeSetup { daily_budget, day_zone, ..often() };
    let engine = house.console(dir.path(), probes).await;

    let all_rest = |until: UnixMs| {
        let snapshot = engine.snapshot();
        snapshot.providers.iter().all(|provider| provider.probes.rest_until == Some(until))
    };
    house.until("all rest until the day turns in Tokyo", || all_rest(turn)).await;
    let rested = house.clock.now();
    assert!(rested < turn, "it came to rest within the day");
    let told = || {
        let alerts = engine.snapshot().alerts.clone();
        alerts.iter().filter(|alert| alert.rule == AlertRuleId::ProbesResting).count()
    };
    let providers = engine.snapshot().providers.len();
    house.until("it is told of each", || told() == providers).await;

    // Nothing is under way that could be late.
    house.clock.set_speed(120.0);
    let probed_again = || house::samples(&engine).iter().any(|sample| sample.at >= turn);
    house.until("the new day has new money", probed_again).await;
    let resting = |sample: &&ProbeSample| sample.at > rested && sample.at < turn;
    assert_eq!(house::samples(&engine).iter().find(resting), None, "stopped is stopped");
    for provider in &engine.snapshot().providers {
        assert!(provider.probes.spent_today <= daily_budget, "never overdrawn");
    }
    house.close(engine).await;
}
