//! Gateways' traffic.

use changeover_domain::{
    FailureClass, Generation, Nanodollars, Outcome, TokenUsage, TrafficBucket, UnixMs, Whose,
};
use changeover_store::{GatewayTraffic, StoreError, TrafficSum};

use crate::fresh;
use crate::samples::{at, bucket, gateway, route, sketch, target};

fn of(found: Vec<GatewayTraffic>) -> Vec<TrafficBucket> {
    found.into_iter().map(|traffic| traffic.bucket).collect()
}

#[tokio::test]
async fn a_bucket_that_has_grown_replaces_what_was_there() {
    let store = fresh().await;
    let eu = gateway("eu-1");
    store.writer.traffic_record(&eu, &[bucket()], "1").await.unwrap();
    let usage = TokenUsage {
        cache_write_tokens: 30,
        cache_write_1h_tokens: 40,
        output_tokens: 50,
        reasoning_tokens: 20,
        ..bucket().usage
    };
    let grown = TrafficBucket { requests: 200, usage, latency: sketch(&[1, 2, 3, 4]), ..bucket() };
    store.writer.traffic_record(&eu, std::slice::from_ref(&grown), "2").await.unwrap();
    let found = store.reader.traffic_between(at(0)..at(3_600)).await.unwrap();
    assert_eq!(of(found), [grown], "whole, not added");
    assert_eq!(store.reader.traffic_cursor(&eu).await.unwrap().as_deref(), Some("2"));
}

#[tokio::test]
async fn every_part_of_the_key_keeps_buckets_apart() {
    let store = fresh().await;
    let with = |change: fn(&mut TrafficBucket)| {
        let mut other = bucket();
        change(&mut other);
        other
    };
    let all = [
        bucket(),
        with(|bucket| bucket.key.epoch = at(1)),
        with(|bucket| bucket.key.route = route("extract")),
        with(|bucket| bucket.key.target = None),
        with(|bucket| bucket.key.mode = changeover_domain::Mode::Template),
        with(|bucket| bucket.key.outcome = Outcome::Failed(FailureClass::Empty)),
        with(|bucket| bucket.key.generation = Generation(43)),
        with(|bucket| bucket.key.effective_since = at(31)),
        with(|bucket| bucket.key.fallback = false),
        with(|bucket| bucket.key.minute = at(120)),
        with(|bucket| {
            bucket.key.minute = at(180);
            bucket.failed_attempts[0].whose = Some(Whose::OurQuota);
        }),
    ];
    for name in ["eu-1", "us-1"] {
        store.writer.traffic_record(&gateway(name), &all, "1").await.unwrap();
    }
    let found = of(store.reader.traffic_between(at(0)..at(3_600)).await.unwrap());
    assert_eq!(found.len(), 22);
    assert!(all.iter().all(|bucket| found.contains(bucket)), "each reads back as it was");
    let minute = store.reader.traffic_between(at(120)..at(180)).await.unwrap();
    assert_eq!(minute.len(), 2, "a range of one minute has that minute");
}

#[tokio::test]
async fn buckets_and_cursor_are_kept_together_or_not_at_all() {
    let store = fresh().await;
    let eu = gateway("eu-1");
    store.writer.traffic_record(&eu, &[], "1").await.unwrap();
    let mut hostile = bucket();
    hostile.key.minute = at(120);
    hostile.requests = u64::MAX;
    let page = [bucket(), hostile];
    let refused = store.writer.traffic_record(&eu, &page, "2").await.unwrap_err();
    assert!(matches!(refused, StoreError::Unstorable { column: "requests", .. }), "{refused}");
    assert_eq!(store.reader.traffic_between(at(0)..at(3_600)).await.unwrap(), []);
    assert_eq!(store.reader.traffic_cursor(&eu).await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn a_fallback_is_made_of_what_was_served_away_from_home_within_it() {
    let store = fresh().await;
    let since = |seconds: i64, fallback: bool, minute: i64| {
        let mut bucket = bucket();
        bucket.key.effective_since = at(seconds);
        bucket.key.fallback = fallback;
        bucket.key.minute = at(minute);
        bucket
    };
    let earlier = since(10, true, 0);
    let first = since(30, true, 60);
    let second = since(90, true, 120);
    let home_again = since(120, false, 120);
    let later = since(300, true, 300);
    let all = [earlier, first.clone(), second.clone(), home_again, later.clone()];
    store.writer.traffic_record(&gateway("eu-1"), &all, "1").await.unwrap();
    let chat = route("chat");
    let closed = store.reader.traffic_of_fallback(&chat, at(30), Some(at(120))).await.unwrap();
    assert_eq!(of(closed), [first.clone(), second.clone()]);
    let lasting = store.reader.traffic_of_fallback(&chat, at(30), None).await.unwrap();
    assert_eq!(of(lasting), [first, second, later]);
    let other = store.reader.traffic_of_fallback(&route("extract"), UnixMs(0), None).await.unwrap();
    assert_eq!(other, []);
}

#[tokio::test]
async fn a_target_has_its_own_minutes_of_every_route_and_none_of_those_it_was_not_asked_for() {
    let store = fresh().await;
    let mut extract = bucket();
    extract.key.route = route("extract");
    let mut unasked = bucket();
    unasked.key.target = None;
    let mut later = bucket();
    later.key.minute = at(3_600);
    let all = [bucket(), extract.clone(), unasked, later];
    store.writer.traffic_record(&gateway("eu-1"), &all, "1").await.unwrap();
    let hour = at(0)..at(3_600);
    let found =
        of(store.reader.traffic_of_target(&target("gpt-main"), hour.clone()).await.unwrap());
    assert!(found.len() == 2 && found.contains(&bucket()) && found.contains(&extract));
    let other = store.reader.traffic_of_target(&target("claude-opus"), hour).await.unwrap();
    assert_eq!(other, []);
}

#[test]
fn a_sum_counts_the_answered_and_merges_distributions() {
    let mut failed = bucket();
    failed.key.outcome = Outcome::Failed(FailureClass::ServerError);
    failed.requests = 3;
    failed.latency = sketch(&[9_000]);
    let sum: TrafficSum = [&bucket(), &failed].into_iter().collect();
    assert_eq!((sum.requests, sum.answered), (140, 137));
    assert_eq!(sum.actual, Nanodollars(1_024_000_000));
    assert_eq!(sum.latency, sketch(&[900, 1_400, 5_200, 9_000]));
    let mut hostile = bucket();
    hostile.requests = u64::MAX;
    let capped: TrafficSum = [&hostile, &hostile].into_iter().collect();
    assert_eq!(capped.requests, u64::MAX, "sums saturate");
}
