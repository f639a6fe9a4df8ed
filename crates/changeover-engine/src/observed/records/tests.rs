use changeover_domain::{
    BucketKey, Capabilities, FailedAttempts, FailureClass, GatewayId, Generation, LatencySketch,
    Mode, Nanodollars, ProviderId, RouteId, TokenUsage,
};

use super::*;
use crate::observed::Observed;

const NOW: UnixMs = UnixMs(1_780_000_020_000);

fn target(id: &str) -> Target {
    Target {
        id: TargetId::try_new(id).unwrap(),
        provider: ProviderId::try_new("vendor").unwrap(),
        model: id.to_owned(),
        region: None,
        capabilities: Capabilities::default(),
        slo: Slo { time_to_first_token_p95_ms: 1_000, ..Slo::default() },
    }
}

fn bucket(first_tokens: &[u32], failed: u64) -> TrafficBucket {
    let mut sketch = LatencySketch::default();
    first_tokens.iter().for_each(|ms| sketch.record(*ms));
    TrafficBucket {
        key: BucketKey {
            epoch: UnixMs(0),
            minute: NOW.floor_to_minute(),
            route: RouteId::try_new("chat").unwrap(),
            target: TargetId::try_new("main").ok(),
            mode: Mode::Full,
            outcome: Outcome::Ok,
            generation: Generation(1),
            effective_since: UnixMs(0),
            fallback: false,
        },
        requests: u64::try_from(first_tokens.len()).unwrap(),
        retries: failed,
        cache_hits: 0,
        latency: sketch.clone(),
        time_to_first_token: sketch,
        usage: TokenUsage::default(),
        cost: Nanodollars::ZERO,
        unpriced: 0,
        failed_attempts: vec![FailedAttempts {
            target: TargetId::try_new("other").unwrap(),
            class: FailureClass::Overloaded,
            count: failed,
        }],
    }
}

fn seen(observed: &Observed, target: usize) -> TargetInputs {
    observed.target_inputs(&Thresholds::default(), NOW).remove(target)
}

#[test]
fn growth_of_traffic_is_counted_once_with_its_slow_answers() {
    let mut observed = Observed::watching(&[target("main"), target("other")]);
    let gateway = GatewayId::try_new("eu-1").unwrap();
    observed.add_traffic(&gateway, bucket(&[500, 3_000], 2), NOW);
    observed.add_traffic(&gateway, bucket(&[500, 3_000], 2), NOW);
    observed.add_traffic(&gateway, bucket(&[500, 3_000, 4_000], 3), NOW);
    let main = seen(&observed, 0);
    assert_eq!(main.long.traffic.attempts(), 3);
    let timing = main.latency.short;
    assert_eq!((timing.first_tokens, timing.slow_first_tokens), (3, 2));
    let other = seen(&observed, 1);
    assert_eq!((other.long.traffic.failed(), other.burn.hour.failed), (3, 3));
}

#[test]
fn the_error_budget_remembers_hours_that_the_window_has_let_go_of() {
    let mut observed = Observed::watching(&[target("main"), target("other")]);
    let gateway = GatewayId::try_new("eu-1").unwrap();
    let mut old = bucket(&[500], 9);
    old.key.minute = NOW.floor_to_minute().plus_millis(-3 * 3_600_000);
    observed.add_traffic(&gateway, old, NOW);
    observed.forget_before(NOW);
    let other = seen(&observed, 1);
    assert_eq!((other.long.attempts(), other.burn.six_hours.failed), (0, 9));
}
