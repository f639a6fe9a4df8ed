//! One target's gate: how many requests may be at it at once, and who waits when it is full.
//!
//! Not for whether a target is fit (that is [`crate::breaker`]) and not for waiting: a state
//! machine whose owner sleeps, wakes and answers. It keeps these rules:
//!
//! - never more requests in flight than the limit of the moment, which adapts to what the target
//!   answers;
//! - nobody of a lower tier is let in while somebody of a higher one waits;
//! - when too many wait, the lowest tier is shed first;
//! - every ticket ends exactly once: let in, shed, or left by its holder.
//!
//! # What a stated wait does here
//!
//! After a limit was hit, the target's "not before" sends ordinary traffic elsewhere, *where there
//! is an elsewhere*. Where there is none, requests go on at the lowered limit: stated waits lie in
//! both directions, and a gateway that believed one of a day would be its own outage. The retry of
//! the request that was told to wait does wait ([`crate::retry`]).
//!
//! # Who is next
//!
//! The highest tier; within it the one who came first, as long as the line is short-lived. Once it
//! has not been empty for [`ThrottleSettings::standing`], the *last* one. First come first served
//! fails exactly under overload: everybody waits nearly as long as they can, so each slot goes to
//! somebody who is about to give up, and a line that serves everybody late serves nobody. Newest
//! first serves some at once and lets the others run into their deadline, which they would have
//! anyway. A standing line, not a long one, is the sign of overload (`CoDel`): a burst makes a long
//! line that is gone in a moment, and there fairness costs nothing. It is the adaptive LIFO of
//! "Fail at Scale" (Maurer, 2015).
//!
//! # Who is shed
//!
//! When the line is full, the lowest tier in it. A newcomer of that tier goes itself, for a quick
//! no is worth more than a late one; else the one whose deadline is nearest, who has the least to
//! lose. Whoever's deadline passes is shed by the next step, at the latest by [`Throttle::expire`].
//!
//! # Slots
//!
//! A [`Slot`] holds a token, and the tokens that exist are the requests in flight. One that is
//! dropped (the caller hung up, a task was cancelled) gives its place back by that; the next step
//! lets somebody in. So slots are never lost, and a slot for a waiter who has gone away may simply
//! be dropped or, better, released as [`Ended::Unsaid`], which lets the next one in at once.

mod limit;
mod line;

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{Criticality, FailureClass, UnixMs};

use limit::AdaptiveLimit;
use line::{Line, Waiting};

/// What somebody who is shed is told to wait, at least and at most.
const RETRY_AFTER_LEAST: Duration = Duration::from_secs(1);
const RETRY_AFTER_MOST: Duration = Duration::from_secs(60);
/// How long a request is taken to last before one has ended.
const USUAL_HOLD: Duration = Duration::from_secs(2);
/// The share of one request in the mean duration: 1 in so many.
const HOLD_WEIGHT: u32 = 8;

/// How a target's gate adapts and whom it lets wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// The most requests in flight, and where it begins.
    pub limit_most: u32,
    /// What is left of the limit when it is lowered, in percent.
    pub lowered_to_percent: u32,
    /// It is lowered at most once in this time.
    pub lowered_every: Duration,
    /// The longest that a stated wait is believed.
    pub not_before_longest: Duration,
    /// How many may wait.
    pub waiting_most: usize,
    /// A line that has not been empty for so long is overload.
    pub standing: Duration,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self {
            limit_most: 64,
            lowered_to_percent: 50,
            lowered_every: Duration::from_secs(1),
            not_before_longest: Duration::from_secs(60),
            waiting_most: 128,
            standing: Duration::from_millis(500),
        }
    }
}

/// A request at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub tier: Criticality,
    /// Until when it can wait. Hand in less than what is left of its time, for it has yet to be
    /// served, and only a moment where another target would take it.
    pub deadline: UnixMs,
    /// Another target would take it.
    pub elsewhere: bool,
}

/// What becomes of an offer.
#[derive(Debug)]
pub enum Answer {
    Admitted(Slot),
    /// Wait until a step's [`Moves`] name this ticket.
    Queued(Ticket),
    /// The target asked not to be asked before then: take the other one.
    Elsewhere {
        not_before: UnixMs,
    },
    /// Refuse it, and tell the caller when to come back.
    Shed {
        retry_after: Duration,
    },
}

/// A place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// A place at the target. Hand it back with [`Throttle::release`].
#[derive(Debug)]
#[must_use = "a slot that is dropped at once admits nobody"]
pub struct Slot {
    admitted_at: UnixMs,
    /// Its clones are the requests in flight.
    _token: Arc<()>,
}

/// How a request in flight ended, as far as the gate is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    /// The target says that it is too much, and perhaps for how long.
    Limited {
        stated: Option<Duration>,
    },
    /// It says nothing about how much the target takes.
    Unsaid,
}

impl Ended {
    /// What a failure says about how much its target takes.
    #[must_use]
    pub fn of_failure(class: FailureClass, stated: Option<Duration>) -> Self {
        match class {
            FailureClass::RateLimited
            | FailureClass::ConcurrencyLimited
            | FailureClass::Overloaded => Self::Limited { stated },
            _ => Self::Unsaid,
        }
    }
}

/// What a step brought about for those who waited.
#[derive(Debug, Default)]
#[must_use = "somebody waits to be told"]
pub struct Moves {
    pub admitted: Vec<(Ticket, Slot)>,
    /// With what to tell the caller as `Retry-After`.
    pub shed: Vec<(Ticket, Duration)>,
}

/// The gate as metrics show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleReport {
    pub limit: u32,
    pub in_flight: usize,
    pub waiting: usize,
    /// Set while the target's stated wait lasts.
    pub not_before: Option<UnixMs>,
}

/// The gate of one target.
#[derive(Debug)]
pub struct Throttle {
    settings: ThrottleSettings,
    limit: AdaptiveLimit,
    line: Line,
    token: Arc<()>,
    not_before: UnixMs,
    mean_hold: Duration,
    tickets: u64,
    shed: u32,
}

impl Throttle {
    /// An empty gate at its full limit.
    #[must_use]
    pub fn new(settings: ThrottleSettings) -> Self {
        Self {
            limit: AdaptiveLimit::new(&settings),
            settings,
            line: Line::default(),
            token: Arc::new(()),
            not_before: UnixMs(i64::MIN),
            mean_hold: USUAL_HOLD,
            tickets: 0,
            shed: 0,
        }
    }

    /// Takes other settings and keeps what is in flight, who waits and what was learnt.
    pub fn reconfigure(&mut self, settings: ThrottleSettings, now: UnixMs) -> Moves {
        self.settings = settings;
        self.limit.reconfigure(&settings);
        self.settle(now)
    }

    /// A request asks to be let in. The moves are for others who waited.
    pub fn offer(&mut self, offer: &Offer, now: UnixMs) -> (Answer, Moves) {
        if offer.elsewhere && now < self.not_before {
            return (Answer::Elsewhere { not_before: self.not_before }, self.settle(now));
        }
        if self.line.is_empty() && self.has_room() {
            return (Answer::Admitted(self.slot(now)), Moves::default());
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let Offer { tier, deadline, .. } = *offer;
        self.line.join(Waiting { ticket, tier, deadline }, now);
        let mut moves = self.settle(now);
        (answer_of(ticket, &mut moves), moves)
    }

    /// A request that was let in has ended.
    pub fn release(&mut self, slot: Slot, ended: Ended, now: UnixMs) -> Moves {
        let in_flight = self.in_flight();
        match ended {
            Ended::Succeeded => self.limit.raise(in_flight),
            Ended::Limited { stated } => {
                self.limit.lower(in_flight, slot.admitted_at, now);
                let believed = stated.unwrap_or_default().min(self.settings.not_before_longest);
                self.not_before = self.not_before.max(now.plus(believed));
            }
            Ended::Unsaid => {}
        }
        if ended == Ended::Succeeded {
            let held = now.since(slot.admitted_at);
            self.mean_hold =
                (self.mean_hold * (HOLD_WEIGHT - 1)).saturating_add(held) / HOLD_WEIGHT;
        }
        drop(slot);
        self.settle(now)
    }

    /// Sheds those whose deadline has passed. Due at [`Self::next_deadline`].
    pub fn expire(&mut self, now: UnixMs) -> Moves {
        self.settle(now)
    }

    /// Somebody who waited has gone away. `false`: the ticket had been let in or shed before.
    pub fn leave(&mut self, ticket: Ticket) -> bool {
        self.line.leave(ticket)
    }

    /// When the first of those who wait has waited too long.
    #[must_use]
    pub fn next_deadline(&self) -> Option<UnixMs> {
        self.line.next_deadline()
    }

    /// The gate as it stands.
    #[must_use]
    pub fn report(&self, now: UnixMs) -> ThrottleReport {
        ThrottleReport {
            limit: self.limit.whole(),
            in_flight: self.in_flight(),
            waiting: self.line.len(),
            not_before: Some(self.not_before).filter(|not_before| now < *not_before),
        }
    }

    fn in_flight(&self) -> usize {
        Arc::strong_count(&self.token) - 1
    }

    fn has_room(&self) -> bool {
        self.in_flight() < usize::try_from(self.limit.whole()).unwrap_or(usize::MAX)
    }

    fn slot(&self, now: UnixMs) -> Slot {
        Slot { admitted_at: now, _token: Arc::clone(&self.token) }
    }

    /// Brings line and limit together: late ones out, next ones in, and too many out.
    fn settle(&mut self, now: UnixMs) -> Moves {
        let mut moves = Moves::default();
        for waiting in self.line.take_late(now) {
            moves.shed.push((waiting.ticket, self.retry_after(now)));
        }
        let standing = self.settings.standing;
        while self.has_room()
            && let Some(next) = self.line.take_next(standing, now)
        {
            moves.admitted.push((next.ticket, self.slot(now)));
        }
        while self.line.len() > self.settings.waiting_most
            && let Some(last) = self.line.take_last()
        {
            moves.shed.push((last.ticket, self.retry_after(now)));
        }
        moves
    }

    /// How long the line will last, spread over up to twice that, so that those who are shed
    /// together do not come back together: the golden ratio's multiples lie as evenly as can be.
    fn retry_after(&mut self, now: UnixMs) -> Duration {
        let ahead = u32::try_from(self.line.len() + 1).unwrap_or(u32::MAX);
        let lasts = self.mean_hold.saturating_mul(ahead) / self.limit.whole();
        let stated = self.not_before.since(now);
        let wait = lasts.max(stated).clamp(RETRY_AFTER_LEAST, RETRY_AFTER_MOST);
        self.shed = self.shed.wrapping_add(1);
        let part = f64::from(self.shed) * 0.618_033_988_749_895;
        wait + crate::retry::scaled(wait, part.fract())
    }
}

fn answer_of(ticket: Ticket, moves: &mut Moves) -> Answer {
    if let Some(at) = moves.admitted.iter().position(|(admitted, _)| *admitted == ticket) {
        return Answer::Admitted(moves.admitted.swap_remove(at).1);
    }
    if let Some(at) = moves.shed.iter().position(|(shed, _)| *shed == ticket) {
        return Answer::Shed { retry_after: moves.shed.swap_remove(at).1 };
    }
    Answer::Queued(ticket)
}

#[cfg(test)]
#[path = "throttle/tests.rs"]
mod tests;
