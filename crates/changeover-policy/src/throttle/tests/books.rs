//! The gate against a reference that only keeps books: who holds a slot and who waits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    Offer { tier: Criticality, patience_ms: i64, elsewhere: bool },
    Release(usize, Ended),
    Drop(usize),
    Leave(usize),
    Wait(i64),
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let tier = || prop_oneof![Just(MustSucceed), Just(CanDegrade), Just(CanDelay)];
    let ended = prop_oneof![
        3 => Just(Ended::Succeeded),
        1 => proptest::option::of(0_u64..3_000)
            .prop_map(|ms| Ended::Limited { stated: ms.map(Duration::from_millis) }),
        1 => Just(Ended::Unsaid),
    ];
    let step = prop_oneof![
        8 => (tier(), -10_i64..5_000, any::<bool>()).prop_map(
            |(tier, patience_ms, elsewhere)| Step::Offer { tier, patience_ms, elsewhere }
        ),
        6 => (any::<usize>(), ended).prop_map(|(which, ended)| Step::Release(which, ended)),
        1 => any::<usize>().prop_map(Step::Drop),
        1 => any::<usize>().prop_map(Step::Leave),
        2 => (0_i64..1_500).prop_map(Step::Wait),
        1 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 1..300)
}

struct Books {
    throttle: Throttle,
    now: UnixMs,
    held: Vec<Slot>,
    waiting: BTreeMap<Ticket, (Criticality, UnixMs)>,
    newest: Option<Ticket>,
}

impl Books {
    /// Enters a step's moves, and says what is wrong with them.
    fn enter(&mut self, moves: Moves) -> Result<(), TestCaseError> {
        let mut let_in = Vec::new();
        for (ticket, slot) in moves.admitted {
            let (tier, deadline) = self.close(ticket)?;
            prop_assert!(deadline > self.now, "let in too late");
            let_in.push(tier);
            self.held.push(slot);
        }
        let mut shed_early = Vec::new();
        for (ticket, retry_after) in moves.shed {
            let (tier, deadline) = self.close(ticket)?;
            prop_assert!(retry_after >= RETRY_AFTER_LEAST);
            prop_assert!(retry_after <= 2 * RETRY_AFTER_MOST);
            if deadline > self.now {
                shed_early.push(tier);
            }
        }
        for (tier, _) in self.waiting.values() {
            prop_assert!(let_in.iter().all(|lower| lower <= tier), "passed by a lower tier");
            prop_assert!(shed_early.iter().all(|shed| shed >= tier), "a lower tier stayed");
        }
        Ok(())
    }

    fn close(&mut self, ticket: Ticket) -> Result<(Criticality, UnixMs), TestCaseError> {
        let known = self.waiting.remove(&ticket);
        known.ok_or_else(|| TestCaseError::fail("a ticket ended twice, or never began"))
    }

    fn offer(&mut self, offer: &Offer) -> Result<(), TestCaseError> {
        let (answer, moves) = self.throttle.offer(offer, self.now);
        let higher_waits =
            |books: &Self| books.waiting.values().any(|(tier, _)| *tier < offer.tier);
        match answer {
            Answer::Queued(ticket) => {
                prop_assert!(Some(ticket) > self.newest, "tickets are new");
                self.newest = Some(ticket);
                self.waiting.insert(ticket, (offer.tier, offer.deadline));
                self.enter(moves)
            }
            Answer::Admitted(slot) => {
                self.held.push(slot);
                self.enter(moves)?;
                prop_assert!(!higher_waits(self), "let in before a higher tier");
                Ok(())
            }
            Answer::Elsewhere { not_before } => {
                prop_assert!(offer.elsewhere && not_before > self.now);
                self.enter(moves)
            }
            Answer::Shed { .. } => {
                self.enter(moves)?;
                let lower = self.waiting.values().any(|(tier, _)| *tier > offer.tier);
                prop_assert!(!lower || offer.deadline <= self.now, "a lower tier stayed");
                Ok(())
            }
        }
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Offer { tier, patience_ms, elsewhere } => {
                let deadline = self.now.plus_millis(patience_ms);
                self.offer(&Offer { tier, deadline, elsewhere })?;
            }
            Step::Release(which, ended) if !self.held.is_empty() => {
                let slot = self.held.swap_remove(which % self.held.len());
                let moves = self.throttle.release(slot, ended, self.now);
                self.enter(moves)?;
            }
            Step::Drop(which) if !self.held.is_empty() => {
                drop(self.held.swap_remove(which % self.held.len()));
                return Ok(());
            }
            Step::Leave(which) if !self.waiting.is_empty() => {
                let ticket = *self.waiting.keys().nth(which % self.waiting.len()).unwrap();
                prop_assert!(self.throttle.leave(ticket));
                self.waiting.remove(&ticket);
                return Ok(());
            }
            Step::Wait(millis) => self.now = self.now.plus_millis(millis),
            Step::Release(..) | Step::Drop(_) | Step::Leave(_) | Step::Expire => {}
        }
        let moves = self.throttle.expire(self.now);
        self.enter(moves)
    }

    /// What holds between any two steps.
    fn check(&self, most: usize, waiting_most: usize) -> Result<(), TestCaseError> {
        let report = self.throttle.report(self.now);
        prop_assert!(self.held.len() <= most, "more in flight than ever allowed");
        prop_assert_eq!(report.in_flight, self.held.len());
        prop_assert_eq!(report.waiting, self.waiting.len(), "a ticket was lost");
        prop_assert!(self.waiting.len() <= waiting_most);
        let first = self.waiting.values().map(|(_, deadline)| *deadline).min();
        prop_assert_eq!(self.throttle.next_deadline(), first);
        Ok(())
    }
}

proptest! {
    #[test]
    fn the_gate_keeps_its_rules_whatever_happens(
        steps in steps(),
        limit_most in 1_u32..6,
        waiting_most in 0_usize..6,
    ) {
        let mut books = Books {
            throttle: Throttle::new(settings(limit_most, waiting_most)),
            now: START,
            held: Vec::new(),
            waiting: BTreeMap::new(),
            newest: None,
        };
        let most = usize::try_from(limit_most).unwrap();
        for step in steps {
            let held_before = books.held.len();
            let dropped = matches!(step, Step::Drop(_) | Step::Leave(_));
            books.take(step)?;
            books.check(most, waiting_most)?;
            let limit = usize::try_from(books.throttle.report(books.now).limit).unwrap();
            if books.held.len() > held_before {
                prop_assert!(books.held.len() <= limit, "let in beyond the limit");
            }
            if !dropped && !books.waiting.is_empty() {
                prop_assert!(books.held.len() >= limit, "a place stays empty while one waits");
            }
        }
        let far = books.now.plus_millis(10_000);
        books.now = far;
        let moves = books.throttle.expire(far);
        books.enter(moves)?;
        prop_assert!(books.waiting.is_empty(), "everybody is told in the end");
    }
}
