//! Points in time as feeds write them: RFC 3339, RFC 822 with its old zones, and Statuspage's
//! "Nov 20, 14:02 UTC", which has no year.
//!
//! What cannot be read is `None`; nothing is guessed from the clock.

use changeover_domain::UnixMs;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

/// How far after an item's own date one of its entries may lie before a year earlier is meant:
/// post-mortems come weeks later, and planned work is dated by its start.
const LATEST_ENTRY: i64 = 45 * 24 * 3_600;

/// A point in time and the zone it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) at: UnixMs,
    pub(crate) offset: Offset,
}

/// Reads RFC 3339.
pub(crate) fn rfc3339(text: &str) -> Option<UnixMs> {
    let at: Timestamp = text.trim().parse().ok()?;
    Some(UnixMs(at.as_millisecond()))
}

/// Reads the date of an item: RFC 822 as in RSS, or RFC 3339 as in Atom.
pub(crate) fn item_date(text: &str) -> Option<Written> {
    let text = text.trim();
    // The parser takes every zone that it does not know for UTC, so names of zones are ours.
    if let Some((before, zone)) = text.rsplit_once(' ')
        && zone.starts_with(|c: char| c.is_ascii_uppercase())
    {
        let offset = zone_offset(zone)?;
        let local = rfc822(&format!("{before} +0000"))?.at;
        let at = local.plus_millis(-1_000 * i64::from(offset.seconds()));
        return Some(Written { at, offset });
    }
    rfc822(text).or_else(|| {
        let at = rfc3339(text)?;
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        Some(Written { at, offset })
    })
}

fn rfc822(text: &str) -> Option<Written> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let zoned = PARSER.parse_zoned(text).ok()?;
    Some(Written { at: UnixMs(zoned.timestamp().as_millisecond()), offset: zoned.offset() })
}

/// Reads "Nov 20, 14:02 UTC" at the start of a line; answers the instant and what follows it.
///
/// The year is the latest that does not put the entry long after `item`, its item's date. A zone
/// that is not known means the zone in which the item's date is written, for pages write one zone.
pub(crate) fn history_date(line: &str, item: Written) -> Option<(UnixMs, &str)> {
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
    if !zone.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let offset = zone_offset(zone).unwrap_or(item.offset);
    let at = with_year((month, day), time, offset, item.at)?;
    Some((at, rest.trim_start()))
}

fn with_year(day: (i8, i8), time: Time, offset: Offset, item: UnixMs) -> Option<UnixMs> {
    let item = Timestamp::from_millisecond(item.0).ok()?;
    let latest = item.as_second().saturating_add(LATEST_ENTRY);
    let year = item.to_zoned(jiff::tz::TimeZone::UTC).year();
    // Eight years back reach over a leap day that a century left out.
    (year.saturating_sub(8)..=year.saturating_add(1))
        .rev()
        .filter_map(|year| Date::new(year, day.0, day.1).ok())
        .filter_map(|date| offset.to_timestamp(DateTime::from_parts(date, time)).ok())
        .find(|at| at.as_second() <= latest)
        .map(|at| UnixMs(at.as_millisecond()))
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    let number = MONTHS.iter().zip(1_i8..).find(|(name, _)| {
        word.strip_prefix(**name)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.'))
    });
    number.map(|(_, number)| number)
}

fn time_of_day(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(str::parse::<i8>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next()?.ok()?;
    let second = parts.next().transpose().ok()?.unwrap_or(0);
    Time::new(hour, minute, second, 0).ok()
}

/// The offset of a zone's label; `None` for one that is not known or means several zones.
fn zone_offset(label: &str) -> Option<Offset> {
    let hours = match label {
        "UTC" | "GMT" | "Z" | "UT" | "WET" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "BST" | "WEST" => 1,
        "CEST" | "EET" => 2,
        "EEST" => 3,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        _ => {
            let hours = label.strip_prefix("GMT").or(label.strip_prefix("UTC"))?;
            hours.parse().ok()?
        }
    };
    Offset::from_hours(hours).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Written {
        item_date(text).unwrap()
    }

    #[test]
    fn dates_of_items_are_read_in_all_zones_seen_in_feeds() {
        let same = rfc3339("2026-10-05T10:00:00Z");
        for text in [
            "Mon, 05 Oct 2026 10:00:00 GMT",
            "Mon, 05 Oct 2026 10:00:00 +0000",
            "Mon, 05 Oct 2026 10:00:00 -0000",
            "Mon, 05 Oct 2026 10:00:00 Z",
            "Mon, 05 Oct 2026 03:00:00 PDT",
            "Mon, 05 Oct 2026 03:00:00 -0700",
            "Mon, 05 Oct 2026 11:00:00 CET",
            "Tue, 05 Oct 2026 10:00:00 GMT",
            "2026-10-05T06:00:00-04:00",
        ] {
            assert_eq!(item_date(text).map(|date| date.at), same, "{text}");
        }
        for text in [
            "",
            "soon",
            "Mon, 05 Oct 2026 10:00:00 XYZT",
            "Mon Oct 05 2026 10:00:00 GMT+0000 (UTC)",
            "1791194400",
        ] {
            assert_eq!(item_date(text), None, "{text} is not guessed at");
        }
    }

    #[test]
    fn an_entry_takes_its_year_from_the_item() {
        let (at, rest) = history_date("Nov 20, 14:02 UTC", item("2026-11-20T15:00:00Z")).unwrap();
        assert_eq!((Some(at), rest), (rfc3339("2026-11-20T14:02:00Z"), ""));
        let (at, rest) =
            history_date("Dec  31, 23:50:05 UTC - Resolved", item("2027-01-02T00:10:00Z")).unwrap();
        assert_eq!(Some(at), rfc3339("2026-12-31T23:50:05Z"), "the year turned in between");
        assert_eq!(rest, "- Resolved");
        let (at, _) = history_date("Jan 2, 08:00 UTC", item("2026-12-30T00:00:00Z")).unwrap();
        assert_eq!(Some(at), rfc3339("2027-01-02T08:00:00Z"), "a post-mortem after the turn");
        let (at, _) = history_date("Jan 5, 08:00 UTC", item("2026-08-01T00:00:00Z")).unwrap();
        assert_eq!(Some(at), rfc3339("2026-01-05T08:00:00Z"), "a long incident");
        let (at, _) = history_date("Feb 29, 08:00 UTC", item("2026-08-01T00:00:00Z")).unwrap();
        assert_eq!(Some(at), rfc3339("2024-02-29T08:00:00Z"), "only leap years have the day");
    }

    #[test]
    fn an_entry_is_in_the_zone_of_its_label_or_else_of_its_item() {
        let published = item("2025-10-20T05:35:05-04:00");
        let (at, _) = history_date("Oct 20, 05:35 EDT", published).unwrap();
        assert_eq!(Some(at), rfc3339("2025-10-20T09:35:00Z"));
        let (at, _) = history_date("Oct 20, 05:35 XYZT", published).unwrap();
        assert_eq!(Some(at), rfc3339("2025-10-20T09:35:00Z"));
    }

    #[test]
    fn a_sentence_that_begins_like_a_date_is_none() {
        let published = item("2026-11-20T15:00:00Z");
        for line in [
            "Mayday, all down",
            "Oct 7, we saw errors",
            "Oct 45, 10:00 UTC",
            "Oct 7, 25:00 UTC",
            "",
        ] {
            assert_eq!(history_date(line, published), None, "{line}");
        }
    }
}
