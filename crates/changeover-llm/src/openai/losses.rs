//! What this dialect leaves out of a request, at the vendor's and at others'.

use super::{Flavour, request};
use crate::canonical::{ChatRequest, Part, ResponseFormat};
use crate::losses::{Feature, FeatureSet, extras_lost, those};

pub(crate) fn left_out(
    flavour: Flavour,
    model: &str,
    request: &ChatRequest,
    asked: FeatureSet,
) -> FeatureSet {
    let extras = extras_lost(request, |of| flavour.takes(of));
    let samples = request::takes_sampling(model, request, flavour);
    those(asked, |feature| match feature {
        Feature::Temperature
        | Feature::TopP
        | Feature::PresencePenalty
        | Feature::FrequencyPenalty => !samples,
        Feature::Reasoning => request::effort(model, request, flavour).is_none(),
        Feature::Seed
        | Feature::ParallelToolCalls
        | Feature::JsonObject
        | Feature::SystemPlacement
        | Feature::ImageDetail => false,
        Feature::StrictTools => {
            let mut strict = request.tools.iter().filter(|tool| tool.strict == Some(true));
            !strict.all(|tool| flavour.holds_to(&tool.parameters))
        }
        Feature::StrictSchema => match &request.response_format {
            ResponseFormat::JsonSchema { schema, .. } => !flavour.holds_to(schema),
            ResponseFormat::Text | ResponseFormat::JsonObject => false,
        },
        // Only the caller's own field is passed on; who asked in another dialect asked elsewhere.
        Feature::TopK => !has_extra(request, "top_k") || extras.contains(feature),
        Feature::ThinkingHistory => !flavour.takes_thoughts() || has_sealed(request),
        // Servers that think say what they thought; the vendor keeps it to itself.
        Feature::ThinkingText => flavour.is_openai(),
        Feature::User => !flavour.is_openai(),
        Feature::LogitBias
        | Feature::PromptCacheKey
        | Feature::Metadata
        | Feature::Store
        | Feature::ServiceTier
        | Feature::InferenceGeo
        | Feature::Verbosity
        | Feature::Prediction
        | Feature::UnknownField => extras.contains(feature),
        _ => true,
    })
}

fn has_extra(request: &ChatRequest, name: &str) -> bool {
    request.extras.iter().any(|extra| extra.name == name)
}

/// Thoughts with another vendor's proof, or under its seal.
fn has_sealed(request: &ChatRequest) -> bool {
    let mut parts = request.messages.iter().flat_map(|message| &message.parts);
    parts.any(|part| {
        matches!(part, Part::Thinking { signature: Some(_), .. } | Part::RedactedThinking(_))
    })
}
