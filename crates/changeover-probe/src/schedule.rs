//! When each target is probed.
//!
//! Every target has a grid of slots, fixed by its id and the installation's seed, and in each slot
//! the start is moved a little by chance. So probes are spread over the interval instead of
//! arriving together, two targets whose grids happen to lie close do not stay in step, and a
//! restart goes on with the same grid.
//!
//! A slot's time never depends on how long an earlier probe took: a schedule that waits for slow
//! answers takes fewer samples exactly when things are slow, and its percentiles flatter
//! ("coordinated omission"). A slot that could not be kept is a gap; it is not made up for.
//!
//! The grid is as fine as a suspect target needs it: three slots in an interval, and never further apart
//! than ten seconds, so that three failures, which prove trouble, come within one look at the last
//! minute. A calm target is probed in the first slot of each interval, or in fewer where the money would
//! not last.

use std::time::Duration;

use changeover_domain::{ProbeKind, TargetId, UnixMs};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

/// The shortest interval: below it a probe would measure its own traces.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// Slots per interval, at least.
const SLOTS_PER_INTERVAL: i64 = 3;
/// The longest distance of slots, milliseconds.
const LONGEST_STEP_MS: i64 = 10_000;
/// The jitter either way is this part of the distance of slots.
const JITTER_DIVISOR: i64 = 4;
/// A calm target's slots are moved by this part of the interval, so that two targets do not keep step;
/// but not so far that slots lose their order.
const CALM_JITTER_DIVISOR: i64 = 8;

/// How closely a target is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Once in so many intervals: one, unless the money has to last longer.
    Calm { stretch: u32 },
    /// In one of so many slots: all of them, unless the money for looking closer has to last.
    Suspect { every: u32 },
}

impl Pace {
    /// In each slot.
    pub const CLOSEST: Self = Self::Suspect { every: 1 };
}

/// Between two probes of a target that is watched as closely as can be, of which calm ones are made
/// once an `interval`.
#[must_use]
pub fn closest_distance(interval: Duration) -> Duration {
    let interval = interval.max(SHORTEST_INTERVAL);
    let step = interval_ms(interval) / slots(interval);
    Duration::from_millis(u64::try_from(step).unwrap_or(u64::MAX))
}

fn interval_ms(interval: Duration) -> i64 {
    i64::try_from(interval.as_millis()).unwrap_or(i64::MAX / 4)
}

fn slots(interval: Duration) -> i64 {
    let by_distance = interval_ms(interval).saturating_add(LONGEST_STEP_MS - 1) / LONGEST_STEP_MS;
    by_distance.max(SLOTS_PER_INTERVAL)
}

/// One planned start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub index: i64,
    pub at: UnixMs,
}

/// The slots of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The distance of slots, milliseconds.
    step_ms: i64,
    /// Slots in an interval.
    slots: i64,
    /// Where in a step slots lie, 0 to `step_ms`.
    phase_ms: i64,
    /// What the jitter of this target's slots is drawn from.
    key: u64,
}

impl Schedule {
    /// The schedule of `target` with one probe per `interval` (at least a second). Give each
    /// installation its own `seed`, so that they do not all ask a vendor at once.
    #[must_use]
    pub fn new(target: &TargetId, kind: ProbeKind, interval: Duration, seed: u64) -> Self {
        let interval = interval.max(SHORTEST_INTERVAL);
        let (interval_ms, slots) = (interval_ms(interval), slots(interval));
        let step_ms = interval_ms / slots;
        // Two kinds of probes of one target are not to arrive together either.
        let kind = if kind == ProbeKind::default() { "" } else { kind.as_str() };
        let key = fnv1a(fnv1a(seed, target.as_str()), kind);
        let phase_ms = ChaCha8Rng::seed_from_u64(key).random_range(0..interval_ms);
        Self { step_ms, slots, phase_ms, key }
    }

    /// The first slot at `pace` that lies after `now` and after slot `last`.
    #[must_use]
    pub fn next(&self, pace: Pace, last: Option<i64>, now: UnixMs) -> Slot {
        let every = match pace {
            Pace::Suspect { every } => i64::from(every.max(1)),
            Pace::Calm { stretch } => self.slots.saturating_mul(i64::from(stretch.max(1))),
        };
        let earliest = (now.0 - self.phase_ms).div_euclid(self.step_ms) - 1;
        let from = last.map_or(earliest, |last| earliest.max(last.saturating_add(1)));
        let mut index = from.saturating_add((-from).rem_euclid(every));
        loop {
            let slot = self.slot(index);
            if slot.at > now {
                return slot;
            }
            index += every;
        }
    }

    /// How many slots there are in an interval.
    pub(crate) fn slots(&self) -> u32 {
        u32::try_from(self.slots).unwrap_or(u32::MAX)
    }

    /// Whether it is too late to keep `slot`: a probe now would belong to the next one.
    #[must_use]
    pub fn is_missed(&self, slot: Slot, now: UnixMs) -> bool {
        now.millis_since(slot.at) >= self.step_ms
    }

    fn slot(&self, index: i64) -> Slot {
        let close = self.step_ms / JITTER_DIVISOR;
        let calm = (self.step_ms * self.slots / CALM_JITTER_DIVISOR).min(self.step_ms - close);
        let most = if index.rem_euclid(self.slots) == 0 { calm } else { close };
        let drawn_from = fnv1a(self.key, &index.to_string());
        let jitter = ChaCha8Rng::seed_from_u64(drawn_from).random_range(-most..=most);
        let centre = index.saturating_mul(self.step_ms);
        let at = UnixMs(centre.saturating_add(self.phase_ms)).plus_millis(jitter);
        Slot { index, at }
    }
}

/// FNV-1a of `text`, begun with `seed`: the same on every machine and in every version, which the
/// standard library's hash does not promise.
fn fnv1a(seed: u64, text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes());
    bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: ProbeKind = ProbeKind::StreamingCompletion;
    const INTERVAL_MS: i64 = 60_000;
    const NOW: UnixMs = UnixMs(1_780_272_000_000);

    fn schedule(number: usize) -> Schedule {
        let target = TargetId::try_new(format!("target-{number}")).unwrap();
        Schedule::new(&target, KIND, Duration::from_secs(60), 7)
    }

    /// The first `count` starts after [`NOW`], as milliseconds since then.
    fn starts(schedule: &Schedule, pace: Pace, count: usize) -> Vec<i64> {
        let mut last: Option<Slot> = None;
        let next = || {
            let from = last.map_or(NOW, |slot| slot.at);
            let slot = schedule.next(pace, last.map(|slot| slot.index), from);
            last = Some(slot);
            slot.at.millis_since(NOW)
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn starts_come_once_an_interval_and_every_ten_seconds_while_suspect() {
        for (pace, apart) in [
            (Pace::Calm { stretch: 1 }, INTERVAL_MS),
            (Pace::CLOSEST, LONGEST_STEP_MS),
            (Pace::Suspect { every: 2 }, 2 * LONGEST_STEP_MS),
        ] {
            let starts = starts(&schedule(1), pace, 200);
            for pair in starts.windows(2) {
                let gap = pair[1] - pair[0];
                // Each start lies within three quarters of a slot's distance of its place.
                assert!(gap > 0 && (gap - apart).abs() <= 15_000, "{pace:?}: {gap}");
            }
            let mean = (starts[199] - starts[0]) / 199;
            assert!((mean - apart).abs() < apart / 50, "{pace:?}: {mean}");
        }
    }

    #[test]
    fn three_close_probes_fit_into_any_interval_and_into_half_a_minute() {
        for (interval_s, apart_ms) in
            [(1, 333), (5, 1_666), (15, 5_000), (30, 10_000), (60, 10_000), (3_600, 10_000)]
        {
            let closest = closest_distance(Duration::from_secs(interval_s));
            assert_eq!(closest, Duration::from_millis(apart_ms), "of {interval_s} s");
        }
    }

    #[test]
    fn no_two_targets_run_in_lockstep() {
        let rounds: Vec<Vec<i64>> = (0..20)
            .map(|number| starts(&schedule(number), Pace::Calm { stretch: 1 }, 100))
            .collect();
        for (one, first) in rounds.iter().enumerate() {
            for (other, second) in rounds.iter().enumerate().skip(one + 1) {
                let together = first
                    .iter()
                    .filter(|start| {
                        second.iter().any(|other| (*start - other).abs() < INTERVAL_MS / 20)
                    })
                    .count();
                assert!(
                    together < 70,
                    "{one} and {other} start within 5 % of an interval in {together} rounds of 100"
                );
            }
        }
    }

    #[test]
    fn starts_are_spread_over_the_whole_interval() {
        let mut windows = [0_u32; 20];
        for number in 0..40 {
            for start in starts(&schedule(number), Pace::Calm { stretch: 1 }, 100) {
                let window = start.rem_euclid(INTERVAL_MS) / (INTERVAL_MS / 20);
                windows[usize::try_from(window).unwrap()] += 1;
            }
        }
        let (least, most) = (windows.iter().min().unwrap(), windows.iter().max().unwrap());
        assert!(
            *least > 0 && *most < 600,
            "4,000 starts over 20 windows, 200 each on average: {windows:?}"
        );
    }

    #[test]
    fn a_restart_goes_on_with_the_same_grid_and_another_seed_has_another() {
        let one = starts(&schedule(3), Pace::Calm { stretch: 1 }, 10);
        assert_eq!(one, starts(&schedule(3), Pace::Calm { stretch: 1 }, 10));
        let target = TargetId::try_new("target-3").unwrap();
        let elsewhere = Schedule::new(&target, KIND, Duration::from_secs(60), 8);
        assert_ne!(one, starts(&elsewhere, Pace::Calm { stretch: 1 }, 10));
    }

    #[test]
    fn a_stretched_schedule_keeps_every_so_manieth_start_of_the_plain_one() {
        let schedule = schedule(4);
        let plain = starts(&schedule, Pace::Calm { stretch: 1 }, 60);
        let stretched = starts(&schedule, Pace::Calm { stretch: 5 }, 10);
        assert!(stretched.iter().all(|start| plain.contains(start)), "no start of its own");
        let apart = stretched.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(apart.into_iter().all(|gap| (gap - 5 * INTERVAL_MS).abs() <= INTERVAL_MS / 4));
    }

    #[test]
    fn kinds_of_probes_of_one_target_have_grids_of_their_own() {
        let target = TargetId::try_new("target-1").unwrap();
        let minute = Duration::from_secs(60);
        let canary = Schedule::new(&target, ProbeKind::Canary, minute, 7);
        let plain = Pace::Calm { stretch: 1 };
        assert_ne!(starts(&canary, plain, 5), starts(&schedule(1), plain, 5));
    }

    #[test]
    fn slots_that_were_slept_through_are_not_made_up_for() {
        let schedule = schedule(5);
        let slot = schedule.next(Pace::Calm { stretch: 1 }, None, NOW);
        let soon = slot.at.plus_millis(LONGEST_STEP_MS / 2);
        assert!(!schedule.is_missed(slot, soon), "late, but still its own slot");
        let much_later = slot.at.plus_millis(100 * INTERVAL_MS);
        assert!(schedule.is_missed(slot, much_later));
        let next = schedule.next(Pace::Calm { stretch: 1 }, Some(slot.index), much_later);
        assert!(next.at > much_later, "the next start lies ahead, not behind");
        assert!(next.at.millis_since(much_later) <= 2 * INTERVAL_MS);
    }

    #[test]
    fn an_absurd_interval_is_made_bearable() {
        let target = TargetId::try_new("x").unwrap();
        for interval in [Duration::ZERO, Duration::MAX] {
            let schedule = Schedule::new(&target, KIND, interval, 0);
            assert!(schedule.next(Pace::CLOSEST, None, NOW).at > NOW);
        }
    }
}
