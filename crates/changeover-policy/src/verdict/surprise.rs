//! How hard it is to put failures down to chance.
//!
//! Not for change over time (that is [`super::change`]): one window, one count.
//!
//! # The statistic
//!
//! A healthy target fails now and then, in at most a share `p` of its attempts. If `k` of `n` failed
//! and `q = k/n` is larger than `p`, then the chance of so many or more is at most
//! `exp(-n · D(q‖p))`, where `D(q‖p) = q ln(q/p) + (1-q) ln((1-q)/(1-p))` (Chernoff's bound). The
//! exponent is the surprise, in nats: 13.8 stands for a chance of less than one in a million.
//!
//! # Why a simpler rule fails
//!
//! A share alone calls one of one 100 %. A least number of failures alone is either too few for a
//! busy target or never reached by one that only probes ask. The bound asks three of three, four
//! of twelve and seven of a hundred for about the same thing, and is a closed form, so that it costs
//! nothing and is the same on every machine. It errs on the side of silence: the true chance is
//! smaller than the bound.

/// The surprise, in nats, of `k` of `n` where a share of `usual` (above 0, below 1) would be
/// nothing. 0 when there is nothing to wonder at.
#[must_use]
pub fn surprise(k: u64, n: u64, usual: f64) -> f64 {
    let usual = usual.clamp(1e-9, 1.0 - 1e-9);
    let seen = super::tally::share(k.min(n), n);
    if n == 0 || seen <= usual {
        return 0.0;
    }
    let failed = seen * (seen / usual).ln();
    let rest = 1.0 - seen;
    let good = if rest > 0.0 { rest * (rest / (1.0 - usual)).ln() } else { 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let n = n as f64;
    n * (failed + good)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The chance of `k` or more of `n`, summed term by term.
    fn tail(k: u64, n: u64, p: f64) -> f64 {
        let mut sum = 0.0;
        let mut term = (1.0 - p).powi(i32::try_from(n).unwrap());
        for i in 0..=n {
            if i >= k {
                sum += term;
            }
            let (i, n) =
                (f64::from(u32::try_from(i).unwrap()), f64::from(u32::try_from(n).unwrap()));
            term *= (n - i) / (i + 1.0) * p / (1.0 - p);
        }
        sum
    }

    #[test]
    fn the_same_proof_needs_more_failures_among_more_attempts() {
        let one_in_a_million = 13.8;
        for (k, n, proved) in [
            (1, 1, false),
            (2, 2, false),
            (3, 3, true),
            (3, 5, true),
            (3, 12, false),
            (4, 12, true),
            (6, 100, false),
            (7, 100, true),
        ] {
            assert_eq!(surprise(k, n, 0.003) >= one_in_a_million, proved, "{k} of {n}");
        }
    }

    proptest! {
        #[test]
        fn it_never_claims_more_than_the_exact_chance_allows(n in 1_u64..200, k in 0_u64..200, p in 0.001_f64..0.2) {
            let k = k.min(n);
            let claimed = (-surprise(k, n, p)).exp();
            prop_assert!(tail(k, n, p) <= claimed * 1.000_001, "{k} of {n} at {p}");
        }

        #[test]
        fn one_more_failure_never_surprises_less(n in 1_u64..500, k in 0_u64..500) {
            let k = k.min(n - 1);
            prop_assert!(surprise(k + 1, n, 0.01) >= surprise(k, n, 0.01));
        }
    }
}
