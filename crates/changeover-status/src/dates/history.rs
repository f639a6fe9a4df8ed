//! "Nov 20, 14:02 UTC": the dates inside entries, which have no year and the page's own zone.

use changeover_domain::UnixMs;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::zone::{Zone, zone_of};
use super::{Written, any_date};

/// How far after an item's own date one of its entries may lie before a year earlier is meant:
/// post-mortems come weeks later, and planned work is dated by its start.
const LATEST_ENTRY: i64 = 45 * 24 * 3_600;

/// How far an entry may lie after the one above it in a text that goes back in time. Pages put entries
/// of planned work out of order by days and weeks; what is later by more than a month is of the year
/// before.
const SLACK: i64 = 30 * 24 * 3_600;

/// Reads "Nov 20, 14:02 UTC" at the start of a line; answers the instant and what follows it.
///
/// The year is the latest that does not put the entry long after `item`, its item's date, nor after
/// `above`, the entry above it, where that is the newer one. A zone that is not known means the zone in
/// which the item's date is written, for pages write one zone.
pub(crate) fn history_date<'a>(
    line: &'a str,
    item: &Written,
    above: Option<UnixMs>,
) -> Option<(Written, &'a str)> {
    let (date, rest) = line.split_once(',')?;
    let mut words = date.split_whitespace();
    let month = month(words.next()?)?;
    let day: i8 = words.next()?.parse().ok()?;
    if words.next().is_some() {
        return None;
    }
    let (clock, rest) = rest.trim_start().split_once(' ')?;
    let time = time_of_day(clock)?;
    let rest = rest.trim_start();
    let (zone, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let known = zone_of(zone, month, Some(item.offset));
    if known.is_none() && !zone.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let zone = known.unwrap_or(Zone { offset: item.offset, is_assumed: true });
    let latest = above.map_or(i64::MAX, |above| (above.0 / 1_000).saturating_add(SLACK));
    let at = with_year((month, day), time, zone.offset, item.at, latest)?;
    let text = line.strip_suffix(rest).unwrap_or(line);
    let mut written = Written::new(at, zone, text);
    written.as_written.year_inferred = true;
    Some((written, rest.trim_start()))
}

/// A line that is a whole date and nothing else.
pub(crate) fn leading_date(line: &str) -> Option<Written> {
    // A bare number is a number, and a long line is a sentence.
    let may_be = (12..=64).contains(&line.len())
        && line.contains(':')
        && line.bytes().any(|byte| byte.is_ascii_digit());
    if may_be { any_date(line) } else { None }
}

/// The latest such day that lies not long after `item`, nor after `latest` in seconds.
pub(super) fn with_year(
    day: (i8, i8),
    time: Time,
    offset: Offset,
    item: UnixMs,
    latest: i64,
) -> Option<UnixMs> {
    let item = Timestamp::from_millisecond(item.0).ok()?;
    let latest = item.as_second().saturating_add(LATEST_ENTRY).min(latest);
    let year = item.to_zoned(jiff::tz::TimeZone::UTC).year();
    // Eight years back reach over a leap day that a century left out.
    (year.saturating_sub(8)..=year.saturating_add(1))
        .rev()
        .filter_map(|year| Date::new(year, day.0, day.1).ok())
        .filter_map(|date| offset.to_timestamp(DateTime::from_parts(date, time)).ok())
        .find(|at| at.as_second() <= latest)
        .map(|at| UnixMs(at.as_millisecond()))
}

/// The number of a month written in English, in full or short.
pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    let number = MONTHS.iter().zip(1_i8..).find(|(name, _)| {
        word.strip_prefix(**name)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.'))
    });
    number.map(|(_, number)| number)
}

/// `14:02` or `14:02:05`.
pub(super) fn time_of_day(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(str::parse::<i8>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next()?.ok()?;
    let second = parts.next().transpose().ok()?.unwrap_or(0);
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::rfc3339;

    fn item(text: &str) -> Written {
        any_date(text).unwrap()
    }

    #[test]
    fn an_entry_takes_its_year_from_the_item() {
        let read = |line, from| {
            let (written, rest) = history_date(line, &item(from), None).unwrap();
            assert!(written.as_written.year_inferred);
            (written.at, rest.to_owned())
        };
        let at = |text| rfc3339(text).unwrap();
        assert_eq!(
            read("Nov 20, 14:02 UTC", "2026-11-20T15:00:00Z"),
            (at("2026-11-20T14:02:00Z"), String::new())
        );
        let (turned, rest) = read("Dec  31, 23:50:05 UTC - Resolved", "2027-01-02T00:10:00Z");
        assert_eq!(turned, at("2026-12-31T23:50:05Z"), "the year turned in between");
        assert_eq!(rest, "- Resolved");
        let after = read("Jan 2, 08:00 UTC", "2026-12-30T00:00:00Z");
        assert_eq!(after.0, at("2027-01-02T08:00:00Z"), "a post-mortem after the turn");
        let long = read("Jan 5, 08:00 UTC", "2026-08-01T00:00:00Z");
        assert_eq!(long.0, at("2026-01-05T08:00:00Z"), "a long incident");
        let leap = read("Feb 29, 08:00 UTC", "2026-08-01T00:00:00Z");
        assert_eq!(leap.0, at("2024-02-29T08:00:00Z"), "only leap years have the day");
    }

    #[test]
    fn entries_of_planned_work_that_are_out_of_order_by_days_are_of_one_year() {
        let published = item("2025-09-19T16:30:00-04:00");
        let at = |line, above| history_date(line, &published, above).unwrap().0.at;
        let first = at("Sep 10, 10:11 EDT", None);
        let later = at("Sep 19, 16:30 EDT", Some(first));
        assert_eq!(Some(later), rfc3339("2025-09-19T20:30:00Z"));
        let turned = at("Dec 28, 08:00 EST", Some(later));
        assert_eq!(Some(turned), rfc3339("2024-12-28T13:00:00Z"), "months later is a year before");
    }

    #[test]
    fn an_entry_is_in_the_zone_of_its_label_or_else_of_its_item() {
        let published = item("2025-10-20T05:35:05-04:00");
        let (labelled, _) = history_date("Oct 20, 05:35 EDT", &published, None).unwrap();
        let (unknown, _) = history_date("Oct 20, 05:35 XYZT - x", &published, None).unwrap();
        assert_eq!(Some(labelled.at), rfc3339("2025-10-20T09:35:00Z"));
        assert_eq!(unknown.at, labelled.at);
        assert!(unknown.as_written.zone_assumed && !labelled.as_written.zone_assumed);
        assert_eq!(unknown.as_written.text, "Oct 20, 05:35 XYZT");
    }

    #[test]
    fn a_zone_may_be_a_number() {
        let published = item("2026-10-07T18:00:00+08:00");
        let read = |line| history_date(line, &published, None).map(|(date, _)| date.at);
        assert_eq!(read("Oct 7, 18:00 +08"), rfc3339("2026-10-07T10:00:00Z"));
        assert_eq!(read("Oct 7, 18:00 -03 - Resolved"), rfc3339("2026-10-07T21:00:00Z"));
        assert_eq!(read("Oct 7, 18:00 +0530"), rfc3339("2026-10-07T12:30:00Z"));
    }

    #[test]
    fn a_sentence_that_begins_like_a_date_is_none() {
        let published = item("2026-11-20T15:00:00Z");
        for line in [
            "Mayday, all down",
            "Oct 7, we saw errors",
            "Oct 45, 10:00 UTC",
            "Oct 7, 25:00 UTC",
            "Oct 7, 10:00 - we saw",
            "Oct 7, 10:00 we saw",
            "",
        ] {
            assert_eq!(history_date(line, &published, None), None, "{line}");
        }
    }
}
