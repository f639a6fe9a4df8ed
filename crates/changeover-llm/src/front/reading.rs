//! Reads a body into a dialect's own structures, and names the field when it cannot.
//!
//! A good body is read once, straight into its structures. Only one that is refused is read a second
//! time, slower, by a reader that keeps track of where it is. Depth is capped by the JSON reader;
//! size by whoever took the body from the wire.

use serde::Deserialize;
use serde::de::Deserializer;

use super::FrontError;
use crate::dialect;

/// The longest message about a field, in characters: a caller's own value may be quoted in it.
const LONGEST_MESSAGE: usize = 240;

/// Reads `body` as `T`.
pub(super) fn read<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, FrontError> {
    dialect::read(body).map_err(|error| explained::<T>(body, &error))
}

fn explained<'de, T: Deserialize<'de>>(body: &'de [u8], first: &serde_json::Error) -> FrontError {
    if !first.is_data() {
        let message = format!("the body is not JSON that can be read: {first}");
        return FrontError { message: shortened(&message), param: None };
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => {
            let path = error.path().to_string();
            let problem = in_plain_words(&error.into_inner());
            match missing_field(&problem) {
                Some(field) if path == "." => at(field, "is missing"),
                Some(field) => at(&format!("{path}.{field}"), "is missing"),
                None => at(&path, &problem),
            }
        }
        Ok(_) => FrontError { message: in_plain_words(first), param: None },
    }
}

/// The reader stands at the object that lacks a field, not at the field.
fn missing_field(problem: &str) -> Option<&str> {
    problem.strip_prefix("missing field `")?.strip_suffix('`')
}

/// The reader's sentence without its place and without the names of our types.
fn in_plain_words(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let sentence = told.rsplit_once(" at line ").map_or(told.as_str(), |(sentence, _)| sentence);
    let words = [
        ("expected f64", "expected a number"),
        ("expected u32", "expected a whole number that is not negative"),
        ("expected i64", "expected a whole number"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected an object"),
        ("expected a boolean", "expected true or false"),
    ];
    words.iter().fold(sentence.to_owned(), |told, (theirs, ours)| told.replace(theirs, ours))
}

/// The refusal of the field at `path`.
pub(super) fn at(path: &str, problem: &str) -> FrontError {
    let (message, param) = match path {
        "" | "." => (format!("the body: {problem}"), None),
        path => (format!("`{path}`: {problem}"), Some(path.to_owned())),
    };
    FrontError { message: shortened(&message), param }
}

/// What a required field holds.
pub(super) fn required<T>(
    value: Option<T>,
    path: impl FnOnce() -> String,
) -> Result<T, FrontError> {
    value.ok_or_else(|| at(&path(), "is missing"))
}

fn shortened(message: &str) -> String {
    if message.chars().count() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let kept: String = message.chars().take(LONGEST_MESSAGE).collect();
    format!("{kept}…")
}

/// A text or a list of pieces, as both dialects write content.
#[derive(Debug)]
pub(super) enum TextOr<T> {
    Text(String),
    List(Vec<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(std::marker::PhantomData))
    }
}

struct TextOrVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for TextOrVisitor<T> {
    type Value = TextOr<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text or a list")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(TextOr::Text(text))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut pieces = Vec::new();
        while let Some(piece) = list.next_element()? {
            pieces.push(piece);
        }
        Ok(TextOr::List(pieces))
    }
}

/// A JSON schema, which is an object in both dialects.
pub(super) type Schema = serde_json::Map<String, serde_json::Value>;
