//! Which of our targets a page names. Only an explicit list of words counts: "all models" or a
//! component called "API" names nobody, and nobody named means the provider as a whole.

use changeover_domain::TargetId;

/// Phrases that take a model out of the sentence it stands in.
const NOT_AFFECTED: [&str; 6] = [
    "not affected",
    "not impacted",
    "unaffected",
    "no impact",
    "are operating normally",
    "is operating normally",
];

/// The targets named in the title and components; if none, those in the texts of entries.
pub(crate) fn named<'a>(
    names: &[(String, TargetId)],
    heads: impl IntoIterator<Item = &'a str>,
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<TargetId> {
    let in_heads = mentioned(names, heads);
    if in_heads.is_empty() { mentioned(names, texts) } else { in_heads }
}

fn mentioned<'a>(
    names: &[(String, TargetId)],
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<TargetId> {
    let mut targets = Vec::new();
    if names.is_empty() {
        return targets;
    }
    for text in texts {
        let text = text.to_lowercase();
        for sentence in text.split_inclusive(". ").flat_map(|part| part.split('\n')) {
            if NOT_AFFECTED.iter().any(|phrase| sentence.contains(phrase)) {
                continue;
            }
            let hits = names.iter().filter(|(word, _)| stands_in(sentence, word));
            targets.extend(hits.map(|(_, target)| target.clone()));
        }
    }
    targets.sort();
    targets.dedup();
    targets
}

/// Whether the word stands in the sentence as a whole: `gpt-5` is not in `gpt-5-mini` or `gpt-5.1`.
fn stands_in(sentence: &str, word: &str) -> bool {
    !word.is_empty()
        && sentence.match_indices(word).any(|(index, found)| {
            let (before, after) = sentence.split_at(index);
            let after = after.strip_prefix(found).unwrap_or_default();
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '.')
                && !continues(after)
        })
}

fn continues(after: &str) -> bool {
    let mut rest = after.chars();
    match rest.next() {
        Some('.' | '-' | '_') => rest.next().is_some_and(char::is_alphanumeric),
        Some(next) => next.is_alphanumeric(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<(String, TargetId)> {
        [("gpt-5", "big"), ("gpt-5-mini", "small"), ("claude opus 4.5", "opus")]
            .map(|(word, id)| (word.to_owned(), TargetId::try_new(id).unwrap()))
            .to_vec()
    }

    fn found(heads: &[&str], texts: &[&str]) -> Vec<String> {
        named(&names(), heads.iter().copied(), texts.iter().copied())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_model_is_named_only_by_its_whole_word() {
        assert_eq!(found(&["API: errors in GPT-5-mini"], &[]), ["small"]);
        assert_eq!(found(&["Errors on GPT-5."], &[]), ["big"]);
        assert!(found(&["Errors on gpt-5.1 and gpt-50"], &[]).is_empty());
        assert_eq!(found(&["Errors (Claude Opus 4.5, gpt-5)"], &[]), ["big", "opus"]);
    }

    #[test]
    fn all_models_names_nobody() {
        assert!(
            found(&["Elevated errors across all models"], &["Claude API is affected"]).is_empty()
        );
    }

    #[test]
    fn the_text_counts_when_the_title_names_nobody_and_says_affected() {
        let text = "Errors hit Claude Opus 4.5. GPT-5 is not affected.";
        assert_eq!(found(&["Elevated errors"], &[text]), ["opus"]);
        assert_eq!(found(&["gpt-5 is slow"], &[text]), ["big"]);
    }
}
