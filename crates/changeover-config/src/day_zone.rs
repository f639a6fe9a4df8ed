//! Where a day begins: a zone of the IANA database.
//!
//! Not for writing times, which are shown in UTC. The rule it keeps: a day ends where the next one
//! begins, also when clocks are changed, so that some have 23 hours and some have 25.

use std::fmt;

use changeover_domain::UnixMs;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const DAY_MS: i64 = 24 * 3_600_000;

/// A zone by which days are counted; UTC unless one is named.
#[derive(Clone, PartialEq, Eq)]
pub struct DayZone(TimeZone);

/// One day of a zone: its first moment, and the next day's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    pub from: UnixMs,
    pub until: UnixMs,
}

impl Default for DayZone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Debug for DayZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DayZone({})", self.0.iana_name().unwrap_or("?"))
    }
}

impl DayZone {
    /// The zone `Europe/Berlin`; `None` where this system knows none of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The name by which it is configured.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.iana_name().unwrap_or("UTC").to_owned()
    }

    /// The day in which `at` lies.
    #[must_use]
    pub fn day_of(&self, at: UnixMs) -> DaySpan {
        self.civil_day(at).unwrap_or_else(|| {
            // Beyond all calendars; days are counted all the same.
            let from = at.plus_millis(-at.0.rem_euclid(DAY_MS));
            DaySpan { from, until: from.plus_millis(DAY_MS) }
        })
    }

    fn civil_day(&self, at: UnixMs) -> Option<DaySpan> {
        let at = Timestamp::from_millisecond(at.0).ok()?.to_zoned(self.0.clone());
        let begin = |day: &Zoned| {
            let start = day.start_of_day().ok()?;
            Some(UnixMs(start.timestamp().as_millisecond()))
        };
        Some(DaySpan { from: begin(&at)?, until: begin(&at.tomorrow().ok()?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    /// 2026-03-29 00:00 in Berlin, where an hour is left out that night.
    const SHORT_DAY: UnixMs = UnixMs(1_774_738_800_000);
    /// 2026-10-25 00:00 in Berlin, where an hour comes twice that night.
    const LONG_DAY: UnixMs = UnixMs(1_792_879_200_000);

    fn berlin() -> DayZone {
        DayZone::of_name("Europe/Berlin").unwrap()
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_zone_gives_it() {
        for (from, hours) in [(SHORT_DAY, 23), (LONG_DAY, 25)] {
            let day = DaySpan { from, until: from.plus_millis(hours * HOUR_MS) };
            for at in [from, from.plus_millis(12 * HOUR_MS), day.until.plus_millis(-1)] {
                assert_eq!(berlin().day_of(at), day);
            }
            assert_eq!(berlin().day_of(day.until).from, day.until, "the next begins where it ends");
        }
    }

    #[test]
    fn days_are_by_utc_where_no_zone_is_named_and_before_all_calendars() {
        let noon = UnixMs(DAY_MS * 20_000 + DAY_MS / 2);
        let day = DaySpan { from: UnixMs(DAY_MS * 20_000), until: UnixMs(DAY_MS * 20_001) };
        assert_eq!(DayZone::default().day_of(noon), day);
        let before = UnixMs(-(1 << 60));
        let day = berlin().day_of(before);
        assert!(day.from <= before && before < day.until);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_none() {
        assert_eq!(DayZone::of_name("Europe/Entenhausen"), None);
        assert_eq!(DayZone::of_name(""), None);
    }
}
