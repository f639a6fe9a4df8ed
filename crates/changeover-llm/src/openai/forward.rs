//! A plain request on its way to a vendor that speaks its caller's dialect: as it was written, but for
//! the model's name, the name of the length, and the usage that we want to be told.
//!
//! The rule it keeps: what is sent means what [`request`](super::request) would have sent; a test holds
//! the two together.

use bytes::Bytes;

use super::{Flavour, models};
use crate::dialect::{quoted, spliced};
use crate::front::{LENGTH, NEWER_LENGTH, Plain};

/// What asks a stream for its usage, at the end of a request.
const USAGE: &[u8] = br#","stream_options":{"include_usage":true}"#;

/// Whether `model` at a vendor of `flavour` is asked all of it.
pub(crate) fn takes(flavour: Flavour, model: &str, plain: &Plain) -> bool {
    match flavour {
        Flavour::Openai => !plain.samples || models::takes_sampling(model, false),
        Flavour::Compatible => !plain.names_user,
        Flavour::Azure | Flavour::Mistral => false,
    }
}

/// The body for `model` at a vendor of `flavour`.
pub(crate) fn body(flavour: Flavour, model: &str, plain: &Plain, body: &[u8]) -> Bytes {
    let model = quoted(model);
    let mut places = Vec::with_capacity(3);
    places.push((plain.model_at.clone(), model.as_bytes()));
    if let Some(length) = &plain.length
        && length.is_newer != flavour.is_openai()
    {
        let name = if flavour.is_openai() { NEWER_LENGTH } else { LENGTH };
        places.push((length.name_at.clone(), name.as_bytes()));
    }
    if plain.stream && !plain.include_usage {
        let end = body.trim_ascii_end().len().saturating_sub(1);
        places.push((end..end, USAGE));
    }
    places.sort_unstable_by_key(|(place, _)| place.start);
    spliced(body, &places)
}
