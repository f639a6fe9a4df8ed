//! "2:15 PM PST" and "Dec 22, 5:20 AM PST": the times of AWS's older dashboard, which have a day
//! only where it is another than the one before.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::Written;
use super::history::{month, time_of_day, with_year};
use super::zone::zone_of;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Reads such a time at the start of a line; answers the instant and what follows it. A time
/// without a day is the first one not before `after`, give or take the minute.
pub(crate) fn clock_date<'a>(line: &'a str, after: &Written) -> Option<(Written, &'a str)> {
    let (day, rest) = match line.split_once(',') {
        Some((date, rest)) => match day(date) {
            Some(day) => (Some(day), rest.trim_start()),
            None => (None, line),
        },
        None => (None, line),
    };
    let mut words = rest.splitn(4, ' ');
    let (clock, half, zone) = (words.next()?, words.next()?, words.next()?);
    let tail = words.next().unwrap_or_default();
    let zone = zone.trim_end_matches([':', '-', '|']);
    let time = time_of_day(clock)?;
    let month = day.map_or(1, |(month, _)| month);
    let zone = zone_of(zone, month, Some(after.offset))?;
    let offset = zone.offset;
    let shift = match (half, time.hour()) {
        ("AM", 12) => -12,
        ("PM", 1..=11) => 12,
        ("AM", 1..=11) | ("PM", 12) => 0,
        _ => return None,
    };
    let time = jiff::civil::Time::new(time.hour() + shift, time.minute(), time.second(), 0).ok()?;
    let at = match day {
        Some(day) => with_year(day, time, offset, after.at, i64::MAX)?,
        None => {
            let local = offset.to_datetime(Timestamp::from_millisecond(after.at.0).ok()?);
            let at = offset.to_timestamp(DateTime::from_parts(local.date(), time)).ok()?;
            let at = changeover_domain::UnixMs(at.as_millisecond());
            let is_before = at.plus(Duration::from_secs(60)) < after.at;
            if is_before { at.plus(DAY) } else { at }
        }
    };
    let text = line.strip_suffix(tail).unwrap_or(line);
    let mut written = Written::new(at, zone, text);
    written.as_written.year_inferred = true;
    Some((written, tail))
}

fn day(text: &str) -> Option<(i8, i8)> {
    let (name, day) = text.trim().split_once(' ')?;
    Some((month(name)?, day.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::{any_date, rfc3339};

    fn read(line: &str) -> Option<(changeover_domain::UnixMs, String)> {
        let after = any_date("2021-12-22T14:35:00+00:00").unwrap();
        clock_date(line, &after).map(|(at, rest)| (at.at, rest.to_owned()))
    }

    #[test]
    fn a_time_of_day_is_the_next_one_after_what_went_before() {
        let at = |text| rfc3339(text).unwrap();
        assert_eq!(
            read("6:35 AM PST We look."),
            Some((at("2021-12-22T14:35:00Z"), "We look.".to_owned()))
        );
        assert_eq!(read("12:05 PM PST x").unwrap().0, at("2021-12-22T20:05:00Z"));
        assert_eq!(read("12:05 AM PST x").unwrap().0, at("2021-12-23T08:05:00Z"), "past midnight");
        assert_eq!(read("Dec 24, 1:00 PM PST x").unwrap().0, at("2021-12-24T21:00:00Z"));
    }

    #[test]
    fn a_sentence_is_no_time() {
        for line in ["We look, at 6:35 AM PST.", "6:35 PST x", "25:00 PM PST x", "6 AM PST", ""] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
