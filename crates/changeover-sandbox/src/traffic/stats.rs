//! What the callers saw, per route and minute.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use changeover_domain::{GatewayId, RouteId, UnixMs};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Minutes that are kept.
const MINUTES_KEPT: usize = 120;

/// What the callers of all routes saw since the world began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct TrafficStats {
    pub routes: Vec<RouteCounts>,
    pub gateways: Vec<GatewayCalls>,
}

/// One route, as its callers saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RouteCounts {
    pub route: RouteId,
    pub total: u64,
    pub ok: u64,
    pub failed: u64,
    /// Oldest first; minutes in which no request ended are missing.
    pub minutes: Vec<MinuteCounts>,
}

/// The requests of a route that ended in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct MinuteCounts {
    pub minute: UnixMs,
    pub total: u64,
    pub ok: u64,
    pub failed: u64,
}

/// How callers reached one gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GatewayCalls {
    pub gateway: GatewayId,
    pub reached: u64,
    /// Calls that found nobody and went on to the next gateway.
    pub unreachable: u64,
}

#[derive(Debug, Default)]
struct Counts {
    routes: BTreeMap<RouteId, RouteTotals>,
    gateways: BTreeMap<GatewayId, (u64, u64)>,
}

#[derive(Debug, Default)]
struct RouteTotals {
    ok: u64,
    failed: u64,
    minutes: VecDeque<MinuteCounts>,
}

/// Counts for all callers.
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<Counts>);

impl Counter {
    /// A request ended for its caller.
    pub(crate) fn ended(&self, at: UnixMs, route: &RouteId, ok: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let totals = counts.routes.entry(route.clone()).or_default();
        totals.ok += u64::from(ok);
        totals.failed += u64::from(!ok);
        let minute = at.floor_to_minute();
        if totals.minutes.back().is_none_or(|last| last.minute < minute) {
            totals.minutes.push_back(MinuteCounts { minute, ..MinuteCounts::default() });
            if totals.minutes.len() > MINUTES_KEPT {
                totals.minutes.pop_front();
            }
        }
        if let Some(last) = totals.minutes.back_mut() {
            last.total += 1;
            last.ok += u64::from(ok);
            last.failed += u64::from(!ok);
        }
    }

    /// A gateway was asked, or nobody was there.
    pub(crate) fn asked(&self, gateway: &GatewayId, reached: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (yes, no) = counts.gateways.entry(gateway.clone()).or_default();
        *(if reached { yes } else { no }) += 1;
    }

    /// Everything so far.
    pub(crate) fn stats(&self) -> TrafficStats {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let route = |(route, totals): (&RouteId, &RouteTotals)| RouteCounts {
            route: route.clone(),
            total: totals.ok + totals.failed,
            ok: totals.ok,
            failed: totals.failed,
            minutes: totals.minutes.iter().copied().collect(),
        };
        let gateway = |(gateway, (reached, unreachable)): (&GatewayId, &(u64, u64))| GatewayCalls {
            gateway: gateway.clone(),
            reached: *reached,
            unreachable: *unreachable,
        };
        TrafficStats {
            routes: counts.routes.iter().map(route).collect(),
            gateways: counts.gateways.iter().map(gateway).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_in_the_minute_in_which_they_came() {
        let counter = Counter::default();
        let route = RouteId::try_new("chat").unwrap();
        counter.ended(UnixMs(59_999), &route, true);
        counter.ended(UnixMs(60_000), &route, false);
        counter.ended(UnixMs(119_000), &route, true);
        let stats = counter.stats();
        let chat = &stats.routes[0];
        assert_eq!((chat.total, chat.ok, chat.failed), (3, 2, 1));
        let minutes: Vec<_> = chat.minutes.iter().map(|m| (m.minute.0, m.ok, m.failed)).collect();
        assert_eq!(minutes, [(0, 1, 0), (60_000, 1, 1)]);
        for minute in 2..500 {
            counter.ended(UnixMs(minute * 60_000), &route, true);
        }
        assert_eq!(counter.stats().routes[0].minutes.len(), MINUTES_KEPT);
    }
}
