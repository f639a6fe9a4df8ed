//! Values by upper bound, as Prometheus counts them.

/// Upper bounds of durations, in milliseconds, as the semantic conventions have them.
pub(super) const DURATION_BOUNDS_MS: &[u64] =
    &[10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920];
/// Upper bounds of a server's time to first token, in milliseconds, likewise.
pub(super) const FIRST_TOKEN_BOUNDS_MS: &[u64] =
    &[1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
/// Upper bounds of tokens, likewise.
pub(super) const TOKEN_BOUNDS: &[u64] = &[
    1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    67_108_864,
];

/// Counts by bound, and the sum.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    pub(super) bounds: &'static [u64],
    /// Not cumulative; the last one is beyond all bounds.
    pub(super) counts: Vec<u64>,
    pub(super) sum: u64,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0 }
    }

    pub(super) fn record(&mut self, value: u64) {
        let index = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_is_within_it() {
        let mut histogram = Histogram::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21] {
            histogram.record(value);
        }
        assert_eq!(histogram.counts, [2, 2, 1]);
        assert_eq!(histogram.sum, 62);
    }
}
