//! Numbers as they stand in the file: with their place, and refused where they make no sense.

use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};

/// A number greater than 0, if one is given.
pub(super) fn positive(
    value: Option<&Spanned<u32>>,
    source: &ConfigSource,
) -> Result<Option<u32>, ConfigError> {
    match value {
        Some(value) if *value.get_ref() == 0 => {
            Err(source.refused(&value.span(), "expected a number greater than 0"))
        }
        Some(value) => Ok(Some(*value.get_ref())),
        None => Ok(None),
    }
}

/// Whole seconds, more than none.
pub(super) fn seconds(
    value: Option<&Spanned<u32>>,
    source: &ConfigSource,
) -> Result<Option<Duration>, ConfigError> {
    let seconds = positive(value, source)?;
    Ok(seconds.map(|seconds| Duration::from_secs(u64::from(seconds))))
}

/// Whole milliseconds, more than none.
pub(super) fn millis(
    value: Option<&Spanned<u32>>,
    source: &ConfigSource,
) -> Result<Option<Duration>, ConfigError> {
    let millis = positive(value, source)?;
    Ok(millis.map(|millis| Duration::from_millis(u64::from(millis))))
}

/// A share from 0 to 1.
pub(super) fn share(
    value: Option<&Spanned<f64>>,
    source: &ConfigSource,
) -> Result<Option<f64>, ConfigError> {
    match value {
        Some(value) if !(0.0..=1.0).contains(value.get_ref()) => {
            Err(source.refused(&value.span(), "expected a share from 0 to 1, such as 0.5"))
        }
        value => Ok(value.map(|value| *value.get_ref())),
    }
}
