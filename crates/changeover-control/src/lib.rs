//! The admin APIs of gateways behind one trait: read the state, plan, push, read back, traffic.
//!
//! One folder per kind of gateway, all of the same shape: `config`, `wire`, `adapter`, `tests`.
//! Not for deciding what a gateway should do (policy) or when it is asked (engine). The rule it
//! keeps: what a gateway says is hostile until parsed, so size, depth and time are capped, and an
//! answer is never more than an answer: that an override is in force is shown by a read-back.

mod access;
mod admin;
mod changeover;
mod error;
#[cfg(test)]
mod fake;
mod fan_out;
mod pace;
mod read_back;

pub use access::GatewayAccess;
pub use admin::{AdminCapabilities, AdminFuture, CompareAndSet, GatewayAdmin, ReadBackLevel};
pub use changeover::native;
pub use error::{AdminError, Asked};
pub use fan_out::fan_out;
pub use read_back::{ReadBack, read_back};
