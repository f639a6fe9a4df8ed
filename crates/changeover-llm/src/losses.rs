//! What is lost between a caller's dialect and a target's, and what must not be lost.
//!
//! A feature is *lost* when the answer is poorer without it: a seed, a mark for a cache. The request
//! is served all the same, and the loss is told in a header and counted. What would make the answer
//! *wrong* when it is missing (tools, images, a schema, room for the conversation) is a
//! [need](Needs): a target that does not meet it is passed over for the request.
//!
//! Each adapter knows what it leaves out; here it is put together with what the callers' dialects
//! can ask for. The table of all pairs in `docs/losses.md` is made from this code by its tests.

mod asked;
mod feature;
mod needs;

pub(crate) use asked::extras_lost;
pub use feature::{Feature, FeatureSet};
pub use needs::{Needs, estimated_input_tokens};

use changeover_domain::ProviderKind;

use crate::canonical::ChatRequest;
use crate::front::{Door, FrontRequest};
use crate::openai::Flavour;
use crate::{anthropic, gemini, openai};

/// What `front` asked for and does not get when a target of `kind` with `model` serves it.
#[must_use]
pub fn lost(front: &FrontRequest, kind: ProviderKind, model: &str) -> FeatureSet {
    let request = &front.request;
    let asked = asked::of(front);
    let left_out = match kind {
        ProviderKind::Anthropic => anthropic::losses::left_out(model, request, asked),
        ProviderKind::Gemini => gemini::losses::left_out(model, request, asked),
        ProviderKind::Openai => openai::losses::left_out(Flavour::Openai, model, request, asked),
        ProviderKind::AzureOpenai => {
            openai::losses::left_out(Flavour::Azure, model, request, asked)
        }
        ProviderKind::OpenaiCompatible => {
            openai::losses::left_out(Flavour::Compatible, model, request, asked)
        }
        ProviderKind::Bedrock => asked,
    };
    front.dropped.union(left_out).union(lost_on_the_way_out(front.door, kind, model, request))
}

/// What the target gives and the caller's dialect has no place for: the proof of thoughts, which a
/// next turn that goes on with tools would want back.
fn lost_on_the_way_out(
    door: Door,
    kind: ProviderKind,
    model: &str,
    request: &ChatRequest,
) -> FeatureSet {
    let mut lost = FeatureSet::NONE;
    let signs = kind == ProviderKind::Anthropic && anthropic::losses::thinks(model, request);
    let goes_on = !request.tools.is_empty();
    lost.insert_if(Feature::ThinkingSignature, signs && goes_on && door == Door::OpenAi);
    lost
}

/// The losses among some features: those that `is_lost`.
pub(crate) fn those(asked: FeatureSet, is_lost: impl Fn(Feature) -> bool) -> FeatureSet {
    asked.iter().filter(|feature| is_lost(*feature)).collect()
}

#[cfg(test)]
mod tests;
