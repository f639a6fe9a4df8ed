//! Character references in HTML: numbers, and the names that status pages use.
//! Others stay as they are written, which is ugly but true.

use std::borrow::Cow;

/// The longest reference looked for, without `&` and `;`.
const MAX_NAME: usize = 8;

/// The text with its references replaced. One level only.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some((start, _)) = text.split_once('&') else {
        return Cow::Borrowed(text);
    };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(start);
    for part in text.split('&').skip(1) {
        match reference(part) {
            Some((character, rest)) => {
                decoded.push(character);
                decoded.push_str(rest);
            }
            None => {
                decoded.push('&');
                decoded.push_str(part);
            }
        }
    }
    Cow::Owned(decoded)
}

fn reference(part: &str) -> Option<(char, &str)> {
    let end = part.bytes().take(MAX_NAME + 1).position(|byte| byte == b';')?;
    let (name, rest) = part.split_at_checked(end)?;
    Some((character(name)?, rest.strip_prefix(';')?))
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "bull" => '•',
        "middot" => '·',
        "times" => '×',
        "deg" => '°',
        "euro" => '€',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "rarr" => '→',
        "larr" => '←',
        "eacute" => 'é',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_once_and_unknown_ones_stay() {
        assert_eq!(decode("a&amp;lt;b &#233;&#xE9; &bogus; & R&D"), "a&lt;b éé &bogus; & R&D");
        assert_eq!(decode("&#xD800;&#x110000;&#;"), "&#xD800;&#x110000;&#;");
    }
}
