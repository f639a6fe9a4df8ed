//! What a request asks for beyond a conversation.

use crate::canonical::{
    ChatRequest, Extra, ExtraOf, Message, Part, ResponseFormat, Role, Thinking,
};
use crate::front::{Door, FrontRequest};

use super::{Feature, FeatureSet};

/// All features that `front` asks for and the canonical form holds.
pub(super) fn of(front: &FrontRequest) -> FeatureSet {
    let mut asked = settings(&front.request);
    for message in &front.request.messages {
        message.parts.iter().for_each(|part| of_part(part, &mut asked));
    }
    placement(&front.request.messages, front.door, &mut asked);
    asked.union(front.request.extras.iter().map(feature_of).collect()).union(answer(front))
}

fn settings(request: &ChatRequest) -> FeatureSet {
    let mut asked = FeatureSet::NONE;
    let strict = request.tools.iter().any(|tool| tool.strict == Some(true));
    let marked = request.cache.is_some() || request.tools.iter().any(|tool| tool.cache.is_some());
    let strict_schema =
        matches!(request.response_format, ResponseFormat::JsonSchema { strict: true, .. });
    for (feature, is_asked) in [
        (Feature::Temperature, request.temperature.is_some()),
        (Feature::TopP, request.top_p.is_some()),
        (Feature::TopK, request.top_k.is_some()),
        (Feature::Seed, request.seed.is_some()),
        (Feature::PresencePenalty, request.presence_penalty.is_some()),
        (Feature::FrequencyPenalty, request.frequency_penalty.is_some()),
        (Feature::ParallelToolCalls, request.parallel_tool_calls.is_some()),
        (Feature::StrictTools, strict),
        (Feature::StrictSchema, strict_schema),
        (Feature::JsonObject, request.response_format == ResponseFormat::JsonObject),
        (Feature::Reasoning, request.reasoning.is_asked()),
        (Feature::CacheControl, marked),
        (Feature::User, request.user.is_some()),
    ] {
        asked.insert_if(feature, is_asked);
    }
    asked
}

fn of_part(part: &Part, asked: &mut FeatureSet) {
    match part {
        Part::Image(image) => asked.insert_if(Feature::ImageDetail, image.detail.is_some()),
        Part::Thinking { .. } | Part::RedactedThinking(_) => {
            asked.insert(Feature::ThinkingHistory);
        }
        Part::ToolCall { signature, .. } => {
            asked.insert_if(Feature::ToolCallSignature, signature.is_some());
        }
        Part::ToolResult { is_error, .. } => asked.insert_if(Feature::ToolResultError, *is_error),
        Part::CacheMark(_) => asked.insert(Feature::CacheControl),
        Part::Text(_) => {}
    }
}

/// What the order of the turns asks for.
fn placement(messages: &[Message], door: Door, asked: &mut FeatureSet) {
    let mut spoken = messages.iter().skip_while(|message| message.role == Role::System);
    let late = spoken.any(|message| message.role == Role::System);
    asked.insert_if(Feature::SystemPlacement, late);
    let begun = messages.last().is_some_and(|last| last.role == Role::Assistant);
    asked.insert_if(Feature::AssistantPrefill, begun && door == Door::Anthropic);
}

/// What the answer is expected to tell, beyond what every dialect tells.
fn answer(front: &FrontRequest) -> FeatureSet {
    let mut asked = FeatureSet::NONE;
    if front.door == Door::OpenAi {
        return asked;
    }
    let request = &front.request;
    let thinks = request.reasoning.thinking.is_some_and(|thinking| thinking != Thinking::Off);
    asked.insert_if(Feature::ThinkingText, thinks && request.reasoning.shown != Some(false));
    asked.insert_if(Feature::ThinkingSignature, thinks);
    asked.insert_if(Feature::StopSequence, !request.stop.is_empty());
    asked
}

/// The feature that a field of one dialect is.
pub(crate) fn feature_of(extra: &Extra) -> Feature {
    match (extra.of, extra.name.as_str()) {
        (ExtraOf::OpenaiCompatible, "top_k") => Feature::TopK,
        (ExtraOf::OpenaiCompatible, _) => Feature::UnknownField,
        (_, "logit_bias") => Feature::LogitBias,
        (_, "metadata") => Feature::Metadata,
        (_, "store") => Feature::Store,
        (_, "service_tier") => Feature::ServiceTier,
        (_, "inference_geo") => Feature::InferenceGeo,
        (_, "verbosity") => Feature::Verbosity,
        (_, "prediction") => Feature::Prediction,
        (_, "safety_identifier") => Feature::User,
        (_, "prompt_cache_key" | "prompt_cache_options" | "prompt_cache_retention") => {
            Feature::PromptCacheKey
        }
        _ => Feature::UnknownField,
    }
}

/// The features of the extras that a target does not take.
pub(crate) fn extras_lost(request: &ChatRequest, takes: impl Fn(ExtraOf) -> bool) -> FeatureSet {
    request.extras.iter().filter(|extra| !takes(extra.of)).map(feature_of).collect()
}
