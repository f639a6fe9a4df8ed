//! A day of the calendar, as people write it in a file.
//!
//! Not for points in time with hours in them. The rule it keeps: a day that no calendar has is none.

use changeover_domain::UnixMs;

const DAY_MS: i64 = 24 * 3_600_000;

/// A day by UTC, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// Reads `2026-12-31`; `None` where there is no such day.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let exists = parts.next().is_none() && (1..=days_in(year, month)?).contains(&day);
        exists.then(|| Self(days_since_1970(year, month, day)))
    }

    /// The first moment after it.
    #[must_use]
    pub fn end(self) -> UnixMs {
        UnixMs((self.0 + 1).saturating_mul(DAY_MS))
    }
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// By years that begin in March, so that the leap day is their last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_found_on_the_line_of_time() {
        let end = |text| Day::of_text(text).unwrap().end();
        assert_eq!(end("1970-01-01"), UnixMs(DAY_MS));
        assert_eq!(end("2024-02-29"), UnixMs(1_709_251_200_000));
        assert_eq!(end("2026-12-31"), UnixMs(1_798_761_600_000));
    }

    #[test]
    fn what_is_in_no_calendar_is_no_day() {
        for text in
            ["2026-02-29", "2026-13-01", "2026-1-01", "26-01-01", "2026-01-01-", "", "+026-01-01"]
        {
            assert_eq!(Day::of_text(text), None, "{text}");
        }
    }
}
