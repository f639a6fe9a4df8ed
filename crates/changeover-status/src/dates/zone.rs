//! Labels of zones, and what each means on status pages.
//!
//! `PST`, `EDT` are read as the offset that they name, whatever the season. A label that stands for
//! several offsets (`CST` in Chicago and in China) means the one in which the item's own date is
//! written; where that decides nothing, the usual one, marked as assumed. A label without a usual
//! meaning (`IST`) is then not known, and the caller falls back to the item's own offset.

use changeover_domain::UnixMs;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The rule of the United States since 2007; older dates do not occur.
const US_PACIFIC: &str = "PST8PDT,M3.2.0,M11.1.0";
/// An hour, by which summer time differs.
const SUMMER: i32 = 3_600;
/// The months in which European pages may call their summer time by its winter name.
const EUROPEAN_SUMMER: std::ops::RangeInclusive<i8> = 4..=10;

/// What a label comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) offset: Offset,
    /// The label may mean another, and nothing decides which.
    pub(super) is_assumed: bool,
}

impl Zone {
    pub(super) fn certain(offset: Offset) -> Self {
        Self { offset, is_assumed: false }
    }
}

/// The zone of a label in a month; `own` is the offset in which the item around it is dated.
pub(super) fn zone_of(label: &str, month: i8, own: Option<Offset>) -> Option<Zone> {
    let label = label.to_ascii_uppercase();
    if let Some((meanings, usual)) = several(&label, month) {
        let chosen = own.and_then(|own| nearest(meanings, own));
        let of = |minutes: i32| Offset::from_seconds(minutes * 60).ok();
        return match (chosen, usual) {
            (Some(minutes), _) => Some(Zone::certain(of(minutes)?)),
            (None, true) => Some(Zone { offset: of(*meanings.first()?)?, is_assumed: true }),
            (None, false) => None,
        };
    }
    single(&label).map(Zone::certain)
}

/// The meanings of a label that has several, in minutes, and whether the first is the usual one.
fn several(label: &str, month: i8) -> Option<(&'static [i32], bool)> {
    let is_summer = EUROPEAN_SUMMER.contains(&month);
    Some(match label {
        "CST" => (&[-360, 480], true),
        "BST" => (&[60, 360], true),
        "CET" if is_summer => (&[60, 120], true),
        "EET" if is_summer => (&[120, 180], true),
        "WET" if is_summer => (&[0, 60], true),
        "IST" => (&[330, 60, 120], false),
        _ => return None,
    })
}

/// The meaning in which the item is dated, or one from which it differs by summer time. An item in UTC
/// decides nothing: many pages date their items so.
fn nearest(meanings: &[i32], own: Offset) -> Option<i32> {
    let apart = |minutes: i32| (minutes * 60 - own.seconds()).abs();
    let exact = meanings.iter().find(|minutes| apart(**minutes) == 0);
    let by_summer = || meanings.iter().find(|minutes| apart(**minutes) == SUMMER);
    let near = || if own == Offset::UTC { None } else { by_summer() };
    exact.or_else(near).copied()
}

/// The offset of a label that means one zone.
fn single(label: &str) -> Option<Offset> {
    let hours = match label {
        "UTC" | "GMT" | "Z" | "UT" | "WET" => 0,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "AKST" => -9,
        "HST" => -10,
        "BRT" => -3,
        "CET" | "WEST" => 1,
        "CEST" | "EET" | "SAST" => 2,
        "EEST" | "MSK" => 3,
        "SGT" | "HKT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        _ => {
            let number = label.strip_prefix("GMT").or(label.strip_prefix("UTC"));
            return numeric(number.unwrap_or(label));
        }
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
        let seconds = |label| zone_of(label, 1, None).map(|zone| zone.offset.seconds());
        assert_eq!(seconds("GMT+0"), Some(0));
        assert_eq!(seconds("GMT+0530"), Some(19_800));
        assert_eq!(seconds("UTC-03:30"), Some(-12_600));
        assert_eq!(seconds("gmt+2"), Some(7_200));
        assert_eq!(seconds("+08"), Some(28_800));
        for label in ["IST", "GMT+99", "GMT5", "GMT+", "X", "+", "-x", ""] {
            assert_eq!(zone_of(label, 1, None), None, "{label}");
        }
    }

    #[test]
    fn a_label_of_several_zones_is_the_one_in_which_its_item_is_dated() {
        let read = |label, month, own: Option<i8>| {
            let own = own.map(|hours| Offset::from_hours(hours).unwrap());
            let zone = zone_of(label, month, own).unwrap();
            (zone.offset.seconds() / 60, zone.is_assumed)
        };
        assert_eq!(read("CST", 10, Some(8)), (480, false), "China");
        assert_eq!(read("CST", 11, Some(-6)), (-360, false), "Chicago");
        assert_eq!(read("CST", 11, Some(-5)), (-360, false), "Chicago, the item dated in summer");
        assert_eq!(read("CST", 11, Some(0)), (-360, true), "nothing decides");
        assert_eq!(read("CST", 11, None), (-360, true));
        assert_eq!(read("BST", 7, Some(1)), (60, false));
        assert_eq!(read("BST", 7, Some(6)), (360, false));
        assert_eq!(read("IST", 7, Some(2)), (120, false));
    }

    #[test]
    fn a_winter_name_in_summer_is_taken_at_its_word_unless_the_item_knows_better() {
        let read = |month, own| {
            let zone = zone_of("CET", month, own).unwrap();
            (zone.offset.seconds() / 3_600, zone.is_assumed)
        };
        assert_eq!(read(1, None), (1, false));
        assert_eq!(read(9, None), (1, true));
        assert_eq!(read(9, Offset::from_hours(2).ok()), (2, false));
        assert_eq!(read(1, Offset::from_hours(2).ok()), (1, false), "a block of the winter before");
    }

    #[test]
    fn pacific_time_knows_summer_from_winter() {
        assert_eq!(us_pacific("2025-06-12 10:51"), rfc3339("2025-06-12T17:51:00Z"));
        assert_eq!(us_pacific("2025-12-12 10:51"), rfc3339("2025-12-12T18:51:00Z"));
        assert_eq!(us_pacific("June 12"), None);
    }
}
