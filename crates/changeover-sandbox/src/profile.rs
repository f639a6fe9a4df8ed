//! Who lives in the world: vendors with their models, and how fast each model is on a calm day.

use changeover_domain::ProviderKind;

/// A simulated vendor.
#[derive(Debug)]
pub(crate) struct ProviderProfile {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: ProviderKind,
    /// The only key its API takes.
    pub(crate) key: &'static str,
    /// What its status page calls the API.
    pub(crate) component: &'static str,
    pub(crate) models: &'static [ModelProfile],
    /// Those that answer with vectors; the default world makes no targets of them.
    pub(crate) embedding_models: &'static [ModelProfile],
}

/// A simulated model. Times hold on a calm day; a scenario multiplies them.
#[derive(Debug)]
pub(crate) struct ModelProfile {
    /// As callers name it.
    pub(crate) name: &'static str,
    /// As answers name it: the snapshot behind the name.
    pub(crate) snapshot: &'static str,
    /// As the status page names it.
    pub(crate) display: &'static str,
    /// The target that the default world makes of it.
    pub(crate) target: &'static str,
    /// Median time to the first token, milliseconds; log-normal around it.
    pub(crate) first_token_ms: f64,
    pub(crate) first_token_sigma: f64,
    pub(crate) tokens_per_second: f64,
    pub(crate) context_tokens: u32,
}

impl ProviderProfile {
    /// The model of this name.
    pub(crate) fn model(&self, name: &str) -> Option<&'static ModelProfile> {
        self.models.iter().find(|model| model.name == name || model.snapshot == name)
    }

    /// The model of this name for embeddings.
    pub(crate) fn embedding_model(&self, name: &str) -> Option<&'static ModelProfile> {
        self.embedding_models.iter().find(|model| model.name == name)
    }
}

/// The vendor of this id.
pub(crate) fn provider(id: &str) -> Option<&'static ProviderProfile> {
    PROVIDERS.iter().find(|profile| profile.id == id)
}

/// Everybody.
pub(crate) static PROVIDERS: [ProviderProfile; 3] = [
    ProviderProfile {
        id: "anthropic",
        name: "Anthropic",
        kind: ProviderKind::Anthropic,
        key: "sandbox-anthropic-key",
        component: "Claude API (api.anthropic.com)",
        models: &[
            ModelProfile {
                name: "claude-opus-4-5",
                snapshot: "claude-opus-4-5-20251101",
                display: "Claude Opus 4.5",
                target: "claude-opus",
                first_token_ms: 1_050.0,
                first_token_sigma: 0.32,
                tokens_per_second: 62.0,
                context_tokens: 200_000,
            },
            ModelProfile {
                name: "claude-haiku-4-5",
                snapshot: "claude-haiku-4-5-20251001",
                display: "Claude Haiku 4.5",
                target: "claude-haiku",
                first_token_ms: 480.0,
                first_token_sigma: 0.30,
                tokens_per_second: 128.0,
                context_tokens: 200_000,
            },
        ],
        embedding_models: &[],
    },
    ProviderProfile {
        id: "openai",
        name: "OpenAI",
        kind: ProviderKind::Openai,
        key: "sandbox-openai-key",
        component: "Chat Completions",
        models: &[
            ModelProfile {
                name: "gpt-5",
                snapshot: "gpt-5-2025-08-07",
                display: "GPT-5",
                target: "gpt-main",
                first_token_ms: 980.0,
                first_token_sigma: 0.38,
                tokens_per_second: 74.0,
                context_tokens: 400_000,
            },
            ModelProfile {
                name: "gpt-5-mini",
                snapshot: "gpt-5-mini-2025-08-07",
                display: "GPT-5 mini",
                target: "gpt-mini",
                first_token_ms: 560.0,
                first_token_sigma: 0.34,
                tokens_per_second: 118.0,
                context_tokens: 400_000,
            },
        ],
        embedding_models: &[ModelProfile {
            name: "text-embedding-3-small",
            snapshot: "text-embedding-3-small",
            display: "Embeddings",
            target: "embedding-small",
            first_token_ms: 140.0,
            first_token_sigma: 0.25,
            tokens_per_second: 1_000.0,
            context_tokens: 300_000,
        }],
    },
    ProviderProfile {
        id: "gemini",
        name: "Google Gemini",
        kind: ProviderKind::Gemini,
        key: "sandbox-gemini-key",
        component: "Gemini API",
        models: &[ModelProfile {
            name: "gemini-2.5-pro",
            snapshot: "gemini-2.5-pro",
            display: "Gemini 2.5 Pro",
            target: "gemini-pro",
            first_token_ms: 1_150.0,
            first_token_sigma: 0.36,
            tokens_per_second: 92.0,
            context_tokens: 1_048_576,
        }],
        embedding_models: &[],
    },
];

#[cfg(test)]
mod tests {
    use genai_prices::{PriceRequest, Usage, UsageKey};

    use super::*;

    #[test]
    fn every_model_stands_in_the_price_list() {
        let usage =
            Usage::from([(UsageKey::INPUT_TOKENS, 1_000.0), (UsageKey::OUTPUT_TOKENS, 100.0)]);
        for profile in &PROVIDERS {
            let vendor = if profile.id == "gemini" { "google" } else { profile.id };
            for model in profile.models {
                for name in [model.name, model.snapshot] {
                    let request = PriceRequest::new(name, &usage).with_provider_id(vendor);
                    let price = genai_prices::calculate(&request).unwrap();
                    assert!(price.total_price > 0.0, "{name} must have a price");
                }
            }
        }
    }
}
