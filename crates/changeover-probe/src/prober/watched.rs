//! One target and one kind of probe: what is remembered from one probe to the next.
//!
//! It is kept small, because there may be ten thousand of them.

use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Moment;
use changeover_domain::{
    Nanodollars, Outcome, ProbeKind, ProviderId, TargetId, TokenPrices, UnixMs,
};

use crate::forecast::Outlay;
use crate::probe::ProbeSubject;
use crate::question::{Manner, estimate};
use crate::schedule::{Pace, Schedule, Slot};
use crate::suspicion::Suspicion;

/// How many probes of one target may be on their way, or waiting to be taken by the receiver.
const MOST_UNDER_WAY: u8 = 8;
/// Both kinds of time are known to the millisecond; what is further apart is another plan.
const SAME_MOMENT: Duration = Duration::from_millis(100);
/// Between two calls that must be refused, and after one that was not answered.
const NONSENSE_EVERY_MS: i64 = 24 * 3_600_000;
const NONSENSE_AGAIN_MS: i64 = 3_600_000;

/// Whether a good probe proves anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vacuity {
    /// As was found out lately.
    Known { vacuous: bool },
    /// To be found out with the next good probe.
    Asked { vacuous: bool },
}

#[derive(Debug)]
pub(super) struct Watched {
    subject: Arc<ProbeSubject>,
    schedule: Schedule,
    /// The last slot that was begun or passed.
    last: Option<i64>,
    due: Option<(Slot, Moment)>,
    /// The number of the newest plan.
    plan: u32,
    suspicion: Suspicion,
    manner: Manner,
    vacuous: bool,
    nonsense_at: UnixMs,
    under_way: u8,
}

impl Watched {
    pub(super) fn new(subject: ProbeSubject, seed: u64) -> Self {
        Self {
            schedule: Schedule::new(&subject.target.id, subject.kind, subject.interval, seed),
            subject: Arc::new(subject),
            last: None,
            due: None,
            plan: 0,
            suspicion: Suspicion::default(),
            manner: Manner::default(),
            vacuous: false,
            nonsense_at: UnixMs(i64::MIN),
            under_way: 0,
        }
    }

    pub(super) fn subject(&self) -> &ProbeSubject {
        &self.subject
    }

    pub(super) fn target(&self) -> &TargetId {
        &self.subject.target.id
    }

    pub(super) fn kind(&self) -> ProbeKind {
        self.subject.kind
    }

    pub(super) fn provider(&self) -> &ProviderId {
        &self.subject.access.provider.id
    }

    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspicion.is_suspect()
    }

    pub(super) fn has_room(&self) -> bool {
        self.under_way < MOST_UNDER_WAY
    }

    /// The most that the next probe costs.
    pub(super) fn at_most(&self, prices: Option<TokenPrices>) -> Nanodollars {
        estimate(self.subject.kind, self.manner, prices)
    }

    /// The most that a calm day costs.
    pub(super) fn calm_day(&self, prices: Option<TokenPrices>) -> Nanodollars {
        Outlay { interval: self.subject.interval, per_probe: self.at_most(prices) }.per_day()
    }

    /// Whether a slot has come that was neither begun nor passed.
    pub(super) fn is_due(&self, moment: Moment) -> bool {
        self.due.is_some_and(|(_, due)| due <= moment)
    }

    pub(super) fn is_planned(&self, plan: u32) -> bool {
        self.plan == plan
    }

    /// Finds the next slot; gives when it is, and the plan's number. `None` where it is the one that
    /// is planned already.
    pub(super) fn plan(
        &mut self,
        pace: Pace,
        now: UnixMs,
        moment: Moment,
    ) -> Option<(Moment, u32)> {
        let slot = self.schedule.next(pace, self.last, now);
        let due = moment.plus(slot.at.since(now));
        let is_known = self.due.is_some_and(|(known, then)| {
            known.index == slot.index && due.since(then).max(then.since(due)) < SAME_MOMENT
        });
        if is_known {
            return None;
        }
        self.due = Some((slot, due));
        self.plan = self.plan.wrapping_add(1);
        Some((due, self.plan))
    }

    /// Lets the slot that is due be over; whether it is too late to keep it.
    pub(super) fn pass_slot(&mut self, now: UnixMs) -> bool {
        let Some((slot, _)) = self.due.take() else { return true };
        self.last = Some(slot.index);
        self.schedule.is_missed(slot, now)
    }

    pub(super) fn begin(&mut self) -> Arc<ProbeSubject> {
        self.under_way = self.under_way.saturating_add(1);
        Arc::clone(&self.subject)
    }

    pub(super) fn hand_over(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Whether good probes prove anything, or that it is time to find out.
    pub(super) fn ask_vacuity(&mut self, now: UnixMs) -> Vacuity {
        let vacuous = self.vacuous;
        if now < self.nonsense_at || !self.subject.kind.asks_the_model() {
            return Vacuity::Known { vacuous };
        }
        // Until its answer is here, and if none comes.
        self.nonsense_at = now.plus_millis(NONSENSE_AGAIN_MS);
        Vacuity::Asked { vacuous }
    }

    /// Takes to heart what a probe showed; whether the target has become suspect or calm by it.
    pub(super) fn learn(
        &mut self,
        outcome: Outcome,
        manner: Manner,
        vacuous: Option<bool>,
        now: UnixMs,
    ) -> bool {
        if let Some(vacuous) = vacuous {
            self.vacuous = vacuous;
            self.nonsense_at = now.plus_millis(NONSENSE_EVERY_MS);
        }
        self.manner = manner;
        let before = self.suspicion;
        self.suspicion = before.after(outcome);
        before.is_suspect() != self.suspicion.is_suspect()
    }
}
