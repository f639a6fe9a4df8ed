use proptest::prelude::*;

use super::*;

const START: UnixMs = UnixMs(1_000_000);

fn limit() -> AdaptiveLimit {
    AdaptiveLimit::new(&ThrottleSettings::default())
}

fn later(millis: i64) -> UnixMs {
    START.plus_millis(millis)
}

#[test]
fn it_begins_at_its_most_and_halves_what_was_in_flight() {
    let mut limit = limit();
    assert_eq!(limit.whole(), 64);
    limit.lower(10, START, START);
    assert_eq!(limit.whole(), 5, "half of the ten that were refused, not of the 64 allowed");
    limit.lower(1, later(2_000), later(2_000));
    limit.lower(1, later(4_000), later(4_000));
    assert_eq!(limit.whole(), 1, "one must go on to find out");
}

#[test]
fn refusals_of_one_moment_lower_it_once() {
    let mut limit = limit();
    for in_flight in (1..=64).rev() {
        limit.lower(in_flight, START, later(5));
    }
    assert_eq!(limit.whole(), 32);
    limit.lower(32, later(100), later(900));
    assert_eq!(limit.whole(), 32, "within the same second");
    limit.lower(32, later(4), later(9_000));
    assert_eq!(limit.whole(), 32, "sent before it was lowered: no news");
    limit.lower(32, later(5), later(9_000));
    assert_eq!(limit.whole(), 16);
}

#[test]
fn a_limits_worth_of_successes_raises_it_by_one() {
    let mut limit = limit();
    limit.lower(20, START, START);
    assert_eq!(limit.whole(), 10);
    (0..11).for_each(|_| limit.raise(10));
    assert_eq!(limit.whole(), 11);
    (0..100_000).for_each(|_| limit.raise(64));
    assert_eq!(limit.whole(), 64, "and never beyond its most");
}

#[test]
fn successes_of_a_target_that_is_hardly_used_prove_nothing() {
    let mut limit = limit();
    limit.lower(40, START, START);
    (0..1_000).for_each(|_| limit.raise(9));
    assert_eq!(limit.whole(), 20);
    limit.raise(10);
    (0..30).for_each(|_| limit.raise(11));
    assert_eq!(limit.whole(), 21);
}

#[test]
fn other_bounds_keep_what_was_learnt() {
    let wider = ThrottleSettings { limit_most: 100, ..ThrottleSettings::default() };
    let mut untouched = limit();
    untouched.reconfigure(&wider);
    assert_eq!(untouched.whole(), 100);
    let mut lowered = limit();
    lowered.lower(20, START, START);
    lowered.reconfigure(&wider);
    assert_eq!(lowered.whole(), 10);
    lowered.reconfigure(&ThrottleSettings { limit_most: 4, ..wider });
    assert_eq!(lowered.whole(), 4);
}

/// A target that takes eight at once and refuses the rest, asked by as many as the limit allows,
/// one round a second.
#[test]
fn it_settles_about_what_the_target_takes() {
    let mut limit = limit();
    let (mut sent, mut refused) = (0, 0);
    for round in 0..600 {
        let now = later(round * 1_000);
        let in_flight = usize::try_from(limit.whole()).unwrap();
        for nth in 0..in_flight {
            if nth < 8 {
                limit.raise(in_flight);
            } else {
                limit.lower(in_flight, now, now);
            }
        }
        if round >= 60 {
            assert!((4..=10).contains(&limit.whole()), "{} in round {round}", limit.whole());
            sent += in_flight;
            refused += in_flight.saturating_sub(8);
        }
    }
    assert!(refused * 20 < sent, "{refused} of {sent} refused: probing must stay rare");
}

proptest! {
    #[test]
    fn it_stays_between_one_and_its_most(
        most in 0_u32..200,
        percent in 0_u32..200,
        steps in proptest::collection::vec((any::<bool>(), 0_usize..300, 0_i64..3_000), 1..300),
    ) {
        let settings = ThrottleSettings {
            limit_most: most,
            lowered_to_percent: percent,
            ..ThrottleSettings::default()
        };
        let mut limit = AdaptiveLimit::new(&settings);
        let mut now = START;
        for (succeeded, in_flight, wait) in steps {
            now = now.plus_millis(wait);
            let before = limit.whole();
            if succeeded {
                limit.raise(in_flight);
                prop_assert!(limit.whole() >= before && limit.whole() <= before + 1);
            } else {
                limit.lower(in_flight, now, now);
                prop_assert!(limit.whole() <= before);
            }
            prop_assert!((1..=most.max(1)).contains(&limit.whole()));
        }
    }
}
