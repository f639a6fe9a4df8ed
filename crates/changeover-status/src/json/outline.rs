//! One pass over the bytes of a JSON document: depth, number of values, and whether it ends where
//! it should. Not a parser: what is inside is left to `serde_json`, which gets the document only
//! when it is bounded here.

use crate::ReadError;

/// The deepest nesting. Real pages need eight levels.
const MAX_DEPTH: usize = 64;
/// The most objects and lists of one document. Google's file of 157 incidents has 20,000.
const MAX_CONTAINERS: usize = 200_000;
/// The most values of any kind, as their commas tell.
const MAX_COMMAS: usize = 500_000;

/// Refuses what is too deep, too much, or cut.
pub(super) fn check(text: &str) -> Result<(), ReadError> {
    let (mut depth, mut containers, mut commas) = (0_usize, 0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => rest = past_string(rest)?,
            b'{' | b'[' => {
                depth += 1;
                containers += 1;
                if depth > MAX_DEPTH {
                    return Err(ReadError::TooDeep { limit: MAX_DEPTH });
                }
                if containers > MAX_CONTAINERS {
                    return Err(ReadError::TooMany { what: "values", limit: MAX_CONTAINERS });
                }
            }
            b',' => {
                commas += 1;
                if commas > MAX_COMMAS {
                    return Err(ReadError::TooMany { what: "values", limit: MAX_COMMAS });
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if depth == 0 { Ok(()) } else { Err(truncated()) }
}

/// What follows a string whose first quote was read. Most of a page is in its strings.
fn past_string(mut rest: &[u8]) -> Result<&[u8], ReadError> {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let (mark, after) = rest.get(at..).and_then(<[u8]>::split_first).ok_or_else(truncated)?;
        if *mark == b'"' {
            return Ok(after);
        }
        rest = after.get(1..).ok_or_else(truncated)?;
    }
    Err(truncated())
}

fn truncated() -> ReadError {
    ReadError::Truncated { inside: "the JSON document".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(check(r#"{"a":"[[[{\"","b":[]}"#), Ok(()));
    }

    #[test]
    fn depth_and_numbers_have_caps_and_a_cut_is_seen() {
        assert_eq!(check(&"[".repeat(1_000)), Err(ReadError::TooDeep { limit: MAX_DEPTH }));
        let many = format!("[{}[]]", "[],".repeat(MAX_CONTAINERS));
        assert!(matches!(check(&many), Err(ReadError::TooMany { limit: MAX_CONTAINERS, .. })));
        let numbers = format!("[{}1]", "1,".repeat(MAX_COMMAS + 1));
        assert!(matches!(check(&numbers), Err(ReadError::TooMany { limit: MAX_COMMAS, .. })));
        for cut in [r#"{"a":1"#, r#"{"a":"b"#, r#"["\"#] {
            assert!(matches!(check(cut), Err(ReadError::Truncated { .. })), "{cut}");
        }
    }
}
