//! Ids and times that some pages write as texts and others as numbers.

use std::fmt;

use serde::de::{Deserializer, Visitor};

/// A text, or a number as text; `null` is none.
pub(crate) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(WordVisitor)
}

struct WordVisitor;

impl Visitor<'_> for WordVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_and_numbers_are_words_and_nothing_is_none() {
        let read = |text: &str| super::word(&mut serde_json::Deserializer::from_str(text));
        assert_eq!(read("\"a\"").unwrap().as_deref(), Some("a"));
        assert_eq!(read("42").unwrap().as_deref(), Some("42"));
        assert_eq!(read("-42").unwrap().as_deref(), Some("-42"));
        assert_eq!(read("null").unwrap(), None);
        assert!(read("{}").is_err());
    }
}
