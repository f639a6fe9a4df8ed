use changeover_domain::{Generation, Mode, Outcome, RouteId};

use super::*;

const EPOCH: UnixMs = UnixMs(7_000);

pub(super) fn key(minute: i64, route: &str) -> BucketKey {
    BucketKey {
        epoch: EPOCH,
        minute: UnixMs(minute * 60_000),
        route: RouteId::try_new(route).unwrap(),
        target: None,
        mode: Mode::Full,
        outcome: Outcome::Ok,
        generation: Generation(0),
        effective_since: EPOCH,
        fallback: false,
    }
}

pub(super) fn share() -> Share {
    let opus = TargetId::try_new("opus").unwrap();
    Share {
        retries: 1,
        latency_ms: 10,
        first_token_ms: Some(5),
        cost: Nanodollars(3),
        unpriced: true,
        failed: vec![
            (opus.clone(), FailureClass::ServerError, None),
            (opus.clone(), FailureClass::Overloaded, None),
            (opus, FailureClass::RateLimited, Some(Whose::Theirs)),
        ],
        ..Share::default()
    }
}

#[test]
fn a_reader_gets_what_has_grown_since_and_whole() {
    let mut log = TrafficLog::restored(EPOCH, Vec::new());
    log.count(key(1, "chat"), &share());
    log.count(key(1, "agent"), &share());
    let first = log.page("");
    assert_eq!(first.buckets.len(), 2);
    assert!(!first.more);
    assert_eq!(log.page(&first.next).buckets, []);
    log.count(key(1, "chat"), &share());
    let second = log.page(&first.next);
    assert_eq!(second.buckets.len(), 1, "only what has grown");
    let chat = &second.buckets[0];
    assert_eq!(
        (chat.requests, chat.retries, chat.cost, chat.unpriced),
        (2, 2, Nanodollars(6), 2),
        "and it is whole, not the difference"
    );
    assert_eq!(chat.latency.count(), 2);
    let failed: Vec<_> =
        chat.failed_attempts.iter().map(|one| (one.class, one.whose, one.count)).collect();
    assert_eq!(
        failed,
        [
            (FailureClass::RateLimited, Some(Whose::Theirs), 2),
            (FailureClass::Overloaded, None, 2),
            (FailureClass::ServerError, None, 2)
        ],
        "sorted by class, each with its count and, where it is not as usual, with whose it was"
    );
}

#[test]
fn a_foreign_or_broken_cursor_begins_anew() {
    let mut log = TrafficLog::restored(EPOCH, Vec::new());
    log.count(key(1, "chat"), &share());
    for cursor in ["", "6999:1", "7000:99", "x", "7000:", "7000:-1"] {
        assert_eq!(log.page(cursor).buckets.len(), 1, "{cursor:?}");
    }
}

#[test]
fn pages_follow_each_other_without_loss_or_repetition() {
    let mut log = TrafficLog::restored(EPOCH, Vec::new());
    let routes = PAGE + 7;
    for number in 0..routes {
        log.count(key(1, &format!("r{number}")), &share());
    }
    let first = log.page("");
    assert!(first.more);
    let second = log.page(&first.next);
    assert!(!second.more);
    let mut seen: Vec<_> = first.buckets.iter().chain(&second.buckets).collect();
    seen.sort_by(|a, b| a.key.cmp(&b.key));
    seen.dedup_by(|a, b| a.key == b.key);
    assert_eq!(seen.len(), routes);
}

#[test]
fn what_is_older_than_six_hours_is_forgotten() {
    let mut log = TrafficLog::restored(EPOCH, Vec::new());
    log.count(key(0, "chat"), &share());
    log.count(key(6 * 60, "chat"), &share());
    assert_eq!(log.page("").buckets.len(), 2, "six hours are kept");
    log.count(key(6 * 60 + 1, "chat"), &share());
    let minutes: Vec<_> =
        log.page("").buckets.iter().map(|bucket| bucket.key.minute.0 / 60_000).collect();
    assert_eq!(minutes, [360, 361]);
    assert_eq!(log.buckets.len(), 2, "and their memory is given back");
}
