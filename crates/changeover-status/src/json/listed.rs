//! A list that ends at a cap while it is read, before it takes memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use crate::xml::MAX_ENTRIES;

/// A list of at most [`MAX_ENTRIES`]; `null` is an empty one, as some pages write it.
#[derive(Debug, Clone)]
pub(crate) struct Listed<T>(pub(crate) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Listed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Listed::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MAX_ENTRIES {
                return Err(A::Error::custom(format!("a list of more than {MAX_ENTRIES}")));
            }
            list.push(element);
        }
        Ok(Listed(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_at_its_cap_and_null_is_empty() {
        let read = |text: &str| serde_json::from_str::<Listed<u8>>(text).map(|list| list.0.len());
        assert_eq!(read("null").unwrap(), 0);
        assert_eq!(read("[1,2]").unwrap(), 2);
        let long = format!("[{}1]", "1,".repeat(MAX_ENTRIES));
        assert!(read(&long).unwrap_err().to_string().contains("a list of more than 4000"));
        assert!(read("{}").is_err());
    }
}
