//! What this dialect leaves out of a request.

use super::models::{ThinksBy, thinks_by};
use crate::canonical::ChatRequest;
use crate::losses::{Feature, FeatureSet, those};

pub(crate) fn left_out(model: &str, request: &ChatRequest, asked: FeatureSet) -> FeatureSet {
    let thinks = thinks_by(model) != ThinksBy::Nothing;
    those(asked, |feature| match feature {
        Feature::Temperature
        | Feature::TopP
        | Feature::TopK
        | Feature::PresencePenalty
        | Feature::FrequencyPenalty
        | Feature::StrictSchema
        | Feature::JsonObject
        | Feature::ToolResultError
        | Feature::ToolCallSignature => false,
        Feature::Seed => request.seed.is_some_and(|seed| i32::try_from(seed).is_err()),
        Feature::Reasoning | Feature::ThinkingText => !thinks,
        _ => true,
    })
}
