//! What the simulated models say: plain sentences, made of drawn parts and cut into tokens.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use crate::chance::{log_normal, pick};

const OPENINGS: &[&str] = &[
    "Thank you for the details.",
    "Here is what I found.",
    "In short, yes.",
    "Let me walk through it.",
    "That can be sorted out quickly.",
    "I looked at the account you mentioned.",
];
const SUBJECTS: &[&str] = &[
    "The order",
    "The invoice",
    "Your subscription",
    "The shipment",
    "The refund",
    "The renewal",
    "The second item",
];
const MIDDLES: &[&str] = &[
    "was confirmed on Tuesday and",
    "has left the warehouse, so it",
    "matches the amount on file and",
    "is still within the return window and",
    "was changed last week, which means it",
    "needs one more approval before it",
];
const ENDINGS: &[&str] = &[
    "should reach you within three working days.",
    "will appear on the next statement.",
    "can be changed at no cost until Friday.",
    "is handled by the billing team from here.",
    "does not need anything else from you.",
    "will be confirmed by e-mail today.",
];
const CLOSINGS: &[&str] = &[
    "Tell me if anything looks wrong.",
    "I can send a copy if that helps.",
    "Is there anything else you would like to check?",
    "Keep the reference number at hand.",
];

/// Median tokens of an answer, and how far it varies.
const MEDIAN_TOKENS: f64 = 62.0;
const SIGMA: f64 = 0.45;

/// An answer in prose, one entry per token; joined they are the text.
pub(crate) fn answer(rng: &mut ChaCha8Rng) -> Vec<String> {
    let wanted = log_normal(rng, MEDIAN_TOKENS, SIGMA).clamp(8.0, 400.0);
    let mut text = part(rng, OPENINGS).to_owned();
    let mut words = text.split(' ').count();
    while f64::from(u32::try_from(words).unwrap_or(u32::MAX)) < wanted {
        let sentence = if rng.random_ratio(1, 6) {
            part(rng, CLOSINGS).to_owned()
        } else {
            let parts = [part(rng, SUBJECTS), part(rng, MIDDLES), part(rng, ENDINGS)];
            parts.join(" ")
        };
        words += sentence.split(' ').count();
        text.push(' ');
        text.push_str(&sentence);
    }
    words_as_tokens(&text)
}

fn part(rng: &mut ChaCha8Rng, parts: &'static [&'static str]) -> &'static str {
    pick(rng, parts).copied().unwrap_or_default()
}

/// A word with the space before it counts as a token.
fn words_as_tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let space = if tokens.is_empty() { "" } else { " " };
        tokens.push(format!("{space}{word}"));
    }
    tokens
}

/// JSON is cut into tokens of four characters.
pub(crate) fn json_as_tokens(json: &str) -> Vec<String> {
    let letters: Vec<char> = json.chars().collect();
    letters.chunks(4).map(|chunk| chunk.iter().collect()).collect()
}

/// Tokens of a prompt, by the vendors' own rule of thumb: four characters each.
pub(crate) fn estimate(characters: usize, messages: usize) -> u64 {
    let tokens = characters.div_ceil(4) + 4 * messages + 3;
    u64::try_from(tokens).unwrap_or(u64::MAX)
}
