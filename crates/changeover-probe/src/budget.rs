//! What a day's probes of one provider may cost.
//!
//! A probe is admitted by what it may cost at most, and settled at what it did cost, so that
//! probes on their way cannot overdraw the day together. The first probe that does not fit ends the
//! day: a budget that let a cheaper one through now and then would neither stop nor go on. It says
//! when there is money again: when the next day of the configured zone begins.

use changeover_config::{DaySpan, DayZone};
use changeover_domain::{Nanodollars, ProbeSample, UnixMs};

use crate::question::assumed_cost;

/// The probes' money of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    limit: Nanodollars,
    zone: DayZone,
    day: DaySpan,
    spent: Nanodollars,
    reserved: Nanodollars,
    exhausted: bool,
}

/// Money set aside for one probe. Hand it back with [`Budget::settle`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "money stays set aside until it is settled"]
pub struct Reservation {
    /// When the day began that it is of.
    day: UnixMs,
    amount: Nanodollars,
}

/// The day's money is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// When there is money again.
    pub resumes_at: UnixMs,
}

/// How a budget stands, for the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetReport {
    pub limit: Nanodollars,
    /// Today.
    pub spent: Nanodollars,
    /// How many times as far apart as configured calm probes are made, so that it lasts.
    pub stretch: u32,
    /// Set while probes are held back for want of money.
    pub exhausted: Option<Exhausted>,
}

impl Budget {
    /// A budget of `limit` per day of `zone`, of which `spent` is gone on the day of `now`.
    #[must_use]
    pub fn new(limit: Nanodollars, spent: Nanodollars, zone: DayZone, now: UnixMs) -> Self {
        let day = zone.day_of(now);
        Self { limit, zone, day, spent, reserved: Nanodollars::ZERO, exhausted: false }
    }

    /// Sets `at_most` aside for a probe that starts now.
    ///
    /// # Errors
    /// [`Exhausted`] when the day has not that much left.
    pub fn reserve(&mut self, at_most: Nanodollars, now: UnixMs) -> Result<Reservation, Exhausted> {
        self.turn_to(now);
        self.exhausted |= self.spent + self.reserved + at_most > self.limit;
        if let Some(exhausted) = self.report().exhausted {
            return Err(exhausted);
        }
        self.reserved += at_most;
        Ok(Reservation { day: self.day.from, amount: at_most })
    }

    /// Whether what it says of today is about the day of `now`. A clock that was set back does not
    /// bring yesterday's money back.
    #[must_use]
    pub fn is_of(&self, now: UnixMs) -> bool {
        now < self.day.until
    }

    /// The day in which `now` lies.
    pub(crate) fn day_of(&self, now: UnixMs) -> DaySpan {
        if self.is_of(now) { self.day } else { self.zone.day_of(now) }
    }

    /// Books what was not set aside: others spent it on the same account.
    pub fn spend(&mut self, cost: Nanodollars, now: UnixMs) {
        self.turn_to(now);
        self.spent += cost;
    }

    fn turn_to(&mut self, now: UnixMs) {
        if !self.is_of(now) {
            *self = Self::new(self.limit, Nanodollars::ZERO, self.zone.clone(), now);
        }
    }

    /// Books what the probe really cost. One that began before midnight is yesterday's.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reservation is settled once and then gone"
    )]
    pub fn settle(&mut self, reservation: Reservation, cost: Nanodollars) {
        if reservation.day == self.day.from {
            self.reserved = self.reserved - reservation.amount;
            self.spent += cost;
        }
    }

    /// What neither was spent nor is set aside.
    pub(crate) fn left(&self) -> Nanodollars {
        self.limit - self.spent - self.reserved
    }

    /// How it stands.
    #[must_use]
    pub fn report(&self) -> BudgetReport {
        BudgetReport {
            limit: self.limit,
            spent: self.spent,
            stretch: 1,
            exhausted: self.exhausted.then_some(Exhausted { resumes_at: self.day.until }),
        }
    }
}

/// What a budget books for a probe.
///
/// What it cost; for an unpriced target, what the vendor counted at the prices that are assumed of it.
/// Where the vendor wrote but did not count, the most it may have cost; where it never wrote a word,
/// nothing, so that an outage does not use up the money that is needed to see its end.
#[must_use]
pub fn booked(sample: &ProbeSample, at_most: Nanodollars) -> Nanodollars {
    let wrote = sample.phases.first_token_ms.is_some();
    let counted = || sample.usage.map(|usage| assumed_cost(usage).unwrap_or(at_most));
    let silent = if wrote { at_most } else { Nanodollars::ZERO };
    sample.cost.or_else(counted).unwrap_or(silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * 3_600_000;
    const NOON: UnixMs = UnixMs(DAY_MS / 2);
    const MIDNIGHT: UnixMs = UnixMs(DAY_MS);

    fn budget(limit: i64) -> Budget {
        Budget::new(Nanodollars(limit), Nanodollars::ZERO, DayZone::default(), NOON)
    }

    #[test]
    fn it_stops_before_the_limit_is_passed_and_says_until_when() {
        let mut budget = budget(25);
        for _ in 0..2 {
            let reserved = budget.reserve(Nanodollars(10), NOON).unwrap();
            budget.settle(reserved, Nanodollars(10));
        }
        assert_eq!(budget.reserve(Nanodollars(10), NOON), Err(Exhausted { resumes_at: MIDNIGHT }));
        assert!(
            budget.reserve(Nanodollars(1), NOON).is_err(),
            "stopped is stopped, for cheaper probes too"
        );
        assert!(budget.report().exhausted.is_some());
    }

    #[test]
    fn probes_on_their_way_count_until_they_are_settled() {
        let mut budget = budget(25);
        let first = budget.reserve(Nanodollars(10), NOON).unwrap();
        let _second = budget.reserve(Nanodollars(10), NOON).unwrap();
        budget.settle(first, Nanodollars(4));
        let third = budget.reserve(Nanodollars(10), NOON);
        assert!(third.is_ok(), "the first cost less than was set aside");
        assert!(budget.reserve(Nanodollars(2), NOON).is_err(), "4 spent and 20 under way leave 1");
    }

    #[test]
    fn a_new_day_has_new_money_and_yesterdays_probes_do_not_take_it() {
        let mut budget = budget(10);
        let late = budget.reserve(Nanodollars(10), NOON).unwrap();
        let after = MIDNIGHT.plus_millis(1);
        let fresh = budget.reserve(Nanodollars(10), after).unwrap();
        budget.settle(late, Nanodollars(10));
        assert_eq!(budget.report().spent, Nanodollars::ZERO);
        budget.settle(fresh, Nanodollars(3));
        assert_eq!(budget.report().spent, Nanodollars(3));
    }

    #[test]
    fn what_was_spent_before_a_restart_is_remembered() {
        let spent = Nanodollars(10);
        let mut budget = Budget::new(Nanodollars(10), spent, DayZone::default(), NOON);
        assert!(budget.reserve(Nanodollars(1), NOON).is_err());
        assert!(budget.reserve(Nanodollars(1), MIDNIGHT).is_ok());
    }
    #[test]
    fn the_day_turns_where_its_zone_says_and_never_back() {
        let tokyo = DayZone::of_name("Asia/Tokyo").unwrap();
        let mut budget = Budget::new(Nanodollars(10), Nanodollars(10), tokyo, NOON);
        // 15:00 UTC is midnight there.
        let turn = NOON.plus_millis(3 * 3_600_000);
        let refused = budget.reserve(Nanodollars(1), turn.plus_millis(-1));
        assert_eq!(refused, Err(Exhausted { resumes_at: turn }));
        let money = budget.reserve(Nanodollars(10), turn).unwrap();
        budget.settle(money, Nanodollars(10));
        assert!(budget.reserve(Nanodollars(1), NOON).is_err(), "a clock set back earns nothing");
    }

    #[test]
    fn an_unpriced_probe_is_booked_by_what_was_counted_and_else_by_the_most() {
        let target = changeover_domain::TargetId::try_new("a").unwrap();
        let bare = ProbeSample::bare(target, NOON, changeover_domain::Outcome::Ok, 10);
        let usage = changeover_domain::TokenUsage {
            input_tokens: 30,
            output_tokens: 350,
            ..changeover_domain::TokenUsage::default()
        };
        let at_most = Nanodollars(200_000_000);
        let counted = ProbeSample { usage: Some(usage), ..bare.clone() };
        assert_eq!(booked(&counted, at_most), Nanodollars(30 * 20_000 + 350 * 100_000));
        let free = ProbeSample { cost: Some(Nanodollars::ZERO), ..counted };
        assert_eq!(booked(&free, at_most), Nanodollars::ZERO, "a price of nothing is a price");
        assert_eq!(booked(&bare, at_most), Nanodollars::ZERO, "not a word");
        let mut cut = bare;
        cut.phases.first_token_ms = Some(5);
        assert_eq!(booked(&cut, at_most), at_most);
    }
}
