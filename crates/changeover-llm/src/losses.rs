//! What is lost between a caller's dialect and a target's, and what must not be lost.

mod feature;

pub use feature::{Feature, FeatureSet};
