//! The gates of all targets: who may be at a target now, who waits, who is turned away.
//!
//! The rules are `policy::throttle`'s; here is only the waiting. A [`Pass`] that is dropped, because
//! its caller hung up, gives its place to the next one, and so does a caller who hangs up while it
//! waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::{Criticality, TargetId, UnixMs};
use changeover_policy::throttle::{
    Answer, Ended, Moves, Offer, Slot, Throttle, ThrottleReport, ThrottleSettings, Ticket,
};
use tokio::sync::oneshot;

use crate::settings::ConcurrencySettings;
use crate::shared::locked;

/// The gates by target. A target that is no longer configured keeps its gate; it costs next to
/// nothing, and what still runs there has somewhere to end.
#[derive(Debug)]
pub(crate) struct Gates {
    settings: Mutex<ThrottleSettings>,
    gates: Mutex<HashMap<TargetId, Arc<Gate>>>,
    clock: Clock,
}

/// Who asks to be let in, and how long it can wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrant {
    pub(crate) tier: Criticality,
    pub(crate) patience: Duration,
    /// Another target would take it.
    pub(crate) elsewhere: bool,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Entered {
    Passed(Pass),
    /// The target asked not to be asked now.
    Elsewhere,
    /// There were too many.
    Shed {
        retry_after: Duration,
    },
}

#[derive(Debug)]
struct Gate {
    state: Mutex<GateState>,
    clock: Clock,
}

#[derive(Debug)]
struct GateState {
    throttle: Throttle,
    waiting: HashMap<Ticket, oneshot::Sender<Turn>>,
}

#[derive(Debug)]
enum Turn {
    In(Slot),
    Shed(Duration),
}

impl Gates {
    pub(crate) fn new(settings: &ConcurrencySettings, clock: Clock) -> Self {
        Self { settings: Mutex::new(throttle_settings(settings)), gates: Mutex::default(), clock }
    }

    /// Asks for a place at `target`, and waits for it if there is a line.
    pub(crate) async fn enter(&self, target: &TargetId, entrant: Entrant) -> Entered {
        let gate = self.gate(target);
        let now = self.clock.now();
        let offer = Offer {
            tier: entrant.tier,
            deadline: now.plus(entrant.patience),
            elsewhere: entrant.elsewhere,
        };
        let (answer, waits) = gate.offer(&offer, now);
        match answer {
            Answer::Admitted(slot) => Entered::Passed(Pass::new(gate, slot)),
            Answer::Elsewhere { .. } => Entered::Elsewhere,
            Answer::Shed { retry_after } => Entered::Shed { retry_after },
            Answer::Queued(ticket) => match waits {
                Some(turn) => Box::pin(gate.wait(ticket, turn, entrant.patience)).await,
                None => Entered::Elsewhere,
            },
        }
    }

    /// Takes other settings; what is in flight, who waits and what was learnt is kept.
    pub(crate) fn reconfigure(&self, settings: &ConcurrencySettings) {
        let settings = throttle_settings(settings);
        *locked(&self.settings) = settings;
        let now = self.clock.now();
        for gate in locked(&self.gates).values() {
            let mut state = locked(&gate.state);
            let moves = state.throttle.reconfigure(settings, now);
            state.tell(moves, now);
        }
    }

    /// Every gate as it stands, for the metrics.
    pub(crate) fn reports(&self, now: UnixMs) -> Vec<(TargetId, ThrottleReport)> {
        let gates = locked(&self.gates);
        let report = |gate: &Gate| locked(&gate.state).throttle.report(now);
        let mut reports: Vec<_> =
            gates.iter().map(|(target, gate)| (target.clone(), report(gate))).collect();
        reports.sort_by(|(one, _), (other, _)| one.cmp(other));
        reports
    }

    fn gate(&self, target: &TargetId) -> Arc<Gate> {
        let mut gates = locked(&self.gates);
        if let Some(gate) = gates.get(target) {
            return Arc::clone(gate);
        }
        let gate = Arc::new(Gate {
            state: Mutex::new(GateState {
                throttle: Throttle::new(*locked(&self.settings)),
                waiting: HashMap::new(),
            }),
            clock: self.clock.clone(),
        });
        gates.insert(target.clone(), Arc::clone(&gate));
        gate
    }
}

fn throttle_settings(settings: &ConcurrencySettings) -> ThrottleSettings {
    ThrottleSettings {
        limit_most: settings.most,
        waiting_most: usize::try_from(settings.queue).unwrap_or(usize::MAX),
        ..ThrottleSettings::default()
    }
}

impl Gate {
    /// The answer, and where a turn will be told if it is to wait.
    fn offer(&self, offer: &Offer, now: UnixMs) -> (Answer, Option<oneshot::Receiver<Turn>>) {
        let mut state = locked(&self.state);
        let (answer, moves) = state.throttle.offer(offer, now);
        let waits = match &answer {
            Answer::Queued(ticket) => {
                let (turn, waits) = oneshot::channel();
                state.waiting.insert(*ticket, turn);
                Some(waits)
            }
            _ => None,
        };
        state.tell(moves, now);
        (answer, waits)
    }

    async fn wait(
        self: Arc<Self>,
        ticket: Ticket,
        turn: oneshot::Receiver<Turn>,
        patience: Duration,
    ) -> Entered {
        let mut place = Place { gate: Arc::clone(&self), ticket, turn: Some(turn) };
        let late = self.clock.moment().plus(patience);
        loop {
            let Some(turn) = place.turn.as_mut() else { return Entered::Elsewhere };
            tokio::select! {
                biased;
                told = turn => {
                    place.turn = None;
                    return match told {
                        Ok(Turn::In(slot)) => Entered::Passed(Pass::new(self, slot)),
                        Ok(Turn::Shed(retry_after)) => Entered::Shed { retry_after },
                        Err(_) => Entered::Elsewhere,
                    };
                }
                () = self.clock.sleep_until(late) => {
                    // The step sheds whoever is late, this one among them, and so tells it.
                    let now = self.clock.now();
                    let mut state = locked(&self.state);
                    let moves = state.throttle.expire(now);
                    state.tell(moves, now);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    fn release(&self, slot: Slot, ended: Ended) {
        let now = self.clock.now();
        let mut state = locked(&self.state);
        let moves = state.throttle.release(slot, ended, now);
        state.tell(moves, now);
    }
}

impl GateState {
    /// Tells those who waited. A slot for somebody who has just gone away goes to the next one.
    fn tell(&mut self, moves: Moves, now: UnixMs) {
        let mut moves = moves;
        loop {
            let mut unwanted = Vec::new();
            for (ticket, retry_after) in moves.shed {
                if let Some(turn) = self.waiting.remove(&ticket) {
                    // Gone away: then nobody needs to be told.
                    turn.send(Turn::Shed(retry_after)).ok();
                }
            }
            for (ticket, slot) in moves.admitted {
                match self.waiting.remove(&ticket) {
                    Some(turn) => {
                        if let Err(Turn::In(slot)) = turn.send(Turn::In(slot)) {
                            unwanted.push(slot);
                        }
                    }
                    None => unwanted.push(slot),
                }
            }
            if unwanted.is_empty() {
                return;
            }
            moves = Moves::default();
            for slot in unwanted {
                let more = self.throttle.release(slot, Ended::Unsaid, now);
                moves.admitted.extend(more.admitted);
                moves.shed.extend(more.shed);
            }
        }
    }
}

/// A place in the line. Dropped before its turn, it leaves the line.
#[derive(Debug)]
struct Place {
    gate: Arc<Gate>,
    ticket: Ticket,
    turn: Option<oneshot::Receiver<Turn>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(mut turn) = self.turn.take() else { return };
        {
            let mut state = locked(&self.gate.state);
            if state.throttle.leave(self.ticket) {
                state.waiting.remove(&self.ticket);
                return;
            }
        }
        // Its turn came in the same moment.
        if let Ok(Turn::In(slot)) = turn.try_recv() {
            self.gate.release(slot, Ended::Unsaid);
        }
    }
}

/// Leave to be at a target. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Arc<Gate>,
    slot: Option<Slot>,
}

impl Pass {
    fn new(gate: Arc<Gate>, slot: Slot) -> Self {
        Self { gate, slot: Some(slot) }
    }

    /// Gives it back, and says how it went.
    pub(crate) fn release(mut self, ended: Ended) {
        if let Some(slot) = self.slot.take() {
            self.gate.release(slot, ended);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.gate.release(slot, Ended::Unsaid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates(most: u32, queue: u32) -> (Gates, TargetId) {
        let settings = ConcurrencySettings { most, queue, ..ConcurrencySettings::default() };
        let clock = Clock::scaled(UnixMs(0), 1.0);
        (Gates::new(&settings, clock), TargetId::try_new("a").unwrap())
    }

    fn entrant(tier: Criticality) -> Entrant {
        Entrant { tier, patience: Duration::from_secs(2), elsewhere: false }
    }

    fn passed(entered: Entered) -> Pass {
        match entered {
            Entered::Passed(pass) => pass,
            other => panic!("not let in: {other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_let_in_when_a_place_is_given_back() {
        let (gates, a) = gates(1, 4);
        let first = passed(gates.enter(&a, entrant(Criticality::CanDelay)).await);
        let waiting = gates.enter(&a, entrant(Criticality::MustSucceed));
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending(), "the only place is taken");
        first.release(Ended::Succeeded);
        passed(waiting.await);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_too_long_is_told_when_to_come_back() {
        let (gates, a) = gates(1, 4);
        let _held = passed(gates.enter(&a, entrant(Criticality::MustSucceed)).await);
        let late = gates.enter(&a, entrant(Criticality::MustSucceed)).await;
        assert!(
            matches!(late, Entered::Shed { retry_after } if retry_after >= Duration::from_secs(1))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_up_while_waiting_holds_nobody_up() {
        let (gates, a) = gates(1, 4);
        let first = passed(gates.enter(&a, entrant(Criticality::MustSucceed)).await);
        {
            let gone = gates.enter(&a, entrant(Criticality::MustSucceed));
            tokio::pin!(gone);
            assert!(futures::poll!(&mut gone).is_pending());
        }
        let next = gates.enter(&a, entrant(Criticality::MustSucceed));
        tokio::pin!(next);
        assert!(futures::poll!(&mut next).is_pending());
        drop(first);
        passed(next.await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_came_while_its_caller_hung_up_goes_to_the_next() {
        let (gates, a) = gates(1, 4);
        let first = passed(gates.enter(&a, entrant(Criticality::MustSucceed)).await);
        let mut gone = Box::pin(gates.enter(&a, entrant(Criticality::MustSucceed)));
        assert!(futures::poll!(&mut gone).is_pending());
        let next = gates.enter(&a, entrant(Criticality::MustSucceed));
        tokio::pin!(next);
        assert!(futures::poll!(&mut next).is_pending());
        first.release(Ended::Succeeded);
        // It was told, but nobody listens any more.
        drop(gone);
        passed(next.await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_least_critical_goes_first_when_the_line_is_full() {
        let (gates, a) = gates(1, 1);
        let _held = passed(gates.enter(&a, entrant(Criticality::MustSucceed)).await);
        let mut low = Box::pin(gates.enter(&a, entrant(Criticality::CanDelay)));
        assert!(futures::poll!(&mut low).is_pending());
        let mut high = Box::pin(gates.enter(&a, entrant(Criticality::MustSucceed)));
        assert!(futures::poll!(&mut high).is_pending(), "it takes the other's place");
        assert!(matches!(low.await, Entered::Shed { .. }));
    }
}
