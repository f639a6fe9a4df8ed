//! Prices as integers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Nanodollars, TokenUsage};

/// What one token costs, in picodollars (10⁻¹² dollars): $3 per million tokens are 3,000,000.
/// Finer than nanodollars, because a cheap cached token costs less than one of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TokenPrices {
    pub input_picodollars: u64,
    /// For input read from the vendor's cache; the input price where a vendor has no other.
    pub cached_input_picodollars: u64,
    pub output_picodollars: u64,
}

impl TokenPrices {
    /// What `usage` costs, rounded half up to nanodollars once, at the end.
    #[must_use]
    pub fn cost(&self, usage: TokenUsage) -> Nanodollars {
        let cached = usage.cached_input_tokens.min(usage.input_tokens);
        let fresh = usage.input_tokens - cached;
        let picodollars = u128::from(fresh) * u128::from(self.input_picodollars)
            + u128::from(cached) * u128::from(self.cached_input_picodollars)
            + u128::from(usage.output_tokens) * u128::from(self.output_picodollars);
        Nanodollars(i64::try_from((picodollars + 500) / 1_000).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_cost_what_the_price_list_says() {
        let prices = TokenPrices {
            input_picodollars: 3_000_000,
            cached_input_picodollars: 300_000,
            output_picodollars: 15_000_000,
        };
        let usage = TokenUsage {
            input_tokens: 1_000_000,
            cached_input_tokens: 500_000,
            output_tokens: 100_000,
            reasoning_tokens: 0,
        };
        assert_eq!(prices.cost(usage), Nanodollars(1_500_000_000 + 150_000_000 + 1_500_000_000));
    }

    #[test]
    fn more_cached_than_input_tokens_is_not_a_discount() {
        let prices = TokenPrices {
            input_picodollars: 2_000,
            cached_input_picodollars: 1_000,
            output_picodollars: 0,
        };
        let usage = TokenUsage {
            input_tokens: 1,
            cached_input_tokens: 9,
            output_tokens: 0,
            reasoning_tokens: 0,
        };
        assert_eq!(prices.cost(usage), Nanodollars(1));
    }
}
