use changeover_domain::{BreakerState, Criticality, RouteId};

use super::*;

const NOW: UnixMs = UnixMs(60_000);

fn target(name: &str) -> TargetId {
    TargetId::try_new(name).unwrap()
}

fn targets(names: &[&str]) -> Vec<TargetId> {
    names.iter().map(|name| target(name)).collect()
}

fn route() -> Route {
    Route {
        id: RouteId::try_new("chat").unwrap(),
        criticality: Criticality::MustSucceed,
        targets: targets(&["a", "b", "c"]),
        modes: vec![Mode::Full, Mode::Template, Mode::Off],
    }
}

fn report(name: &str, observed: BreakerState) -> BreakerReport {
    BreakerReport {
        target: target(name),
        observed,
        forced: None,
        since: UnixMs(0),
        calls: 0,
        failures: 0,
        next_trial_at: None,
    }
}

fn all_closed() -> Vec<BreakerReport> {
    ["a", "b", "c"].map(|name| report(name, BreakerState::Closed)).to_vec()
}

fn primary_in(state: BreakerState) -> Vec<BreakerReport> {
    let mut reports = all_closed();
    reports[0].observed = state;
    reports
}

fn wanted(name: Option<&str>, mode: Mode) -> Override {
    Override {
        route: route().id,
        target: name.map(target),
        mode,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: "529s".into(),
        until: UnixMs(99_000),
        on_expiry: OnExpiry::ReturnIfHealthy,
    }
}

fn decide(
    wanted: Option<&Override>,
    expiry_held: bool,
    breakers: &[BreakerReport],
) -> (Effective, Vec<TargetId>) {
    let route = route();
    let situation = Situation { route: &route, wanted, expiry_held, breakers };
    (effective(&situation, None, NOW), candidates(&situation))
}

#[test]
fn without_override_the_primary_serves_and_the_standbys_follow() {
    let (effective, order) = decide(None, false, &all_closed());
    assert_eq!(effective.target, Some(target("a")));
    assert_eq!(effective.cause, EffectiveCause::Configured);
    assert_eq!(order, targets(&["a", "b", "c"]));
}

#[test]
fn an_override_puts_its_target_first_and_keeps_the_others_behind_it() {
    let wanted = wanted(Some("b"), Mode::Full);
    let (effective, order) = decide(Some(&wanted), false, &all_closed());
    assert_eq!(effective.target, Some(target("b")));
    assert_eq!(effective.cause, EffectiveCause::Override);
    assert_eq!(order, targets(&["b", "a", "c"]));
}

#[test]
fn an_open_and_a_half_open_primary_are_one_time_away_from_it() {
    for state in [BreakerState::Open, BreakerState::HalfOpen] {
        let (effective, order) = decide(None, false, &primary_in(state));
        assert_eq!(effective.target, Some(target("b")));
        assert_eq!(effective.cause, EffectiveCause::Breaker);
        assert_eq!(order, targets(&["a", "b", "c"]), "the primary stays in line for its trials");
    }
}

#[test]
fn since_survives_a_change_of_cause_but_not_of_target_or_mode() {
    let route = route();
    let away = primary_in(BreakerState::Open);
    let by_breaker = Situation { route: &route, wanted: None, expiry_held: false, breakers: &away };
    let before = effective(&by_breaker, None, NOW);
    let wanted_b = wanted(Some("b"), Mode::Full);
    let by_override = Situation { wanted: Some(&wanted_b), ..by_breaker };
    let later = NOW.plus_millis(1_000);
    let same = effective(&by_override, Some(&before), later);
    assert_eq!((same.since, same.cause), (NOW, EffectiveCause::Override));
    let wanted_c = wanted(Some("c"), Mode::Full);
    let moved = Situation { wanted: Some(&wanted_c), ..by_breaker };
    assert_eq!(effective(&moved, Some(&same), later).since, later);
}

#[test]
fn a_target_that_is_forced_open_is_never_asked_and_the_cause_is_the_operator() {
    let mut reports = all_closed();
    reports[0].forced = Some(ForcedState::ForcedOpen);
    let wanted = wanted(None, Mode::Full);
    let (effective, order) = decide(Some(&wanted), false, &reports);
    assert_eq!(effective.target, Some(target("b")));
    assert_eq!(effective.cause, EffectiveCause::Override);
    assert_eq!(order, targets(&["b", "c"]));
}

#[test]
fn no_target_is_claimed_when_no_breaker_lets_through() {
    let reports = ["a", "b", "c"].map(|name| report(name, BreakerState::Open));
    let (effective, _) = decide(None, false, &reports);
    assert_eq!(effective.target, None);
    assert_eq!(effective.cause, EffectiveCause::Breaker);
}

#[test]
fn a_mode_without_provider_asks_nobody() {
    let wanted = wanted(None, Mode::Template);
    let (effective, order) = decide(Some(&wanted), false, &all_closed());
    assert_eq!((effective.target, effective.mode), (None, Mode::Template));
    assert!(order.is_empty());
}

#[test]
fn an_override_that_is_held_lets_the_primary_have_its_trials() {
    let unfit = primary_in(BreakerState::Open);
    let to_b = wanted(Some("b"), Mode::Full);
    let (effective, order) = decide(Some(&to_b), true, &unfit);
    assert_eq!(effective.target, Some(target("b")));
    assert_eq!(order, targets(&["a", "b", "c"]));
    let template = wanted(None, Mode::Template);
    assert_eq!(
        decide(Some(&template), true, &unfit).1,
        targets(&["a"]),
        "else nobody would find out that it is back"
    );
    let hold = Override { on_expiry: OnExpiry::Hold, ..to_b };
    assert_eq!(
        decide(Some(&hold), true, &unfit).1,
        targets(&["b", "a", "c"]),
        "`hold` waits for a person"
    );
}
