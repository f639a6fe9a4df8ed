//! Retries: how long one waits, what one request may spend on them, and what all requests may.
//!
//! Not for whether a failure deserves one (that is [`crate::actions`]) and not for drawing random
//! numbers or reading a clock: both are handed in. A retry is made when all three agree:
//!
//! - [`Backoff::pause`] finds a pause that fits what is left of the request's time;
//! - [`RequestBudget::allows_attempt`] has not counted its last attempt;
//! - [`FleetBudget::withdraw`] has one left for the whole gateway. It is asked last, because
//!   asking spends.
//!
//! Where one of them says no, [`crate::actions::Matrix::onward`] says where to go instead.

mod backoff;
mod fleet_budget;
mod request_budget;

pub use backoff::{Backoff, Retry};
pub use fleet_budget::{FleetBudget, FleetBudgetSettings, FleetReport};
pub use request_budget::{RequestBudget, RequestBudgetSettings, is_cut_short};

pub(crate) use backoff::scaled;
