//! The vendor's own rules, by its name or, where the name is not known, by the body's shape.

mod azure;
mod bedrock;
mod compatible;

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer, shared};
use crate::{anthropic, gemini, openai};

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    match answer.provider {
        "anthropic" => anthropic::errors::judge(error),
        "gemini" | "vertex" => gemini::errors::judge(error),
        "openai" => openai::errors::judge(error),
        "azure_openai" => azure::judge(error),
        "bedrock" => bedrock::judge(answer, error),
        _ => by_shape(answer, error),
    }
}

/// A gateway or an imitation: every dialect's marks are looked for, then the quoted upstream's.
fn by_shape(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    compatible::judge(error)
        .or_else(|| bedrock::judge(answer, error))
        .or_else(|| {
            let google = !error.status_word.is_empty() || error.value.get("details").is_some();
            google.then(|| gemini::errors::judge(error)).flatten()
        })
        .or_else(|| {
            let upstream = error.upstream.as_deref()?;
            by_shape(answer, upstream).or_else(|| shared::judge(answer, upstream))
        })
}
