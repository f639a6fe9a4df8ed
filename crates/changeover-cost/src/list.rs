//! The door to the bundled price list, and the only place where its floating-point dollars are seen.
//!
//! The list (`genai-prices`) is dated: a request is priced at what was in force when it was made.
//! What is taken from it is the standard rate of the vendor's API: no batch, flex or priority
//! tiers, no surcharge of a region, no searches or fees per request, no rent of what lies in a cache.
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
/// price for input.
pub(crate) fn listed(provider: &Provider, model: &str, at: UnixMs) -> Option<TokenPrices> {
    let input_as = |parts: &[UsageKey]| {
        let kinds = [&[UsageKey::INPUT_TOKENS], parts].concat();
        picodollars(sampled(provider, model, at, &kinds)?.input_price)
    };
    let input = input_as(&[])?;
    let written = input_as(&[UsageKey::CACHE_WRITE_TOKENS])?;
    let written_1h = input_as(&[UsageKey::CACHE_WRITE_TOKENS, UsageKey::CACHE_WRITE_1H_TOKENS])?;
    let output = sampled(provider, model, at, &[UsageKey::OUTPUT_TOKENS])?.output_price;
    let (cache_write_picodollars, cache_write_1h_picodollars) =
        told_apart(input, written, written_1h);
    let prices = TokenPrices {
        input_picodollars: input,
        cached_input_picodollars: input_as(&[UsageKey::CACHE_READ_TOKENS])?,
        cache_write_picodollars,
        cache_write_1h_picodollars,
        output_picodollars: Some(picodollars(output)?).filter(|price| *price > 0),
    };
    // The list has models without prices; it never lists a price of nought.
    (prices.input_picodollars > 0).then_some(prices)
}

/// The prices of writing to a cache, as far as the list has them. It answers for a kind that it has
/// no price for with that of the kind above: an hour's writing with any writing's, and that with the
/// input's. So a price that is no other than the one above is none of its own, except that whoever
/// has a price for an hour has one for less, which may be the input's.
fn told_apart(input: u64, written: u64, written_1h: u64) -> (Option<u64>, Option<u64>) {
    let hour = (written_1h != written).then_some(written_1h);
    (Some(written).filter(|written| hour.is_some() || *written != input), hour)
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

    fn all_prices(kind: ProviderKind, model: &str, at: UnixMs) -> Option<TokenPrices> {
        listed(&provider(kind, "http://127.0.0.1:1"), model, at)
    }

    /// Input, cached input and output.
    fn prices(kind: ProviderKind, model: &str, at: UnixMs) -> Option<[u64; 3]> {
        let prices = all_prices(kind, model, at)?;
        let output = prices.output_picodollars?;
        Some([prices.input_picodollars, prices.cached_input_picodollars, output])
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
    }

    #[test]
    fn a_model_of_embeddings_has_a_price_for_input_and_none_for_answers() {
        for (kind, model, input) in [
            (ProviderKind::Openai, "text-embedding-3-small", 20_000),
            (ProviderKind::Openai, "text-embedding-3-large", 130_000),
            (ProviderKind::Gemini, "gemini-embedding-001", 150_000),
        ] {
            let prices = all_prices(kind, model, JUNE_2026).unwrap();
            assert_eq!(prices.input_picodollars, input, "{model}");
            assert_eq!(prices.output_picodollars, None, "{model}");
        }
    }

    #[test]
    fn writing_to_a_cache_has_its_listed_prices_or_none() {
        // Anthropic bills 1.25 times the input for five minutes and twice the input for an hour;
        // OpenAI's later models bill 1.25 times and know no hour; most bill no writing at all.
        for (kind, model, expected) in [
            (ProviderKind::Anthropic, "claude-opus-4-5", (Some(6_250_000), Some(10_000_000))),
            (ProviderKind::Anthropic, "claude-haiku-4-5", (Some(1_250_000), Some(2_000_000))),
            (ProviderKind::Anthropic, "claude-3-haiku", (Some(300_000), Some(500_000))),
            (ProviderKind::Openai, "gpt-5.6-cyber", (Some(15_625_000), None)),
            (ProviderKind::Openai, "gpt-5", (None, None)),
            (ProviderKind::Gemini, "gemini-2.5-flash", (None, None)),
        ] {
            let prices = all_prices(kind, model, JUNE_2026).unwrap();
            let found = (prices.cache_write_picodollars, prices.cache_write_1h_picodollars);
            assert_eq!(found, expected, "{model}");
        }
    }

    #[test]
    fn a_price_of_writing_that_is_the_inputs_is_known_by_the_one_for_an_hour() {
        assert_eq!(told_apart(3, 3, 6), (Some(3), Some(6)));
        assert_eq!(told_apart(3, 4, 4), (Some(4), None));
        assert_eq!(told_apart(3, 3, 3), (None, None));
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
