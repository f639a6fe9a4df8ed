//! Prices as integers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Nanodollars, TokenUsage};

/// What one token costs, in picodollars (10⁻¹² dollars): $3 per million tokens are 3,000,000.
/// Finer than nanodollars, because a cheap cached token costs less than one of those.
///
/// A kind of token without a price is not free: work that has such tokens has no cost that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TokenPrices {
    pub input_picodollars: u64,
    /// For input read from the vendor's cache; the input price where a vendor has no other.
    pub cached_input_picodollars: u64,
    /// For input written to the vendor's cache for its usual lifetime.
    pub cache_write_picodollars: Option<u64>,
    /// For input written to the vendor's cache for an hour.
    pub cache_write_1h_picodollars: Option<u64>,
    /// `None` for what writes nothing, such as a model of embeddings.
    pub output_picodollars: Option<u64>,
}

impl TokenPrices {
    /// Prices of the kinds that every chat has: none for writing to a cache.
    #[must_use]
    pub const fn of_chat(input: u64, cached_input: u64, output: u64) -> Self {
        Self {
            input_picodollars: input,
            cached_input_picodollars: cached_input,
            cache_write_picodollars: None,
            cache_write_1h_picodollars: None,
            output_picodollars: Some(output),
        }
    }

    /// What `usage` costs, rounded half up to nanodollars once, at the end. `None` where it has
    /// tokens of a kind that has no price.
    #[must_use]
    pub fn cost(&self, usage: TokenUsage) -> Option<Nanodollars> {
        let parts = InputParts::of(usage);
        let all = [
            (parts.fresh, Some(self.input_picodollars)),
            (parts.cached, Some(self.cached_input_picodollars)),
            (parts.written, self.cache_write_picodollars),
            (parts.written_1h, self.cache_write_1h_picodollars),
            (usage.output_tokens, self.output_picodollars),
        ];
        let mut picodollars = 0_u128;
        for (tokens, price) in all.into_iter().filter(|(tokens, _)| *tokens > 0) {
            picodollars += u128::from(tokens) * u128::from(price?);
        }
        Some(Nanodollars(i64::try_from((picodollars + 500) / 1_000).unwrap_or(i64::MAX)))
    }
}

/// The kinds of input, none counted twice. What a vendor says to have cached and written beyond all
/// of its input is left out: it is no discount, and no surcharge.
#[derive(Debug, Clone, Copy)]
struct InputParts {
    fresh: u64,
    cached: u64,
    written: u64,
    written_1h: u64,
}

impl InputParts {
    fn of(usage: TokenUsage) -> Self {
        let all = usage.input_tokens;
        let cached = usage.cached_input_tokens.min(all);
        let written_1h = usage.cache_write_1h_tokens.min(all - cached);
        let written = usage.cache_write_tokens.min(all - cached - written_1h);
        Self { fresh: all - cached - written_1h - written, cached, written, written_1h }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of a model at $3 and $15 per million tokens whose cache is written at 1.25 and 2 times
    /// the input's price.
    const PRICES: TokenPrices = TokenPrices {
        input_picodollars: 3_000_000,
        cached_input_picodollars: 300_000,
        cache_write_picodollars: Some(3_750_000),
        cache_write_1h_picodollars: Some(6_000_000),
        output_picodollars: Some(15_000_000),
    };

    fn usage(input_tokens: u64, output_tokens: u64) -> TokenUsage {
        TokenUsage { input_tokens, output_tokens, ..TokenUsage::default() }
    }

    #[test]
    fn a_million_tokens_cost_what_the_price_list_says() {
        let usage = TokenUsage { cached_input_tokens: 500_000, ..usage(1_000_000, 100_000) };
        let expected = Nanodollars(1_500_000_000 + 150_000_000 + 1_500_000_000);
        assert_eq!(PRICES.cost(usage), Some(expected));
    }

    #[test]
    fn each_kind_of_input_has_its_own_price_and_is_counted_once() {
        let usage = TokenUsage {
            cached_input_tokens: 200_000,
            cache_write_tokens: 300_000,
            cache_write_1h_tokens: 400_000,
            ..usage(1_000_000, 0)
        };
        let fresh = 100_000 * 3_000;
        let expected = fresh + 200_000 * 300 + 300_000 * 3_750 + 400_000 * 6_000;
        assert_eq!(PRICES.cost(usage), Some(Nanodollars(expected)));
    }

    #[test]
    fn tokens_of_a_kind_without_a_price_leave_the_whole_unpriced() {
        let plain = TokenPrices::of_chat(3_000_000, 300_000, 15_000_000);
        assert_eq!(plain.cost(usage(1_000, 10)), Some(Nanodollars(3_150_000)));
        let written = TokenUsage { cache_write_tokens: 1, ..usage(1_000, 10) };
        assert_eq!(plain.cost(written), None, "never at the price of plain input");
        let longer = TokenUsage { cache_write_1h_tokens: 1, ..usage(1_000, 10) };
        assert_eq!(plain.cost(longer), None);
        let short_only = TokenPrices { cache_write_picodollars: Some(3_750_000), ..plain };
        assert!(short_only.cost(written).is_some());
        assert_eq!(short_only.cost(longer), None, "an hour has a price of its own");
        let silent = TokenPrices { output_picodollars: None, ..plain };
        assert_eq!(silent.cost(usage(1_000, 0)), Some(Nanodollars(3_000_000)));
        assert_eq!(silent.cost(usage(1_000, 1)), None);
    }

    #[test]
    fn more_cached_and_written_than_input_is_neither_a_discount_nor_a_surcharge() {
        let nine = TokenUsage { cached_input_tokens: 9, ..usage(1, 0) };
        assert_eq!(TokenPrices::of_chat(2_000, 1_000, 0).cost(nine), Some(Nanodollars(1)));
        let beyond = TokenUsage {
            cached_input_tokens: 6,
            cache_write_tokens: 9,
            cache_write_1h_tokens: 9,
            ..usage(10, 0)
        };
        let expected = Nanodollars(6 * 300 + 4 * 6_000);
        assert_eq!(PRICES.cost(beyond), Some(expected), "ten tokens in all");
    }
}
