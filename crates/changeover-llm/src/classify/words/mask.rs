//! The beginning of a vendor's message, fit to be shown: vendors echo keys, accounts and addresses.

use changeover_http::redact;

const SHOWN_CHARS: usize = 160;
const SHOWN_WORDS: usize = 60;
/// A run of letters and digits as long as this is nobody's word.
const SECRET_CHARS: usize = 20;

/// How vendors begin the names of organisations, projects and users.
const ACCOUNT_STARTS: [&str; 8] =
    ["org-", "org_", "user-", "user_", "proj_", "proj-", "team-", "team_"];
/// How keys begin that the common mask does not know.
const KEY_STARTS: [&str; 10] =
    ["hf_", "r8_", "pplx-", "fw_", "nvapi-", "csk-", "AKIA", "ASIA", "ya29.", "eyJ"];

/// The message on one line, masked and cut.
pub(crate) fn excerpt(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().take(SHOWN_WORDS).collect();
    let masked: Vec<String> = redact(&words.join(" ")).split(' ').map(masked).collect();
    let line = masked.join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    let mut cut: String = line.chars().take(SHOWN_CHARS - 1).collect();
    cut.push('…');
    cut
}

fn masked(word: &str) -> String {
    if word.contains('@') && word.contains('.') && !word.contains('/') {
        return "…@…".to_owned();
    }
    let bare = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let before = word.strip_suffix(bare).unwrap_or_default();
    let known = ACCOUNT_STARTS
        .iter()
        .chain(&KEY_STARTS)
        .find(|start| bare.strip_prefix(**start).is_some_and(|rest| rest.len() >= 4));
    known.map_or_else(|| without_secrets(word), |start| format!("{before}{start}…"))
}

/// Long runs of letters mixed with digits become a mark; names with dashes and paths stay.
fn without_secrets(word: &str) -> String {
    let is_break = |c: char| !c.is_ascii_alphanumeric();
    word.split_inclusive(is_break)
        .map(|piece| {
            let run = piece.trim_end_matches(is_break);
            let mixed =
                run.contains(|c: char| c.is_ascii_digit()) && run.contains(char::is_alphabetic);
            if run.len() >= SECRET_CHARS && mixed {
                format!("…{}", piece.strip_prefix(run).unwrap_or_default())
            } else {
                piece.to_owned()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_names_no_account_and_no_key() {
        let shown = excerpt("Limit for org-AbCdEf on (user_123456)\nwith key sk-proj-abc: stop");
        assert_eq!(shown, "Limit for org-… on (user_… with key sk-…: stop");
        let shown = excerpt("key 0a1b2c3d4e5f60718293a4b5c6d7e8f9 of anna@firm.example, hf_abcdef");
        assert_eq!(shown, "key … of …@… hf_…");
    }

    #[test]
    fn names_of_models_are_no_secrets() {
        let message = "model claude-sonnet-4-20250514 at https://docs.vendor.example/errors/429";
        assert_eq!(excerpt(message), message);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let shown = excerpt(&"ü".repeat(500));
        assert_eq!(shown.chars().count(), SHOWN_CHARS);
        assert!(shown.ends_with('…'));
    }
}
