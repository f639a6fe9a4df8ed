//! Names that a text takes out again: "all models except gpt-5", "gpt-5 is not affected", "please
//! switch to gpt-5".
//!
//! What is said is said of names that stand in one list, by the words right before it or right behind
//! it; words that say nothing by themselves may stand between. Anything further off is of something
//! else: in "gpt-5 is slow, other models are not affected" gpt-5 is.

use super::words::{Gap, Word};
use super::{Mention, Name};

/// Right before a list: what is said is said of all but these.
const BUT: [&[&str]; 12] = [
    &["except"],
    &["except", "for"],
    &["excepting"],
    &["excluding"],
    &["exception", "of"],
    &["exclusion", "of"],
    &["other", "than"],
    &["apart", "from"],
    &["aside", "from"],
    &["besides"],
    &["unlike"],
    &["but", "not"],
];
/// Right before a list: it is well, or is where to go.
const WELL: [&[&str]; 32] = [
    &["not", "including"],
    &["not", "affect"],
    &["not", "affecting"],
    &["not", "impact"],
    &["not", "impacting"],
    &["without", "affecting"],
    &["without", "impacting"],
    &["no", "impact", "on"],
    &["no", "impact", "to"],
    &["no", "impact", "for"],
    &["no", "effect", "on"],
    &["switch", "to"],
    &["switching", "to"],
    &["switched", "to"],
    &["fall", "back", "to"],
    &["falling", "back", "to"],
    &["fallback", "to"],
    &["fail", "over", "to"],
    &["failing", "over", "to"],
    &["failover", "to"],
    &["failed", "over", "to"],
    &["migrate", "to"],
    &["migrating", "to"],
    &["move", "to"],
    &["rerouted", "to"],
    &["redirected", "to"],
    &["recommend"],
    &["recommended"],
    &["suggest"],
    &["try", "using"],
    &["please", "use"],
    &["please", "try"],
];
/// Right behind a list.
const BEHIND: [&[&str]; 16] = [
    &["not", "affected"],
    &["not", "impacted"],
    &["not", "experiencing"],
    &["not", "included"],
    &["unaffected"],
    &["unimpacted"],
    &["excluded"],
    &["excepted"],
    &["operational"],
    &["available"],
    &["healthy"],
    &["operating", "normally"],
    &["functioning", "normally"],
    &["working", "normally"],
    &["operate", "normally"],
    &["instead"],
];
/// Words that say nothing of a name by themselves.
const FILLERS: [&str; 31] = [
    "a",
    "all",
    "an",
    "any",
    "api",
    "are",
    "be",
    "been",
    "both",
    "continue",
    "continues",
    "currently",
    "either",
    "fully",
    "has",
    "have",
    "is",
    "model",
    "models",
    "our",
    "remain",
    "remained",
    "remains",
    "requests",
    "still",
    "the",
    "to",
    "traffic",
    "using",
    "was",
    "were",
];
/// Words between the names of one list.
const LINKS: [&str; 10] =
    ["and", "or", "the", "both", "model", "models", "as", "well", "nor", "plus"];

/// Names that stand in one list.
#[derive(Debug)]
struct Run<'n> {
    from: usize,
    until: usize,
    names: Vec<&'n Name>,
}

/// The names that are left.
pub(super) fn affected<'n>(words: &[Word<'_>], mentions: &[Mention<'n>]) -> Vec<&'n Name> {
    let runs = runs(words, mentions);
    let mut left = Vec::new();
    let mut before = 0;
    for (number, run) in runs.iter().enumerate() {
        let next = runs.get(number + 1).map_or(words.len(), |next| next.from);
        let lead = lead(words, before, run.from);
        let is_well = is_well_behind(words, run.until, next);
        // "All models except gpt-5 are operational": it is not.
        if !stands_before(&lead, &WELL) && stands_before(&lead, &BUT) == is_well {
            left.extend(&run.names);
        }
        before = run.until;
    }
    left
}

fn runs<'n>(words: &[Word<'_>], mentions: &[Mention<'n>]) -> Vec<Run<'n>> {
    let mut runs: Vec<Run<'n>> = Vec::new();
    for mention in mentions {
        match runs.last_mut().filter(|run| is_linked(words, run.until, mention.from)) {
            Some(run) => {
                run.until = mention.until;
                run.names.push(mention.name);
            }
            None => runs.push(Run {
                from: mention.from,
                until: mention.until,
                names: vec![mention.name],
            }),
        }
    }
    runs
}

/// Whether nothing but links stands between two names.
fn is_linked(words: &[Word<'_>], until: usize, from: usize) -> bool {
    let between = words.get(until..from).unwrap_or_default();
    let reaches = words.get(until..=from).unwrap_or_default();
    between.iter().all(|word| LINKS.contains(&word.text))
        && reaches.iter().all(|word| word.gap != Gap::Stop)
}

/// What its sentence says before a list.
fn lead<'a>(words: &[Word<'a>], start: usize, from: usize) -> Vec<&'a str> {
    let reaches = words.get(start..=from).unwrap_or_default();
    let sentence = reaches.iter().rposition(|word| word.gap == Gap::Stop).unwrap_or(0);
    let lead = words.get(start + sentence..from).unwrap_or_default();
    lead.iter().map(|word| word.text).collect()
}

/// Whether one of the phrases stands there, but for fillers behind it. Its own last word may be a
/// filler elsewhere, so each place where it may end is tried.
fn stands_before(lead: &[&str], phrases: &[&[&str]]) -> bool {
    let fillers = lead.iter().rev().take_while(|text| FILLERS.contains(text)).count();
    (0..=fillers).any(|fillers| {
        let said = lead.get(..lead.len().saturating_sub(fillers)).unwrap_or_default();
        phrases.iter().any(|phrase| said.ends_with(phrase))
    })
}

fn is_well_behind(words: &[Word<'_>], until: usize, next: usize) -> bool {
    let trail = words.get(until..next).unwrap_or_default();
    let clause = trail.iter().take_while(|word| !matches!(word.gap, Gap::Stop | Gap::Comma));
    let said = clause.map(|word| word.text).skip_while(|text| FILLERS.contains(text));
    let said: Vec<&str> = said.take(4).collect();
    match said.as_slice() {
        // It is of the names before it, unless it goes on to say whom it means.
        ["no", "impact", rest @ ..] => !matches!(rest.first(), Some(&("on" | "to" | "for"))),
        said => BEHIND.iter().any(|phrase| said.starts_with(phrase)),
    }
}
