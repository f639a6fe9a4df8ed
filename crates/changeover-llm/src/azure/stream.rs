//! Reads the chunks of a streamed answer of Azure's: between the model's there are the filter's,
//! which judge the prompt first and the answer afterwards, and have no part of the answer in them.

use serde_json::Value;

use crate::classify::content::Ending;
use crate::dialect::{EventDecoder, Step};
use crate::openai;

#[derive(Debug, Default)]
pub(super) struct Decoder {
    chunks: openai::stream::Decoder,
}

impl EventDecoder for Decoder {
    fn decode(&mut self, document: &Value) -> Vec<Step> {
        if is_filters(document) { Vec::new() } else { self.chunks.decode(document) }
    }

    fn ending_so_far(&mut self) -> Option<Ending> {
        self.chunks.ending_so_far()
    }
}

/// A chunk without a delta, an ending and usage: it would start the answer without name and model.
fn is_filters(document: &Value) -> bool {
    let choice = document.pointer("/choices/0");
    let says = choice.is_some_and(|choice| {
        choice.get("delta").is_some()
            || choice.get("finish_reason").is_some_and(|reason| !reason.is_null())
    });
    let counts = document.get("usage").is_some_and(|usage| !usage.is_null());
    !says && !counts
}
