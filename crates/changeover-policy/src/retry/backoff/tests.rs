use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn first(wait: Wait, stated: Option<Duration>) -> Retry {
    Retry { number: 1, wait, stated, left: 8 * SECOND }
}

#[test]
fn bounds_double_from_the_base_up_to_the_cap() {
    let backoff = Backoff::default();
    let bounds: Vec<u128> = (1..=6).map(|number| backoff.bound(number).as_millis()).collect();
    assert_eq!(bounds, [400, 800, 1_600, 3_000, 3_000, 3_000]);
    assert_eq!(backoff.bound(u32::MAX), backoff.cap);
}

#[test]
fn a_pause_is_drawn_from_nothing_to_its_bound() {
    let backoff = Backoff::default();
    for number in 1..5 {
        let retry = Retry { number, ..first(Wait::Backoff, None) };
        assert_eq!(backoff.pause(&retry, 0.0), Some(Duration::ZERO));
        assert_eq!(backoff.pause(&retry, 0.5), Some(backoff.bound(number) / 2));
        assert_eq!(backoff.pause(&retry, 1.0), Some(backoff.bound(number)));
    }
}

#[test]
fn a_stated_wait_is_obeyed_and_spread() {
    let backoff = Backoff::default();
    let told = first(Wait::Throttle, Some(4 * SECOND));
    assert_eq!(backoff.pause(&told, 0.0), Some(4 * SECOND));
    assert_eq!(backoff.pause(&told, 1.0), Some(5 * SECOND), "a quarter of it on top");
}

#[test]
fn a_stated_wait_that_does_not_fit_the_request_sends_it_elsewhere() {
    let backoff = Backoff::default();
    let fits = 8 * SECOND - backoff.attempt_least;
    let just = first(Wait::Throttle, Some(fits));
    assert_eq!(backoff.pause(&just, 1.0), Some(fits), "the spread gives way first");
    let just_not = first(Wait::Throttle, Some(fits + Duration::from_millis(1)));
    assert_eq!(backoff.pause(&just_not, 0.0), None);
    let lie = first(Wait::Backoff, Some(Duration::from_secs(114 * 3_600)));
    assert_eq!(backoff.pause(&lie, 0.0), None);
    assert_eq!(backoff.pause(&first(Wait::Throttle, Some(Duration::MAX)), 1.0), None);
}

#[test]
fn a_limit_is_never_asked_again_at_once_whatever_it_states() {
    let backoff = Backoff::default();
    for stated in [None, Some(Duration::ZERO), Some(Duration::from_millis(3))] {
        let pause = backoff.pause(&first(Wait::Throttle, stated), 0.0);
        assert_eq!(pause, Some(backoff.throttle_least), "{stated:?}");
    }
}

#[test]
fn no_retry_is_made_that_could_not_be_answered_any_more() {
    let backoff = Backoff::default();
    let late = Retry { left: Duration::from_millis(249), ..first(Wait::Backoff, None) };
    assert_eq!(backoff.pause(&late, 0.0), None);
    let last = Retry { left: Duration::from_millis(260), ..late };
    assert_eq!(backoff.pause(&last, 1.0), Some(Duration::from_millis(10)));
}

proptest! {
    #[test]
    fn a_pause_keeps_every_bound_and_never_panics(
        number in any::<u32>(),
        throttles in any::<bool>(),
        stated_ms in proptest::option::of(0_u64..20_000),
        left_ms in 0_u64..20_000,
        random in any::<f64>(),
    ) {
        let backoff = Backoff::default();
        let wait = if throttles { Wait::Throttle } else { Wait::Backoff };
        let stated = stated_ms.map(Duration::from_millis);
        let left = Duration::from_millis(left_ms);
        let retry = Retry { number, wait, stated, left };
        if let Some(pause) = backoff.pause(&retry, random) {
            prop_assert!(pause + backoff.attempt_least <= left);
            prop_assert!(pause >= stated.unwrap_or_default());
            prop_assert!(!throttles || pause >= backoff.throttle_least);
        } else {
            let floor = if throttles { backoff.throttle_least } else { Duration::ZERO };
            let least = stated.unwrap_or_default().max(floor);
            prop_assert!(least + backoff.attempt_least > left, "it would have fitted");
        }
    }
}

// A crowd of 500 that failed in the same moment. The statistic: the largest share of the crowd
// whose retry falls into one bin of 50 ms. It must stay below a fifth in every round.

const CROWD: usize = 500;
const BIN_MS: u128 = 50;
const MOST_IN_A_BIN: usize = CROWD / 5;

/// How many of the crowd come back in the busiest bin of each round, if nobody succeeds.
fn busiest_bins(mut pause: impl FnMut(u32, f64) -> Duration) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut clocks = [Duration::ZERO; CROWD];
    let mut round = |number: u32| {
        let mut bins = BTreeMap::<u128, usize>::new();
        for clock in &mut clocks {
            *clock += pause(number, random.random());
            *bins.entry(clock.as_millis() / BIN_MS).or_default() += 1;
        }
        bins.into_values().max().unwrap_or_default()
    };
    (1..=3).map(&mut round).collect()
}

#[test]
fn a_crowd_that_failed_together_does_not_return_as_a_wave() {
    let backoff = Backoff::default();
    let ours = busiest_bins(|number, random| {
        let retry = Retry { number, ..first(Wait::Backoff, None) };
        backoff.pause(&retry, random).unwrap()
    });
    assert!(ours.iter().all(|most| *most < MOST_IN_A_BIN), "{ours:?}");
    let equal = busiest_bins(|number, random| {
        let half = backoff.bound(number) / 2;
        half + half.mul_f64(random)
    });
    assert!(equal[0] >= MOST_IN_A_BIN, "equal jitter crowds the second half: {equal:?}");
    let none = busiest_bins(|number, _| backoff.bound(number));
    assert_eq!(none, [CROWD; 3], "without jitter all come back at once, again and again");
}

#[test]
fn a_crowd_that_was_told_the_same_wait_does_not_return_as_a_wave() {
    let backoff = Backoff::default();
    let told = Retry { left: 60 * SECOND, ..first(Wait::Throttle, Some(2 * SECOND)) };
    let ours =
        busiest_bins(|number, random| backoff.pause(&Retry { number, ..told }, random).unwrap());
    assert!(ours.iter().all(|most| *most < MOST_IN_A_BIN), "{ours:?}");
    let obedient = busiest_bins(|_, _| 2 * SECOND);
    assert_eq!(obedient, [CROWD; 3], "a wait that is only obeyed keeps the crowd together");
}
