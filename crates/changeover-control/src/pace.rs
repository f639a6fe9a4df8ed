//! How long to wait in a clock that may run fast, for things that do not run fast with it.

use std::time::Duration;

use changeover_clock::Clock;

/// `limit` in the clock's time, but never less than `floor` of the system's.
///
/// The network and a gateway's disk are real even where the sandbox's hour takes a minute: ten
/// seconds of a clock at 120× would leave them 83 ms.
pub(crate) fn not_below(clock: &Clock, limit: Duration, floor: Duration) -> Duration {
    limit.max(floor.mul_f64(clock.speed()))
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;

    use super::*;

    #[test]
    fn a_fast_clock_leaves_the_network_its_time() {
        let (limit, floor) = (Duration::from_secs(10), Duration::from_secs(2));
        let system = Clock::scaled(UnixMs(0), 1.0);
        assert_eq!(not_below(&system, limit, floor), limit);
        let fast = Clock::scaled(UnixMs(0), 60.0);
        assert_eq!(not_below(&fast, limit, floor), Duration::from_secs(120));
    }
}
