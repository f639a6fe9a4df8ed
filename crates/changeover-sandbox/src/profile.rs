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
    /// What its status page calls the API; `None` where it has no page.
    pub(crate) component: Option<&'static str>,
    /// Whether its API is asked over TLS. Such a vendor needs a name, or nobody could vouch for it.
    pub(crate) speaks_tls: bool,
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
    /// Where it runs, where the vendor lets the customer choose.
    pub(crate) region: Option<&'static str>,
    /// Picodollars per token of input, of cached input and of output, where the price list cannot
    /// know the name.
    pub(crate) prices: Option<[u64; 3]>,
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

const SWEDEN: &str = "swedencentral";
const VIRGINIA: &str = "eastus2";

/// A model that customers deploy under names of their own.
struct Deployable {
    snapshot: &'static str,
    display: &'static str,
    first_token_ms: f64,
    tokens_per_second: f64,
    prices: [u64; 3],
}

const GPT_5: Deployable = Deployable {
    snapshot: "gpt-5-2025-08-07",
    display: "GPT-5",
    first_token_ms: 1_080.0,
    tokens_per_second: 70.0,
    prices: [1_250_000, 125_000, 10_000_000],
};

const GPT_5_MINI: Deployable = Deployable {
    snapshot: "gpt-5-mini-2025-08-07",
    display: "GPT-5 mini",
    first_token_ms: 620.0,
    tokens_per_second: 110.0,
    prices: [250_000, 25_000, 2_000_000],
};

const fn deployment(
    name: &'static str,
    target: &'static str,
    region: &'static str,
    of: &Deployable,
) -> ModelProfile {
    ModelProfile {
        name,
        snapshot: of.snapshot,
        display: of.display,
        target,
        first_token_ms: of.first_token_ms,
        first_token_sigma: 0.34,
        tokens_per_second: of.tokens_per_second,
        context_tokens: 400_000,
        region: Some(region),
        prices: Some(of.prices),
    }
}

/// Everybody.
pub(crate) static PROVIDERS: [ProviderProfile; 4] = [
    ProviderProfile {
        id: "anthropic",
        name: "Anthropic",
        kind: ProviderKind::Anthropic,
        key: "sandbox-anthropic-key",
        component: Some("Claude API (api.anthropic.com)"),
        speaks_tls: false,
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
                region: None,
                prices: None,
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
                region: None,
                prices: None,
            },
        ],
        embedding_models: &[],
    },
    ProviderProfile {
        id: "openai",
        name: "OpenAI",
        kind: ProviderKind::Openai,
        key: "sandbox-openai-key",
        component: Some("Chat Completions"),
        speaks_tls: false,
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
                region: None,
                prices: None,
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
                region: None,
                prices: None,
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
            region: None,
            prices: None,
        }],
    },
    ProviderProfile {
        id: "gemini",
        name: "Google Gemini",
        kind: ProviderKind::Gemini,
        key: "sandbox-gemini-key",
        component: Some("Gemini API"),
        speaks_tls: false,
        models: &[ModelProfile {
            name: "gemini-2.5-pro",
            snapshot: "gemini-2.5-pro",
            display: "Gemini 2.5 Pro",
            target: "gemini-pro",
            first_token_ms: 1_150.0,
            first_token_sigma: 0.36,
            tokens_per_second: 92.0,
            context_tokens: 1_048_576,
            region: None,
            prices: None,
        }],
        embedding_models: &[],
    },
    ProviderProfile {
        id: "azure",
        name: "Azure OpenAI",
        kind: ProviderKind::AzureOpenai,
        key: "sandbox-azure-key",
        component: None,
        speaks_tls: true,
        models: &[
            deployment("gpt-5-sweden", "azure-main-sweden", SWEDEN, &GPT_5),
            deployment("gpt-5-mini-sweden", "azure-mini-sweden", SWEDEN, &GPT_5_MINI),
            deployment("gpt-5-virginia", "azure-main-virginia", VIRGINIA, &GPT_5),
        ],
        embedding_models: &[],
    },
];

#[cfg(test)]
mod tests {
    use genai_prices::{PriceRequest, Usage, UsageKey};

    use super::*;

    #[test]
    fn every_model_stands_in_the_price_list_or_brings_its_price() {
        let usage =
            Usage::from([(UsageKey::INPUT_TOKENS, 1_000.0), (UsageKey::OUTPUT_TOKENS, 100.0)]);
        for profile in &PROVIDERS {
            let vendor = if profile.id == "gemini" { "google" } else { profile.id };
            for model in profile.models.iter().filter(|model| model.prices.is_none()) {
                for name in [model.name, model.snapshot] {
                    let request = PriceRequest::new(name, &usage).with_provider_id(vendor);
                    let price = genai_prices::calculate(&request).unwrap();
                    assert!(price.total_price > 0.0, "{name} must have a price");
                }
            }
        }
    }
}
