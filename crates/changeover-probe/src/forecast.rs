//! What probes cost in a day, before any is made.
//!
//! Not for what they did cost: that is the budget's business. The rule it keeps: a forecast that is
//! wrong is wrong upwards, so it rounds up and takes what a probe may cost at most where nothing
//! was measured.

use std::time::Duration;

use changeover_domain::Nanodollars;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What of a day's money calm probes are planned with, in percent; the rest is for looking closer.
const PLANNED_PERCENT: i64 = 75;
/// Probes are never moved further apart than this: a target that is hardly looked at is better
/// said to rest.
pub const MOST_STRETCH: u32 = 40;

/// One target's probes of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlay {
    /// Between two probes while the target is calm.
    pub interval: Duration,
    pub per_probe: Nanodollars,
}

impl Outlay {
    /// How many there are in a calm day.
    #[must_use]
    pub fn probes_per_day(&self) -> u32 {
        let interval = self.interval.as_millis().max(1);
        u32::try_from(DAY.as_millis().div_ceil(interval)).unwrap_or(u32::MAX)
    }

    /// What a calm day costs.
    #[must_use]
    pub fn per_day(&self) -> Nanodollars {
        let probes = i64::from(self.probes_per_day());
        self.per_probe.scaled(probes, 1).unwrap_or_default()
    }
}

/// How many times as far apart as configured the probes are to be, so that `needed` fits into
/// `available` with something left for looking closer; 1 where it fits as it is.
#[must_use]
pub fn stretch(needed: Nanodollars, available: Nanodollars) -> u32 {
    let planned = available.scaled(PLANNED_PERCENT, 100).unwrap_or_default().0;
    if needed.0 <= 0 || needed.0 <= planned {
        return 1;
    }
    if planned <= 0 {
        return MOST_STRETCH;
    }
    let times = (needed.0 - 1) / planned + 1;
    u32::try_from(times).unwrap_or(MOST_STRETCH).clamp(1, MOST_STRETCH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_of_probes_costs_what_its_probes_cost() {
        let outlay =
            Outlay { interval: Duration::from_secs(15), per_probe: Nanodollars(1_000_000) };
        assert_eq!(outlay.probes_per_day(), 5_760);
        assert_eq!(outlay.per_day(), Nanodollars(5_760_000_000), "$5.76");
        let odd = Outlay { interval: Duration::from_secs(7), ..outlay };
        assert_eq!(odd.probes_per_day(), 12_343, "rounded up");
    }

    #[test]
    fn what_fits_is_left_alone_and_what_costs_is_never_made_for_nothing() {
        let dollar = Nanodollars::DOLLAR;
        assert_eq!(stretch(Nanodollars(750_000_000), dollar), 1);
        assert_eq!(stretch(Nanodollars(750_000_001), dollar), 2);
        assert_eq!(stretch(Nanodollars::ZERO, Nanodollars::ZERO), 1, "free probes need no money");
        assert_eq!(stretch(dollar, Nanodollars::ZERO), MOST_STRETCH);
    }

    proptest! {
        #[test]
        fn stretched_probes_fit_the_budget_unless_they_are_as_far_apart_as_may_be(
            needed in 0_i64..1_000_000_000_000,
            available in 0_i64..10_000_000_000,
        ) {
            let times = stretch(Nanodollars(needed), Nanodollars(available));
            let fits = needed / i64::from(times) <= available;
            prop_assert!(fits || times == MOST_STRETCH);
        }
    }
}
