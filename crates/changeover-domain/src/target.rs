//! Providers and targets: who can serve a request, what they can do and what we hold them to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ProviderId, TargetId};

/// The wire protocol a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    Anthropic,
    Openai,
    Gemini,
    AzureOpenai,
    Bedrock,
    OpenaiCompatible,
}

impl ProviderKind {
    /// The kind as it stands in configuration and telemetry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Gemini => "gemini",
            Self::AzureOpenai => "azure_openai",
            Self::Bedrock => "bedrock",
            Self::OpenaiCompatible => "openai_compatible",
        }
    }
}

/// A vendor account behind one base URL: a fault domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Provider {
    pub id: ProviderId,
    /// As a person calls it: "Anthropic".
    pub name: String,
    pub kind: ProviderKind,
    /// Where requests go, without a trailing slash.
    pub base_url: String,
}

/// What a target can do. A request that needs more is passed on to the next target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Capabilities {
    pub tools: bool,
    pub json_schema: bool,
    pub images: bool,
    pub context_tokens: u32,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { tools: true, json_schema: true, images: false, context_tokens: 128_000 }
    }
}

/// What a target is held to. Latency alone can breach it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Slo {
    /// The share of requests that must succeed, 0 to 1.
    pub success_share: f64,
    pub time_to_first_token_p95_ms: u32,
    pub total_p95_ms: u32,
}

impl Default for Slo {
    fn default() -> Self {
        Self { success_share: 0.99, time_to_first_token_p95_ms: 3_000, total_p95_ms: 15_000 }
    }
}

/// Provider and model (and region): what can serve a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Target {
    pub id: TargetId,
    pub provider: ProviderId,
    /// The model name as the vendor's API takes it.
    pub model: String,
    pub region: Option<String>,
    pub capabilities: Capabilities,
    pub slo: Slo,
}

/// Tokens by kind, as the vendor counted them. What was read from its prompt cache and what was
/// written to it are parts of `input_tokens`, reasoning is part of `output_tokens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct TokenUsage {
    pub input_tokens: u64,
    /// Of `input_tokens`, those read from the vendor's prompt cache.
    pub cached_input_tokens: u64,
    /// Of `input_tokens`, those written to the vendor's prompt cache for its usual lifetime, which
    /// is five minutes at Anthropic. 0 where the vendor does not bill writing apart.
    #[serde(default)]
    pub cache_write_tokens: u64,
    /// Of `input_tokens`, those written to the vendor's prompt cache for an hour.
    #[serde(default)]
    pub cache_write_1h_tokens: u64,
    pub output_tokens: u64,
    /// Of `output_tokens`, those the model spent on thinking. 0 where the vendor does not tell them
    /// apart.
    #[serde(default)]
    pub reasoning_tokens: u64,
}

impl TokenUsage {
    /// Both usages together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_add(other.cached_input_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
            cache_write_1h_tokens: self
                .cache_write_1h_tokens
                .saturating_add(other.cache_write_1h_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }

    /// This usage so many times.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_mul(factor),
            cached_input_tokens: self.cached_input_tokens.saturating_mul(factor),
            cache_write_tokens: self.cache_write_tokens.saturating_mul(factor),
            cache_write_1h_tokens: self.cache_write_1h_tokens.saturating_mul(factor),
            output_tokens: self.output_tokens.saturating_mul(factor),
            reasoning_tokens: self.reasoning_tokens.saturating_mul(factor),
        }
    }
}
