//! Texts as JSON literals, written by the stretch instead of by the byte.
//!
//! What people and models say to each other is nearly all of what is written, and little of it has to
//! be escaped. The usual writer looks at every byte by itself; of all that a gateway did for a request
//! this was a tenth. Here whole stretches are looked at together and copied together. Not for short
//! texts, names and ids, where there is nothing to gain: those are written as usual.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// From here on, in bytes, it is worth it.
const LONG: usize = 64;
/// So many bytes are looked at together.
const STRETCH: usize = 32;

/// Serializes a text; for `#[serde(serialize_with = "literal::text")]`.
pub(crate) fn text<S: Serializer>(
    text: &impl AsRef<str>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = text.as_ref();
    if text.len() < LONG {
        return serializer.serialize_str(text);
    }
    // It is read once more there, which makes sure that it is a literal and costs little.
    match RawValue::from_string(literal(text)) {
        Ok(literal) => literal.serialize(serializer),
        Err(_) => serializer.serialize_str(text),
    }
}

/// The same for a text that may be missing.
pub(crate) fn maybe<S: Serializer>(
    maybe: &Option<impl AsRef<str>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match maybe {
        Some(present) => text(present, serializer),
        None => serializer.serialize_none(),
    }
}

/// The text between quotes.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    let mut rest = text;
    while let Some(place) = first_to_escape(rest.as_bytes())
        && let Some((plain, from_there)) = rest.split_at_checked(place)
    {
        literal.push_str(plain);
        let mut characters = from_there.chars();
        if let Some(character) = characters.next() {
            escape(character, &mut literal);
        }
        rest = characters.as_str();
    }
    literal.push_str(rest);
    literal.push('"');
    literal
}

/// Where the first byte is that cannot stand in a literal as it is. All of them are ASCII, so no
/// character lies across that place.
fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    let (stretches, _) = bytes.as_chunks::<STRETCH>();
    // Without a way out in its middle, so that the compiler looks at all of a stretch at once.
    let clean = |stretch: &&[u8; STRETCH]| {
        !stretch.iter().fold(false, |found, byte| found | is_escaped(*byte))
    };
    let passed = stretches.iter().take_while(clean).count() * STRETCH;
    let place = bytes.iter().skip(passed).position(|byte| is_escaped(*byte))?;
    Some(passed + place)
}

fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(character: char, literal: &mut String) {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        other => {
            // Writing into memory cannot fail.
            write!(literal, "\\u{:04x}", u32::from(other)).ok();
            return;
        }
    };
    literal.push_str(short);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(serialize_with = "text")]
        text: &'a str,
        #[serde(serialize_with = "maybe")]
        maybe: Option<&'a str>,
    }

    #[derive(Serialize)]
    struct Usual<'a> {
        text: &'a str,
        maybe: Option<&'a str>,
    }

    fn is_written_as_usual(text: &str) {
        for maybe in [None, Some(text)] {
            let ours = serde_json::to_string(&Document { text, maybe }).unwrap();
            assert_eq!(ours, serde_json::to_string(&Usual { text, maybe }).unwrap());
            let value = serde_json::to_value(Document { text, maybe }).unwrap();
            assert_eq!(value["text"], text, "also where no text is made of it");
        }
    }

    #[test]
    fn every_character_that_needs_it_is_escaped_wherever_it_stands() {
        for special in (0..=0x7f_u8).map(char::from).chain(['é', '語', '\u{2028}', '😀']) {
            for before in [0, 1, STRETCH - 1, STRETCH, 2 * STRETCH + 3] {
                let plain = |length: usize| "x".repeat(length);
                is_written_as_usual(&format!("{}{special}{}", plain(before), plain(LONG)));
                is_written_as_usual(&format!("{}{special}{special}", plain(LONG + before)));
            }
        }
        is_written_as_usual("");
        is_written_as_usual(&"\"\\\n".repeat(LONG));
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_usual(text in ".{0,300}", control in "[\\x00-\\x1f\"\\\\a-z]{0,200}") {
            is_written_as_usual(&text);
            is_written_as_usual(&control);
        }
    }
}
