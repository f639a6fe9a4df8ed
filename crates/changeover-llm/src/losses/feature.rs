//! What a caller can ask for beyond a conversation, and sets of it.

/// The features of the callers' dialects that some target does not have. Closed: it is a label of
/// metrics and a word of a response header.
macro_rules! features {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A feature that makes an answer poorer when it is missing, but not wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Feature {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Feature {
            /// All of them, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word in headers and telemetry.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

features! {
    /// How freely the model chooses its words.
    Temperature = "temperature",
    /// Choosing among the likeliest words up to a share.
    TopP = "top_p",
    /// Choosing among so many of the likeliest words.
    TopK = "top_k",
    /// The same answer for the same number, as far as the vendor can.
    Seed = "seed",
    /// Less of what has been written at all.
    PresencePenalty = "presence_penalty",
    /// Less of what has been written often.
    FrequencyPenalty = "frequency_penalty",
    /// Weights of single tokens.
    LogitBias = "logit_bias",
    /// Whether several tools may be asked for at once.
    ParallelToolCalls = "parallel_tool_calls",
    /// The vendor holds a tool's arguments to their schema.
    StrictTools = "strict_tools",
    /// How tools are offered: examples, deferred or eager loading, allowed callers.
    ToolOptions = "tool_options",
    /// The mark that a tool's result is an error.
    ToolResultError = "tool_result_error",
    /// The proof of thoughts that hangs on a tool call.
    ToolCallSignature = "tool_call_signature",
    /// The vendor holds the answer to its schema.
    StrictSchema = "strict_schema",
    /// "Any JSON" is enforced and not only asked for.
    JsonObject = "json_object",
    /// How much effort or how many tokens the model spends on thinking.
    Reasoning = "reasoning",
    /// The model's thoughts of earlier turns.
    ThinkingHistory = "thinking_history",
    /// The beginning of the answer, written by the caller.
    AssistantPrefill = "assistant_prefill",
    /// The place of instructions that stand in the middle of the conversation.
    SystemPlacement = "system_placement",
    /// How closely an image is looked at.
    ImageDetail = "image_detail",
    /// Names of the participants of one role.
    ParticipantName = "participant_name",
    /// Sources given for passages of a text.
    Citations = "citations",
    /// Marks of prefixes worth keeping at the vendor.
    CacheControl = "cache_control",
    /// The name under which like prompts are kept at the vendor.
    PromptCacheKey = "prompt_cache_key",
    /// Who the application acts for.
    User = "user",
    /// The application's own labels on the request.
    Metadata = "metadata",
    /// The vendor keeps the answer for later.
    Store = "store",
    /// Which class of the vendor's capacity serves.
    ServiceTier = "service_tier",
    /// Where in the world the vendor serves.
    InferenceGeo = "inference_geo",
    /// How wordy the answer is.
    Verbosity = "verbosity",
    /// A text that the answer is likely to repeat.
    Prediction = "prediction",
    /// What the model thought, as text.
    ThinkingText = "thinking_text",
    /// The vendor's proof of what the model thought.
    ThinkingSignature = "thinking_signature",
    /// Which stop text ended the answer.
    StopSequence = "stop_sequence",
    /// A field that this version does not know.
    UnknownField = "unknown_field",
}

/// A set of features.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct FeatureSet(u64);

const _: () = assert!(Feature::ALL.len() <= 64, "a set has 64 places");

impl FeatureSet {
    /// The set without any.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u8;
    }

    /// Adds one if `asked`.
    pub fn insert_if(&mut self, feature: Feature, asked: bool) {
        if asked {
            self.insert(feature);
        }
    }

    #[must_use]
    pub fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u8) != 0
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its features, in the order in which they are told.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| self.contains(*feature))
    }
}

impl FromIterator<Feature> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::NONE, |mut set, feature| {
            set.insert(feature);
            set
        })
    }
}

impl std::fmt::Debug for FeatureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The set as a header has it: words with commas between.
impl std::fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, feature) in self.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}", feature.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_tells_its_features_once_and_in_order() {
        let set: FeatureSet = [Feature::Seed, Feature::TopK, Feature::Seed].into_iter().collect();
        assert_eq!(set.to_string(), "top_k, seed");
        assert!(set.contains(Feature::Seed) && !set.contains(Feature::User));
        assert_eq!(FeatureSet::NONE.to_string(), "");
    }

    #[test]
    fn every_feature_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> =
            Feature::ALL.iter().map(|feature| feature.as_str()).collect();
        assert_eq!(words.len(), Feature::ALL.len());
    }
}
