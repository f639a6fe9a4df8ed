//! Pauses and limits for what does not run faster when the clock does.
//!
//! Sockets, disks and processors are real even where the sandbox's hour takes a minute.

use std::time::Duration;

use changeover_clock::Clock;

/// `duration` of the system's time, in the clock's.
pub(crate) fn of_system(clock: &Clock, duration: Duration) -> Duration {
    duration.mul_f64(clock.speed())
}

/// `limit` in the clock's time, but never less than `floor` of the system's.
pub(crate) fn not_below(clock: &Clock, limit: Duration, floor: Duration) -> Duration {
    limit.max(of_system(clock, floor))
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;

    use super::*;

    #[test]
    fn a_fast_clock_leaves_the_network_its_time() {
        let limit = Duration::from_secs(3);
        let floor = Duration::from_millis(500);
        let slow = Clock::scaled(UnixMs(0), 1.0);
        assert_eq!(not_below(&slow, limit, floor), limit);
        let fast = Clock::scaled(UnixMs(0), 60.0);
        assert_eq!(not_below(&fast, limit, floor), Duration::from_secs(30));
    }
}
