//! Those who wait for a target.
//!
//! Not for who may be let in when: [`super::Throttle`] asks. The line is short, so it is one list
//! in the order of arrival, and every question looks through it.

use std::cmp::Reverse;
use std::time::Duration;

use changeover_domain::{Criticality, UnixMs};

use super::Ticket;

/// Somebody who waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) ticket: Ticket,
    pub(super) tier: Criticality,
    pub(super) deadline: UnixMs,
}

/// The line, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: Vec<Waiting>,
    /// Since when it has not been empty.
    standing_since: Option<UnixMs>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn join(&mut self, waiting: Waiting, now: UnixMs) {
        self.standing_since.get_or_insert(now);
        self.waiting.push(waiting);
    }

    pub(super) fn leave(&mut self, ticket: Ticket) -> bool {
        let found = self.waiting.iter().position(|waiting| waiting.ticket == ticket);
        self.take(found).is_some()
    }

    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        self.waiting.iter().map(|waiting| waiting.deadline).min()
    }

    /// Those whose deadline has come.
    pub(super) fn take_late(&mut self, now: UnixMs) -> Vec<Waiting> {
        let late = self.waiting.extract_if(.., |waiting| waiting.deadline <= now).collect();
        self.note_if_empty();
        late
    }

    /// The next to be let in: of the highest tier the first, or the last if the line has been
    /// standing for too long.
    pub(super) fn take_next(&mut self, standing: Duration, now: UnixMs) -> Option<Waiting> {
        let highest = self.waiting.iter().map(|waiting| waiting.tier).min()?;
        let overload = self.standing_since.is_some_and(|since| now.since(since) >= standing);
        let is_highest = |waiting: &Waiting| waiting.tier == highest;
        let next = if overload {
            self.waiting.iter().rposition(is_highest)
        } else {
            self.waiting.iter().position(is_highest)
        };
        self.take(next)
    }

    /// The first to be shed: of the lowest tier the newcomer, else the one with the nearest
    /// deadline.
    pub(super) fn take_last(&mut self) -> Option<Waiting> {
        let lowest = self.waiting.iter().map(|waiting| waiting.tier).max()?;
        let newcomer = self.waiting.len().checked_sub(1);
        let newcomer_is_lowest = self.waiting.last().is_some_and(|last| last.tier == lowest);
        let nearest = self
            .waiting
            .iter()
            .enumerate()
            .min_by_key(|(_, waiting)| (Reverse(waiting.tier), waiting.deadline))
            .map(|(at, _)| at);
        self.take(if newcomer_is_lowest { newcomer } else { nearest })
    }

    fn take(&mut self, at: Option<usize>) -> Option<Waiting> {
        let taken = at.filter(|at| *at < self.waiting.len()).map(|at| self.waiting.remove(at));
        self.note_if_empty();
        taken
    }

    fn note_if_empty(&mut self) {
        if self.waiting.is_empty() {
            self.standing_since = None;
        }
    }
}
