//! Texts as JSON literals, written by the stretch instead of by the byte.
//!
//! What people and models say to each other is nearly all of what is written, and little of it has to
//! be escaped. The usual writer looks at every byte by itself; of all that a gateway did for a request
//! this was a tenth. Here whole stretches are looked at together and copied together. Not for short
//! texts, names and ids, where there is nothing to gain: those are written as usual.
//!
//! The rule it keeps: a structure with such texts is written by [`write_into`] and by nobody else. To
//! the serializer they are bytes, which JSON does not have and every writer may represent as it likes;
//! this one represents them as the text that they are.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

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
        serializer.serialize_str(text)
    } else {
        serializer.serialize_bytes(text.as_bytes())
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

/// Appends a document.
///
/// # Errors
/// When the document refuses to be serialized; writing into memory does not fail.
pub(crate) fn write_into(
    bytes: &mut Vec<u8>,
    document: &impl Serialize,
) -> Result<(), serde_json::Error> {
    document.serialize(&mut serde_json::Serializer::with_formatter(bytes, Literals))
}

/// Compact JSON in which bytes are texts.
struct Literals;

impl Formatter for Literals {
    fn write_byte_array<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        text: &[u8],
    ) -> io::Result<()> {
        writer.write_all(b"\"")?;
        let mut rest = text;
        while let Some(place) = first_to_escape(rest)
            && let Some((plain, [escaped, behind @ ..])) = rest.split_at_checked(place)
        {
            writer.write_all(plain)?;
            write_escaped(writer, *escaped)?;
            rest = behind;
        }
        writer.write_all(rest)?;
        writer.write_all(b"\"")
    }
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

fn write_escaped<W: ?Sized + Write>(writer: &mut W, byte: u8) -> io::Result<()> {
    match byte {
        b'"' => writer.write_all(b"\\\""),
        b'\\' => writer.write_all(b"\\\\"),
        b'\n' => writer.write_all(b"\\n"),
        b'\r' => writer.write_all(b"\\r"),
        b'\t' => writer.write_all(b"\\t"),
        0x08 => writer.write_all(b"\\b"),
        0x0c => writer.write_all(b"\\f"),
        other => write!(writer, "\\u{other:04x}"),
    }
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
            let mut ours = Vec::new();
            write_into(&mut ours, &Document { text, maybe }).unwrap();
            let usual = serde_json::to_string(&Usual { text, maybe }).unwrap();
            assert_eq!(String::from_utf8(ours).unwrap(), usual);
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
