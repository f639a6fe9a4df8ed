//! The breaker against a reference that is written for being read: it remembers every call and
//! every permit by name, and works each answer out anew.

use super::*;

/// Its numbers are such that every product of theirs is exact.
fn exact() -> BreakerSettings {
    BreakerSettings {
        window: Duration::from_secs(20),
        minimum_calls: 4,
        failure_share: 0.5,
        slow_share: 0.75,
        cooldown: Duration::from_secs(8),
        cooldown_longest: Duration::from_secs(32),
        cooldown_jitter: 0.5,
        trials: 2,
    }
}

#[derive(Debug)]
enum State {
    Closed { calls: Vec<(UnixMs, CallResult)> },
    Open { until: UnixMs },
    HalfOpen { succeeded: u32, under_way: Vec<u32> },
}

#[derive(Debug)]
struct Reference {
    settings: BreakerSettings,
    state: State,
    /// Which of its lives it is in: a permit of an earlier one counts no more.
    life: u32,
    since: UnixMs,
    forced: Option<ForcedState>,
    failed_trials: u32,
    tripped_on: (u32, u32),
    permits: u32,
}

/// What the reference knows of a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    name: u32,
    /// `None`: let through by force alone.
    life: Option<u32>,
    trial: bool,
}

impl Reference {
    fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: State::Closed { calls: Vec::new() },
            life: 0,
            since: START,
            forced: None,
            failed_trials: 0,
            tripped_on: (0, 0),
            permits: 0,
        }
    }

    fn live(&mut self, state: State, now: UnixMs) {
        self.state = state;
        self.life += 1;
        self.since = now;
    }

    fn admit(&mut self, now: UnixMs) -> Option<Named> {
        if self.forced == Some(ForcedState::ForcedOpen) {
            return None;
        }
        if matches!(self.state, State::Open { until } if until <= now) {
            self.live(State::HalfOpen { succeeded: 0, under_way: Vec::new() }, now);
        }
        self.permits += 1;
        let name = self.permits;
        let observed = match &mut self.state {
            State::Closed { .. } => Some(false),
            State::Open { .. } => None,
            State::HalfOpen { succeeded, under_way } => {
                let taken = *succeeded + u32::try_from(under_way.len()).unwrap();
                (taken < self.settings.trials).then(|| under_way.push(name)).map(|()| true)
            }
        };
        match observed {
            Some(trial) => Some(Named { name, life: Some(self.life), trial }),
            None if self.forced.is_some() => Some(Named { name, life: None, trial: false }),
            None => None,
        }
    }

    /// The permit is gone, reported or not.
    fn returned(&mut self, permit: Named) {
        if let State::HalfOpen { under_way, .. } = &mut self.state {
            under_way.retain(|name| *name != permit.name);
        }
    }

    fn report_call(&mut self, permit: Named, result: CallResult, now: UnixMs, jitter: f64) {
        self.returned(permit);
        if permit.life != Some(self.life) {
            return;
        }
        match &mut self.state {
            State::Closed { calls } => {
                let slice = self.settings.window / 10;
                let open = calls.last().map(|(begun, _)| *begun);
                let begun = open.filter(|begun| now.since(*begun) < slice).unwrap_or(now);
                calls.push((begun, result));
                let (all, failed, slow) = self.counted(now);
                let reaches = |part: u32, share: f64| f64::from(part) / f64::from(all) >= share;
                let bad = reaches(failed, self.settings.failure_share)
                    || reaches(slow, self.settings.slow_share);
                if all >= self.settings.minimum_calls && bad {
                    self.tripped_on = (all, failed);
                    self.failed_trials = 0;
                    self.open(now, jitter);
                }
            }
            State::Open { .. } => panic!("no permit is of an open life"),
            State::HalfOpen { succeeded, .. } => {
                if result == CallResult::Success {
                    *succeeded += 1;
                    if *succeeded == self.settings.trials {
                        self.live(State::Closed { calls: Vec::new() }, now);
                    }
                } else {
                    self.failed_trials += 1;
                    self.open(now, jitter);
                }
            }
        }
    }

    fn open(&mut self, now: UnixMs, jitter: f64) {
        let mut cooldown = self.settings.cooldown;
        for _ in 0..self.failed_trials.min(10) {
            cooldown = (cooldown * 2).min(self.settings.cooldown_longest);
        }
        let until = now.plus(cooldown + cooldown.mul_f64(self.settings.cooldown_jitter * jitter));
        self.live(State::Open { until }, now);
    }

    /// All, failed and slow calls of the window.
    fn counted(&self, now: UnixMs) -> (u32, u32, u32) {
        let State::Closed { calls } = &self.state else { return (0, 0, 0) };
        let within = calls.iter().filter(|(begun, _)| now.since(*begun) < self.settings.window);
        within.fold((0, 0, 0), |(all, failed, slow), (_, result)| {
            let one_if = |kind| u32::from(*result == kind);
            (all + 1, failed + one_if(CallResult::Failure), slow + one_if(CallResult::Slow))
        })
    }

    fn report(&self, now: UnixMs) -> BreakerReport {
        let (observed, next_trial_at) = match &self.state {
            State::Closed { .. } => (BreakerState::Closed, None),
            State::Open { until } => (BreakerState::Open, Some(*until)),
            State::HalfOpen { .. } => (BreakerState::HalfOpen, None),
        };
        let (calls, failures) = if observed == BreakerState::Closed {
            let (all, failed, _) = self.counted(now);
            (all, failed)
        } else {
            self.tripped_on
        };
        let (forced, since) = (self.forced, self.since);
        BreakerReport { target: target(), observed, forced, since, calls, failures, next_trial_at }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Admit,
    Report {
        which: usize,
        result: CallResult,
        jitter: f64,
    },
    /// The caller's own fault, or cancelled.
    Drop(usize),
    /// A call that never ends.
    Forget(usize),
    Wait(i64),
    Force(Option<ForcedState>),
    RequireTrials,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let result = prop_oneof![
        3 => Just(CallResult::Success),
        1 => Just(CallResult::Slow),
        2 => Just(CallResult::Failure),
    ];
    let jitter = prop_oneof![Just(0.0), Just(0.5), Just(1.0)];
    let forced = prop_oneof![
        2 => Just(None),
        1 => Just(Some(ForcedState::ForcedOpen)),
        1 => Just(Some(ForcedState::ForcedClosed)),
    ];
    let step = prop_oneof![
        20 => Just(Step::Admit),
        20 => (any::<usize>(), result, jitter)
            .prop_map(|(which, result, jitter)| Step::Report { which, result, jitter }),
        3 => any::<usize>().prop_map(Step::Drop),
        1 => any::<usize>().prop_map(Step::Forget),
        5 => prop_oneof![Just(2_000), Just(8_000), 0_i64..30_000].prop_map(Step::Wait),
        2 => forced.prop_map(Step::Force),
        1 => Just(Step::RequireTrials),
    ];
    proptest::collection::vec(step, 1..300)
}

proptest! {
    #[test]
    fn it_does_what_a_naive_reference_does_whatever_happens(steps in steps()) {
        let mut breaker = Breaker::new(exact(), START);
        let mut reference = Reference::new(exact());
        let mut held: Vec<(Permit, Named)> = Vec::new();
        let mut now = START;
        for step in steps {
            let some_held = !held.is_empty();
            match step {
                Step::Admit => match (breaker.admit(now), reference.admit(now)) {
                    (None, None) => {}
                    (Some(permit), Some(named)) => {
                        prop_assert_eq!(permit.is_trial(), named.trial);
                        held.push((permit, named));
                    }
                    (ours, named) => prop_assert!(false, "{ours:?} against {named:?}"),
                },
                Step::Report { which, result, jitter } if some_held => {
                    let (permit, named) = held.swap_remove(which % held.len());
                    breaker.report_call(permit, result, now, jitter);
                    reference.report_call(named, result, now, jitter);
                }
                Step::Drop(which) if some_held => {
                    let (permit, named) = held.swap_remove(which % held.len());
                    drop(permit);
                    reference.returned(named);
                }
                Step::Forget(which) if some_held => {
                    std::mem::forget(held.swap_remove(which % held.len()));
                }
                Step::Wait(millis) => now = now.plus_millis(millis),
                Step::Force(forced) => {
                    breaker.force(forced);
                    reference.forced = forced;
                }
                Step::RequireTrials => {
                    breaker.require_trials(now);
                    let state = State::HalfOpen { succeeded: 0, under_way: Vec::new() };
                    reference.live(state, now);
                }
                Step::Report { .. } | Step::Drop(_) | Step::Forget(_) => {}
            }
            prop_assert_eq!(breaker.report(target(), now), reference.report(now), "{:?}", step);
        }
    }
}
