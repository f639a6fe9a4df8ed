//! Bytes to text: size cap, byte order mark, declared encoding.
//!
//! Keeps one rule: a byte that does not fit the encoding is a refusal, never a replacement
//! character, because a mislabelled feed may be wrong in more than its accents.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::ReadError;

/// The most bytes of one body, decompressed: several times the largest page there is, and little
/// enough that what is refused has never taken more than 8 MB.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;
/// Two-byte units become up to half as much again in UTF-8, which is held beside them.
const MAX_UTF16_BYTES: usize = 2 * 1024 * 1024;

/// How far into the document an XML declaration is looked for.
const DECLARATION_WINDOW: usize = 256;

/// A body as text.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    /// Without byte order mark, leading space and XML declaration, so that no later parser decodes a
    /// second time.
    pub(crate) text: Cow<'a, str>,
    /// The lines of what was taken off.
    pub(crate) lines_before: usize,
}

/// Reads the bytes in their encoding.
pub(crate) fn decode(bytes: &[u8]) -> Result<Body<'_>, ReadError> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(ReadError::TooLarge { limit: MAX_BODY_BYTES });
    }
    let (encoding, skip, stated) = encoding_of(bytes)?;
    let is_wide = encoding == UTF_16LE || encoding == UTF_16BE;
    if is_wide && bytes.len() > MAX_UTF16_BYTES {
        return Err(ReadError::TooLarge { limit: MAX_UTF16_BYTES });
    }
    let rest = bytes.get(skip..).unwrap_or_default();
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(rest)
        .ok_or_else(|| ReadError::WrongEncoding { declared: encoding.name().to_owned(), stated })?;
    let rest = without_declaration(&text);
    if rest.is_empty() {
        return Err(ReadError::Empty);
    }
    let taken = text.get(..text.len() - rest.len()).unwrap_or_default();
    let lines_before = taken.bytes().filter(|byte| *byte == b'\n').count();
    let text = match &text {
        Cow::Borrowed(text) => Cow::Borrowed(without_declaration(text)),
        Cow::Owned(_) => Cow::Owned(rest.to_owned()),
    };
    Ok(Body { text, lines_before })
}

/// The encoding, how many bytes its mark takes, and whether the document states it.
fn encoding_of(bytes: &[u8]) -> Result<(&'static Encoding, usize, bool), ReadError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok((encoding, mark, true));
    }
    match bytes {
        [b'<' | b'{' | b'[', 0, ..] => return Ok((UTF_16LE, 0, false)),
        [0, b'<' | b'{' | b'[', ..] => return Ok((UTF_16BE, 0, false)),
        _ => {}
    }
    let Some(label) = declared_label(bytes) else {
        return Ok((UTF_8, 0, false));
    };
    match Encoding::for_label(label) {
        // Bytes that could be read so far are not in two-byte units.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            Err(ReadError::WrongEncoding { declared: encoding.name().to_owned(), stated: true })
        }
        Some(encoding) => Ok((encoding, 0, true)),
        None => Err(ReadError::UnknownEncoding {
            declared: String::from_utf8_lossy(label).chars().take(40).collect(),
        }),
    }
}

/// What `encoding="…"` says in an XML declaration.
fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.trim_ascii_start();
    let window = start.get(..DECLARATION_WINDOW).unwrap_or(start);
    let declaration = window.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = declaration.get(..end)?;
    let key = b"encoding";
    let at = declaration.windows(key.len()).position(|word| word == key)?;
    let value = declaration.get(at + key.len()..)?.trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end)
}

fn without_declaration(text: &str) -> &str {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    text.strip_prefix("<?xml")
        .filter(|rest| rest.starts_with([' ', '\t', '\r', '\n', '?']))
        .and_then(|rest| rest.split_once("?>"))
        .map_or(text, |(_, rest)| rest)
        .trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn declared_and_marked_encodings_are_honoured() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>";
        assert_eq!(decode(latin).unwrap().text, "<a>café</a>");
        let mut little = vec![0xff, 0xfe];
        little
            .extend(utf16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>", u16::to_le_bytes));
        assert_eq!(decode(&little).unwrap().text, "<a>é</a>");
        let big = utf16("[{\"a\":\"é\"}]", u16::to_be_bytes);
        assert_eq!(decode(&big).unwrap().text, "[{\"a\":\"é\"}]");
    }

    #[test]
    fn a_mark_and_white_space_before_the_declaration_do_no_harm() {
        let marked = "\u{feff}\n  <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>";
        let body = decode(marked.as_bytes()).unwrap();
        assert_eq!((body.text.as_ref(), body.lines_before), ("<a/>", 2));
    }

    #[test]
    fn mislabelled_bytes_are_refused_and_not_replaced() {
        let mislabelled = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>caf\xe9</a>";
        let refused = decode(mislabelled).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the bytes are not valid UTF-8, which the document declares"
        );
        let untrue = b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>";
        assert!(matches!(decode(untrue), Err(ReadError::WrongEncoding { .. })));
        let odd = b"<?xml version=\"1.0\" encoding=\"EBCDIC-INT\"?><a/>";
        assert!(matches!(decode(odd), Err(ReadError::UnknownEncoding { .. })));
    }

    #[test]
    fn nothing_and_too_much_are_told_apart() {
        assert!(matches!(decode(b" \n"), Err(ReadError::Empty)));
        let huge = vec![b' '; MAX_BODY_BYTES + 1];
        assert!(matches!(decode(&huge), Err(ReadError::TooLarge { .. })));
        let mut wide = vec![0xff, 0xfe];
        wide.resize(MAX_UTF16_BYTES + 2, b' ');
        assert!(matches!(decode(&wide), Err(ReadError::TooLarge { limit: MAX_UTF16_BYTES })));
    }
}
