//! A text as words with what stands between them.
//!
//! A word ends where a number begins (`gpt5` is `gpt` and `5`), for names are written with and without
//! a mark there; a number takes the letters behind it along (`4o`, `70b`).

/// What stands before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    Glued,
    /// A hyphen or a low line.
    Joined,
    /// A dot and no blank.
    Dot,
    /// A blank.
    Space,
    /// A comma, in a list or between clauses.
    Comma,
    /// The end of a sentence or of a line, or a semicolon.
    Stop,
    /// Anything else, such as a bracket or a slash.
    Other,
}

impl Gap {
    /// Whether the words on both sides may be parts of one name.
    pub(super) fn joins(self) -> bool {
        matches!(self, Self::Glued | Self::Joined | Self::Dot | Self::Space)
    }

    fn of(between: &str) -> Self {
        match between {
            "" => Self::Glued,
            " " => Self::Space,
            "-" | "_" | "\u{2011}" => Self::Joined,
            "." => Self::Dot,
            _ if ends_sentence(between) => Self::Stop,
            _ if between.contains(',') => Self::Comma,
            _ if between.chars().all(char::is_whitespace) => Self::Space,
            _ => Self::Other,
        }
    }
}

fn ends_sentence(between: &str) -> bool {
    let mut characters = between.chars().peekable();
    while let Some(character) = characters.next() {
        let is_end = matches!(character, '.' | '!' | '?')
            && characters.peek().is_none_or(|next| next.is_whitespace());
        if is_end || matches!(character, ';' | '\n' | '。' | '；') {
            return true;
        }
    }
    false
}

/// One word, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) gap: Gap,
}

/// In lower case, as all is compared.
pub(super) fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The words of a text in lower case. A plus right behind a word is one too: "Command R+".
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        let (mut between, tail) = rest.split_at(start);
        if let Some(behind) = between.strip_prefix('+').filter(|_| !found.is_empty()) {
            found.push(Word { text: "plus", gap: Gap::Glued });
            between = behind;
        }
        if tail.is_empty() {
            return found;
        }
        let (word, after) = tail.split_at(length(tail));
        let gap = if found.is_empty() { Gap::Stop } else { Gap::of(between) };
        found.push(Word { text: word, gap });
        rest = after;
    }
}

/// How long the word is with which a text begins; never nought.
fn length(text: &str) -> usize {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| !c.is_alphanumeric() || (!is_number && c.is_ascii_digit());
    text.find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(&str, Gap)> {
        words(text).into_iter().map(|word| (word.text, word.gap)).collect()
    }

    #[test]
    fn a_name_is_the_same_words_however_it_is_written() {
        for text in ["gpt-4o mini", "gpt4o-mini", "gpt 4o_mini", "gpt.4o.mini"] {
            let words: Vec<&str> = words(text).iter().map(|word| word.text).collect();
            assert_eq!(words, ["gpt", "4o", "mini"], "{text}");
        }
        assert_eq!(seen("r+, x")[1], ("plus", Gap::Glued));
    }

    #[test]
    fn sentences_end_and_numbers_with_a_dot_do_not() {
        let gaps: Vec<Gap> = seen("a 4.5. b, c\nd (e").into_iter().map(|(_, gap)| gap).collect();
        use Gap::{Comma, Dot, Other, Space, Stop};
        assert_eq!(gaps, [Stop, Space, Dot, Stop, Comma, Stop, Other]);
        assert_eq!(seen("…!?"), []);
    }
}
