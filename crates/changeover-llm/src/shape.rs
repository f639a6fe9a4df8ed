//! A text of the gateway's own, in the shape in which a request asks for its answer.
//!
//! When no provider can be asked, the caller still holds a parser in its hand. Plain text is given as
//! it is; JSON is made around it: a smallest document that the request's schema accepts, with the text
//! in the field that is most likely shown to somebody (`place`).
//!
//! The rules it keeps:
//!
//! - What it gives fits the schema, because it was checked by the same validator as a model's answer.
//!   How it is made (`make`) is only a way of finding candidates.
//! - The text is in it. A document of zeros and first choices without a word that something is wrong
//!   would be taken for an answer, so a schema that has no place for a text is refused, and the
//!   caller gets an error instead. An operator who knows an honest answer in such a shape writes it as
//!   the template: a text that is itself a document which fits is taken as it is.
//! - Other fields that must be there get the emptiest value that is allowed: null, the schema's own
//!   default, an enum's `unknown`, nothing, zero.
//! - It ends: choices are tried in order and their number is bounded. What is not found within the
//!   bounds is an error too.
//!
//! Not for tool calls: a request that demands one asks for a decision, which nobody has made.

mod choices;
mod flatten;
mod make;
mod object;
mod pattern;
mod place;
mod scalar;

use serde_json::{Value, json};

use crate::canonical::{ChatRequest, ResponseFormat, ToolChoice};
use crate::validate::{Compiled, InvalidSchema, SchemaField, Validators};
use choices::Choices;
use make::{Filling, Maker};

/// The most tries with one depth and one way of filling.
const MOST_TRIES: usize = 48;
/// How deep a document may be: the flattest that will do is wanted.
const DEPTHS: [usize; 3] = [4, 8, 16];
/// The most places of one document in which the text is tried.
const MOST_PLACES: usize = 8;

/// Why a text cannot be given in the shape that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error("the request demands a tool call, which only a model can decide on")]
    ToolCallDemanded,
    #[error(transparent)]
    InvalidSchema(#[from] InvalidSchema),
    #[error("no document with a prepared text in it was found that fits the request's schema")]
    NoDocument,
}

/// The text of an answer to `request` that says `text`.
///
/// # Errors
/// When the request's shape has no honest room for it.
pub fn in_shape(
    text: &str,
    request: &ChatRequest,
    validators: &Validators,
) -> Result<String, ShapeError> {
    match request.tool_choice {
        ToolChoice::Required | ToolChoice::Named(_) => return Err(ShapeError::ToolCallDemanded),
        ToolChoice::Auto | ToolChoice::None => {}
    }
    match &request.response_format {
        ResponseFormat::Text => Ok(text.to_owned()),
        ResponseFormat::JsonObject => Ok(match own_document(text) {
            Some(document) if document.is_object() => document.to_string(),
            Some(_) | None => json!({ "message": text }).to_string(),
        }),
        ResponseFormat::JsonSchema { schema, .. } => {
            let compiled = validators
                .compile(schema)
                .map_err(|problem| InvalidSchema { field: SchemaField::ResponseFormat, problem })?;
            let own = own_document(text).filter(|document| compiled.fits(document));
            let document = own.or_else(|| document_with(text, schema, &compiled));
            document.map(|found| found.to_string()).ok_or(ShapeError::NoDocument)
        }
    }
}

/// Whether a sentence can be added to an answer to `request` without breaking its shape.
#[must_use]
pub fn takes_notice(request: &ChatRequest) -> bool {
    matches!(request.response_format, ResponseFormat::Text)
}

/// The document that an operator wrote as the template.
fn own_document(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|document: &Value| {
        // A template that happens to be a number or a quoted word is still a text.
        document.is_object() || document.is_array()
    })
}

/// A smallest document that fits and has the text in it.
fn document_with(text: &str, schema: &Value, compiled: &Compiled) -> Option<Value> {
    let ways = [Filling::Sparse, Filling::Generous];
    ways.into_iter().flat_map(|filling| DEPTHS.map(|depth| (filling, depth))).find_map(
        |(filling, depth)| {
            let mut choices = Choices::default();
            (0..MOST_TRIES).find_map(|attempt| {
                if attempt > 0 && !choices.advance() {
                    return None;
                }
                let made = Maker::new(schema, &mut choices, filling, depth).make();
                let (document, places) = made.ok()?;
                place::ranked(places)
                    .into_iter()
                    .take(MOST_PLACES)
                    .filter_map(|place| place.filled(&document, text))
                    .find(|candidate| compiled.fits(candidate))
            })
        },
    )
}

#[cfg(test)]
mod tests;
