//! When a fallback period opens and closes.
//!
//! Gateways report each move of a route's effective target or mode. A route is in fallback from the
//! moment the first gateway leaves the primary in full mode until the last one is back, so a push
//! that reaches three gateways one after the other is one period, and so is a breaker that opens
//! again after a failed trial. An operator who takes over an automatic fallback makes it manual,
//! with a holder and a reason; it stays the same period.
//!
//! Gateways are heard one by one, and after the console was away one at a time, so moves do not come
//! in the order in which they happened: a leave that lies before the period's start moves the start,
//! one that lies within a period that was taken to have ended opens that period again, and a period
//! ends with the latest return, whichever was heard last.

use std::collections::{BTreeMap, BTreeSet};

use changeover_domain::admin::{Effective, EffectiveCause};
use changeover_domain::{
    FallbackCause, FallbackCost, FallbackPeriod, GatewayId, Mode, Override, PeriodId, Route,
    RouteId, TargetId, UnixMs,
};

/// One gateway's move, as its chain of changes tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub gateway: GatewayId,
    pub route: RouteId,
    pub at: UnixMs,
    pub after: Effective,
    /// The override that was in force after the move.
    pub r#override: Option<Override>,
}

/// What a move did to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerChange {
    Opened(FallbackPeriod),
    Changed(FallbackPeriod),
    Closed(FallbackPeriod),
}

/// The open periods, and which gateways are away from home.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    open: BTreeMap<RouteId, FallbackPeriod>,
    away: BTreeMap<RouteId, BTreeSet<GatewayId>>,
    /// The latest return to the primary that was heard of, by route.
    returned: BTreeMap<RouteId, UnixMs>,
    /// The period that ended last, by route.
    closed: BTreeMap<RouteId, FallbackPeriod>,
}

impl Ledger {
    /// Goes on from periods that were open, and those that had ended, when the console stopped.
    ///
    /// Which gateways were away is
    /// learnt from their states; until then all of `gateways` are taken to be.
    #[must_use]
    pub fn resumed(
        open: Vec<FallbackPeriod>,
        closed: Vec<FallbackPeriod>,
        gateways: &BTreeSet<GatewayId>,
    ) -> Self {
        let mut ledger = Self::default();
        for period in closed {
            let newest = ledger.closed.get(&period.route).and_then(|newest| newest.ended_at);
            if period.ended_at > newest {
                ledger.closed.insert(period.route.clone(), period);
            }
        }
        for period in open {
            ledger.away.insert(period.route.clone(), gateways.clone());
            ledger.open.insert(period.route.clone(), period);
        }
        ledger
    }

    /// The open period of a route.
    #[must_use]
    pub fn open(&self, route: &RouteId) -> Option<&FallbackPeriod> {
        self.open.get(route)
    }

    /// All open periods.
    pub fn all_open(&self) -> impl Iterator<Item = &FallbackPeriod> {
        self.open.values()
    }

    /// Puts the period's latest cost into the ledger.
    pub fn set_cost(&mut self, route: &RouteId, cost: FallbackCost) {
        if let Some(period) = self.open.get_mut(route) {
            period.cost = cost;
        }
    }

    /// Takes one move into account. Moves that change nothing, or come twice, give `None`.
    pub fn apply(&mut self, route: &Route, moved: &Move) -> Option<LedgerChange> {
        let primary = route.primary()?;
        if is_unserved(&moved.after) {
            // Nobody serves it at all: neither home nor a further step away.
            return None;
        }
        if is_fallback(primary, &moved.after) {
            self.leave(route, primary, moved)
        } else {
            self.come_back(moved)
        }
    }

    fn leave(&mut self, route: &Route, primary: &TargetId, moved: &Move) -> Option<LedgerChange> {
        self.away.entry(route.id.clone()).or_default().insert(moved.gateway.clone());
        if let Some(period) = self.open.get_mut(&route.id) {
            let before = period.clone();
            period.started_at = period.started_at.min(moved.at);
            take_over(period, moved);
            return (*period != before).then(|| LedgerChange::Changed(period.clone()));
        }
        let within =
            |period: &FallbackPeriod| period.ended_at.is_some_and(|ended| moved.at <= ended);
        let (period, reopened) = match self.closed.remove(&route.id) {
            Some(mut closed) if within(&closed) => {
                closed.started_at = closed.started_at.min(moved.at);
                closed.ended_at = None;
                (closed, true)
            }
            _ => (opened(route, primary, moved)?, false),
        };
        self.open.insert(route.id.clone(), period.clone());
        Some(if reopened { LedgerChange::Changed(period) } else { LedgerChange::Opened(period) })
    }

    fn come_back(&mut self, moved: &Move) -> Option<LedgerChange> {
        let latest = self.returned.entry(moved.route.clone()).or_insert(moved.at);
        *latest = moved.at.max(*latest);
        let latest = *latest;
        let away = self.away.get_mut(&moved.route)?;
        away.remove(&moved.gateway);
        if !away.is_empty() {
            return None;
        }
        let mut period = self.open.remove(&moved.route)?;
        period.ended_at = Some(latest.max(period.started_at));
        self.closed.insert(moved.route.clone(), period.clone());
        Some(LedgerChange::Closed(period))
    }
}

/// Whether a route is away from its primary in full mode.
#[must_use]
pub fn is_fallback(primary: &TargetId, effective: &Effective) -> bool {
    effective.mode != Mode::Full
        || effective.target.as_ref().is_some_and(|target| target != primary)
}

/// Whether no target lets the route through.
fn is_unserved(effective: &Effective) -> bool {
    effective.mode.needs_target() && effective.target.is_none()
}

fn opened(route: &Route, primary: &TargetId, moved: &Move) -> Option<FallbackPeriod> {
    let id = PeriodId::try_new(format!("{}-{}", route.id, moved.at.0)).ok()?;
    let mut period = FallbackPeriod {
        id,
        route: route.id.clone(),
        primary: primary.clone(),
        served_by: None,
        mode: Mode::Full,
        cause: FallbackCause::Policy,
        holder: None,
        reason: None,
        started_at: moved.at,
        ended_at: None,
        cost: FallbackCost::default(),
    };
    take_over(&mut period, moved);
    Some(period)
}

fn take_over(period: &mut FallbackPeriod, moved: &Move) {
    period.served_by.clone_from(&moved.after.target);
    period.mode = moved.after.mode;
    match (&moved.r#override, moved.after.cause) {
        (Some(held), EffectiveCause::Override) => {
            period.cause = FallbackCause::Manual;
            period.holder = Some(held.holder.clone());
            period.reason = Some(held.reason.clone());
        }
        // Once a person has taken over, what breakers do meanwhile does not make it automatic.
        _ if period.cause == FallbackCause::Manual => {}
        (_, EffectiveCause::Breaker) => period.cause = FallbackCause::Breaker,
        (_, EffectiveCause::Override | EffectiveCause::Policy | EffectiveCause::Configured) => {}
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{Criticality, OnExpiry};

    use super::*;

    fn route() -> Route {
        Route {
            id: RouteId::try_new("chat").unwrap(),
            criticality: Criticality::MustSucceed,
            targets: vec![TargetId::try_new("opus").unwrap(), TargetId::try_new("gpt").unwrap()],
            modes: vec![Mode::Full, Mode::Template],
        }
    }

    fn moved(gateway: &str, at: i64, target: &str, cause: EffectiveCause) -> Move {
        let held = Override {
            route: route().id,
            target: TargetId::try_new(target).ok(),
            mode: Mode::Full,
            forced_breakers: vec![],
            holder: "mk".into(),
            reason: "529s".into(),
            until: UnixMs(i64::MAX),
            on_expiry: OnExpiry::default(),
        };
        Move {
            gateway: GatewayId::try_new(gateway).unwrap(),
            route: route().id,
            at: UnixMs(at),
            after: Effective {
                target: TargetId::try_new(target).ok(),
                mode: Mode::Full,
                since: UnixMs(at),
                cause,
            },
            r#override: (cause == EffectiveCause::Override).then_some(held),
        }
    }

    #[test]
    fn a_period_lasts_from_the_first_gateway_that_leaves_to_the_last_that_returns() {
        let mut ledger = Ledger::default();
        let opened = ledger.apply(&route(), &moved("eu-1", 10, "gpt", EffectiveCause::Override));
        assert!(
            matches!(opened, Some(LedgerChange::Opened(period)) if period.started_at == UnixMs(10))
        );
        assert_eq!(
            ledger.apply(&route(), &moved("eu-2", 12, "gpt", EffectiveCause::Override)),
            None
        );
        assert_eq!(
            ledger.apply(&route(), &moved("eu-1", 20, "opus", EffectiveCause::Configured)),
            None
        );
        let closed = ledger.apply(&route(), &moved("eu-2", 23, "opus", EffectiveCause::Configured));
        assert!(
            matches!(closed, Some(LedgerChange::Closed(period)) if period.ended_at == Some(UnixMs(23)))
        );
        assert_eq!(ledger.all_open().count(), 0);
    }

    #[test]
    fn a_person_who_takes_over_an_automatic_fallback_makes_it_manual() {
        let mut ledger = Ledger::default();
        ledger.apply(&route(), &moved("eu-1", 10, "gpt", EffectiveCause::Breaker));
        assert_eq!(
            ledger.open(&route().id).map(|period| period.cause),
            Some(FallbackCause::Breaker)
        );
        ledger.apply(&route(), &moved("eu-1", 15, "gpt", EffectiveCause::Override));
        let period = ledger.open(&route().id).unwrap();
        assert_eq!((period.cause, period.started_at), (FallbackCause::Manual, UnixMs(10)));
        assert_eq!(period.holder.as_deref(), Some("mk"));
        ledger.apply(&route(), &moved("eu-1", 17, "gpt", EffectiveCause::Breaker));
        assert_eq!(
            ledger.open(&route().id).unwrap().cause,
            FallbackCause::Manual,
            "it stays manual"
        );
    }

    #[test]
    fn a_period_that_was_open_when_the_console_stopped_goes_on() {
        let mut first = Ledger::default();
        first.apply(&route(), &moved("eu-1", 10, "gpt", EffectiveCause::Override));
        let gateways = [GatewayId::try_new("eu-1").unwrap()].into();
        let mut ledger = Ledger::resumed(first.all_open().cloned().collect(), vec![], &gateways);
        let closed = ledger.apply(&route(), &moved("eu-1", 99, "opus", EffectiveCause::Configured));
        assert!(
            matches!(closed, Some(LedgerChange::Closed(period)) if period.started_at == UnixMs(10))
        );
    }

    #[test]
    fn gateways_that_are_heard_one_after_the_other_make_one_period() {
        let mut ledger = Ledger::default();
        ledger.apply(&route(), &moved("eu-1", 10, "gpt", EffectiveCause::Override));
        let first = ledger.apply(&route(), &moved("eu-1", 20, "opus", EffectiveCause::Configured));
        assert!(matches!(first, Some(LedgerChange::Closed(_))));
        let second = ledger.apply(&route(), &moved("eu-2", 9, "gpt", EffectiveCause::Override));
        assert!(
            matches!(&second, Some(LedgerChange::Changed(period)) if period.started_at == UnixMs(9) && period.ended_at.is_none()),
            "the same period, begun a little earlier: {second:?}"
        );
        let closed = ledger.apply(&route(), &moved("eu-2", 18, "opus", EffectiveCause::Configured));
        assert!(
            matches!(&closed, Some(LedgerChange::Closed(period)) if period.ended_at == Some(UnixMs(20))),
            "it ends with the latest return, not with the one heard last: {closed:?}"
        );
        let next = ledger.apply(&route(), &moved("eu-1", 30, "gpt", EffectiveCause::Override));
        assert!(
            matches!(next, Some(LedgerChange::Opened(_))),
            "a leave after the end is a new one"
        );
    }

    #[test]
    fn a_standby_that_fails_too_does_not_end_the_period() {
        let mut ledger = Ledger::default();
        ledger.apply(&route(), &moved("eu-1", 10, "gpt", EffectiveCause::Breaker));
        let mut nobody = moved("eu-1", 15, "gpt", EffectiveCause::Breaker);
        nobody.after.target = None;
        assert_eq!(ledger.apply(&route(), &nobody), None);
        let open = ledger.open(&route().id);
        assert_eq!(
            open.map(|period| period.started_at),
            Some(UnixMs(10)),
            "the primary is not back"
        );
    }

    #[test]
    fn a_route_without_a_target_that_lets_through_is_not_yet_a_fallback() {
        let none = Effective {
            target: None,
            mode: Mode::Full,
            since: UnixMs(0),
            cause: EffectiveCause::Breaker,
        };
        assert!(
            !is_fallback(&route().targets[0], &none),
            "nobody else serves it: that is an outage"
        );
    }
}
