//! Whether this process has lived without a gap.
//!
//! A machine that is asleep, a process that is stopped and a runtime that is starved wake to timers
//! that have all run out, and a probe that was under way would be told to have stalled. The rule it
//! keeps: what was under way in such a gap says nothing of the target.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_domain::UnixMs;

/// Between two beats, in the system's time.
const BEAT: Duration = Duration::from_secs(2);
/// A beat that comes so much too late ends a gap.
const LATE: Duration = Duration::from_secs(2);
/// What both kinds of time may drift apart between two beats.
const LEAP_MS: i64 = 1_000;

/// Who beats, and remembers the last gap. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    clock: Clock,
    last: Arc<Mutex<Beat>>,
}

#[derive(Debug, Clone, Copy)]
struct Beat {
    now: UnixMs,
    moment: Moment,
    /// When the last gap was over.
    gap_until: Option<Moment>,
}

impl Pulse {
    pub(super) fn new(clock: Clock) -> Self {
        let beat = Beat { now: clock.now(), moment: clock.moment(), gap_until: None };
        Self { clock, last: Arc::new(Mutex::new(beat)) }
    }

    /// When the next beat is due. In a fast world a beat is no longer than in a slow one: what is
    /// watched is this machine.
    pub(super) fn next(&self) -> Moment {
        self.lock().moment.plus(self.of_the_system(BEAT))
    }

    /// Beats, and gives when the last gap was over.
    pub(super) fn beat(&self) -> Option<Moment> {
        let (now, moment) = (self.clock.now(), self.clock.moment());
        let bearable = self.of_the_system(BEAT + LATE);
        let mut last = self.lock();
        let passed = moment.since(last.moment);
        let leapt = now.millis_since(last.now.plus(passed)).abs() >= LEAP_MS;
        let gap_until = if leapt || passed > bearable { Some(moment) } else { last.gap_until };
        *last = Beat { now, moment, gap_until };
        gap_until
    }

    /// Whether there was no gap since `began`. It looks for itself, because whoever asks may be the
    /// first that runs again.
    pub(super) fn unbroken_since(&self, began: Moment) -> bool {
        self.clock.catch_up();
        self.beat().is_none_or(|gap_until| gap_until < began)
    }

    fn of_the_system(&self, time: Duration) -> Duration {
        time.mul_f64(self.clock.speed().max(1.0))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Beat> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_late_beat_is_a_gap_for_what_had_begun_before_and_for_nothing_after() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let pulse = Pulse::new(clock.clone());
        let before = clock.moment();
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(pulse.unbroken_since(before), "as late as a busy machine is");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(!pulse.unbroken_since(before));
        tokio::time::advance(Duration::from_millis(1)).await;
        let after = clock.moment();
        assert!(pulse.unbroken_since(after) && !pulse.unbroken_since(before));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_that_only_the_wall_knows_is_a_gap_too() {
        let clock = Clock::beside(UnixMs(0), |shown| {
            if shown.0 < 500_000 { shown.plus_millis(600_000) } else { shown }
        });
        let pulse = Pulse::new(clock.clone());
        let began = clock.moment();
        assert!(!pulse.unbroken_since(began), "ten minutes, and no timer ran");
    }
}
