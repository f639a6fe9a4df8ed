use proptest::prelude::*;

use super::*;

#[path = "tests/reference.rs"]
mod reference;

const START: UnixMs = UnixMs(1_000_000);

fn settings() -> BreakerSettings {
    BreakerSettings { cooldown_jitter: 0.0, ..BreakerSettings::default() }
}

fn breaker() -> Breaker {
    Breaker::new(settings(), START)
}

fn call(breaker: &mut Breaker, result: CallResult, now: UnixMs) {
    let permit = breaker.admit(now).expect("the breaker lets through");
    breaker.report_call(permit, result, now, 0.0);
}

fn calls(breaker: &mut Breaker, result: CallResult, count: u32, now: UnixMs) {
    (0..count).for_each(|_| call(breaker, result, now));
}

fn tripped() -> Breaker {
    let mut breaker = breaker();
    calls(&mut breaker, CallResult::Failure, 10, START);
    assert_eq!(breaker.observed(), BreakerState::Open);
    breaker
}

fn after_cooldown() -> UnixMs {
    START.plus(settings().cooldown)
}

fn target() -> TargetId {
    TargetId::try_new("opus").unwrap()
}

#[test]
fn few_calls_never_trip_it_however_bad() {
    let mut breaker = breaker();
    calls(&mut breaker, CallResult::Failure, 9, START);
    assert_eq!(breaker.observed(), BreakerState::Closed, "nine calls are no share");
    call(&mut breaker, CallResult::Failure, START);
    assert_eq!(breaker.observed(), BreakerState::Open, "the tenth makes one");
    assert!(breaker.admit(START).is_none());
}

#[test]
fn a_breaker_that_requires_trials_closes_only_after_they_have_succeeded() {
    let mut breaker = breaker();
    breaker.require_trials(START);
    assert_eq!(breaker.observed(), BreakerState::HalfOpen, "unknown is not fine");
    let under_way: Vec<_> = (0..3).filter_map(|_| breaker.admit(START)).collect();
    assert_eq!(under_way.len(), 3);
    assert!(under_way.iter().all(Permit::is_trial) && breaker.admit(START).is_none());
    for permit in under_way {
        breaker.report_call(permit, CallResult::Success, START, 0.0);
    }
    assert_eq!(breaker.observed(), BreakerState::Closed);
    breaker.require_trials(START);
    call(&mut breaker, CallResult::Failure, START);
    assert_eq!(breaker.observed(), BreakerState::Open);
}

#[test]
fn every_second_call_failing_trips_it_though_never_two_in_a_row() {
    let mut breaker = breaker();
    for _ in 0..4 {
        call(&mut breaker, CallResult::Success, START);
        call(&mut breaker, CallResult::Failure, START);
    }
    call(&mut breaker, CallResult::Success, START);
    call(&mut breaker, CallResult::Failure, START);
    assert_eq!(breaker.observed(), BreakerState::Open);
}

#[test]
fn slow_calls_trip_it_by_their_own_share() {
    let mut breaker = breaker();
    calls(&mut breaker, CallResult::Success, 2, START);
    calls(&mut breaker, CallResult::Slow, 7, START);
    assert_eq!(breaker.observed(), BreakerState::Closed, "7 of 9: too few");
    call(&mut breaker, CallResult::Slow, START);
    assert_eq!(breaker.observed(), BreakerState::Open, "8 of 10");
}

#[test]
fn a_bad_while_is_forgotten_after_the_window() {
    let mut breaker = breaker();
    calls(&mut breaker, CallResult::Failure, 9, START);
    let later = START.plus(settings().window);
    call(&mut breaker, CallResult::Failure, later);
    assert_eq!(breaker.observed(), BreakerState::Closed);
    assert_eq!(breaker.report(target(), later).calls, 1);
}

#[test]
fn a_call_that_is_not_reported_counts_as_none() {
    let mut breaker = breaker();
    for _ in 0..100 {
        drop(breaker.admit(START));
    }
    assert_eq!(
        breaker.report(target(), START).calls,
        0,
        "the caller's own faults are not reported"
    );
}

#[test]
fn trials_that_all_succeed_close_it() {
    let mut breaker = tripped();
    let now = after_cooldown();
    assert!(breaker.admit(now.plus_millis(-1)).is_none());
    for _ in 0..2 {
        call(&mut breaker, CallResult::Success, now);
        assert_eq!(breaker.observed(), BreakerState::HalfOpen);
    }
    call(&mut breaker, CallResult::Success, now);
    assert_eq!(breaker.observed(), BreakerState::Closed);
    assert_eq!(breaker.report(target(), now).since, now);
}

#[test]
fn a_trial_that_fails_or_is_slow_opens_it_for_twice_as_long() {
    for bad in [CallResult::Failure, CallResult::Slow] {
        let mut breaker = tripped();
        let now = after_cooldown();
        call(&mut breaker, bad, now);
        let next = breaker.report(target(), now).next_trial_at;
        assert_eq!(next, Some(now.plus(settings().cooldown * 2)));
    }
}

#[test]
fn the_cooldown_grows_no_longer_than_its_longest_and_jitter_lengthens_it() {
    let jittered = BreakerSettings { cooldown_jitter: 0.5, ..BreakerSettings::default() };
    assert_eq!(jittered.cooldown_after(0, 0.0), jittered.cooldown);
    assert_eq!(jittered.cooldown_after(0, 1.0), jittered.cooldown.mul_f64(1.5));
    assert_eq!(jittered.cooldown_after(u32::MAX, 0.0), jittered.cooldown_longest);
}

#[test]
fn a_call_from_before_it_opened_says_nothing_about_now() {
    let mut breaker = breaker();
    let early = breaker.admit(START).unwrap();
    calls(&mut breaker, CallResult::Failure, 10, START);
    let now = after_cooldown();
    let trial = breaker.admit(now).unwrap();
    breaker.report_call(early, CallResult::Failure, now, 0.0);
    assert_eq!(
        breaker.observed(),
        BreakerState::HalfOpen,
        "the late failure of an early call must not end the trials"
    );
    breaker.report_call(trial, CallResult::Success, now, 0.0);
}

#[test]
fn a_dropped_trial_is_given_back() {
    let mut breaker = tripped();
    let now = after_cooldown();
    let held: Vec<_> = (0..3).map(|_| breaker.admit(now).unwrap()).collect();
    assert!(held.iter().all(Permit::is_trial));
    assert!(breaker.admit(now).is_none(), "three trials are under way");
    drop(held);
    assert!(breaker.admit(now).is_some());
}

#[test]
fn forced_states_win_and_observation_goes_on_under_forced_closed() {
    let mut breaker = breaker();
    breaker.force(Some(ForcedState::ForcedOpen));
    assert!(breaker.admit(START).is_none());
    assert!(!breaker.report(target(), START).lets_through());
    breaker.force(Some(ForcedState::ForcedClosed));
    calls(&mut breaker, CallResult::Failure, 20, START);
    let report = breaker.report(target(), START);
    assert!(report.lets_through(), "forced closed lets everything through");
    assert_eq!(report.observed, BreakerState::Open, "and hides nothing");
    breaker.force(None);
    assert!(breaker.admit(START).is_none());
}

/// A breaker in each of the states that it can find by itself, and a time at which it is there.
fn in_each_state() -> [(BreakerState, Breaker, UnixMs); 3] {
    let mut half_open = tripped();
    drop(half_open.admit(after_cooldown()));
    [
        (BreakerState::Closed, breaker(), START),
        (BreakerState::Open, tripped(), START),
        (BreakerState::HalfOpen, half_open, after_cooldown()),
    ]
}

#[test]
fn a_forced_state_wins_over_each_observed_one_and_lifting_it_shows_that_again() {
    for (state, mut breaker, now) in in_each_state() {
        breaker.force(Some(ForcedState::ForcedOpen));
        assert!(breaker.admit(now).is_none(), "forced open over {state:?}");
        let report = breaker.report(target(), now);
        assert_eq!((report.observed, report.lets_through()), (state, false));
        breaker.force(Some(ForcedState::ForcedClosed));
        let let_through: Vec<_> = (0..20).filter_map(|_| breaker.admit(now)).collect();
        assert_eq!(let_through.len(), 20, "forced closed over {state:?}");
        drop(let_through);
        let report = breaker.report(target(), now);
        assert_eq!((report.observed, report.lets_through()), (state, true));
        breaker.force(None);
        let trials = if state == BreakerState::HalfOpen { 3 } else { 0 };
        let open = state != BreakerState::Open;
        assert_eq!(breaker.admit(now).is_some(), open, "lifted over {state:?}");
        let under_way: Vec<_> = (0..20).filter_map(|_| breaker.admit(now)).collect();
        assert_eq!(under_way.iter().filter(|permit| permit.is_trial()).count(), trials);
        assert_eq!(breaker.report(target(), now).forced, None);
    }
}

#[test]
fn under_forced_closed_the_trials_go_on_and_close_it() {
    let mut breaker = tripped();
    breaker.force(Some(ForcedState::ForcedClosed));
    call(&mut breaker, CallResult::Failure, START);
    assert_eq!(breaker.observed(), BreakerState::Open, "a call past an open breaker is no trial");
    let now = after_cooldown();
    let beyond_the_trials: Vec<_> = (0..10).filter_map(|_| breaker.admit(now)).collect();
    assert_eq!(breaker.observed(), BreakerState::HalfOpen);
    for permit in beyond_the_trials.into_iter().rev() {
        let result = if permit.is_trial() { CallResult::Success } else { CallResult::Failure };
        breaker.report_call(permit, result, now, 0.0);
    }
    breaker.force(None);
    assert_eq!(breaker.observed(), BreakerState::Closed, "only the trials were counted");
}

#[test]
fn under_forced_open_no_trial_is_made_however_long_it_lasts() {
    let mut breaker = tripped();
    breaker.force(Some(ForcedState::ForcedOpen));
    let much_later = START.plus(Duration::from_secs(86_400));
    assert!(breaker.admit(much_later).is_none());
    assert_eq!(breaker.observed(), BreakerState::Open);
    breaker.force(None);
    assert!(breaker.admit(much_later).is_some_and(|permit| permit.is_trial()));
}

#[test]
fn each_failed_trial_doubles_the_cooldown_and_a_recovery_begins_anew() {
    let mut breaker = tripped();
    let mut now = START;
    for seconds in [15, 30, 60, 120, 120] {
        let next = now.plus(Duration::from_secs(seconds));
        assert_eq!(breaker.report(target(), now).next_trial_at, Some(next));
        assert!(breaker.admit(next.plus_millis(-1)).is_none());
        call(&mut breaker, CallResult::Failure, next);
        now = next;
    }
    now = now.plus(Duration::from_secs(120));
    calls(&mut breaker, CallResult::Success, 3, now);
    assert_eq!(breaker.observed(), BreakerState::Closed);
    assert_eq!(breaker.report(target(), now).calls, 0, "what was before the outage is forgotten");
    calls(&mut breaker, CallResult::Failure, 10, now);
    let next = breaker.report(target(), now).next_trial_at;
    assert_eq!(next, Some(now.plus(settings().cooldown)), "the first cool-down again");
}

#[test]
fn what_ends_in_a_later_phase_is_ignored_whichever_phase_that_is() {
    let mut breaker = tripped();
    let now = after_cooldown();
    let early: Vec<_> = (0..3).map(|_| breaker.admit(now).unwrap()).collect();
    let [first, second, third]: [Permit; 3] = early.try_into().unwrap();
    breaker.report_call(first, CallResult::Failure, now, 0.0);
    let reopened = breaker.report(target(), now);
    breaker.report_call(second, CallResult::Failure, now.plus_millis(5), 0.0);
    assert_eq!(breaker.report(target(), now), reopened, "an open breaker is not opened again");
    let later = now.plus(settings().cooldown * 2);
    calls(&mut breaker, CallResult::Success, 3, later);
    assert_eq!(breaker.observed(), BreakerState::Closed);
    breaker.report_call(third, CallResult::Failure, later, 0.0);
    assert_eq!(breaker.report(target(), later).calls, 0, "nor does it count when closed");
}

#[test]
fn a_trial_that_was_the_callers_fault_decides_nothing() {
    let mut breaker = tripped();
    let now = after_cooldown();
    for _ in 0..100 {
        let permit = breaker.admit(now).unwrap();
        assert!(permit.is_trial());
        drop(permit);
        assert_eq!(breaker.observed(), BreakerState::HalfOpen);
    }
    calls(&mut breaker, CallResult::Success, 3, now);
    assert_eq!(breaker.observed(), BreakerState::Closed);
}

#[test]
fn trials_of_many_threads_never_run_beyond_their_number() {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const TRIALS: usize = 4;
    const THREADS: usize = 16;
    const EACH: usize = 100;
    let settings = BreakerSettings { trials: 4, ..settings() };
    let breaker = Mutex::new(Breaker::new(settings, START));
    breaker.lock().unwrap().require_trials(START);
    let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let one_trial = || {
        let Some(permit) = breaker.lock().unwrap().admit(START) else { return false };
        assert!(permit.is_trial());
        most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        under_way.fetch_sub(1, Ordering::SeqCst);
        // Outside any lock, as the future of a cancelled request is dropped.
        drop(permit);
        true
    };
    let had_its_turns = || {
        let mut had = 0;
        while had < EACH {
            had += usize::from(one_trial());
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        // That it ends shows that every trial was given back.
        (0..THREADS).for_each(|_| drop(scope.spawn(had_its_turns)));
    });
    assert!((1..=TRIALS).contains(&most.into_inner()));
    assert_eq!(breaker.into_inner().unwrap().observed(), BreakerState::HalfOpen);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Admit,
    Report(usize, CallResult),
    Drop(usize),
    Wait(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let result =
        prop_oneof![Just(CallResult::Success), Just(CallResult::Slow), Just(CallResult::Failure)];
    let step = prop_oneof![
        4 => Just(Step::Admit),
        3 => (any::<usize>(), result).prop_map(|(which, result)| Step::Report(which, result)),
        1 => any::<usize>().prop_map(Step::Drop),
        1 => (0_u32..40_000).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..400)
}

proptest! {
    #[test]
    fn trials_under_way_never_exceed_their_number(steps in steps(), trials in 1_u32..5) {
        let settings = BreakerSettings { trials, minimum_calls: 3, ..BreakerSettings::default() };
        let mut breaker = Breaker::new(settings, START);
        let mut now = START;
        let mut held: Vec<Permit> = Vec::new();
        for step in steps {
            match step {
                Step::Admit => held.extend(breaker.admit(now)),
                Step::Report(which, result) if !held.is_empty() => {
                    let permit = held.swap_remove(which % held.len());
                    breaker.report_call(permit, result, now, 0.5);
                }
                Step::Drop(which) if !held.is_empty() => {
                    drop(held.swap_remove(which % held.len()));
                }
                Step::Wait(millis) => now = now.plus_millis(i64::from(millis)),
                Step::Report(..) | Step::Drop(_) => {}
            }
            let under_way = held
                .iter()
                .filter(|permit| permit.is_trial() && permit.phase_number == breaker.phase_number)
                .count();
            prop_assert!(under_way <= usize::try_from(trials).unwrap());
        }
    }

    #[test]
    fn an_open_breaker_lets_nothing_through_before_its_time(
        jitter in 0.0_f64..=1.0,
        early in 1_i64..15_000,
    ) {
        let jittered = BreakerSettings { cooldown_jitter: 0.5, ..settings() };
        let mut breaker = Breaker::new(jittered.clone(), START);
        for _ in 0..10 {
            let permit = breaker.admit(START).unwrap();
            breaker.report_call(permit, CallResult::Failure, START, jitter);
        }
        let next = breaker.report(target(), START).next_trial_at.unwrap();
        let cooled = next.since(START);
        prop_assert!(cooled >= jittered.cooldown && cooled <= jittered.cooldown.mul_f64(1.5));
        prop_assert!(breaker.admit(next.plus_millis(-early)).is_none());
        prop_assert!(breaker.admit(next).is_some_and(|permit| permit.is_trial()));
    }
}
