//! Members of vendors' answers, read with patience: what is not of the expected kind counts as
//! absent. A vendor that writes a number where others write a text has still answered.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A text, borrowed where it can be.
pub(crate) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    deserializer.deserialize_any(Text { joins_pieces: false })
}

/// A text, or the texts of a list of pieces as one; empty when there is neither. Some that borrow a
/// dialect answer in pieces.
pub(crate) fn text_or_pieces<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Cow<'de, str>, D::Error> {
    let joined = deserializer.deserialize_any(Text { joins_pieces: true })?;
    Ok(joined.unwrap_or_default())
}

/// A text of its own; empty when there is none.
pub(crate) fn owned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(deserializer)?.map(Cow::into_owned).unwrap_or_default())
}

/// A count: whole and not negative.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(Count)
}

/// Whether something stands there that is not `null`.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = <Option<IgnoredAny> as Deserialize>::deserialize(deserializer)?;
    Ok(value.is_some())
}

/// What a visitor does with every kind of value that it does not want: passes over it.
macro_rules! passes_over {
    ($value:ty, $absent:expr) => {
        type Value = $value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($absent)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($absent)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($absent)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($absent)
        }
    };
}

/// Passes over what is left of a list.
fn pass_over<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

struct Text {
    /// The texts of a list's pieces count as one.
    joins_pieces: bool,
}

impl<'de> Visitor<'de> for Text {
    passes_over!(Option<Cow<'de, str>>, None);

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if !self.joins_pieces {
            return pass_over(list).map(|()| None);
        }
        let mut texts = String::new();
        while let Some(piece) = list.next_element::<&RawValue>()? {
            let piece: Option<Piece<'_>> = serde_json::from_str(piece.get()).ok();
            texts.push_str(&piece.and_then(|piece| piece.text).unwrap_or_default());
        }
        Ok(Some(Cow::Owned(texts)))
    }
}

#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(default, borrow, deserialize_with = "text")]
    text: Option<Cow<'a, str>>,
}

struct Count;

impl<'de> Visitor<'de> for Count {
    passes_over!(Option<u64>, None);

    fn visit_u64<E>(self, count: u64) -> Result<Self::Value, E> {
        Ok(Some(count))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over(list).map(|()| None)
    }

    /// Some servers write counts as `12.0`.
    fn visit_f64<E>(self, count: f64) -> Result<Self::Value, E> {
        let written = format!("{count:.0}");
        Ok(if count.fract() == 0.0 { written.parse().ok() } else { None })
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Document<'a> {
        #[serde(default, borrow, deserialize_with = "text")]
        text: Option<Cow<'a, str>>,
        #[serde(default, deserialize_with = "count")]
        count: Option<u64>,
        #[serde(default, deserialize_with = "present")]
        error: bool,
    }

    #[test]
    fn what_is_of_another_kind_is_absent_and_spoils_nothing() {
        let read = |json| serde_json::from_str::<Document<'_>>(json).unwrap();
        for odd in ["null", "true", "-1", "1.5", "[1, {}]", "{\"a\": [1]}"] {
            let document = format!(r#"{{"text": {odd}, "count": {odd}}}"#);
            let expected = Document { text: None, count: None, error: false };
            assert_eq!(serde_json::from_str::<Document<'_>>(&document).unwrap(), expected, "{odd}");
        }
        let good = read(r#"{"text": "a", "count": 12.0, "error": {}}"#);
        assert_eq!(good, Document { text: Some("a".into()), count: Some(12), error: true });
        assert!(matches!(good.text, Some(Cow::Borrowed(_))), "nothing is copied needlessly");
        assert!(!read(r#"{"error": null}"#).error);
    }

    #[test]
    fn a_text_in_pieces_is_put_together() {
        #[derive(Deserialize)]
        struct Written<'a> {
            #[serde(default, borrow, deserialize_with = "text_or_pieces")]
            text: Cow<'a, str>,
        }
        let read =
            |json: &str| serde_json::from_str::<Written<'_>>(json).unwrap().text.into_owned();
        assert_eq!(read(r#"{"text": "a\nb"}"#), "a\nb");
        let pieces =
            r#"{"text": [{"type": "text", "text": "a"}, 7, {"type": "ref"}, {"text": "b"}]}"#;
        assert_eq!(read(pieces), "ab", "what is no piece is passed over");
        for nothing in [r#"{"text": null}"#, r#"{"text": []}"#, r#"{"text": {"a": 1}}"#, "{}"] {
            assert_eq!(read(nothing), "", "{nothing}");
        }
    }
}
