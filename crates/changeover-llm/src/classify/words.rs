//! The words of an error message, made comparable, and made fit to be shown.

mod echo;
mod mask;

pub(crate) use mask::excerpt;

/// Messages longer than this are judged by their beginning.
const JUDGED_CHARS: usize = 4_096;
/// How far behind a noun its verb may stand.
const NEAR_CHARS: usize = 120;
const BEFORE_CHARS: usize = 24;

/// A message on one line, in lower case, with plain quotes, so that short ASCII pieces can be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Words(String);

impl Words {
    /// All words of a text.
    pub(crate) fn of(text: &str) -> Self {
        let judged: String = text.chars().take(JUDGED_CHARS).collect();
        let one_line = judged.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = one_line.chars().map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            _ => c.to_ascii_lowercase(),
        });
        Self(plain.collect())
    }

    /// The vendor's own words of a message: what it quotes of the request is left out, because a
    /// user may have written "rate limit" there.
    pub(crate) fn of_message(message: &str) -> Self {
        Self(echo::without(&Self::of(message).0))
    }

    /// Any of the pieces, each in lower case, stands in the message.
    pub(crate) fn any(&self, pieces: &[&str]) -> bool {
        pieces.iter().any(|piece| self.0.contains(piece))
    }

    /// All of the pieces stand in the message.
    pub(crate) fn all(&self, pieces: &[&str]) -> bool {
        pieces.iter().all(|piece| self.0.contains(piece))
    }

    /// What follows the first occurrence of `piece`.
    pub(crate) fn after(&self, piece: &str) -> Option<&str> {
        self.0.split_once(piece).map(|(_, rest)| rest.trim_start())
    }

    /// Any of the pieces follows `noun` closely: a message may name two things, and say it of one.
    pub(crate) fn says_of(&self, noun: &str, pieces: &[&str]) -> bool {
        self.0.match_indices(noun).any(|(at, _)| {
            let rest = self.0.get(at..).unwrap_or_default();
            let near: String = rest.chars().take(NEAR_CHARS + noun.len()).collect();
            pieces.iter().any(|piece| near.contains(piece))
        })
    }

    /// Any of the pieces stands close before `noun`.
    pub(crate) fn says_before(&self, noun: &str, pieces: &[&str]) -> bool {
        self.0.match_indices(noun).any(|(at, _)| {
            let before = self.0.get(..at).unwrap_or_default();
            let near: String = before.chars().rev().take(BEFORE_CHARS).collect();
            let near: String = near.chars().rev().collect();
            pieces.iter().any(|piece| near.contains(piece))
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typographic_quotes_compare_as_plain_ones() {
        assert!(Words::of("The model isn\u{2019}t here").any(&["isn't"]));
    }

    #[test]
    fn what_is_said_of_one_thing_is_not_said_of_another() {
        let words = Words::of("the tool was not found although the model is good");
        assert!(words.says_of("tool", &["not found"]));
        assert!(!words.says_of("model", &["not found"]));
    }
}
