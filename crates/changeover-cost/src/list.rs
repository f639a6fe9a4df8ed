//! The door to the bundled price list, and the only place where its floating-point dollars are seen.
//!
//! The list (`genai-prices`) is dated: a request is priced at what was in force when it was made.
//! What is taken from it is the standard rate of the vendor's API: no batch, flex or priority
//! tiers, no surcharge of a region, no cache writes, searches or fees per request.
//!
//! Where a vendor charges more beyond a prompt length (mostly 200,000 tokens), the *base* tier is
//! taken, because our figures are sums over many requests and do not keep each prompt's length. A
//! route with very long prompts is therefore shown cheaper than it is; an operator who has such a
//! route sets the target's price in the configuration.

use std::time::{Duration, SystemTime};

use changeover_domain::{Provider, ProviderKind, TokenPrices, UnixMs};
use genai_prices::{Calculator, PriceCalculation, PriceRequest, Usage, UsageKey};

/// How many tokens are priced to learn the price of one. Below the start of every vendor's second
/// tier (32,000 is the lowest), and enough that rounding to a picodollar is exact.
const SAMPLE_TOKENS: f64 = 1_000.0;
/// A dollar for [`SAMPLE_TOKENS`], in picodollars per token.
const PICODOLLARS_PER_TOKEN: f64 = 1e12 / SAMPLE_TOKENS;

/// What the price list says about `model` at `provider` at that time; `None` where it knows no
/// price for input or for output.
pub(crate) fn listed(provider: &Provider, model: &str, at: UnixMs) -> Option<TokenPrices> {
    let input = sampled(provider, model, at, &[UsageKey::INPUT_TOKENS])?.input_price;
    let cached =
        sampled(provider, model, at, &[UsageKey::INPUT_TOKENS, UsageKey::CACHE_READ_TOKENS])?
            .input_price;
    let output = sampled(provider, model, at, &[UsageKey::OUTPUT_TOKENS])?.output_price;
    let prices = TokenPrices {
        input_picodollars: picodollars(input)?,
        cached_input_picodollars: picodollars(cached)?,
        output_picodollars: picodollars(output)?,
    };
    // The list has models without prices; it never lists a price of nought.
    (prices.input_picodollars > 0 && prices.output_picodollars > 0).then_some(prices)
}

fn sampled(
    provider: &Provider,
    model: &str,
    at: UnixMs,
    kinds: &[UsageKey],
) -> Option<PriceCalculation> {
    let mut usage = Usage::new();
    for kind in kinds {
        usage.insert(kind.clone(), SAMPLE_TOKENS);
    }
    let request = PriceRequest::new(model, &usage).with_timestamp(system_time(at)?);
    let request = match vendor(provider.kind) {
        Some(id) => request.with_provider_id(id),
        None => request.with_provider_api_url(&provider.base_url),
    };
    Calculator::bundled().calculate(&request).ok()
}

/// The vendor's name in the price list; `None` where only the address tells who it is.
fn vendor(kind: ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::Anthropic => Some("anthropic"),
        ProviderKind::Openai => Some("openai"),
        ProviderKind::Gemini => Some("google"),
        ProviderKind::AzureOpenai => Some("azure"),
        ProviderKind::Bedrock => Some("aws"),
        ProviderKind::OpenaiCompatible => None,
    }
}

fn system_time(at: UnixMs) -> Option<SystemTime> {
    let since_epoch = Duration::from_millis(u64::try_from(at.0).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since_epoch)
}

/// Dollars for [`SAMPLE_TOKENS`] as whole picodollars per token. Through text, because that rounds
/// and refuses what does not fit, where a cast would cut off.
fn picodollars(dollars: f64) -> Option<u64> {
    format!("{:.0}", dollars * PICODOLLARS_PER_TOKEN).parse().ok()
}

#[cfg(test)]
mod tests {
    use changeover_domain::ProviderId;

    use super::*;

    /// 2026-06-01.
    const JUNE_2026: UnixMs = UnixMs(1_780_272_000_000);

    fn provider(kind: ProviderKind, base_url: &str) -> Provider {
        Provider {
            id: ProviderId::try_new("p").unwrap(),
            name: "P".into(),
            kind,
            base_url: base_url.into(),
        }
    }

    fn prices(kind: ProviderKind, model: &str, at: UnixMs) -> Option<[u64; 3]> {
        per_token(listed(&provider(kind, "http://127.0.0.1:1"), model, at))
    }

    fn per_token(prices: Option<TokenPrices>) -> Option<[u64; 3]> {
        prices.map(|prices| {
            [prices.input_picodollars, prices.cached_input_picodollars, prices.output_picodollars]
        })
    }

    #[test]
    fn list_prices_are_taken_to_the_picodollar() {
        for (kind, model, expected) in [
            // $5 / $0.50 / $25 per million tokens, and so on, as the vendors publish them.
            (ProviderKind::Anthropic, "claude-opus-4-5", [5_000_000, 500_000, 25_000_000]),
            (ProviderKind::Openai, "gpt-5", [1_250_000, 125_000, 10_000_000]),
            (ProviderKind::Openai, "gpt-5-mini", [250_000, 25_000, 2_000_000]),
            (ProviderKind::Gemini, "gemini-2.5-flash", [300_000, 30_000, 2_500_000]),
        ] {
            assert_eq!(prices(kind, model, JUNE_2026), Some(expected), "{model}");
        }
    }

    #[test]
    fn a_tiered_model_has_its_base_tiers_price() {
        assert_eq!(
            prices(ProviderKind::Gemini, "gemini-2.5-pro", JUNE_2026),
            Some([1_250_000, 125_000, 10_000_000]),
            "not the $2.50 / $15 of prompts over 200,000 tokens"
        );
    }

    #[test]
    fn the_price_is_that_of_the_day() {
        // OpenAI cut o3 from $10 / $40 to $2 / $8 on 2025-06-10.
        let before = prices(ProviderKind::Openai, "o3", UnixMs(1_748_736_000_000));
        let after = prices(ProviderKind::Openai, "o3", JUNE_2026);
        assert_eq!(
            before.map(|[input, _, output]| (input, output)),
            Some((10_000_000, 40_000_000))
        );
        assert_eq!(after.map(|[input, _, output]| (input, output)), Some((2_000_000, 8_000_000)));
    }

    #[test]
    fn a_model_without_a_listed_price_is_unpriced_and_not_free() {
        assert_eq!(prices(ProviderKind::Anthropic, "claude-imagined-9", JUNE_2026), None);
        assert_eq!(
            prices(ProviderKind::Gemini, "gemma-3", JUNE_2026),
            None,
            "listed, but without a price"
        );
        assert_eq!(
            prices(ProviderKind::Openai, "text-embedding-3-small", JUNE_2026),
            None,
            "half a price is none"
        );
    }

    #[test]
    fn a_compatible_vendor_is_known_by_its_address_only() {
        let model = "llama-3.3-70b-versatile";
        let known = provider(ProviderKind::OpenaiCompatible, "https://api.groq.com/openai/v1");
        assert!(listed(&known, model, JUNE_2026).is_some());
        let private = provider(ProviderKind::OpenaiCompatible, "http://10.0.0.7:8000/v1");
        assert_eq!(listed(&private, model, JUNE_2026), None, "own hardware has no list price");
    }

    #[test]
    fn what_does_not_fit_is_refused_rather_than_cut_off() {
        assert_eq!(picodollars(f64::NAN), None);
        assert_eq!(picodollars(-0.003), None);
        assert_eq!(picodollars(f64::INFINITY), None);
        assert_eq!(picodollars(0.003), Some(3_000_000));
    }
}
