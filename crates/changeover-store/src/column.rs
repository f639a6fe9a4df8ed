//! Between a column's value and the domain's: ids, words, counts and JSON, checked both ways.

use changeover_domain::{Outcome, UnixMs};
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as NotThatWord, StringDeserializer};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// An id or a word of the domain, as it stands in a text column.
pub(crate) fn word<T: DeserializeOwned>(
    column: &'static str,
    text: String,
) -> Result<T, StoreError> {
    let text: StringDeserializer<NotThatWord> = text.into_deserializer();
    T::deserialize(text).map_err(|error| StoreError::unreadable(column, error))
}

/// [`word`], of a column that may be empty.
pub(crate) fn word_option<T: DeserializeOwned>(
    column: &'static str,
    text: Option<String>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| word(column, text)).transpose()
}

/// A word of the domain as its column holds it: the one that is also on the wire.
pub(crate) fn of_word(column: &'static str, word: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(other) => Err(StoreError::unstorable(column, format!("{other} is not one word"))),
        Err(error) => Err(StoreError::unstorable(column, error)),
    }
}

/// How an attempt ended.
pub(crate) fn outcome(text: &str) -> Result<Outcome, StoreError> {
    Outcome::from_name(text)
        .ok_or_else(|| StoreError::unreadable("outcome", format!("`{text}` is no outcome")))
}

/// A structure that is kept as JSON.
pub(crate) fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::unreadable(column, error))
}

/// A structure as JSON.
pub(crate) fn of_json(column: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unstorable(column, error))
}

/// An integer of the range that `T` has.
pub(crate) fn integer<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, StoreError> {
    let out_of_range = || StoreError::unreadable(column, format!("{value} is out of range"));
    T::try_from(value).map_err(|_| out_of_range())
}

/// [`integer`], of a column that may be empty.
pub(crate) fn integer_option<T: TryFrom<i64>>(
    column: &'static str,
    value: Option<i64>,
) -> Result<Option<T>, StoreError> {
    value.map(|value| integer(column, value)).transpose()
}

/// A count as SQLite's integer.
pub(crate) fn of_count(column: &'static str, count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|error| StoreError::unstorable(column, error))
}

/// A time that may be missing.
pub(crate) fn of_time(time: Option<UnixMs>) -> Option<i64> {
    time.map(|time| time.0)
}

/// How many rows a page may have: 1 to 500, whatever was asked for.
pub(crate) fn page_size(limit: u32) -> i64 {
    i64::from(limit.clamp(1, 500))
}

#[cfg(test)]
mod tests {
    use changeover_domain::{FailureClass, IncidentState, TargetId};

    use super::*;

    #[test]
    fn words_are_checked_when_they_are_read() {
        assert_eq!(
            word::<IncidentState>("state", "resolved".into()).unwrap(),
            IncidentState::Resolved
        );
        let refused = word::<IncidentState>("state", "solved".into()).unwrap_err();
        assert_eq!(refused.to_string(), "the store holds a state that cannot be read");
        assert!(word::<TargetId>("target", "no spaces".into()).is_err(), "ids are checked too");
        assert!(outcome("fine").is_err());
        assert_eq!(outcome("overloaded").unwrap(), Outcome::Failed(FailureClass::Overloaded));
    }

    #[test]
    fn a_word_is_written_as_it_is_on_the_wire_and_nothing_else_is_taken_for_one() {
        assert_eq!(of_word("state", &IncidentState::Monitoring).unwrap(), "monitoring");
        assert!(of_word("state", &Outcome::Ok).is_err(), "a structure is not a word");
    }

    #[test]
    fn numbers_out_of_range_are_errors_on_both_sides() {
        assert!(integer::<u32>("total_ms", -1).is_err());
        assert!(integer::<u16>("http_status", 70_000).is_err());
        assert!(of_count("requests", u64::MAX).is_err());
        assert_eq!(page_size(0), 1);
        assert_eq!(page_size(u32::MAX), 500);
    }
}
