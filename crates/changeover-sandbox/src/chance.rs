//! Everything that is drawn. A generator is made from the seed and from the name of the thing that
//! is drawn for, so that no draw depends on what happened to be drawn before it elsewhere.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp1, StandardNormal};
use sha2::{Digest as _, Sha256};

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The generator for the thing that `name` names.
pub(crate) fn generator(seed: u64, name: &[&[u8]]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in name {
        // The length keeps ["ab", "c"] apart from ["a", "bc"].
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// Letters and digits, as vendors' ids have them.
pub(crate) fn letters(rng: &mut ChaCha8Rng, length: usize) -> String {
    let letter = |_| char::from(*pick(rng, BASE62).unwrap_or(&b'0'));
    (0..length).map(letter).collect()
}

/// One of `choices`; `None` when there is none.
pub(crate) fn pick<'a, T>(rng: &mut ChaCha8Rng, choices: &'a [T]) -> Option<&'a T> {
    if choices.is_empty() {
        return None;
    }
    choices.get(rng.random_range(0..choices.len()))
}

/// A log-normal draw: latencies have a long tail on one side only.
pub(crate) fn log_normal(rng: &mut ChaCha8Rng, median: f64, sigma: f64) -> f64 {
    let normal: f64 = StandardNormal.sample(rng);
    median * (normal * sigma).exp()
}

/// The gap to the next arrival of a Poisson process.
pub(crate) fn exponential_gap(rng: &mut ChaCha8Rng, per_minute: f64) -> Duration {
    let unit: f64 = Exp1.sample(rng);
    seconds(unit * 60.0 / per_minute.max(1e-3))
}

/// Seconds as a duration; what cannot be one is none at all.
pub(crate) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_draws_the_same_and_another_name_does_not() {
        let draw = |seed, name: &[&[u8]]| letters(&mut generator(seed, name), 20);
        assert_eq!(draw(1, &[b"a", b"b"]), draw(1, &[b"a", b"b"]));
        assert_ne!(draw(1, &[b"a", b"b"]), draw(2, &[b"a", b"b"]));
        assert_ne!(
            draw(1, &[b"ab", b""]),
            draw(1, &[b"a", b"b"]),
            "parts of a name must not run together"
        );
    }

    #[test]
    fn gaps_of_a_poisson_process_have_its_mean_and_vary() {
        let mut rng = generator(7, &[b"gaps"]);
        let gaps: Vec<f64> =
            (0..4_000).map(|_| exponential_gap(&mut rng, 60.0).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / 4_000.0;
        assert!((0.95..1.05).contains(&mean), "60 a minute are one a second, not one in {mean} s");
        let short = gaps.iter().filter(|gap| **gap < 0.693).count();
        assert!((1_850..2_150).contains(&short), "half the gaps lie under ln 2, not {short}");
    }
}
