//! Points in time as integers. Reading a clock is `changeover-clock`'s business.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Milliseconds since 1970-01-01 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;

impl UnixMs {
    /// The start of the minute in which this point lies.
    #[must_use]
    pub fn floor_to_minute(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MINUTE_MS))
    }

    /// Milliseconds from `earlier` until this point; negative when it lies before.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time from `earlier` until this point; zero when it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.millis_since(earlier)).unwrap_or(0))
    }

    /// This point, `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        self.plus_millis(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
    }

    /// This point, `by` earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        self.plus_millis(i64::try_from(by.as_millis()).unwrap_or(i64::MAX).saturating_neg())
    }

    /// This point moved by `millis`, which may be negative.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_floor_towards_the_past_on_both_sides_of_1970() {
        assert_eq!(UnixMs(61_000).floor_to_minute(), UnixMs(60_000));
        assert_eq!(UnixMs(-1).floor_to_minute(), UnixMs(-60_000));
    }

    #[test]
    fn a_duration_never_runs_backwards() {
        assert_eq!(UnixMs(5).since(UnixMs(9)), Duration::ZERO);
        assert_eq!(UnixMs(5).millis_since(UnixMs(9)), -4);
    }
}
