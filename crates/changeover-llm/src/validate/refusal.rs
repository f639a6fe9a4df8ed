//! The words by which a route knows a refusal that the vendor has not marked as one.
//!
//! There are none until an operator writes some: what reads like a refusal depends on what a route is
//! for. By default they count only where an answer begins. A model that refuses says so at once; the
//! same words further down are nearly always a quotation, a letter that was asked for, or an answer
//! that leaves one part out, and throwing those away costs a good answer and the price of another.

use regex::{Regex, RegexBuilder};

/// How much of the text counts as its beginning, in characters. Two sentences of preamble.
const OPENING: usize = 200;
/// The longest phrase or expression, in bytes.
const LONGEST_PATTERN: usize = 500;
/// The most phrases and expressions of each kind.
const MOST_PATTERNS: usize = 100;
/// The largest compiled expression, in bytes.
const COMPILED_BYTES: usize = 256 * 1024;

/// Where in a text the patterns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PatternScope {
    /// A phrase must begin the text, an expression be found in its first 200 characters.
    #[default]
    Opening,
    Anywhere,
}

/// A route's patterns. The default has none.
#[derive(Debug, Clone, Default)]
pub struct RefusalPatterns {
    phrases: Vec<String>,
    expressions: Vec<Regex>,
    scope: PatternScope,
}

/// A pattern that cannot be used, for the configuration's error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    #[error("at most {MOST_PATTERNS} phrases and as many expressions")]
    TooMany,
    #[error("the phrase {0:?} is empty or longer than {LONGEST_PATTERN} bytes")]
    Phrase(String),
    #[error("the expression `{expression}` cannot be used: {problem}")]
    Expression { expression: String, problem: String },
}

impl RefusalPatterns {
    /// Phrases are compared without regard to case, white space, curly quotes and Markdown around the
    /// beginning; expressions without regard to case.
    ///
    /// # Errors
    /// When a pattern cannot be used.
    pub fn try_new(
        phrases: &[String],
        expressions: &[String],
        scope: PatternScope,
    ) -> Result<Self, BadPattern> {
        if phrases.len() > MOST_PATTERNS || expressions.len() > MOST_PATTERNS {
            return Err(BadPattern::TooMany);
        }
        let phrases = phrases.iter().map(|phrase| {
            let plain = plain(phrase.chars());
            let usable = !plain.is_empty() && phrase.len() <= LONGEST_PATTERN;
            usable.then_some(plain).ok_or_else(|| BadPattern::Phrase(phrase.clone()))
        });
        let expressions = expressions.iter().map(|expression| compile(expression));
        Ok(Self {
            phrases: phrases.collect::<Result<_, _>>()?,
            expressions: expressions.collect::<Result<_, _>>()?,
            scope,
        })
    }

    /// Whether `text` reads like a refusal.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if self.phrases.is_empty() && self.expressions.is_empty() {
            return false;
        }
        let whole = self.scope == PatternScope::Anywhere;
        let length = if whole { usize::MAX } else { OPENING };
        let looked_at: String = text.trim_start().chars().take(length).collect();
        if self.expressions.iter().any(|expression| expression.is_match(&looked_at)) {
            return true;
        }
        // A phrase may be longer than the opening once its white space is folded.
        let length = if whole { usize::MAX } else { OPENING + LONGEST_PATTERN };
        let folded = plain(text.trim_start().chars().take(length));
        self.phrases
            .iter()
            .any(|phrase| if whole { folded.contains(phrase) } else { folded.starts_with(phrase) })
    }
}

fn compile(expression: &str) -> Result<Regex, BadPattern> {
    let bad =
        |problem: String| BadPattern::Expression { expression: expression.to_owned(), problem };
    if expression.is_empty() || expression.len() > LONGEST_PATTERN {
        return Err(bad(format!("it is empty or longer than {LONGEST_PATTERN} bytes")));
    }
    RegexBuilder::new(expression)
        .case_insensitive(true)
        .size_limit(COMPILED_BYTES)
        .build()
        .map_err(|error| bad(error.to_string()))
}

/// Small letters, straight quotes, single spaces, and nothing before the first letter or digit.
fn plain(text: impl Iterator<Item = char>) -> String {
    let mut plain = String::new();
    for one in text.skip_while(|one| !one.is_alphanumeric()) {
        match one {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => plain.push('\''),
            '\u{201c}' | '\u{201d}' => plain.push('"'),
            one if one.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            one => plain.extend(one.to_lowercase()),
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}
