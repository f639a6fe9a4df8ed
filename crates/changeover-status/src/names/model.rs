//! A model's id as it stands in a configuration, without what is no part of its name: a vendor's and
//! a region's prefix, a date, a revision.

use super::words::{Word, lower, words};
use super::{Gap, is_digits};

/// What Bedrock puts in front of an id. `deepseek` is not among them: its models are called so.
const PREFIXES: [&str; 22] = [
    "ai21",
    "amazon",
    "anthropic",
    "apac",
    "au",
    "ca",
    "cohere",
    "eu",
    "global",
    "google",
    "jp",
    "meta",
    "mistral",
    "nvidia",
    "openai",
    "qwen",
    "regional",
    "sa",
    "us",
    "us-gov",
    "writer",
    "zai",
];
/// Words behind an id that say how far it is and not what it is.
const STAGES: [&str; 4] = ["latest", "preview", "exp", "experimental"];

/// Whether a model's id is meant by a pattern of the list: the same words, or with a `*` at its end
/// any id that begins so.
#[must_use]
pub fn is_model(pattern: &str, model: &str) -> bool {
    let pattern = lower(pattern);
    let (wanted, is_open) = match pattern.strip_suffix('*') {
        Some(start) => (start, true),
        None => (pattern.as_str(), false),
    };
    let wanted: Vec<&str> = words(wanted).into_iter().map(|word| word.text).collect();
    let fits = |id: &[String]| {
        let begins = id.iter().zip(&wanted).all(|(word, wanted)| word == wanted);
        begins && if is_open { id.len() >= wanted.len() } else { id.len() == wanted.len() }
    };
    !wanted.is_empty() && (fits(&whole(model).0) || fits(&canonical(model)))
}

/// The words of an id without its date and revision.
pub(super) fn canonical(model: &str) -> Vec<String> {
    let (mut words, has_revision) = whole(model);
    if has_revision
        && let [.., mark, number] = words.as_slice()
        && mark == "v"
        && is_digits(number)
        && words.len() > 2
    {
        words.truncate(words.len() - 2);
    }
    while let Some(length) = shorter(&words) {
        words.truncate(length);
    }
    words
}

/// The words of an id without path and prefixes, and whether a revision was cut off it.
fn whole(model: &str) -> (Vec<String>, bool) {
    let model = lower(model);
    let name = model.rsplit('/').next().unwrap_or_default();
    let name = name.strip_prefix("ft:").unwrap_or(name);
    let (name, revision) = match name.split_once(['@', ':']) {
        Some((name, revision)) => (name, Some(revision)),
        None => (name, None),
    };
    let mut name = name;
    while let Some((_, rest)) = name.split_once('.').filter(|(label, _)| PREFIXES.contains(label)) {
        name = rest;
    }
    (words(name).into_iter().map(|word| word.text.to_owned()).collect(), revision.is_some())
}

/// How many words are left without the date or the stage at the end; `None` where there is none.
fn shorter(words: &[String]) -> Option<usize> {
    let is = |word: &str, lengths: std::ops::RangeInclusive<usize>| {
        is_digits(word) && lengths.contains(&word.len())
    };
    let year = |word: &str| is(word, 4..=4) && word.starts_with("20");
    let dated = match words {
        [.., y, m, d] if year(y) && is(m, 2..=2) && is(d, 2..=2) => 3,
        [.., stage, m, d] if STAGES.contains(&stage.as_str()) && is(m, 2..=2) && is(d, 2..=2) => 2,
        [.., m, y] if is(m, 2..=2) && year(y) => 2,
        [.., last] if is(last, 3..=4) || is(last, 8..=8) || STAGES.contains(&last.as_str()) => 1,
        _ => return None,
    };
    let left = words.len() - dated;
    (left > 0).then_some(left)
}

/// Where the date and the revision end that are joined to a name in a text.
pub(super) fn skip_revision(words: &[Word<'_>], mut at: usize) -> usize {
    let start = at;
    while let Some(word) = words.get(at).filter(|word| word.gap == Gap::Joined) {
        let is_long = is_digits(word.text) && word.text.len() >= 3;
        let is_part = is_digits(word.text) && word.text.len() == 2 && at > start;
        let is_mark = word.text == "v"
            && words.get(at + 1).is_some_and(|next| next.gap == Gap::Glued && is_digits(next.text));
        match () {
            () if is_long || is_part || STAGES.contains(&word.text) => at += 1,
            () if is_mark => at += 2,
            () => break,
        }
    }
    at
}

/// Whether there is a digit in a word.
pub(super) fn has_number(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_without_its_prefix_date_and_revision() {
        for (id, name) in [
            ("claude-opus-4-5", "claude opus 4 5"),
            ("claude-opus-4-5-20251101", "claude opus 4 5"),
            ("claude-opus-4-5@20251101", "claude opus 4 5"),
            ("claude-3-5-sonnet-v2@20241022", "claude 3 5 sonnet"),
            ("eu.anthropic.claude-opus-4-5-20251101-v1:0", "claude opus 4 5"),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-sonnet-5-v1:0",
                "claude sonnet 5",
            ),
            ("us.meta.llama3-3-70b-instruct-v1:0", "llama 3 3 70b instruct"),
            ("deepseek.r1-v1:0", "deepseek r 1"),
            ("gpt-5-2025-08-07", "gpt 5"),
            ("gpt-4.1-mini", "gpt 4 1 mini"),
            ("gpt-4-1106-preview", "gpt 4"),
            ("ft:gpt-4o-2024-08-06:acme::abc", "gpt 4o"),
            ("gemini-3.1-pro-preview", "gemini 3 1 pro"),
            ("gemini-2.5-flash-preview-05-20", "gemini 2 5 flash"),
            ("models/gemini-2.0-flash-001", "gemini 2 0 flash"),
            ("command-a-03-2025", "command a"),
            ("mistral-large-2512", "mistral large"),
            ("anthropic/claude-opus-4.5:thinking", "claude opus 4 5"),
            ("accounts/fireworks/models/deepseek-v3p2", "deepseek v 3p2"),
            ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama 3 3 70b instruct turbo"),
            ("o3", "o 3"),
        ] {
            assert_eq!(canonical(id).join(" "), name, "{id}");
        }
    }

    #[test]
    fn a_pattern_means_an_id_by_its_words() {
        assert!(is_model("Claude Opus 4.5", "eu.anthropic.claude-opus-4-5-20251101-v1:0"));
        assert!(is_model("mistral-large-2512", "mistral-large-2512"), "a date may be meant");
        assert!(!is_model("mistral-large-2512", "mistral-large-2411"));
        assert!(is_model("claude-opus-*", "claude-opus-4-5") && is_model("gpt-5", "openai/gpt-5"));
        assert!(!is_model("claude-opus-*", "claude-opusculum-1"));
        assert!(!is_model("gpt-5", "gpt-5-mini") && !is_model("", "gpt-5") && !is_model("*", "x"));
    }
}
