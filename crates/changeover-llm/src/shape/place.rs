//! Where in a document a text belongs.

use serde_json::Value;

/// What a field that somebody reads is called, the most telling first.
const NAMES: [&str; 20] = [
    "message",
    "answer",
    "response",
    "reply",
    "text",
    "content",
    "output",
    "result",
    "summary",
    "explanation",
    "reason",
    "reasoning",
    "description",
    "comment",
    "note",
    "notes",
    "details",
    "detail",
    "error",
    "title",
];
/// A field that has not this many characters is for codes and names, not for sentences.
const LEAST_ROOM: usize = 40;

/// A string in a document that may be any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// JSON pointer.
    pub(super) pointer: String,
    pub(super) shortest: usize,
    pub(super) longest: Option<usize>,
}

/// How well a name fits, the less the better; `None` for one that says nothing.
pub(super) fn rank(name: &str) -> Option<usize> {
    let words = words(name);
    let whole = words.join("_");
    let named = |word: &str| NAMES.iter().position(|known| *known == word);
    named(&whole).or_else(|| {
        let part = words.iter().filter_map(|word| named(word)).min();
        part.map(|rank| NAMES.len() + rank)
    })
}

/// The places, the most fitting first: by name, then the outermost, then in order.
pub(super) fn ranked(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| {
        let name = place.pointer.rsplit('/').next().unwrap_or_default();
        (rank(name).unwrap_or(usize::MAX), place.pointer.matches('/').count())
    });
    places
}

impl Place {
    /// The document with the text in this place; `None` where it has no room for a sentence.
    pub(super) fn filled(&self, document: &Value, text: &str) -> Option<Value> {
        let written = self.fitted(text)?;
        let mut document = document.clone();
        *document.pointer_mut(&self.pointer)? = Value::String(written);
        Some(document)
    }

    fn fitted(&self, text: &str) -> Option<String> {
        let length = text.chars().count();
        let longest = self.longest.unwrap_or(usize::MAX);
        if length > longest {
            if longest < LEAST_ROOM {
                return None;
            }
            let cut = text.chars().take(longest - 1).chain(std::iter::once('…'));
            return Some(cut.collect());
        }
        let padding = self.shortest.saturating_sub(length);
        Some(text.chars().chain(std::iter::repeat_n(' ', padding)).collect())
    }
}

/// The words of a name in any of the usual spellings, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut after_small = false;
    let mut open = false;
    for one in name.chars() {
        if !one.is_alphanumeric() {
            open = false;
            continue;
        }
        let begins = !open || (one.is_uppercase() && after_small);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(one.to_lowercase());
        }
        (open, after_small) = (true, one.is_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_spelling_and_whole_ones_first() {
        assert_eq!(words("finalAnswer_text-2"), ["final", "answer", "text", "2"]);
        assert_eq!(rank("Message"), Some(0));
        assert!(rank("final_answer") < rank("errorText") && rank("finalAnswer").is_some());
        assert!(rank("title") < rank("final_answer"));
        assert_eq!(rank("country"), None);
    }

    #[test]
    fn a_text_is_cut_to_its_room_and_refused_where_there_is_hardly_any() {
        let place = |shortest, longest| Place { pointer: String::new(), shortest, longest };
        let long = "ä".repeat(50);
        let cut = place(0, Some(45)).fitted(&long).unwrap();
        assert_eq!(cut.chars().count(), 45);
        assert!(cut.ends_with('…'));
        assert_eq!(place(0, Some(2)).fitted(&long), None);
        assert_eq!(place(0, Some(2)).fitted("no").as_deref(), Some("no"));
        assert_eq!(place(4, None).fitted("no").as_deref(), Some("no  "));
    }
}
