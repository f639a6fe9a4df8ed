//! An hour in the life of a gateway in which everything goes wrong, one thing after the other.
//!
//! Three vendors fail in every way in turn while applications ask at both doors, hang up, read slowly
//! or not at all, want more at once than they may, and send what cannot be read; operators pull
//! levers, the configuration is reloaded, a console reads along.
//! What must hold at the end, and why:
//!
//! - every request that came to a route is counted once, by route: nothing is lost where a caller
//!   goes away, an attempt fails or a mode is left;
//! - tokens and cost equal the vendors' own books to the nanodollar, and what nobody knows is
//!   counted as unpriced, request by request: a bill that is nearly right is wrong;
//! - attempts that answers' heads tell of are the calls that vendors saw: no retry is hidden;
//! - who read along with a cursor has what is read in one go: growth is never missed;
//! - no place at a target or of a caller is taken any more: one that was lost would be missing for
//!   ever;
//! - every route finds back to its primary: no trial was lost, or a breaker would stay half open;
//! - no task and no socket is left when it has stopped, and memory does not grow with time.
//!
//! Scenario time runs 120 times as fast; the chances are seeded.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

#[path = "gateway_soak/callers.rs"]
mod callers;
#[path = "gateway_soak/house.rs"]
mod house;
#[path = "gateway_soak/ledger.rs"]
mod ledger;
#[path = "gateway_soak/vendor.rs"]
mod vendor;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callers::{Caller, ROUTES, Tally};
use changeover_clock::Clock;
use changeover_domain::{BreakerState, Mode, Nanodollars, TokenUsage, TrafficBucket, UnixMs};
use changeover_gateway::Gateway;
use futures::future::join_all;
use house::{Admin, Reading};
use ledger::Ledger;
use vendor::Vendor;

const ORIGIN: UnixMs = UnixMs(1_790_000_040_000);
const HOUR: Duration = Duration::from_secs(3_600);
/// Who ask all the time.
const CALLERS: u64 = 32;
/// By how much the process may grow over the last three quarters of the hour: what is kept of the
/// latest requests fills up to its bound, and the allocator keeps what it once had.
const GROWTH_KIB: u64 = 16 * 1_024;
/// What a level may take on the wall clock.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_every_fault_leaves_nothing_behind_and_every_count_adds_up() {
    soak(120.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes an hour of the wall clock"]
async fn a_real_hour_of_every_fault_leaves_nothing_behind_and_every_count_adds_up() {
    soak(1.0).await;
}

async fn soak(speed: f64) {
    let clock = Clock::scaled(ORIGIN, speed);
    let ledger = Arc::new(Ledger::default());
    let starts = (0..3).map(|index| Vendor::start(index, clock.clone(), Arc::clone(&ledger)));
    let vendors = join_all(starts).await;
    let tasks_before = tasks();
    let sockets_before = sockets();
    let directory = tempfile::tempdir().unwrap();
    let configured = |variant| house::settings(directory.path(), &vendors, variant);
    let gateway = Gateway::start(configured(0), clock.clone()).await.unwrap();
    let admin = Admin::new(&gateway, clock.clone());
    let tally = Arc::new(Tally::default());
    let caller =
        |seed| Caller::new(seed, &gateway, clock.clone(), Arc::clone(&tally), Arc::clone(&ledger));

    let end = clock.now().plus(HOUR);
    let asking = join_all((0..CALLERS).map(|seed| caller(seed).ask_until(end)));
    let reloading = house::reload_until(&gateway, configured, &clock, end);
    let (_, overrides, reloads, mut reading, growth) = tokio::join!(
        asking,
        admin.operate_until(end),
        reloading,
        admin.watch_until(end),
        growth(&clock),
    );
    assert!(overrides >= 10 && reloads >= 10, "{overrides} overrides, {reloads} reloads");
    assert!(growth < GROWTH_KIB, "it grew by {growth} KiB in three quarters of an hour");

    gateway.reload(configured(0)).unwrap();
    vendors.iter().for_each(Vendor::recover);
    every_route_comes_home(&admin, &mut caller(99), &clock).await;
    let buckets = counted(&admin, &tally, &clock).await;
    hold_the_account(&buckets, &tally, &ledger);
    let gates = admin.at_the_gates().await;
    assert!(
        gates.len() >= 11 && gates.values().all(|taken| *taken == 0),
        "taken for ever: {gates:?}"
    );
    admin.read_on(&mut reading).await;
    hold_the_reading(&reading, &buckets);

    drop(admin);
    gateway.shutdown().await;
    let gone = until(&clock, || tasks() <= tasks_before && sockets() <= sockets_before).await;
    let left = (tasks() - tasks_before.min(tasks()), sockets() - sockets_before.min(sockets()));
    assert!(gone, "left behind: {left:?} tasks and sockets");
}

/// Every breaker closes again, and the primary serves in full.
async fn every_route_comes_home(admin: &Admin, caller: &mut Caller, clock: &Clock) {
    let late = clock.moment().plus(PATIENCE.mul_f64(clock.speed()).max(HOUR / 4));
    for route in ROUTES {
        loop {
            caller.ask_patiently(route).await;
            let state = admin.route(route).await;
            let closed = |state: BreakerState| state == BreakerState::Closed;
            let home = state.effective.target.as_ref() == state.targets.first()
                && state.effective.mode == Mode::Full
                && state.breakers.first().is_some_and(|breaker| closed(breaker.observed));
            if home {
                break;
            }
            assert!(clock.moment() < late, "it does not find home: {state:?}");
            clock.sleep(Duration::from_secs(10)).await;
        }
    }
}

/// The traffic, once every request is in it.
async fn counted(admin: &Admin, tally: &Tally, clock: &Clock) -> Vec<TrafficBucket> {
    let sent: u64 = tally.sent.lock().unwrap().values().sum();
    let late = clock.moment().plus(PATIENCE.mul_f64(clock.speed()));
    loop {
        let buckets = admin.all_traffic().await;
        let counted: u64 = buckets.iter().map(|bucket| bucket.requests).sum();
        if counted >= sent || clock.moment() >= late {
            return buckets;
        }
        clock.sleep(Duration::from_secs(5)).await;
    }
}

fn hold_the_account(buckets: &[TrafficBucket], tally: &Tally, ledger: &Ledger) {
    let mut by_route: BTreeMap<&str, u64> = BTreeMap::new();
    for bucket in buckets {
        *by_route.entry(bucket.key.route.as_str()).or_default() += bucket.requests;
    }
    let sent = tally.sent.lock().unwrap().clone();
    assert_eq!(by_route, sent, "every request is counted once, where it was sent");
    let requests: u64 = sent.values().sum();
    assert!(requests > 1_000, "an hour of {requests} requests is none");

    let books = ledger.books();
    let usage = buckets.iter().fold(TokenUsage::default(), |sum, bucket| sum.plus(bucket.usage));
    assert_eq!(usage, books.usage, "tokens, as the vendors counted them");
    let cost: Nanodollars = buckets.iter().map(|bucket| bucket.cost).sum();
    assert_eq!(cost, books.cost, "the bill, to the nanodollar");
    let unpriced: u64 = buckets.iter().map(|bucket| bucket.unpriced).sum();
    assert_eq!(unpriced, u64::try_from(books.unpriced.len()).unwrap(), "what nobody knows");
    let attempts = tally.attempts.load(Ordering::SeqCst);
    assert_eq!(attempts, books.calls, "attempts that were told of, and calls that came");
    let hits: u64 = buckets.iter().map(|bucket| bucket.cache_hits).sum();
    assert_eq!(hits, tally.cache_hits.load(Ordering::SeqCst), "answers from the cache");
    hold_that_it_was_hard(buckets, tally);
}

/// A soak in which nothing happened would hold everything above.
fn hold_that_it_was_hard(buckets: &[TrafficBucket], tally: &Tally) {
    let outcomes: BTreeMap<&str, u64> = buckets.iter().fold(BTreeMap::new(), |mut sum, bucket| {
        *sum.entry(bucket.key.outcome.as_str()).or_default() += bucket.requests;
        sum
    });
    for expected in ["ok", "client_cancelled", "error_in_stream"] {
        assert!(outcomes.contains_key(expected), "no `{expected}` among {outcomes:?}");
    }
    let failed: u64 =
        buckets.iter().flat_map(|bucket| &bucket.failed_attempts).map(|failed| failed.count).sum();
    assert!(failed > 100, "only {failed} attempts failed");
    let often = |count: &AtomicU64| count.load(Ordering::SeqCst);
    let (at_limit, slow, unread) =
        (often(&tally.at_its_limit), often(&tally.read_slowly), often(&tally.unread));
    assert!(often(&tally.turned_away) > at_limit, "nobody was careless");
    assert!(at_limit > 5, "only {at_limit} met their own limit");
    assert!(slow > 1 && unread > 1, "{slow} long answers read slowly, {unread} not at all");
    let statuses = tally.statuses.lock().unwrap().clone();
    assert!(statuses.contains_key(&503), "nobody met a closed door: {statuses:?}");
    for mode in [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off] {
        assert!(buckets.iter().any(|bucket| bucket.key.mode == mode), "never in mode {mode:?}");
    }
}

fn hold_the_reading(reading: &Reading, buckets: &[TrafficBucket]) {
    let whole: BTreeMap<_, _> =
        buckets.iter().map(|bucket| (bucket.key.clone(), bucket.clone())).collect();
    assert_eq!(reading.buckets, whole, "who reads along has everything");
}

/// How many KiB the process takes at the end of the hour more than after its first quarter.
async fn growth(clock: &Clock) -> u64 {
    clock.sleep(HOUR / 4).await;
    let warm = resident_kib();
    clock.sleep(HOUR - HOUR / 4).await;
    resident_kib().saturating_sub(warm)
}

async fn until(clock: &Clock, level: impl Fn() -> bool) -> bool {
    let looking = async {
        while !level() {
            clock.sleep(Duration::from_secs(1)).await;
        }
    };
    clock.timeout(PATIENCE.mul_f64(clock.speed()), looking).await.is_ok()
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let names = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    names.filter(|name| name.to_string_lossy().starts_with("socket:")).count()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
