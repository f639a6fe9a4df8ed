use changeover_domain::{BreakerState, ForcedBreaker, ForcedState, OnExpiry, RouteId, UnixMs};

use super::*;

fn target(name: &str) -> TargetId {
    TargetId::try_new(name).unwrap()
}

fn route(criticality: Criticality) -> Route {
    Route {
        id: RouteId::try_new("chat").unwrap(),
        criticality,
        targets: vec![target("a"), target("b")],
        modes: vec![Mode::Full, Mode::Template, Mode::Off],
    }
}

fn reports(b: BreakerState) -> Vec<BreakerReport> {
    [("a", BreakerState::Closed), ("b", b)]
        .map(|(name, observed)| BreakerReport {
            target: target(name),
            observed,
            forced: None,
            since: UnixMs(0),
            calls: 0,
            failures: 0,
            next_trial_at: None,
        })
        .to_vec()
}

fn wanted(name: Option<&str>, mode: Mode, forced: &[(&str, ForcedState)]) -> Override {
    Override {
        route: RouteId::try_new("chat").unwrap(),
        target: name.map(target),
        mode,
        forced_breakers: forced
            .iter()
            .map(|(name, state)| ForcedBreaker { target: target(name), state: *state })
            .collect(),
        holder: "mk".into(),
        reason: "529s".into(),
        until: UnixMs(1),
        on_expiry: OnExpiry::default(),
    }
}

fn holds(wanted: &Override, b: BreakerState) -> bool {
    let checks = check(&route(Criticality::MustSucceed), wanted, &reports(b));
    assert_eq!(checks.len(), 1);
    checks[0].holds
}

#[test]
fn a_must_succeed_route_keeps_a_path_that_lets_through() {
    use BreakerState::{Closed, HalfOpen, Open};
    use ForcedState::{ForcedClosed, ForcedOpen};
    let cases = [
        (wanted(Some("b"), Mode::Full, &[]), Closed, true),
        (wanted(Some("b"), Mode::Full, &[]), Open, false),
        (wanted(Some("b"), Mode::Full, &[]), HalfOpen, false),
        (wanted(Some("b"), Mode::Full, &[("b", ForcedClosed)]), Open, true),
        (wanted(Some("b"), Mode::Full, &[("b", ForcedOpen)]), Closed, false),
        (wanted(None, Mode::Full, &[("a", ForcedOpen)]), Closed, true),
        (wanted(None, Mode::Full, &[("a", ForcedOpen)]), Open, false),
        (wanted(None, Mode::Full, &[("a", ForcedOpen), ("b", ForcedOpen)]), Closed, false),
        (wanted(None, Mode::Template, &[]), Open, true),
        (wanted(None, Mode::Off, &[]), Closed, false),
    ];
    for (wanted, b, expected) in cases {
        assert_eq!(holds(&wanted, b), expected, "{wanted:?} with b {b:?}");
    }
}

#[test]
fn other_routes_are_not_interlocked() {
    let off = wanted(None, Mode::Off, &[]);
    let checks = check(&route(Criticality::CanDegrade), &off, &reports(BreakerState::Closed));
    assert!(checks.is_empty());
}

#[test]
fn an_interlock_stands_in_the_way_until_it_is_named() {
    let off = wanted(None, Mode::Off, &[]);
    let checks = check(&route(Criticality::MustSucceed), &off, &reports(BreakerState::Closed));
    assert_eq!(in_the_way(&checks, &[]).len(), 1);
    assert_eq!(in_the_way(&checks, &["other".to_owned()]).len(), 1);
    assert!(in_the_way(&checks, &[ONE_PATH_OPEN.to_owned()]).is_empty());
}
