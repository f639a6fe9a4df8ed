//! What a request is counted as: whose time it was, and what is owed for it.

use crate::support::vendor::Behaviour;
use crate::support::{Bench, header, target_id};

#[tokio::test]
async fn a_standby_is_not_measured_by_the_time_that_the_primary_took() {
    for (standby, streaming) in
        [(Behaviour::Answer, false), (Behaviour::Answer, true), (Behaviour::Refuse(503), false)]
    {
        let bench = Bench::start().await;
        bench.a.behave(Behaviour::Hang);
        bench.b.behave(standby);
        let answer = bench.chat("extract", streaming).await;
        let id = header(&answer, "x-changeover-request-id").to_owned();
        answer.text().await.unwrap();
        let path = bench.path_of(&id).await;
        let timed_out = path.steps.iter().find(|step| step.outcome.is_some()).unwrap();
        assert_eq!(timed_out.target, Some(target_id("a")));
        assert!(timed_out.at_ms >= 8_000, "the primary took its time: {path:?}");
        let page = bench.traffic("").await;
        let [bucket] = page.buckets.as_slice() else { panic!("one request: {page:?}") };
        assert_eq!(bucket.key.target, Some(target_id("b")));
        // A sketch is true to 1 %, and both ends are rounded to milliseconds.
        let left = f64::from(path.total_ms - timed_out.at_ms).mul_add(1.01, 2.0);
        let took = bucket.latency.quantile(1.0).unwrap();
        assert!(took <= left, "{standby:?}, {streaming}: {took} of {left} ms");
        let first_token = bucket.time_to_first_token.quantile(1.0);
        assert_eq!(first_token.is_some(), streaming);
        assert!(first_token.is_none_or(|took| took <= left), "{first_token:?} of {left} ms");
    }
}
