use changeover_domain::{
    BucketKey, Capabilities, FailedAttempts, FailureClass, GatewayId, Generation, LatencySketch,
    Mode, Nanodollars, ProviderId, RouteId, TokenUsage, Whose,
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
            whose: None,
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
    observed.add_traffic([(gateway.clone(), bucket(&[500, 3_000], 2))], NOW);
    observed.add_traffic([(gateway.clone(), bucket(&[500, 3_000], 2))], NOW);
    observed.add_traffic([(gateway.clone(), bucket(&[500, 3_000, 4_000], 3))], NOW);
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
    observed.add_traffic([(gateway.clone(), old)], NOW);
    observed.forget_before(NOW);
    let other = seen(&observed, 1);
    assert_eq!((other.long.attempts(), other.burn.six_hours.failed), (0, 9));
}

/// Two hundred answers in every reading and one in two hundred of them refused, as always: what is
/// judged is the share, and not which bucket of the page came last.
#[test]
fn refusals_of_one_reading_are_judged_with_its_good_answers() {
    let mut observed = Observed::watching(&[target("main"), target("other")]);
    let gateway = GatewayId::try_new("eu-1").unwrap();
    for reading in 1..=200_i64 {
        let now = NOW.plus_millis(reading * 60_000);
        let mut good = bucket(&[500; 200], 0);
        good.key.minute = now.floor_to_minute();
        let mut refused = bucket(&[], 0);
        refused.key.minute = good.key.minute;
        refused.key.outcome = Outcome::Failed(FailureClass::Refusal);
        refused.failed_attempts[0].target = TargetId::try_new("main").unwrap();
        refused.failed_attempts[0].class = FailureClass::Refusal;
        // By chance they sometimes come together.
        refused.failed_attempts[0].count = if reading % 10 == 0 { 10 } else { 0 };
        observed.add_traffic([good, refused].map(|bucket| (gateway.clone(), bucket)), now);
        let main = observed.target_inputs(&Thresholds::default(), now).remove(0);
        assert_eq!(main.drift.traffic_refusals, None, "at the reading {reading}");
    }
}

#[test]
fn whose_a_callers_failure_is_is_as_the_vendor_said() {
    let mut observed = Observed::watching(&[target("main"), target("other")]);
    let mut limited = bucket(&[500], 5);
    limited.failed_attempts[0].class = FailureClass::RateLimited;
    let mut upstream = limited.failed_attempts[0].clone();
    upstream.whose = Some(Whose::Theirs);
    limited.failed_attempts.push(upstream);
    observed.add_traffic([(GatewayId::try_new("eu-1").unwrap(), limited)], NOW);
    let traffic = seen(&observed, 1).long.traffic;
    assert_eq!((traffic.of_whose(Whose::Theirs), traffic.of_whose(Whose::OurQuota)), (5, 5));
}
