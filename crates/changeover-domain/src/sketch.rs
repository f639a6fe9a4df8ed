//! A latency sketch: percentiles that can be merged over minutes, gateways and months.
//!
//! Averaging percentiles gives numbers that never happened, so what is stored and sent is the
//! distribution. Values fall into buckets whose bounds grow by 2 % each; a bucket's middle is then
//! within 1 % of every value in it, at any scale and after any number of merges, because merging
//! only adds counts of the same bucket. The range is one millisecond to about a day; what lies
//! outside is counted in the first or last bucket. An hour of one target takes about 200 bytes.
//!
//! The encoding is ours and is kept in databases and sent between versions: a version byte, then
//! for each bucket that holds anything the distance from the bucket before and its count, both as
//! LEB128. On the wire it travels as base64.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

const VERSION: u8 = 1;
const GROWTH: f64 = 1.02;
/// 1.02^923 ms is a little over a day.
const LAST_BUCKET: u16 = 923;
/// Every bucket with the longest varints: nothing longer is a sketch.
const MAX_ENCODED: usize = 1 + (LAST_BUCKET as usize + 1) * 13;

/// Why bytes are not a sketch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    #[error("a sketch of version {0} is not known here")]
    Version(u8),
    #[error("the sketch is cut off or longer than a sketch can be")]
    Length,
    #[error("the sketch has a bucket beyond {LAST_BUCKET}")]
    Bucket,
    #[error("the sketch is not base64")]
    Base64,
}

/// Counts of values by logarithmic bucket, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct LatencySketch {
    counts: BTreeMap<u16, u64>,
}

fn bucket_of(millis: u32) -> u16 {
    let exact = f64::from(millis.max(1)).ln() / GROWTH.ln();
    let ceiling = exact.ceil().clamp(0.0, f64::from(LAST_BUCKET));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=923"
    )]
    let bucket = ceiling as u16;
    bucket
}

fn middle_of(bucket: u16) -> f64 {
    let upper = GROWTH.powi(i32::from(bucket));
    2.0 * upper / (GROWTH + 1.0)
}

impl LatencySketch {
    /// Counts one value.
    pub fn record(&mut self, millis: u32) {
        let count = self.counts.entry(bucket_of(millis)).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// Adds the counts of another sketch.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, added) in &other.counts {
            let count = self.counts.entry(*bucket).or_insert(0);
            *count = count.saturating_add(*added);
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How many values lie over `millis`: in a later bucket than it does, so what is over it by
    /// less than 2 % may not count.
    #[must_use]
    pub fn count_over(&self, millis: u32) -> u64 {
        let over = self.counts.range(bucket_of(millis).saturating_add(1)..);
        over.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The value below which the share `quantile` (0 to 1) of all values lies, within 1 %, in
    /// milliseconds; `None` without values.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let rank = quantile.clamp(0.0, 1.0) * (count - 1) as f64;
        let mut seen = 0_u64;
        for (bucket, here) in &self.counts {
            seen = seen.saturating_add(*here);
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            if seen as f64 > rank {
                return Some(middle_of(*bucket));
            }
        }
        self.counts.keys().next_back().map(|bucket| middle_of(*bucket))
    }

    /// The 95th percentile, if there are at least 20 values: with fewer it is only the maximum.
    #[must_use]
    pub fn p95(&self) -> Option<f64> {
        if self.count() < 20 { None } else { self.quantile(0.95) }
    }

    /// The 99th percentile, if there are at least 100 values.
    #[must_use]
    pub fn p99(&self) -> Option<f64> {
        if self.count() < 100 { None } else { self.quantile(0.99) }
    }

    /// The bytes that are stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        let mut previous = 0_u16;
        for (bucket, count) in &self.counts {
            push_varint(&mut bytes, u64::from(bucket - previous));
            push_varint(&mut bytes, *count);
            previous = *bucket;
        }
        bytes
    }

    /// Reads stored bytes. They may come from another machine and are not trusted.
    ///
    /// # Errors
    /// [`SketchError`] when they are not a sketch; nothing of them is kept then.
    pub fn decode(bytes: &[u8]) -> Result<Self, SketchError> {
        if bytes.len() > MAX_ENCODED {
            return Err(SketchError::Length);
        }
        let (version, mut rest) = bytes.split_first().ok_or(SketchError::Length)?;
        if *version != VERSION {
            return Err(SketchError::Version(*version));
        }
        let mut counts = BTreeMap::new();
        let mut bucket = 0_u64;
        while !rest.is_empty() {
            let distance = take_varint(&mut rest)?;
            let count = take_varint(&mut rest)?;
            bucket = bucket.saturating_add(distance);
            let known = u16::try_from(bucket).ok().filter(|bucket| *bucket <= LAST_BUCKET);
            counts.insert(known.ok_or(SketchError::Bucket)?, count);
        }
        Ok(Self { counts })
    }
}

fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, SketchError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(SketchError::Length)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(SketchError::Length)?;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(SketchError::Length)
}

impl From<LatencySketch> for String {
    fn from(sketch: LatencySketch) -> Self {
        STANDARD.encode(sketch.encode())
    }
}

impl TryFrom<String> for LatencySketch {
    type Error = SketchError;
    fn try_from(text: String) -> Result<Self, SketchError> {
        let bytes = STANDARD.decode(text).map_err(|_| SketchError::Base64)?;
        Self::decode(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u32]) -> LatencySketch {
        let mut sketch = LatencySketch::default();
        values.iter().for_each(|value| sketch.record(*value));
        sketch
    }

    #[test]
    fn a_percentile_of_few_values_is_not_claimed() {
        let few = of(&[10; 19]);
        assert_eq!(few.p95(), None, "a p95 of 19 values is only their maximum");
        assert!(few.quantile(0.5).is_some());
        assert_eq!(LatencySketch::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_well_over_a_limit_is_counted_and_what_is_at_it_is_not() {
        let sketch = of(&[100, 2_900, 3_000, 3_100, 9_000]);
        assert_eq!(sketch.count_over(3_000), 2);
        assert_eq!(sketch.count_over(10_000), 0);
        assert_eq!(sketch.count_over(u32::MAX), 0);
    }

    #[test]
    fn hostile_bytes_are_refused_with_a_reason() {
        assert_eq!(LatencySketch::decode(&[]), Err(SketchError::Length));
        assert_eq!(LatencySketch::decode(&[9]), Err(SketchError::Version(9)));
        assert_eq!(LatencySketch::decode(&[1, 0xff]), Err(SketchError::Length));
        assert_eq!(LatencySketch::decode(&[1, 0xff, 0x7f, 1]), Err(SketchError::Bucket));
        assert_eq!(LatencySketch::decode(&vec![1; 50_000]), Err(SketchError::Length));
    }

    proptest! {
        #[test]
        fn every_percentile_is_within_one_percent(mut values in proptest::collection::vec(1_u32..80_000_000, 1..400), q in 0.0_f64..=1.0) {
            let found = of(&values).quantile(q).unwrap();
            values.sort_unstable();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "test data is small")]
            let exact = f64::from(values[(q * (values.len() - 1) as f64).floor() as usize]);
            prop_assert!((found - exact).abs() <= exact * 0.0101, "{found} should be near {exact}");
        }

        #[test]
        fn merging_is_the_same_as_counting_together(a in proptest::collection::vec(any::<u32>(), 0..100), b in proptest::collection::vec(any::<u32>(), 0..100)) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let together: Vec<u32> = a.into_iter().chain(b).collect();
            prop_assert_eq!(merged, of(&together));
        }

        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec(any::<u32>(), 0..200)) {
            let sketch = of(&values);
            prop_assert_eq!(LatencySketch::decode(&sketch.encode()), Ok(sketch));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(sketch) = LatencySketch::decode(&bytes) {
                let _quantile = sketch.quantile(0.99);
            }
        }
    }
}
