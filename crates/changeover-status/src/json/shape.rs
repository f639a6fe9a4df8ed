//! The keys of a JSON document, three levels deep, and of a list only its first element: enough to
//! tell platforms apart, and nothing that could take memory.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// How deep keys are looked at.
const DEPTH: usize = 3;
/// The most keys of one object that are looked at; others are passed over.
const MAX_KEYS: usize = 64;
/// The longest key or text that is kept.
const MAX_TEXT: usize = 64;

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Object(Vec<(String, Self)>),
    /// A list, by its first element.
    List(Option<Box<Self>>),
    /// A short text.
    Text(String),
    Other,
}

impl Shape {
    /// The value under a path of keys; a list is entered by its first element.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((key, rest)) = path.split_first() else {
            return Some(self);
        };
        match self {
            Self::Object(fields) => {
                let (_, value) = fields.iter().find(|(name, _)| name == key)?;
                value.at(rest)
            }
            Self::List(Some(first)) => first.at(path),
            Self::List(None) | Self::Text(_) | Self::Other => None,
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.at(&[key]).is_some()
    }

    pub(crate) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// The short text under a path.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        match self.at(path)? {
            Self::Text(text) => Some(text),
            Self::Object(_) | Self::List(_) | Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Depth(DEPTH).deserialize(deserializer)
    }
}

/// How many levels are still looked at.
#[derive(Clone, Copy)]
struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        if self.0 == 0 {
            IgnoredAny::deserialize(deserializer)?;
            return Ok(Shape::Other);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(if text.len() <= MAX_TEXT { Shape::Text(text.to_owned()) } else { Shape::Other })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        // A list is no level of its own: its first element is looked at as it would be.
        let first = seq.next_element_seed(self)?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::List(first.map(Box::new)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if fields.len() < MAX_KEYS && key.len() <= MAX_TEXT {
                let value = map.next_value_seed(Self(self.0 - 1))?;
                fields.push((key.into_owned(), value));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Shape::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_seen_three_levels_deep_and_through_lists() {
        let text = r#"{"a":null,"b":[{"c":{"d":{"e":1}}},{"x":1}],"t":"UP"}"#;
        let shape: Shape = serde_json::from_str(text).unwrap();
        assert!(shape.has("a"), "a key with null is a key");
        assert!(shape.at(&["b", "c", "d"]).is_some());
        assert!(shape.at(&["b", "c", "d", "e"]).is_none(), "below the third level");
        assert!(shape.at(&["b", "x"]).is_none(), "only the first element of a list");
        assert_eq!(shape.text(&["t"]), Some("UP"));
    }
}
