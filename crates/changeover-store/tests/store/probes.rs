//! Probe samples.

use changeover_domain::{
    LimitLeft, LimitsLeft, Outcome, ProbeKind, ProbePhases, ProbeSample, ProbeValidity, Whose,
};
use proptest::prelude::*;

use crate::fresh;
use crate::samples::{at, probe, target};

fn sample(name: &str, seconds: i64) -> ProbeSample {
    ProbeSample { target: target(name), at: at(seconds), ..probe() }
}

#[tokio::test]
async fn a_range_has_its_start_and_not_its_end_and_one_target() {
    let store = fresh().await;
    let samples = [sample("a", 30), sample("a", 10), sample("b", 20), sample("a", 20)];
    store.writer.probes_record(&samples).await.unwrap();
    let found = store.reader.probes_between(&target("a"), at(10)..at(30)).await.unwrap();
    assert_eq!(found, [sample("a", 10), sample("a", 20)], "oldest first");
    let latest = store.reader.probe_latest(&target("a")).await.unwrap();
    assert_eq!(latest, Some(sample("a", 30)));
    assert_eq!(store.reader.probe_latest(&target("c")).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_not_measured_stays_missing() {
    let store = fresh().await;
    let bare = ProbeSample::bare(target("claude-opus"), at(10), Outcome::Ok, 10_000);
    store.writer.probes_record(std::slice::from_ref(&bare)).await.unwrap();
    let kept = store.reader.probe_latest(&bare.target).await.unwrap();
    assert_eq!(kept, Some(bare), "unpriced is not free, and no usage is not no tokens");
}

#[tokio::test]
async fn everything_that_was_measured_is_kept() {
    let store = fresh().await;
    let left = LimitLeft { limit: Some(50), remaining: Some(9), reset_ms: Some(1_200) };
    let full = ProbeSample {
        kind: ProbeKind::Canary,
        phases: ProbePhases {
            resolve_ms: Some(3),
            connect_ms: Some(11),
            tls_ms: Some(24),
            connection_reused: Some(false),
            gap_p50_ms: Some(17),
            ..probe().phases
        },
        whose: Some(Whose::OurQuota),
        validity: ProbeValidity::Vacuous,
        fingerprint: Some("fp_44709d6fcb".into()),
        limits_left: Some(LimitsLeft { requests: left, tokens: LimitLeft::default() }),
        probed_by: Some("night desk".into()),
        ..probe()
    };
    store.writer.probes_record(std::slice::from_ref(&full)).await.unwrap();
    assert_eq!(store.reader.probe_latest(&full.target).await.unwrap(), Some(full));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_batch_reads_back_in_the_order_of_time(
        seconds in proptest::collection::vec(0_i64..1_000, 0..40),
        rate in proptest::option::of(0.0_f64..1e9),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = fresh().await;
            let mut samples: Vec<_> = seconds
                .iter()
                .map(|second| ProbeSample { tokens_per_second: rate, ..sample("a", *second) })
                .collect();
            store.writer.probes_record(&samples).await.unwrap();
            samples.sort_by_key(|sample| sample.at);
            let found = store.reader.probes_between(&target("a"), at(0)..at(1_000)).await.unwrap();
            assert_eq!(found, samples);
        });
    }
}
