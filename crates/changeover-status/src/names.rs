//! Which models a page names. Only an explicit list of names counts: "all models" or a component
//! called "API" names nobody, and nobody named means the provider as a whole.
//!
//! Pages write names as they please (`gpt-5-mini`, "GPT-5 mini"), so a name is a sequence of words
//! with a blank, a hyphen, a dot or a line between them. The longest name wins, and one that goes on
//! is another one: "GPT-5" is neither in "GPT-5 mini" nor in "GPT-5.1". A date or a revision behind a
//! name is no part of it.
//!
//! A model that is listed and none of ours is told apart from one that nobody knows: an incident of
//! the former alone is none of ours, one of the latter is the provider's as a whole.

mod model;
mod spared;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use changeover_domain::TargetId;

pub use model::is_model;
use model::{has_number, skip_revision};
use spared::affected;
use words::{Gap, Word, lower, words};

/// Words that make another model of the name before them.
const TIERS: [&str; 24] = [
    "air", "astra", "codex", "coder", "cyber", "fast", "flash", "heavy", "instant", "large",
    "lite", "luna", "max", "medium", "micro", "mini", "nano", "plus", "pro", "small", "sol",
    "terra", "thinking", "turbo",
];
/// Words that may stand right before a name and be joined to it: `anthropic.claude-opus-4-5`.
const VENDORS: [&str; 10] = [
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "meta",
    "mistral",
    "openai",
    "qwen",
    "xai",
];
/// Words by which a title says that the names in it are not all.
const OPEN_ENDED: [&str; 4] = ["and other models", "including", "and more", "among others"];

/// The names by which pages may call a provider's models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelNames {
    /// By the first word, the longest first.
    by_first: BTreeMap<String, Vec<Name>>,
    /// It is known of each of our targets which listed model it is.
    tells_others: bool,
}

/// One name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    words: Vec<String>,
    /// The model as it is best called.
    label: String,
    /// Our targets of it; none for a model that is listed and not ours.
    targets: Vec<TargetId>,
}

/// A name where it stands in a text.
#[derive(Debug, Clone, Copy)]
struct Mention<'n> {
    from: usize,
    until: usize,
    name: &'n Name,
}

/// Whom an incident names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Ours; none is the provider as a whole.
    pub(crate) targets: Vec<TargetId>,
    /// Where it names listed models and none of ours: theirs.
    pub(crate) others: Vec<String>,
}

impl ModelNames {
    /// No names at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { by_first: BTreeMap::new(), tells_others: false }
    }

    /// One more model with the names that it goes by, the best first. Of a name that is known it is
    /// one more meaning.
    pub fn add<'a>(&mut self, says: impl IntoIterator<Item = &'a str>, targets: &[TargetId]) {
        self.put(says, targets, false);
    }

    /// The same, and whatever the names meant before is forgotten.
    pub fn set<'a>(&mut self, says: impl IntoIterator<Item = &'a str>, targets: &[TargetId]) {
        self.put(says, targets, true);
    }

    /// A target's own model, which need not be listed. An id without any number could be a word like
    /// others: `fast` is in "as fast as possible".
    pub fn add_model(&mut self, model: &str, target: &TargetId) {
        let words = model::canonical(model);
        if words.iter().any(|word| has_number(word)) {
            self.put([words.join("-").as_str()], std::slice::from_ref(target), false);
        }
    }

    /// Says that each of our targets is one of the listed models, so that a name without any is the
    /// name of others' models. Where it is not known what a target is (a deployment may be called
    /// anything), nobody can say so.
    pub fn tell_others(&mut self) {
        self.tells_others = true;
    }

    fn put<'a>(
        &mut self,
        says: impl IntoIterator<Item = &'a str>,
        targets: &[TargetId],
        is_all: bool,
    ) {
        let mut label: Option<String> = None;
        for says in says {
            let label = label.get_or_insert_with(|| says.to_owned()).clone();
            let text = lower(says);
            let words: Vec<String> = words(&text).iter().map(|word| word.text.to_owned()).collect();
            let Some(first) = words.first() else { continue };
            let names = self.by_first.entry(first.clone()).or_default();
            match names.iter_mut().find(|name| name.words == words) {
                Some(known) => {
                    if is_all {
                        known.targets.clear();
                        known.label = label;
                    }
                    known.targets.extend_from_slice(targets);
                    known.targets.sort();
                    known.targets.dedup();
                }
                None => names.push(Name { words, label, targets: targets.to_vec() }),
            }
            names.sort_by_key(|name| std::cmp::Reverse(name.words.len()));
        }
    }

    /// Whom an incident names: by its title and components, else by its texts.
    pub(crate) fn named<'a>(
        &self,
        title: &str,
        components: impl IntoIterator<Item = &'a str>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Named {
        if self.by_first.is_empty() {
            return Named::default();
        }
        let title = lower(title);
        let in_title = self.in_text(&title);
        let is_open_ended = OPEN_ENDED.iter().any(|words| title.contains(words));
        if is_open_ended && !in_title.is_empty() {
            return Named::default();
        }
        let by_component: Vec<Vec<&Name>> =
            components.into_iter().map(|name| self.in_text(&lower(name))).collect();
        let in_heads = in_title.iter().chain(by_component.iter().flatten()).copied();
        let targets = targets_of(in_heads);
        if !targets.is_empty() {
            return Named { targets, others: Vec::new() };
        }
        let all_theirs =
            !by_component.is_empty() && by_component.iter().all(|names| !names.is_empty());
        if !in_title.is_empty() || all_theirs {
            let named = if in_title.is_empty() { by_component.concat() } else { in_title };
            let others = if self.tells_others { labels(named.into_iter()) } else { Vec::new() };
            return Named { targets, others };
        }
        let in_texts: Vec<TargetId> =
            texts.into_iter().flat_map(|text| targets_of(self.in_text(&lower(text)))).collect();
        Named { targets: sorted(in_texts), others: Vec::new() }
    }

    /// The targets of a component's name, and whether it is the name of models that are none of ours.
    pub(crate) fn of_component(&self, name: &str) -> (Vec<TargetId>, bool) {
        let named = self.in_text(&lower(name));
        let targets = targets_of(named.iter().copied());
        let is_theirs = self.tells_others && targets.is_empty() && !named.is_empty();
        (targets, is_theirs)
    }

    /// The names in a text in lower case that are not taken out of it again.
    fn in_text(&self, text: &str) -> Vec<&Name> {
        if self.by_first.is_empty() {
            return Vec::new();
        }
        let words = words(text);
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.mention(&words, at) {
                Some(mention) => {
                    at = mention.until;
                    mentions.push(mention);
                    at = self.versions(&words, mention, at, &mut mentions);
                }
                None => at += 1,
            }
        }
        affected(&words, &mentions)
    }

    /// The longest name that stands here as a whole.
    fn mention(&self, words: &[Word<'_>], from: usize) -> Option<Mention<'_>> {
        let names = self.by_first.get(words.get(from)?.text)?;
        if !begins(words, from) {
            return None;
        }
        names.iter().find_map(|name| {
            let until = from + name.words.len();
            let here = words.get(from..until)?;
            let is_it = here.iter().zip(&name.words).all(|(word, wanted)| word.text == wanted)
                && here.iter().skip(1).all(|word| word.gap.joins());
            let until = is_it.then(|| ends(words, until, name))??;
            Some(Mention { from, until, name })
        })
    }

    /// Further versions of the same: "Opus 4.5 and 4.6", "gpt-4.1/5".
    fn versions<'n>(
        &'n self,
        words: &[Word<'_>],
        first: Mention<'n>,
        mut at: usize,
        mentions: &mut Vec<Mention<'n>>,
    ) -> usize {
        let numbers = first.name.words.iter().rev().take_while(|word| is_digits(word)).count();
        let base = first.name.words.len() - numbers;
        let Some(base) = first.name.words.get(..base).filter(|_| numbers > 0) else { return at };
        while let Some((name, until)) = self.version(words, base, at) {
            mentions.push(Mention { from: at, until, name });
            at = until;
        }
        at
    }

    fn version(&self, words: &[Word<'_>], base: &[String], at: usize) -> Option<(&Name, usize)> {
        let next = words.get(at)?;
        let is_word = ["and", "or"].contains(&next.text);
        let from = if is_word { at + 1 } else { at };
        let is_listed = is_word || matches!(next.gap, Gap::Comma | Gap::Other);
        let names = self.by_first.get(base.first()?).filter(|_| is_listed)?;
        names.iter().find_map(|name| {
            let numbers = name.words.strip_prefix(base)?;
            let here = words.get(from..from + numbers.len()).filter(|here| !here.is_empty())?;
            let is_it = here.iter().zip(numbers).all(|(word, wanted)| word.text == wanted)
                && numbers.iter().all(|number| is_digits(number))
                && here.iter().skip(1).all(|word| word.gap == Gap::Dot);
            let until = is_it.then(|| ends(words, from + numbers.len(), name))??;
            Some((name, until))
        })
    }
}

/// Whether a name may begin here: not in the middle of another.
fn begins(words: &[Word<'_>], from: usize) -> bool {
    let joined = match words.get(from).map(|word| word.gap) {
        Some(Gap::Glued) => return false,
        Some(Gap::Joined | Gap::Dot) => from.checked_sub(1).and_then(|before| words.get(before)),
        _ => None,
    };
    joined.is_none_or(|before| VENDORS.contains(&before.text))
}

/// Where a name ends with its date and revision; `None` where it goes on and is another one.
fn ends(words: &[Word<'_>], until: usize, name: &Name) -> Option<usize> {
    let Some(next) = words.get(until) else { return Some(until) };
    match next.gap {
        Gap::Stop | Gap::Comma | Gap::Other => Some(until),
        Gap::Glued | Gap::Dot => None,
        Gap::Joined => {
            let skipped = skip_revision(words, until);
            (skipped > until).then(|| ends(words, skipped, name))?
        }
        Gap::Space => {
            let has_version = name.words.iter().any(|word| has_number(word));
            let is_version = !has_version && next.text.starts_with(|c: char| c.is_ascii_digit());
            let is_tier = TIERS.contains(&next.text);
            (!is_version && !is_tier).then_some(until)
        }
    }
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn targets_of<'n>(names: impl IntoIterator<Item = &'n Name>) -> Vec<TargetId> {
    sorted(names.into_iter().flat_map(|name| name.targets.iter().cloned()).collect())
}

fn labels<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for name in names {
        if !labels.contains(&name.label) {
            labels.push(name.label.clone());
        }
    }
    labels
}

fn sorted(mut targets: Vec<TargetId>) -> Vec<TargetId> {
    targets.sort();
    targets.dedup();
    targets
}
