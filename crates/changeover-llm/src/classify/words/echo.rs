//! Leaves out what a message quotes of the request.
//!
//! A quotation counts as an echo when it is longer than a name and shorter than the vendor's own
//! words around it: `model 'x' not found` stays whole, and so does a message that is one quotation.
//! A message that quotes a document is left alone, because that document is another's answer.

/// Names and values are shorter.
const ECHO_WORDS: usize = 3;

/// `text` without its echoes. Quotes must be plain.
pub(super) fn without(text: &str) -> String {
    if text.contains('{') {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, quoted, after)) = quotation(rest) {
        kept.push_str(before);
        let is_echo = quoted.split(' ').count() >= ECHO_WORDS && quoted.len() * 2 < text.len();
        kept.push_str(if is_echo { "…" } else { quoted });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// The text before the first quotation, the quotation with its marks, and the text after it.
fn quotation(text: &str) -> Option<(&str, &str, &str)> {
    let mut previous = ' ';
    for (start, mark) in text.char_indices() {
        let opens = matches!(mark, '\'' | '"' | '`') && !previous.is_alphanumeric();
        previous = mark;
        if !opens {
            continue;
        }
        let inner = text.get(start + 1..)?;
        if let Some(length) = closing(inner, mark) {
            let (before, rest) = text.split_at_checked(start)?;
            let (quoted, after) = rest.split_at_checked(length + 2)?;
            return Some((before, quoted, after));
        }
    }
    None
}

/// Where the mark stands that closes a quotation; an apostrophe inside a word does not.
fn closing(inner: &str, mark: char) -> Option<usize> {
    inner.char_indices().find_map(|(at, found)| {
        let next = inner.get(at + found.len_utf8()..)?.chars().next();
        (found == mark && !next.is_some_and(char::is_alphanumeric)).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_users_words_are_left_out_and_names_stay() {
        let message = "invalid value for 'messages[0]': got 'my credit balance is too low' instead of a list of parts";
        assert_eq!(
            without(message),
            "invalid value for 'messages[0]': got … instead of a list of parts"
        );
        let name = "the model 'x y' isn't found, you can't use it";
        assert_eq!(without(name), name);
    }

    #[test]
    fn a_message_that_is_one_quotation_stays() {
        let message = "403 \"your team doesn't have any credits\"";
        assert_eq!(without(message), message);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_grow(text in "[a-zü '\"`{…]{0,60}") {
            prop_assert!(without(&text).len() <= text.len() + text.len() / 2);
        }
    }
}
