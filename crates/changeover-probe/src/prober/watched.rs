//! One target and one kind of probe: what is remembered from one probe to the next.
//!
//! It is kept small, because there may be ten thousand of them.

use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Moment;
use changeover_domain::{
    Nanodollars, Outcome, ProbeKind, ProviderId, TargetId, TokenPrices, UnixMs, Whose,
};
use changeover_policy::verdict::LONGEST_HOLD_MS;

use super::one::Learnt;
use crate::forecast::Outlay;
use crate::probe::ProbeSubject;
use crate::question::{Manner, estimate};
use crate::schedule::{Pace, Schedule, Slot, closest_distance};
use crate::suspicion::Suspicion;

/// How many probes of one target may be on their way, or waiting to be taken by the receiver.
const MOST_UNDER_WAY: u8 = 8;
/// Both kinds of time are known to the millisecond; what is further apart is another plan.
const SAME_MOMENT: Duration = Duration::from_millis(100);
/// Between two calls that must be refused, and after one that was not answered.
const NONSENSE_EVERY_MS: i64 = 24 * 3_600_000;
const NONSENSE_AGAIN_MS: i64 = 3_600_000;

/// How a vendor wants to be asked is found out anew so often: it may have learnt a field meanwhile.
const MANNER_EVERY_MS: i64 = 24 * 3_600_000;
/// A limit that has yet to be proved is asked again no later than this, whatever it asks for.
const HOLD_UNTIL_PROVED_MS: i64 = 20_000;
/// So many close looks are made before one thinks of the money.
const CLOSE_AT_ONCE: u8 = 10;

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
    /// Close looks since the target became suspect; `None` while it is calm.
    close: Option<u8>,
    /// The last probe cost nothing, as those do that fail at once.
    cost_nothing: bool,
    /// The vendor asks to be left alone until then.
    not_before: UnixMs,
    manner: Manner,
    /// When to find out anew whether the first manner will do.
    manner_at: UnixMs,
    vacuous: bool,
    nonsense_at: UnixMs,
    under_way: u8,
}

impl Watched {
    pub(super) fn new(subject: ProbeSubject, manner: Manner, seed: u64, now: UnixMs) -> Self {
        Self {
            schedule: Schedule::new(&subject.target.id, subject.kind, subject.interval, seed),
            subject: Arc::new(subject),
            last: None,
            due: None,
            plan: 0,
            suspicion: Suspicion::default(),
            close: None,
            cost_nothing: false,
            not_before: UnixMs(i64::MIN),
            manner,
            manner_at: now.plus_millis(MANNER_EVERY_MS),
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

    /// How the next probe is to ask.
    pub(super) fn manner(&mut self, now: UnixMs) -> Manner {
        if self.manner != Manner::default() && now >= self.manner_at {
            self.manner_at = now.plus_millis(MANNER_EVERY_MS);
            return Manner::default();
        }
        self.manner
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspicion.is_suspect()
    }

    /// Looks closely from now on, or no longer; whether that is news.
    pub(super) fn look(&mut self, closely: bool) -> bool {
        let news = self.close.is_some() != closely;
        if news {
            self.close = closely.then_some(0);
        }
        news
    }

    /// Whether close looks cost something, and enough were made to think of the money.
    pub(super) fn is_dear(&self) -> bool {
        !self.cost_nothing && self.close.is_some_and(|made| made >= CLOSE_AT_ONCE)
    }

    /// In one of how many slots a calm target is probed.
    pub(super) fn calm_slots(&self, stretch: u32) -> u32 {
        self.schedule.slots().saturating_mul(stretch.max(1))
    }

    /// What an hour of the closest looks costs at most.
    pub(super) fn close_hour(&self, prices: Option<TokenPrices>) -> Nanodollars {
        let closest = closest_distance(self.subject.interval).as_millis().max(1);
        let looks = i64::try_from(3_600_000 / closest).unwrap_or(i64::MAX);
        self.at_most(prices).scaled(looks, 1).unwrap_or(Nanodollars(i64::MAX))
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
        let slot = self.schedule.next(pace, self.last, now.max(self.not_before));
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

    /// Lets the slot that is due be over; how many it is too late to keep.
    pub(super) fn pass_slot(&mut self, now: UnixMs) -> u32 {
        let Some((slot, _)) = self.due.take() else { return 0 };
        self.last = Some(slot.index);
        if self.schedule.is_missed(slot, now) {
            self.slots_in(now.millis_since(slot.at)) + 1
        } else {
            0
        }
    }

    /// How many probes of a calm target lie in so much time; of an hour at most, which is as long as it
    /// is remembered.
    pub(super) fn slots_in(&self, time_ms: i64) -> u32 {
        let interval = i64::try_from(self.subject.interval.as_millis()).unwrap_or(i64::MAX).max(1);
        u32::try_from(time_ms.clamp(0, 3_600_000) / interval).unwrap_or(0)
    }

    /// Whether a slot is planned that was neither begun nor passed.
    pub(super) fn is_due_at_all(&self) -> bool {
        self.due.is_some()
    }

    pub(super) fn begin(&mut self) -> Arc<ProbeSubject> {
        self.close = self.close.map(|made| made.saturating_add(1));
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

    /// Takes to heart what a probe showed and cost; whether the next one is to come at another time by
    /// it.
    pub(super) fn learn(&mut self, learnt: &Learnt, cost: Nanodollars, now: UnixMs) -> bool {
        self.cost_nothing = cost == Nanodollars::ZERO;
        if let Some(vacuous) = learnt.vacuous {
            self.vacuous = vacuous;
            self.nonsense_at = now.plus_millis(NONSENSE_EVERY_MS);
        }
        self.manner = learnt.manner;
        let before = self.suspicion;
        self.suspicion = before.after(learnt.outcome, learnt.whose);
        let turned = before.is_suspect() != self.suspicion.is_suspect();
        self.hold_back(learnt, now) || turned
    }

    /// A limit of ours is not asked again before the vendor says, within reason: once it is proved,
    /// nothing is gained by it.
    fn hold_back(&mut self, learnt: &Learnt, now: UnixMs) -> bool {
        let Outcome::Failed(class) = learnt.outcome else { return false };
        let whose = learnt.whose.unwrap_or_else(|| class.usually_whose());
        let Some(wait) = learnt.retry_after.filter(|_| whose == Whose::OurQuota) else {
            return false;
        };
        let proved = self.suspicion.is_proved();
        let longest = if proved { LONGEST_HOLD_MS } else { HOLD_UNTIL_PROVED_MS };
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).min(longest);
        self.not_before = now.plus_millis(wait);
        true
    }
}
