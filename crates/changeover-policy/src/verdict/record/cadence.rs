//! How far apart a target's probes are planned, and so how far back "lately" reaches.
//!
//! Not for when a probe is made (the prober's schedule decides). Probes are moved apart where their
//! money would not last, and where a vendor asks us to wait; three minutes hold hardly any of them
//! then. Few are no sign that nobody looked: only fewer than were planned are.

use changeover_domain::{Outcome, UnixMs, Whose};
use serde::{Deserialize, Serialize};

use crate::verdict::tally::whose;

/// The longest that a prober waits because a vendor asks it to, in milliseconds.
pub const LONGEST_HOLD_MS: i64 = 300_000;
/// So many planned distances hold enough probes to judge by, also when a busy machine leaves some out.
const REACH: i64 = 6;
/// And if the last of them is not older than so many: of a target that is not probed any more nothing
/// is known.
const FRESH: i64 = 3;

/// The planned distance of one target's calm probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Cadence {
    distance_ms: i64,
    /// Since when they are planned closer than `distance_ms`, which is remembered until the closer
    /// ones are enough.
    closer_since: Option<UnixMs>,
    /// The last probe was refused by a limit, so the next may be held back.
    held: bool,
}

impl Cadence {
    /// Takes in how far apart calm probes are planned from `now` on; 0 where none are.
    pub(super) fn plan(&mut self, distance_ms: i64, now: UnixMs) {
        let closer_for = |since: UnixMs| now.millis_since(since);
        if distance_ms < self.distance_ms {
            let since = *self.closer_since.get_or_insert(now);
            if closer_for(since) < distance_ms.saturating_mul(REACH) {
                return;
            }
        }
        *self = Self { distance_ms, closer_since: None, held: self.held };
    }

    /// Takes in how a probe ended.
    pub(super) fn note(&mut self, outcome: Outcome, said: Option<Whose>) {
        self.held = match outcome {
            Outcome::Ok => false,
            Outcome::Failed(class) => whose(class, said) == Whose::OurQuota,
        };
    }

    /// Between two probes as they are to be expected; 0 where nobody said.
    pub(super) fn distance_ms(&self) -> i64 {
        let hold = if self.held && self.distance_ms > 0 { LONGEST_HOLD_MS } else { 0 };
        self.distance_ms.max(hold)
    }

    /// How far back one may have to look for enough of them, where the last attempt of all ended at
    /// `last_at`; 0 where that is too long ago to say anything of now.
    pub(super) fn reach_ms(&self, last_at: Option<UnixMs>, now: UnixMs) -> i64 {
        let fresh_ms = self.distance_ms().saturating_mul(FRESH);
        let fresh = last_at.is_some_and(|at| now.millis_since(at) <= fresh_ms);
        if fresh { self.distance_ms().saturating_mul(REACH) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    fn after(seconds: i64) -> UnixMs {
        UnixMs(1_780_000_000_000).plus_millis(1_000 * seconds)
    }

    #[test]
    fn a_wider_plan_holds_at_once_and_a_closer_one_when_enough_were_made_by_it() {
        let mut cadence = Cadence::default();
        cadence.plan(60_000, after(0));
        cadence.plan(180_000, after(10));
        assert_eq!(cadence.distance_ms(), 180_000);
        cadence.plan(60_000, after(20));
        cadence.plan(60_000, after(379));
        assert_eq!(cadence.distance_ms(), 180_000, "not enough of them were made so");
        cadence.plan(60_000, after(380));
        assert_eq!(cadence.distance_ms(), 60_000);
        cadence.plan(0, after(381));
        assert_eq!(cadence.distance_ms(), 0, "nobody probes any more");
    }

    #[test]
    fn a_target_that_is_not_probed_any_more_is_not_known_for_long() {
        let mut cadence = Cadence::default();
        cadence.plan(60_000, after(0));
        assert_eq!(cadence.reach_ms(Some(after(0)), after(180)), 360_000);
        assert_eq!(cadence.reach_ms(Some(after(0)), after(181)), 0);
        assert_eq!(cadence.reach_ms(None, after(0)), 0);
    }

    #[test]
    fn who_is_asked_to_wait_is_not_thought_blind_meanwhile() {
        let mut cadence = Cadence::default();
        cadence.plan(15_000, after(0));
        let limited = Outcome::Failed(FailureClass::RateLimited);
        cadence.note(limited, Some(Whose::Theirs));
        assert_eq!(cadence.distance_ms(), 15_000, "a limit of the vendor's own holds nobody back");
        cadence.note(limited, None);
        assert_eq!(cadence.distance_ms(), LONGEST_HOLD_MS);
        cadence.note(Outcome::Ok, None);
        assert_eq!(cadence.distance_ms(), 15_000);
    }
}
