//! What this dialect leaves out of a request.

use super::{models, request};
use crate::canonical::{ChatRequest, ExtraOf, Part};
use crate::losses::{Feature, FeatureSet, extras_lost, those};

pub(crate) fn left_out(model: &str, request: &ChatRequest, asked: FeatureSet) -> FeatureSet {
    let samples = models::takes_sampling(model) && !thinks(model, request);
    let extras = extras_lost(request, |of| of == ExtraOf::Anthropic);
    those(asked, |feature| match feature {
        Feature::Temperature | Feature::TopK => !samples,
        Feature::TopP => !samples || request.temperature.is_some(),
        Feature::Reasoning => request::ignores_reasoning(model, request),
        Feature::ThinkingText | Feature::ThinkingSignature => !thinks(model, request),
        Feature::ThinkingHistory => has_unsigned(request),
        Feature::ParallelToolCalls
        | Feature::StrictTools
        | Feature::StrictSchema
        | Feature::ToolResultError
        | Feature::AssistantPrefill
        | Feature::CacheControl
        | Feature::StopSequence => false,
        Feature::User => request.user.is_none() || extras.contains(feature),
        Feature::ServiceTier | Feature::InferenceGeo => extras.contains(feature),
        _ => true,
    })
}

/// The model will think.
pub(crate) fn thinks(model: &str, request: &ChatRequest) -> bool {
    request::thinks(model, request)
}

/// Thoughts that another vendor's model had.
fn has_unsigned(request: &ChatRequest) -> bool {
    let mut parts = request.messages.iter().flat_map(|message| &message.parts);
    parts.any(|part| matches!(part, Part::Thinking { signature: None, .. }))
}
