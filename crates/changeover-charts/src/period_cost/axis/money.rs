//! Round amounts of money.

use changeover_domain::Nanodollars;

const DOLLAR: i64 = Nanodollars::DOLLAR.0;
/// Lines above zero.
const MOST_LINES: i64 = 3;

/// Zero and a few round amounts above it, the last beyond `dearest` with room for a label.
pub(super) fn amounts(dearest: Nanodollars) -> Vec<(Nanodollars, String)> {
    // Nothing spent still has a scale: a cent.
    let needed = if dearest > Nanodollars::ZERO {
        dearest.0.saturating_add(dearest.0 / 5)
    } else {
        DOLLAR / 100
    };
    let step = round_up(needed.div_euclid(MOST_LINES).saturating_add(1));
    let lines = needed.div_euclid(step).saturating_add(i64::from(needed % step != 0));
    (0..=lines)
        .map(|line| {
            let amount = step.saturating_mul(line);
            let per_minute = if line == lines { "/min" } else { "" };
            (Nanodollars(amount), format!("{}{per_minute}", words(amount, step)))
        })
        .collect()
}

/// The next of 1, 2, 2.5 or 5 times a power of ten.
fn round_up(amount: i64) -> i64 {
    let tenth = 10_i64.saturating_pow(amount.max(10).ilog10().saturating_sub(1));
    let rounded = [10, 20, 25, 50, 100].map(|factor| tenth.saturating_mul(factor));
    rounded.into_iter().find(|rounded| *rounded >= amount).unwrap_or(amount)
}

/// With as many decimals as the step needs, and cents where it needs any.
fn words(amount: i64, step: i64) -> String {
    if amount == 0 {
        return "$0".to_owned();
    }
    let (whole, billionths) = (amount / DOLLAR, amount % DOLLAR);
    if step % DOLLAR == 0 {
        return format!("${whole}");
    }
    let mut decimals = 2_u32;
    while step % 10_i64.pow(9 - decimals) != 0 && decimals < 9 {
        decimals += 1;
    }
    let shown = billionths / 10_i64.pow(9 - decimals);
    let width = usize::try_from(decimals).unwrap_or(9);
    format!("${whole}.{shown:0width$}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(nanodollars: i64) -> Vec<String> {
        amounts(Nanodollars(nanodollars)).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn amounts_are_round_and_have_the_decimals_they_need() {
        assert_eq!(labels(560_000_000), ["$0", "$0.25", "$0.50", "$0.75/min"]);
        assert_eq!(labels(4_100_000), ["$0", "$0.002", "$0.004", "$0.006/min"]);
        assert_eq!(labels(7_000_000_000), ["$0", "$5", "$10/min"]);
        assert_eq!(labels(0), ["$0", "$0.005", "$0.010/min"]);
        assert_eq!(labels(1), ["$0", "$0.00000001/min"]);
    }

    proptest! {
        #[test]
        fn the_scale_holds_every_amount_with_room_above(dearest in any::<i64>()) {
            let amounts = amounts(Nanodollars(dearest));
            let top = amounts.last().unwrap().0;
            prop_assert!(top.0 >= dearest);
            prop_assert!((2..=4).contains(&amounts.len()), "{amounts:?}");
        }
    }
}
