//! What requests cost, what they would have cost elsewhere, and the difference.
//!
//! Prices come from a dated price list or from the operator; sums are integers throughout.
//! Not for keeping a ledger (store) or for deciding when a fallback period begins (policy).
//! The rule it keeps: unpriced is `None` and never $0.

mod book;
mod comparison;
mod list;

pub use book::PriceBook;
pub use comparison::{cost_per_thousand_ok, counterfactual, premium, premium_per_hour};
