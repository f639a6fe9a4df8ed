//! The money of one provider's probes: what is left, and how far apart calm probes must be so that
//! it lasts until the day is over.
//!
//! Not for what a probe may cost (that is its question's). The rule it keeps: what is planned rests
//! on what probes of today did cost, and on the most that they can cost until there are enough.

use changeover_domain::{Nanodollars, UnixMs};

use crate::budget::{Budget, BudgetReport, Exhausted, Reservation};
use crate::forecast::stretch;

/// What a calm day's cost is reckoned for.
const DAY_MS: i64 = 24 * 3_600_000;
/// How many probes make a mean that can be planned with.
const ENOUGH: u32 = 20;
/// Between two plans: calm probes do not change their pace with each cent.
const PLAN_MS: i64 = 60_000;

/// One provider's money.
#[derive(Debug)]
pub(super) struct Purse {
    budget: Budget,
    /// What a calm day costs by the most that each probe can cost.
    calm_day: Nanodollars,
    /// Of the probes that were settled: how many, the most they could cost, and what they did.
    settled: u32,
    at_most: Nanodollars,
    cost: Nanodollars,
    stretch: u32,
    planned_at: Option<UnixMs>,
    /// Targets that are looked at closely now.
    suspects: u32,
}

impl Purse {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
            calm_day: Nanodollars::ZERO,
            settled: 0,
            at_most: Nanodollars::ZERO,
            cost: Nanodollars::ZERO,
            stretch: 1,
            planned_at: None,
            suspects: 0,
        }
    }

    /// Some target is looked at closely from now on, or no longer.
    pub(super) fn suspect(&mut self, closely: bool) {
        let suspects = self.suspects;
        self.suspects = if closely { suspects + 1 } else { suspects.saturating_sub(1) };
    }

    /// In one of how many slots a target is to be looked at closely, of which an hour in each slot costs
    /// `hour` at most: so that its share of what is left of the day lasts for an hour from now on, and
    /// as what is left becomes less, for longer.
    pub(super) fn close_every(&self, hour: Nanodollars) -> u32 {
        let share = self.budget.left().0.max(0) / i64::from(self.suspects.max(1));
        let hour = self.as_it_costs(hour).0;
        match (hour, share) {
            (..=0, _) => 1,
            (_, 0) => u32::MAX,
            _ => u32::try_from((hour - 1) / share + 1).unwrap_or(u32::MAX),
        }
    }

    /// Some probes of a calm day have become dearer, or new ones are made.
    pub(super) fn expect(&mut self, more: Nanodollars) {
        self.calm_day += more;
        self.planned_at = None;
    }

    /// # Errors
    /// [`Exhausted`] when the day has not that much left.
    pub(super) fn reserve(
        &mut self,
        at_most: Nanodollars,
        now: UnixMs,
    ) -> Result<Reservation, Exhausted> {
        if !self.budget.is_of(now) {
            // What is planned rests on the day's own probes.
            (self.settled, self.at_most, self.cost) = (0, Nanodollars::ZERO, Nanodollars::ZERO);
            self.planned_at = None;
        }
        self.budget.reserve(at_most, now)
    }

    pub(super) fn settle(
        &mut self,
        reservation: Reservation,
        at_most: Nanodollars,
        cost: Nanodollars,
    ) {
        // One that failed for nothing says nothing of what good ones cost.
        if cost > Nanodollars::ZERO {
            self.settled = self.settled.saturating_add(1);
            self.at_most += at_most;
            self.cost += cost;
        }
        self.budget.settle(reservation, cost);
    }

    /// Money that another console spent on the same account.
    pub(super) fn spent_elsewhere(&mut self, cost: Nanodollars, now: UnixMs) {
        self.budget.spend(cost, now);
    }

    /// How many times as far apart as configured calm probes are to be now.
    pub(super) fn stretch(&mut self, now: UnixMs) -> u32 {
        let old = self.planned_at.is_none_or(|at| now.millis_since(at).abs() >= PLAN_MS);
        if old {
            let report = self.budget.report();
            let day = self.budget.day_of(now);
            let left = day.until.millis_since(now.max(day.from));
            let needed = self.expected_day().scaled(left, DAY_MS).unwrap_or_default();
            // A new day begins with its first probe; until then yesterday's money is not missed.
            let spent = if self.budget.is_of(now) { report.spent } else { Nanodollars::ZERO };
            self.stretch = stretch(needed, report.limit - spent);
            self.planned_at = Some(now);
        }
        self.stretch
    }

    fn expected_day(&self) -> Nanodollars {
        self.as_it_costs(self.calm_day)
    }

    /// What probes cost that may cost `at_most`, by those of today.
    fn as_it_costs(&self, at_most: Nanodollars) -> Nanodollars {
        if self.settled < ENOUGH || self.at_most.0 <= 0 {
            return at_most;
        }
        at_most.scaled(self.cost.0, self.at_most.0).unwrap_or(at_most)
    }

    pub(super) fn report(&self) -> BudgetReport {
        BudgetReport { stretch: self.stretch, ..self.budget.report() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixMs = UnixMs(DAY_MS / 2);

    fn purse(limit: i64, calm_day: i64) -> Purse {
        let zone = changeover_config::DayZone::default();
        let budget = Budget::new(Nanodollars(limit), Nanodollars::ZERO, zone, NOON);
        let mut purse = Purse::new(budget);
        purse.expect(Nanodollars(calm_day));
        purse
    }

    #[test]
    fn what_is_left_of_the_day_must_do_with_what_is_left_of_the_money() {
        assert_eq!(purse(1_000, 1_500).stretch(NOON), 1, "half a day costs 750 of 1,000");
        assert_eq!(purse(1_000, 6_000).stretch(NOON), 4, "3,000 of which 750 may be planned");
    }

    #[test]
    fn probes_that_cost_less_than_they_might_are_planned_as_they_cost() {
        let mut purse = purse(100_000, 300_000);
        assert_eq!(purse.stretch(NOON), 2);
        for _ in 0..ENOUGH {
            let money = purse.reserve(Nanodollars(10), NOON).unwrap();
            purse.settle(money, Nanodollars(10), Nanodollars(3));
        }
        assert_eq!(purse.stretch(NOON.plus_millis(1)), 2, "plans are kept for a while");
        assert_eq!(purse.stretch(NOON.plus_millis(PLAN_MS)), 1);
    }

    #[test]
    fn an_outage_does_not_make_good_probes_look_cheap() {
        let mut purse = purse(100_000, 600_000);
        let before = purse.stretch(NOON);
        assert!(before > 1);
        for _ in 0..10 * ENOUGH {
            let money = purse.reserve(Nanodollars(10), NOON).unwrap();
            purse.settle(money, Nanodollars(10), Nanodollars::ZERO);
        }
        assert_eq!(purse.stretch(NOON.plus_millis(PLAN_MS)), before);
    }

    #[test]
    fn what_others_spend_on_the_account_is_gone_too() {
        let mut purse = purse(1_000, 1_500);
        purse.spent_elsewhere(Nanodollars(700), NOON);
        assert_eq!(purse.report().spent, Nanodollars(700));
        assert!(purse.stretch(NOON) > 1);
    }
}
