//! Slots of the last hour in which nothing was probed, and why.
//!
//! Not for a probe that failed, which is a sample. The rule it keeps: who looks at a gap can see
//! whether it is the target's or ours.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use changeover_domain::{TargetId, UnixMs};

const HOUR_MS: i64 = 3_600_000;

/// Why a slot was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The day's money is used up.
    NoMoney,
    /// Too many probes of the target are under way or wait to be taken.
    NoRoom,
    /// This machine slept, stood still or was too late.
    Slept,
    /// Another console probes on the same account.
    Elsewhere,
    /// It was under way while this machine stood still, so that what it measured is worth nothing.
    CutShort,
}

/// How many slots of one target were skipped in the last hour, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    pub no_money: u32,
    pub no_room: u32,
    pub slept: u32,
    pub elsewhere: u32,
    pub cut_short: u32,
}

impl Skipped {
    fn add(&mut self, reason: Reason, times: u32) {
        let count = match reason {
            Reason::NoMoney => &mut self.no_money,
            Reason::NoRoom => &mut self.no_room,
            Reason::Slept => &mut self.slept,
            Reason::Elsewhere => &mut self.elsewhere,
            Reason::CutShort => &mut self.cut_short,
        };
        *count = count.saturating_add(times);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            no_money: self.no_money.saturating_add(other.no_money),
            no_room: self.no_room.saturating_add(other.no_room),
            slept: self.slept.saturating_add(other.slept),
            elsewhere: self.elsewhere.saturating_add(other.elsewhere),
            cut_short: self.cut_short.saturating_add(other.cut_short),
        }
    }
}

/// Counts by target and minute; only those in which something was skipped.
type Minutes = BTreeMap<TargetId, VecDeque<(UnixMs, Skipped)>>;

/// What was skipped of every target. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Skips(Arc<Mutex<Minutes>>);

impl Skips {
    pub(crate) fn note(&self, target: &TargetId, reason: Reason, times: u32, now: UnixMs) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(target) {
            all.insert(target.clone(), VecDeque::new());
        }
        let Some(minutes) = all.get_mut(target) else { return };
        let minute = now.floor_to_minute();
        match minutes.back_mut() {
            Some((last, skipped)) if *last == minute => skipped.add(reason, times),
            _ => {
                let mut skipped = Skipped::default();
                skipped.add(reason, times);
                minutes.push_back((minute, skipped));
            }
        }
        while minutes.front().is_some_and(|(minute, _)| now.millis_since(*minute) > HOUR_MS) {
            minutes.pop_front();
        }
    }

    /// What was skipped of a target in the hour before `now`.
    #[must_use]
    pub fn of(&self, target: &TargetId, now: UnixMs) -> Skipped {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = all.get(target).into_iter().flatten();
        let lately = minutes.filter(|(minute, _)| now.millis_since(*minute) <= HOUR_MS);
        lately.fold(Skipped::default(), |sum, (_, skipped)| sum.plus(*skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_remembered_by_target_and_reason() {
        let (a, b) = (TargetId::try_new("a").unwrap(), TargetId::try_new("b").unwrap());
        let (skips, now) = (Skips::default(), UnixMs(50 * HOUR_MS));
        skips.note(&a, Reason::NoMoney, 1, now);
        skips.note(&a, Reason::NoMoney, 1, now.plus_millis(30_000));
        skips.note(&a, Reason::Slept, 4, now.plus_millis(90_000));
        let later = now.plus_millis(100_000);
        assert_eq!(skips.of(&a, later), Skipped { no_money: 2, slept: 4, ..Skipped::default() });
        assert_eq!(skips.of(&b, later), Skipped::default());
        let hour_later = now.plus_millis(HOUR_MS + 60_000);
        assert_eq!(skips.of(&a, hour_later), Skipped { slept: 4, ..Skipped::default() });
    }
}
