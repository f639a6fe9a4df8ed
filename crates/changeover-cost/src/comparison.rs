//! The same work at other prices: counterfactual, premium, and rates for a person to judge by.

use changeover_domain::{Nanodollars, TokenPrices, TokenUsage};

const MINUTES_PER_HOUR: u64 = 60;

/// What the tokens of a fallback period would have cost on the primary.
///
/// It is the same token counts at other prices. Models count and answer differently, so this is an
/// estimate by convention, not what the primary would have billed. Where the primary has no price
/// for writing to a cache, what was written is plain input there; where it has none for an hour's
/// writing, the usual one counts. `None` where it has no price for answers, and there were some.
#[must_use]
pub fn counterfactual(usage: TokenUsage, primary: &TokenPrices) -> Option<Nanodollars> {
    let mut same = usage;
    if primary.cache_write_1h_picodollars.is_none() {
        let written = std::mem::take(&mut same.cache_write_1h_tokens);
        same.cache_write_tokens = same.cache_write_tokens.saturating_add(written);
    }
    if primary.cache_write_picodollars.is_none() {
        same.cache_write_tokens = 0;
    }
    primary.cost(same)
}

/// What the fallback cost beyond the primary; negative where it was cheaper.
#[must_use]
pub fn premium(actual: Nanodollars, on_primary: Nanodollars) -> Nanodollars {
    actual - on_primary
}

/// Cost per 1,000 answers that were of use; `None` when there were none.
#[must_use]
pub fn cost_per_thousand_ok(cost: Nanodollars, ok: u64) -> Option<Nanodollars> {
    cost.scaled(1_000, i64::try_from(ok).ok()?)
}

/// What an hour of the present traffic costs more at the prices `to` than at `from`; negative where
/// it is cheaper, `None` where either is unpriced. `per_minute` is the tokens of a recent minute.
#[must_use]
pub fn premium_per_hour(
    per_minute: TokenUsage,
    from: Option<&TokenPrices>,
    to: Option<&TokenPrices>,
) -> Option<Nanodollars> {
    let per_hour = per_minute.times(MINUTES_PER_HOUR);
    Some(premium(counterfactual(per_hour, to?)?, counterfactual(per_hour, from?)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prices(input: u64, cached: u64, output: u64) -> TokenPrices {
        TokenPrices::of_chat(input, cached, output)
    }

    fn usage(input: u64, cached: u64, output: u64) -> TokenUsage {
        TokenUsage {
            input_tokens: input,
            cached_input_tokens: cached,
            output_tokens: output,
            ..TokenUsage::default()
        }
    }

    #[test]
    fn a_cheaper_standby_has_a_negative_premium() {
        let work = usage(1_000_000, 0, 100_000);
        let primary = prices(3_000_000, 300_000, 15_000_000);
        let standby = prices(250_000, 25_000, 2_000_000);
        let on_primary = counterfactual(work, &primary);
        assert_eq!(on_primary, Some(Nanodollars(4_500_000_000)));
        assert_eq!(
            premium(standby.cost(work).unwrap(), on_primary.unwrap()),
            Nanodollars(450_000_000 - 4_500_000_000)
        );
    }

    #[test]
    fn what_was_written_to_a_cache_is_plain_input_where_writing_has_no_price() {
        let work = TokenUsage {
            cache_write_tokens: 300_000,
            cache_write_1h_tokens: 200_000,
            ..usage(1_000_000, 0, 0)
        };
        let plain = prices(2_000_000, 200_000, 0);
        assert_eq!(counterfactual(work, &plain), Some(Nanodollars(2_000_000_000)));
        let writes = TokenPrices { cache_write_picodollars: Some(2_500_000), ..plain };
        let with_writing = Nanodollars(1_000_000_000 + 1_250_000_000);
        assert_eq!(counterfactual(work, &writes), Some(with_writing), "an hour as five minutes");
        let all = TokenPrices { cache_write_1h_picodollars: Some(4_000_000), ..writes };
        assert_eq!(counterfactual(work, &all), all.cost(work), "each at its own price");
        let silent = TokenPrices { output_picodollars: None, ..plain };
        assert_eq!(counterfactual(usage(1, 0, 1), &silent), None, "unpriced is not free");
    }

    #[test]
    fn an_hour_is_sixty_minutes_and_is_rounded_once() {
        // 10 tokens a minute at 1 picodollar more: 600 picodollars an hour round to one nanodollar,
        // where sixty times the rounded minute would be nothing.
        let dearer = premium_per_hour(
            usage(10, 0, 0),
            Some(&prices(1_000, 0, 0)),
            Some(&prices(1_001, 0, 0)),
        );
        assert_eq!(dearer, Some(Nanodollars(1)));
    }

    #[test]
    fn nothing_is_said_about_what_is_not_priced_or_did_not_happen() {
        let known = prices(1, 1, 1);
        assert_eq!(premium_per_hour(usage(1, 0, 0), None, Some(&known)), None);
        assert_eq!(premium_per_hour(usage(1, 0, 0), Some(&known), None), None);
        assert_eq!(cost_per_thousand_ok(Nanodollars::DOLLAR, 0), None);
        assert_eq!(
            cost_per_thousand_ok(Nanodollars::DOLLAR, 500),
            Some(Nanodollars(2_000_000_000))
        );
    }

    fn any_usage() -> impl Strategy<Value = TokenUsage> {
        prop::array::uniform5(0_u64..1_000_000).prop_map(
            |[fresh, cached, written, written_1h, output]| TokenUsage {
                cache_write_tokens: written,
                cache_write_1h_tokens: written_1h,
                ..usage(fresh + cached + written + written_1h, cached, output)
            },
        )
    }

    fn any_prices() -> impl Strategy<Value = TokenPrices> {
        prop::array::uniform5(0_u64..100_000_000).prop_map(
            |[input, cached, written, written_1h, output]| TokenPrices {
                cache_write_picodollars: Some(written),
                cache_write_1h_picodollars: Some(written_1h),
                ..prices(input, cached, output)
            },
        )
    }

    /// What has all prices has a cost.
    fn cost(price: &TokenPrices, work: TokenUsage) -> Nanodollars {
        price.cost(work).unwrap()
    }

    proptest! {
        #[test]
        fn the_premium_is_what_is_missing_between_the_two(work in any_usage(), here in any_prices(), there in any_prices()) {
            let (actual, on_primary) = (cost(&here, work), counterfactual(work, &there).unwrap());
            prop_assert_eq!(on_primary + premium(actual, on_primary), actual);
            prop_assert_eq!(premium(actual, on_primary), -premium(on_primary, actual));
        }

        #[test]
        fn minutes_add_up_to_their_total_however_they_are_grouped(work in proptest::collection::vec(any_usage(), 1..30), price in any_prices()) {
            let apart: Nanodollars = work.iter().map(|usage| cost(&price, *usage)).sum();
            let (left, right) = work.split_at(work.len() / 2);
            let grouped = left.iter().map(|usage| cost(&price, *usage)).sum::<Nanodollars>()
                + right.iter().map(|usage| cost(&price, *usage)).sum::<Nanodollars>();
            prop_assert_eq!(apart, grouped);

            let together = cost(&price, work.iter().copied().fold(TokenUsage::default(), TokenUsage::plus));
            let apart_by = (apart - together).0.unsigned_abs();
            prop_assert!(apart_by <= work.len() as u64, "each rounding moves a sum by at most half a nanodollar");
        }

        #[test]
        fn more_work_never_costs_less(work in any_usage(), more in any_usage(), price in any_prices()) {
            prop_assert!(cost(&price, work.plus(more)) >= cost(&price, work));
        }
    }
}
