//! The way down: which mode serves a request that the present one cannot.
//!
//! Not for whether to leave the mode (that is [`crate::actions`]) nor for what a mode serves. It
//! is about one request: the route stays where it is, and the next request begins at its top.
//!
//! The rules:
//!
//! - Down only where the route allows it, only along the route's own ladder, and no further than
//!   the route says ([`Ladder::automatic_to`]).
//! - The operator's mode is the ceiling. A request that was served above it, as a trial of a
//!   primary that is awaited, falls back to exactly that mode and needs no permission for it.
//! - A mode that asks a target is stepped into only if a shorter answer may fare better. Where no
//!   target lets through, or an account is empty, `short` would ask in vain; where a limit was hit
//!   it would be the retry at once that a limit forbids.
//! - `approval` is never stepped into: it is a person's decision to have persons decide.

use changeover_domain::{FailureClass, Mode};

/// A route's modes and how far down it goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder<'a> {
    /// From more service to less, beginning with `full`.
    pub modes: &'a [Mode],
    /// The lowest mode that is entered without an operator. `None`: none at all.
    pub automatic_to: Option<Mode>,
    /// What the operator set; `full` if nothing.
    pub ceiling: Mode,
}

/// Why the present mode cannot serve the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No target lets through, or none fits the request.
    NoTarget,
    /// The last attempt failed, and the table says to step down.
    Failed(FailureClass),
}

/// The next mode for a request that `from` cannot serve. `None`: tell the caller.
#[must_use]
pub fn next_mode(ladder: &Ladder<'_>, from: Mode, reason: Reason) -> Option<Mode> {
    let rung = |mode: Mode| ladder.modes.iter().position(|here| *here == mode);
    let present = rung(from)?;
    if rung(ladder.ceiling).is_some_and(|ceiling| present < ceiling) {
        return Some(ladder.ceiling);
    }
    let lowest = rung(ladder.automatic_to?)?;
    let below = ladder.modes.get(present + 1..=lowest)?;
    below.iter().copied().find(|mode| serves_where_another_did_not(*mode, reason))
}

fn serves_where_another_did_not(mode: Mode, reason: Reason) -> bool {
    match (mode, reason) {
        (Mode::Approval, _) => false,
        (mode, Reason::NoTarget) => !mode.needs_target(),
        (mode, Reason::Failed(class)) => !mode.needs_target() || lighter_may_pass(class),
    }
}

/// Whether a request that asks for less output may pass where this failure was: the answer took
/// too long. A target that is overloaded or has hit a limit is not asked again at once, for less
/// neither.
fn lighter_may_pass(class: FailureClass) -> bool {
    matches!(class, FailureClass::TimeoutTotal | FailureClass::TimeoutStall)
}

#[cfg(test)]
#[path = "ladder/tests.rs"]
mod tests;
