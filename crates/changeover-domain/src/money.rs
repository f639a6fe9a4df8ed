//! Money as an integer, so that a sum over a year is exact.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Billionths of a US dollar. An `i64` holds about nine billion dollars either way; sums saturate
/// rather than wrap.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(transparent)]
pub struct Nanodollars(pub i64);

impl Nanodollars {
    /// Nothing spent. Not the same as "unpriced", which is the absence of a value.
    pub const ZERO: Self = Self(0);
    /// One US dollar.
    pub const DOLLAR: Self = Self(1_000_000_000);

    /// This amount times `numerator / denominator`, rounded half away from zero; `None` when the
    /// denominator is zero.
    #[must_use]
    pub fn scaled(self, numerator: i64, denominator: i64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let product = i128::from(self.0) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let half = denominator.abs() / 2;
        let sign = if (product < 0) == (denominator < 0) { 1 } else { -1 };
        let rounded = sign * ((product.abs() + half) / denominator.abs());
        let clamped = rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        i64::try_from(clamped).ok().map(Self)
    }
}

impl Add for Nanodollars {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanodollars {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Nanodollars {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Nanodollars {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Nanodollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scaling_rounds_half_away_from_zero_and_refuses_a_zero_denominator() {
        assert_eq!(Nanodollars(5).scaled(1, 2), Some(Nanodollars(3)));
        assert_eq!(Nanodollars(-5).scaled(1, 2), Some(Nanodollars(-3)));
        assert_eq!(Nanodollars(5).scaled(1, 0), None);
    }

    proptest! {
        #[test]
        fn a_sum_does_not_depend_on_the_order(mut amounts in proptest::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..50)) {
            let forwards: Nanodollars = amounts.iter().copied().map(Nanodollars).sum();
            amounts.reverse();
            let backwards: Nanodollars = amounts.into_iter().map(Nanodollars).sum();
            prop_assert_eq!(forwards, backwards);
        }
    }
}
