//! Labels of zones, and what each means on status pages.
//!
//! `PST`, `EDT`, `CET` are read as the offset that they name, whatever the season; a label that
//! stands for several offsets (`IST`) is not known, and the caller falls back to the entry's own.

use changeover_domain::UnixMs;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The rule of the United States since 2007; older dates do not occur.
const US_PACIFIC: &str = "PST8PDT,M3.2.0,M11.1.0";

/// The offset of a zone's label; `None` for one that is not known or means several zones.
pub(super) fn zone_offset(label: &str) -> Option<Offset> {
    let label = label.to_ascii_uppercase();
    let hours = match label.as_str() {
        "UTC" | "GMT" | "Z" | "UT" | "WET" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "AKST" => -9,
        "HST" => -10,
        "BRT" => -3,
        "CET" | "BST" | "WEST" => 1,
        "CEST" | "EET" | "SAST" => 2,
        "EEST" | "MSK" => 3,
        "SGT" | "HKT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        _ => return numeric(label.strip_prefix("GMT").or(label.strip_prefix("UTC"))?),
    };
    Offset::from_hours(hours).ok()
}

/// `+0`, `-7`, `+0530`, `+05:30`.
fn numeric(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', ..] => (1, text.get(1..)?),
        [b'-', ..] => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let in_range = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    in_range.then(|| Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()).flatten()
}

/// The instant of a local time in `US/Pacific`, in which Google writes its prose.
pub(crate) fn us_pacific(local: &str) -> Option<UnixMs> {
    let local: DateTime = local.trim().parse().ok()?;
    let zone = TimeZone::posix(US_PACIFIC).ok()?;
    let at = zone.to_timestamp(local).ok()?;
    Some(UnixMs(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::rfc3339;

    #[test]
    fn offsets_with_and_without_minutes_are_read() {
        let seconds = |label| zone_offset(label).map(Offset::seconds);
        assert_eq!(seconds("GMT+0"), Some(0));
        assert_eq!(seconds("GMT+0530"), Some(19_800));
        assert_eq!(seconds("UTC-03:30"), Some(-12_600));
        assert_eq!(seconds("gmt+2"), Some(7_200));
        for label in ["IST", "GMT+99", "GMT5", "GMT+", "X", ""] {
            assert_eq!(zone_offset(label), None, "{label}");
        }
    }

    #[test]
    fn pacific_time_knows_summer_from_winter() {
        assert_eq!(us_pacific("2025-06-12 10:51"), rfc3339("2025-06-12T17:51:00Z"));
        assert_eq!(us_pacific("2025-12-12 10:51"), rfc3339("2025-12-12T18:51:00Z"));
        assert_eq!(us_pacific("June 12"), None);
    }
}
