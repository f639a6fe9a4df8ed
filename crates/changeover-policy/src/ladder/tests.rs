use proptest::prelude::*;

use super::*;

const WHOLE: [Mode; 6] =
    [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Approval, Mode::Off];

fn ladder(modes: &[Mode]) -> Ladder<'_> {
    Ladder { modes, automatic_to: Some(Mode::Off), ceiling: Mode::Full }
}

#[test]
fn where_no_target_lets_through_only_modes_without_one_are_entered() {
    let whole = ladder(&WHOLE);
    let mut way = vec![Mode::Full];
    while let Some(next) = next_mode(&whole, way[way.len() - 1], Reason::NoTarget) {
        way.push(next);
    }
    assert_eq!(way, [Mode::Full, Mode::Cached, Mode::Template, Mode::Off]);
}

#[test]
fn short_is_entered_only_after_answers_that_took_too_long() {
    let whole = ladder(&WHOLE);
    let to_short: Vec<FailureClass> = FailureClass::ALL
        .into_iter()
        .filter(|class| {
            let next = next_mode(&whole, Mode::Full, Reason::Failed(*class));
            assert!(matches!(next, Some(Mode::Short | Mode::Cached)), "{class:?}: {next:?}");
            next == Some(Mode::Short)
        })
        .collect();
    assert_eq!(to_short, [FailureClass::TimeoutStall, FailureClass::TimeoutTotal]);
}

#[test]
fn a_route_that_does_not_allow_it_steps_nowhere() {
    let never = Ladder { automatic_to: None, ..ladder(&WHOLE) };
    for from in WHOLE {
        assert_eq!(next_mode(&never, from, Reason::NoTarget), None);
    }
}

#[test]
fn a_route_goes_no_further_down_than_it_says_and_only_along_its_own_modes() {
    let modes = [Mode::Full, Mode::Template, Mode::Off];
    let to_template = Ladder { automatic_to: Some(Mode::Template), ..ladder(&modes) };
    assert_eq!(next_mode(&to_template, Mode::Full, Reason::NoTarget), Some(Mode::Template));
    assert_eq!(next_mode(&to_template, Mode::Template, Reason::NoTarget), None);
    let unknown_end = Ladder { automatic_to: Some(Mode::Cached), ..ladder(&modes) };
    assert_eq!(next_mode(&unknown_end, Mode::Full, Reason::NoTarget), None);
    assert_eq!(next_mode(&to_template, Mode::Short, Reason::NoTarget), None, "not on the ladder");
}

#[test]
fn the_routes_own_order_is_the_ladder() {
    let own = [Mode::Full, Mode::Template, Mode::Cached];
    let own = Ladder { automatic_to: Some(Mode::Cached), ..ladder(&own) };
    assert_eq!(next_mode(&own, Mode::Full, Reason::NoTarget), Some(Mode::Template));
    assert_eq!(next_mode(&own, Mode::Template, Reason::NoTarget), Some(Mode::Cached));
}

#[test]
fn a_failed_trial_above_the_operators_mode_falls_back_to_exactly_that_mode() {
    for automatic_to in [None, Some(Mode::Cached), Some(Mode::Off)] {
        let held = Ladder { modes: &WHOLE, automatic_to, ceiling: Mode::Template };
        assert_eq!(next_mode(&held, Mode::Full, Reason::NoTarget), Some(Mode::Template));
    }
    let off = Ladder { ceiling: Mode::Off, ..ladder(&WHOLE) };
    assert_eq!(next_mode(&off, Mode::Off, Reason::NoTarget), None, "nothing is below off");
}

proptest! {
    #[test]
    fn every_step_leads_down_along_the_ladder_and_to_an_end(
        lower in proptest::sample::subsequence(WHOLE[1..].to_vec(), 0..=5),
        automatic_to in proptest::option::of(proptest::sample::select(WHOLE.to_vec())),
        ceiling in proptest::sample::select(WHOLE.to_vec()),
        class in proptest::option::of(proptest::sample::select(FailureClass::ALL.to_vec())),
    ) {
        let modes: Vec<Mode> = std::iter::once(Mode::Full).chain(lower).collect();
        let ladder = Ladder { modes: &modes, automatic_to, ceiling };
        let reason = class.map_or(Reason::NoTarget, Reason::Failed);
        let mut from = Mode::Full;
        while let Some(next) = next_mode(&ladder, from, reason) {
            prop_assert!(next > from, "{from:?} to {next:?}");
            prop_assert!(modes.contains(&next));
            if next != ceiling {
                prop_assert!(next >= ceiling || !modes.contains(&ceiling));
                prop_assert!(next != Mode::Approval);
                prop_assert!(automatic_to.is_some_and(|lowest| next <= lowest));
            }
            from = next;
        }
    }
}
