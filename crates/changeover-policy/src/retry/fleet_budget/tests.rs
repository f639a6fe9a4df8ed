use proptest::prelude::*;

use super::*;

const START: UnixMs = UnixMs(1_000_000);

fn budget() -> FleetBudget {
    FleetBudget::new(FleetBudgetSettings::default(), START)
}

fn granted(budget: &mut FleetBudget, asked: u32, now: UnixMs) -> usize {
    (0..asked).filter(|_| budget.withdraw(now)).count()
}

#[test]
fn a_quiet_gateway_may_retry_a_few_times() {
    let mut budget = budget();
    budget.deposit(START);
    assert_eq!(granted(&mut budget, 100, START), 10);
}

#[test]
fn in_an_outage_retries_are_a_tenth_of_the_requests_and_no_more() {
    let mut budget = budget();
    let mut retries = 0;
    for request in 0..60_000 {
        let now = START.plus_millis(request / 10);
        budget.deposit(now);
        retries += usize::from(budget.withdraw(now));
    }
    assert!((5_900..=6_000).contains(&retries), "{retries} of 60000");
}

#[test]
fn five_hundred_that_fail_together_get_fifty_retries_between_them() {
    let mut budget = budget();
    (0..500).for_each(|_| budget.deposit(START));
    assert_eq!(granted(&mut budget, 500, START.plus_millis(300)), 50);
    let report = budget.report(START.plus_millis(300));
    assert_eq!(report, FleetReport { requests: 500, retries: 50, left: 0 });
}

#[test]
fn credit_of_a_good_hour_goes_stale() {
    let mut budget = budget();
    (0..10_000).for_each(|_| budget.deposit(START));
    let later = START.plus(Duration::from_secs(11));
    assert_eq!(budget.report(later).left, 10, "what is left is the minimum");
    assert_eq!(granted(&mut budget, 1_000, later), 10);
}

#[test]
fn retries_are_remembered_for_the_whole_window() {
    let mut budget = budget();
    assert_eq!(granted(&mut budget, 10, START), 10);
    let not_yet = START.plus(Duration::from_millis(9_999));
    assert!(!budget.withdraw(not_yet));
    assert!(budget.withdraw(START.plus(Duration::from_secs(11))));
}

#[test]
fn nothing_is_granted_where_nothing_is_allowed() {
    let none = FleetBudgetSettings { share_percent: 0, window_least: 0, ..Default::default() };
    let mut budget = FleetBudget::new(none, START);
    (0..1_000).for_each(|_| budget.deposit(START));
    assert!(!budget.withdraw(START));
}

proptest! {
    /// Against a reference that remembers every single moment: within any window, retries are at
    /// most the minimum or a tenth of the requests that a window and one slice hold.
    #[test]
    fn no_window_holds_more_retries_than_its_share(
        steps in proptest::collection::vec((0_i64..900, 0_u32..40, 0_u32..10), 1..120),
    ) {
        let mut budget = budget();
        let (mut requests, mut retries): (Vec<UnixMs>, Vec<UnixMs>) = (Vec::new(), Vec::new());
        let mut now = START;
        for (wait, arrive, ask) in steps {
            now = now.plus_millis(wait);
            for _ in 0..arrive {
                budget.deposit(now);
                requests.push(now);
            }
            for _ in 0..ask {
                let within = |moments: &[UnixMs], millis| {
                    moments.iter().filter(|at| now.millis_since(**at) < millis).count()
                };
                if budget.withdraw(now) {
                    retries.push(now);
                    let allowed = (within(&requests, 11_000) / 10).max(10);
                    prop_assert!(within(&retries, 10_000) <= allowed);
                } else {
                    let spent = within(&retries, 11_000);
                    prop_assert!(spent >= 10, "refused after {spent}");
                    prop_assert!(spent >= within(&requests, 10_000) / 10);
                }
            }
        }
    }

    #[test]
    fn time_that_steps_back_neither_panics_nor_grants_more(
        steps in proptest::collection::vec(-5_000_i64..1_000, 1..200),
    ) {
        let mut budget = budget();
        let mut now = START;
        let mut granted = 0_u32;
        for step in steps {
            now = now.plus_millis(step).min(START.plus_millis(9_000));
            granted += u32::from(budget.withdraw(now));
        }
        prop_assert!(granted <= 10);
    }
}
