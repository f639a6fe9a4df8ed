//! JSON of pages: a look over it before any parser, the shape by which platforms are told apart,
//! and lists that end at a cap.

mod listed;
mod outline;
mod shape;
mod word;

use serde::Deserialize;

pub(crate) use listed::Listed;
pub(crate) use outline::{Checked, CheckedElement, Element, Weight, elements, without_known};
pub(crate) use shape::Shape;
pub(crate) use word::word;

use crate::ReadError;

/// The document's shape, when it is whole and within bounds.
pub(crate) fn shape(text: &str) -> Result<Shape, ReadError> {
    outline::check(text)?;
    parse(text)
}

/// Reads a document of a known shape.
pub(crate) fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError::of_json(&error))
}
