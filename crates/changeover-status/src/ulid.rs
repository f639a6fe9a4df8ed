//! The time in a ULID: the first ten characters are milliseconds since 1970 in Crockford's
//! base 32. incident.io's ids are such, and its feeds give no other word of when it began.

use changeover_domain::UnixMs;

const LENGTH: usize = 26;
const TIME: usize = 10;
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// When the id was made; `None` for anything that is no ULID.
pub(crate) fn created_at(id: &str) -> Option<UnixMs> {
    if id.len() != LENGTH {
        return None;
    }
    let digits: Option<Vec<i64>> = id.chars().map(digit).collect();
    let digits = digits?;
    // Eight in front would not fit into 128 bits.
    if digits.first().is_none_or(|first| *first > 7) {
        return None;
    }
    Some(UnixMs(digits.iter().take(TIME).fold(0, |time, digit| time * 32 + digit)))
}

fn digit(character: char) -> Option<i64> {
    let position = ALPHABET.find(character.to_ascii_uppercase())?;
    i64::try_from(position).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_read_from_the_first_ten_characters() {
        // The example of the ULID specification, and the oldest one possible.
        assert_eq!(created_at("01ARYZ6S41TSV4RRFFQ69G5FAV"), Some(UnixMs(1_469_918_176_385)));
        assert_eq!(created_at("00000000000000000000000000"), Some(UnixMs(0)));
    }

    #[test]
    fn what_is_no_ulid_has_no_time() {
        for id in ["", "978mjkgw6mh7", "81ARYZ6S41TSV4RRFFQ69G5FAV", "01ARYZ6S41TSV4RRFFQ69G5FAU!"]
        {
            assert_eq!(created_at(id), None, "{id}");
        }
        assert_eq!(created_at("01ARYZ6S41TSV4RRFFQ69G5FAI"), None, "I is not in the alphabet");
    }
}
