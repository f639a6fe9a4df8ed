//! The words of an error message, made comparable, and made fit to be shown.

use changeover_http::redact;

/// Messages longer than this are judged by their beginning.
const JUDGED_CHARS: usize = 4_096;
const SHOWN_CHARS: usize = 160;

/// A message on one line, in lower case, with plain quotes, so that short ASCII pieces can be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn of(message: &str) -> Self {
        let judged: String = message.chars().take(JUDGED_CHARS).collect();
        let one_line = judged.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = one_line.chars().map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            _ => c.to_ascii_lowercase(),
        });
        Self(plain.collect())
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
}

/// The beginning of a vendor's message without keys and account names, on one line. The message may
/// hold all of them.
pub(crate) fn excerpt(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().take(60).collect();
    let masked: Vec<String> = redact(&words.join(" ")).split(' ').map(mask_account).collect();
    let line = masked.join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    let mut cut: String = line.chars().take(SHOWN_CHARS - 1).collect();
    cut.push('…');
    cut
}

/// Masks a word that names an organisation, project or user, as `org-AbC123`.
fn mask_account(word: &str) -> String {
    let bare = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let named = ["org-", "org_", "user-", "user_", "proj_", "team-"]
        .iter()
        .find(|start| bare.strip_prefix(**start).is_some_and(|rest| rest.len() >= 4));
    let before = word.strip_suffix(bare).unwrap_or_default();
    named.map_or_else(|| word.to_owned(), |start| format!("{before}{start}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_names_no_account_and_no_key() {
        let shown = excerpt("Limit for org-AbCdEf on (user_123456)\nwith key sk-proj-abc: stop");
        assert_eq!(shown, "Limit for org-… on (user_… with key sk-…: stop");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let shown = excerpt(&"ü".repeat(500));
        assert_eq!(shown.chars().count(), SHOWN_CHARS);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn typographic_quotes_compare_as_plain_ones() {
        assert!(Words::of("The model isn\u{2019}t here").any(&["isn't"]));
    }
}
