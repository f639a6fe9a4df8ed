//! Tokens by kind: each has a column of its own everywhere.

use changeover_domain::{FallbackCost, ProbeSample, TokenUsage, TrafficBucket};

use crate::fresh;
use crate::samples::{at, bucket, gateway, period, probe};

/// No two alike, so that none can pass for another.
const USAGE: TokenUsage = TokenUsage {
    input_tokens: 1_009,
    cached_input_tokens: 11,
    cache_write_tokens: 13,
    cache_write_1h_tokens: 17,
    output_tokens: 509,
    reasoning_tokens: 19,
};

#[tokio::test]
async fn every_kind_of_token_comes_back_under_its_own_name() {
    let store = fresh().await;
    let carried = TrafficBucket { usage: USAGE, ..bucket() };
    store.writer.traffic_record(&gateway("eu-1"), &[carried], "1").await.unwrap();
    let sample = ProbeSample { usage: Some(USAGE), ..probe() };
    store.writer.probes_record(std::slice::from_ref(&sample)).await.unwrap();
    let opened = period("p-1");
    store.writer.period_open(&opened).await.unwrap();
    let cost = FallbackCost { usage: USAGE, ..opened.cost };
    store.writer.period_cost(&opened.id, &cost).await.unwrap();

    let store = store.reopened().await;
    let traffic = store.reader.traffic_between(at(0)..at(3_600)).await.unwrap();
    assert_eq!(traffic.first().unwrap().bucket.usage, USAGE);
    let latest = store.reader.probe_latest(&sample.target).await.unwrap().unwrap();
    assert_eq!(latest.usage, Some(USAGE));
    let between = store.reader.probes_between(&sample.target, at(0)..at(3_600)).await.unwrap();
    assert_eq!(between.first().unwrap().usage, Some(USAGE));
    let kept = store.reader.period(&opened.id).await.unwrap().unwrap();
    assert_eq!(kept.cost.usage, USAGE);
}
