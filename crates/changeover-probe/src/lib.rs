//! Synthetic probes: small streamed completions that measure what a user of a target would feel.
//!
//! A probe measures (`probe`), the schedule says when ([`Schedule`]), the budget says whether
//! ([`Budget`]), and the [`Prober`] does it for all targets until it is told to stop. Not for
//! judging a target (policy) or keeping samples (store). The rule it keeps: a probe's figures are
//! about the target alone, so nothing of ours that is slow or broken may look like a failed probe;
//! what was not measured is a gap.

mod budget;
mod forecast;
mod measure;
mod probe;
mod prober;
mod question;
mod schedule;
mod skipped;
mod suspicion;
#[cfg(test)]
mod tests;
mod witness;

pub use budget::{Budget, BudgetReport, Exhausted, Reservation, booked};
pub use forecast::{MOST_STRETCH, Outlay, stretch};
pub use probe::{Asker, ProbeSubject, Probed};
pub use prober::{Prober, ProberSetup, Purses};
pub use question::{Manner, asked_by_hand, estimate};
pub use schedule::{Pace, Schedule, Slot, closest_distance};
pub use skipped::{Skipped, Skips};
pub use witness::WitnessProber;
