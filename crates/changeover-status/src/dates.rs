//! Points in time as status pages write them: RFC 3339, RFC 822 with its old zones, JavaScript's
//! `Date.toString()`, seconds since 1970, and "Nov 20, 14:02 UTC", which has no year.
//!
//! What cannot be read is `None`; nothing is guessed from the clock. The text is kept as written,
//! with what had to be added to it.

mod clock;
mod history;
mod zone;

use changeover_domain::{UnixMs, WrittenTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil};

pub(crate) use clock::clock_date;
pub(crate) use history::{history_date, leading_date};
pub(crate) use zone::us_pacific;
use zone::{Zone, zone_of};

/// The longest text that is kept as written.
const MAX_TEXT_CHARS: usize = 80;
/// Numbers between these are seconds, a thousand times as much milliseconds: 2001 to 2100.
const SECONDS: std::ops::Range<i64> = 978_307_200..4_102_444_800;

/// A point in time, the zone it was written in, and the writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) at: UnixMs,
    pub(crate) offset: Offset,
    pub(crate) as_written: WrittenTime,
}

impl Written {
    fn new(at: UnixMs, zone: Zone, text: &str) -> Self {
        let text = text.trim();
        let end = text.char_indices().nth(MAX_TEXT_CHARS).map_or(text.len(), |(at, _)| at);
        let text = text.get(..end).unwrap_or(text).to_owned();
        let zone_assumed = zone.is_assumed;
        let as_written = WrittenTime { text, year_inferred: false, zone_assumed };
        Self { at, offset: zone.offset, as_written }
    }
}

/// Reads RFC 3339.
pub(crate) fn rfc3339(text: &str) -> Option<UnixMs> {
    let at: Timestamp = text.trim().parse().ok()?;
    Some(UnixMs(at.as_millisecond()))
}

/// Reads a whole date in any of the forms that pages use.
pub(crate) fn any_date(text: &str) -> Option<Written> {
    let text = text.trim();
    if let Some(at) = rfc3339(text) {
        return Some(Written::new(at, Zone::certain(written_offset(text)?), text));
    }
    if let Some(at) = epoch(text) {
        return Some(Written::new(at, Zone::certain(Offset::UTC), text));
    }
    let (at, zone) = javascript(text).or_else(|| rfc822(text))?;
    Some(Written::new(at, zone, text))
}

/// The offset of a date in RFC 3339. Most pages write in UTC, which needs no second look.
fn written_offset(text: &str) -> Option<Offset> {
    if text.ends_with('Z') {
        return Some(Offset::UTC);
    }
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    Some(pieces.to_numeric_offset().unwrap_or(Offset::UTC))
}

/// An instant that a document gives as a number or as a text.
pub(crate) fn epoch(text: &str) -> Option<UnixMs> {
    let number: i64 = text.parse().ok()?;
    epoch_number(number)
}

/// Seconds or milliseconds since 1970.
pub(crate) fn epoch_number(number: i64) -> Option<UnixMs> {
    if SECONDS.contains(&number) {
        return number.checked_mul(1_000).map(UnixMs);
    }
    SECONDS.contains(&(number / 1_000)).then_some(UnixMs(number))
}

/// `Mon, 05 Oct 2026 03:00:00 PDT`. The parser takes every zone that it does not know for UTC, so
/// names of zones are ours.
fn rfc822(text: &str) -> Option<(UnixMs, Zone)> {
    if let Some((before, zone)) = text.rsplit_once(' ')
        && zone.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        let (local, _) = numeric_rfc822(&format!("{before} +0000"))?;
        let month = Timestamp::from_millisecond(local.0).ok()?.to_zoned(TimeZone::UTC).month();
        let zone = zone_of(zone, month, None)?;
        return Some((local.plus_millis(-1_000 * i64::from(zone.offset.seconds())), zone));
    }
    let (at, offset) = numeric_rfc822(text)?;
    Some((at, Zone::certain(offset)))
}

fn numeric_rfc822(text: &str) -> Option<(UnixMs, Offset)> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    // Some write days and months in full, which the standard does not.
    let text = text.split_once(',').map_or(text, |(_, rest)| rest).trim_start();
    let mut words = text.split_ascii_whitespace();
    let (day, month) = (words.next()?, words.next()?);
    let month = month.get(..3).unwrap_or(month);
    let rest: Vec<&str> = words.collect();
    let zoned = PARSER.parse_zoned(format!("{day} {month} {}", rest.join(" "))).ok()?;
    Some((UnixMs(zoned.timestamp().as_millisecond()), zoned.offset()))
}

/// `Sat Jun 11 2022 18:55:50 GMT+0000 (Coordinated Universal Time)`.
fn javascript(text: &str) -> Option<(UnixMs, Zone)> {
    let mut words = text.split_ascii_whitespace();
    let (_weekday, month, day, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    let date = civil::Date::new(
        year.parse().ok()?,
        history::month(month)?,
        day.trim_end_matches(',').parse().ok()?,
    );
    let date = date.ok()?;
    let zone = zone_of(zone, date.month(), None)?;
    let local = civil::DateTime::from_parts(date, history::time_of_day(clock)?);
    let at = zone.offset.to_timestamp(local).ok()?;
    Some((UnixMs(at.as_millisecond()), zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_items_are_read_in_all_forms_seen_in_feeds() {
        let same = rfc3339("2026-10-05T10:00:00Z");
        for text in [
            "Mon, 05 Oct 2026 10:00:00 GMT",
            "Mon, 05 Oct 2026 10:00 GMT",
            "Mon, 5 Oct 2026 10:00:00 +0000",
            "Mon, 05 Oct 2026 10:00:00 -0000",
            "Mon, 05 Oct 2026 10:00:00 Z",
            "Mon, 05 Oct 2026 03:00:00 PDT",
            "Mon, 05 Oct 2026 03:00:00 -0700",
            "Mon, 05 Oct 2026 11:00:00 CET",
            "Mon, 05 Oct 2026 10:00:00 GMT+0",
            "Tue, 05 Oct 2026 10:00:00 GMT",
            "5 Oct 2026 10:00:00 GMT",
            "Monday, 05 October 2026 10:00:00 GMT",
            "2026-10-05T06:00:00-04:00",
            "2026-10-05T12:30:00.000+02:30",
            "Mon Oct 05 2026 12:00:00 GMT+0200 (Central European Summer Time)",
            "Mon Oct 5 2026 10:00:00 UTC",
            "1791194400",
            "1791194400000",
        ] {
            assert_eq!(any_date(text).map(|date| date.at), same, "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_date_is_not_guessed_at() {
        for text in [
            "",
            "soon",
            "not-a-date",
            "Mon, 05 Oct 2026 10:00:00 XYZT",
            "Sep 25, 15:15:00 GMT+0",
            "2026",
            "42",
            "05/10/2026 10:00",
        ] {
            assert_eq!(any_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_writing_is_kept_and_bounded() {
        let date = any_date(" Mon, 05 Oct 2026 03:00:00 PDT ").unwrap();
        assert_eq!(date.as_written.text, "Mon, 05 Oct 2026 03:00:00 PDT");
        assert!(!date.as_written.zone_assumed);
        let long = format!("Mon Oct 5 2026 10:00:00 UTC {}", "x".repeat(500));
        assert_eq!(any_date(&long).unwrap().as_written.text.chars().count(), MAX_TEXT_CHARS);
    }
}
