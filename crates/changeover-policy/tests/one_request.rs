//! One request's whole way through the rooms that decide it, as a gateway walks it: what each room
//! promises has to hold for all of them together.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover_domain::{FailureClass, Mode, UnixMs, Whose};
use changeover_policy::actions::{
    Action, FailedAttempt, Matrix, Standing, Wait, is_refused_for_good,
};
use changeover_policy::ladder::{Ladder, Reason, next_mode};
use changeover_policy::retry::{
    Backoff, FleetBudget, FleetBudgetSettings, RequestBudget, RequestBudgetSettings, Retry,
};
use proptest::prelude::*;

const ARRIVED: UnixMs = UnixMs(1_000_000);
const MODES: [Mode; 5] = [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off];

/// What the next attempt meets.
#[derive(Debug, Clone, Copy)]
struct Fate {
    failed: FailedAttempt,
    took_ms: u64,
    stated_ms: Option<u64>,
    random: f64,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The mode without a target that answers.
    Served(Mode),
    ToCaller(FailureClass),
}

/// A request under way.
struct Way<'a> {
    targets: u32,
    ladder: Ladder<'a>,
    fates: std::iter::Cycle<std::slice::Iter<'a, Fate>>,
    matrix: Matrix,
    backoff: Backoff,
    budget: RequestBudget,
    fleet: FleetBudget,
    elapsed: Duration,
    attempts: u32,
    retries: u32,
    ruled_out: BTreeSet<u32>,
    /// Target and mode of each attempt, with its cause.
    asked: Vec<(u32, Mode, FailureClass)>,
}

impl Way<'_> {
    fn walk(&mut self) -> End {
        let (mut mode, mut target, mut here) = (Mode::Full, Some(0), 0);
        loop {
            let Some(fate) = target.and_then(|target| self.attempt(target, mode)) else {
                return match next_mode(&self.ladder, mode, Reason::NoTarget) {
                    Some(lower) => End::Served(lower),
                    None => End::ToCaller(FailureClass::TimeoutTotal),
                };
            };
            here += 1;
            let following = target.and_then(|target| self.fit_from(target + 1));
            let lower = next_mode(&self.ladder, mode, Reason::Failed(fate.failed.cause()));
            let standing = Standing {
                attempts_here: here,
                target_follows: following.is_some(),
                mode_follows: lower.is_some(),
            };
            let mut action = self.matrix.action(&fate.failed, &standing);
            if let Action::RetryHere(wait) = action {
                if self.pauses(&fate, here, wait) {
                    continue;
                }
                action = self.matrix.onward(&fate.failed, &standing);
            }
            (target, here) = match (action, lower) {
                (Action::NextTarget, _) => (following, 0),
                (Action::NextMode, Some(lower)) if lower.needs_target() => {
                    mode = lower;
                    (self.fit_from(0), 0)
                }
                (Action::NextMode, Some(lower)) => return End::Served(lower),
                _ => return End::ToCaller(fate.failed.cause()),
            };
        }
    }

    /// The first target from here on that has not refused for good.
    fn fit_from(&self, first: u32) -> Option<u32> {
        (first..self.targets).find(|target| !self.ruled_out.contains(target))
    }

    fn attempt(&mut self, target: u32, mode: Mode) -> Option<Fate> {
        let allowed = self.budget.allows_attempt(self.elapsed, self.attempts);
        let fate = *self.fates.next().filter(|_| allowed)?;
        let usual = Duration::from_secs(25);
        let limit = self.budget.attempt_limit(self.elapsed, usual, self.targets - target - 1);
        self.elapsed += Duration::from_millis(fate.took_ms).min(limit);
        self.attempts += 1;
        self.asked.push((target, mode, fate.failed.cause()));
        if fate.failed.rules_out_target() {
            self.ruled_out.insert(target);
        }
        Some(fate)
    }

    fn pauses(&mut self, fate: &Fate, number: u32, wait: Wait) -> bool {
        let stated = fate.stated_ms.map(Duration::from_millis);
        let left = self.budget.left(self.elapsed);
        let retry = Retry { number, wait, stated, left };
        let Some(pause) = self.backoff.pause(&retry, fate.random) else { return false };
        let granted = self.fleet.withdraw(ARRIVED.plus(self.elapsed));
        if granted {
            self.elapsed += pause;
            self.retries += 1;
        }
        granted
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    let whose = [Whose::Theirs, Whose::OurQuota, Whose::Caller, Whose::Unknown];
    (
        proptest::sample::select(FailureClass::ALL.to_vec()),
        proptest::option::of(proptest::sample::select(whose.to_vec())),
        any::<(bool, bool)>(),
        prop_oneof![3 => 0_u64..500, 1 => 0_u64..30_000],
        proptest::option::weighted(0.3, 0_u64..20_000),
        0.0_f64..=1.0,
    )
        .prop_map(
            |(class, whose, (retryable, next_target_helps), took_ms, stated_ms, random)| {
                let whose = whose.unwrap_or_else(|| class.usually_whose());
                let failed =
                    FailedAttempt { class, inner: None, retryable, next_target_helps, whose };
                Fate { failed, took_ms, stated_ms, random }
            },
        )
}

fn way<'a>(targets: u32, automatic_to: Option<Mode>, fates: &'a [Fate]) -> Way<'a> {
    Way {
        targets,
        ladder: Ladder { modes: &MODES, automatic_to, ceiling: Mode::Full },
        fates: fates.iter().cycle(),
        matrix: Matrix::default(),
        backoff: Backoff::default(),
        budget: RequestBudget::new(&RequestBudgetSettings::default(), None),
        fleet: FleetBudget::new(FleetBudgetSettings::default(), ARRIVED),
        elapsed: Duration::ZERO,
        attempts: 0,
        retries: 0,
        ruled_out: BTreeSet::new(),
        asked: Vec::new(),
    }
}

proptest! {
    #[test]
    fn every_request_ends_in_time_with_bounded_attempts_and_one_sending_of_what_was_refused(
        fates in proptest::collection::vec(fate(), 1..8),
        targets in 1_u32..=3,
        automatic_to in proptest::option::of(proptest::sample::select(MODES.to_vec())),
    ) {
        let mut way = way(targets, automatic_to, &fates);
        let end = way.walk();
        prop_assert!(way.elapsed <= Duration::from_secs(8), "{:?}", way.elapsed);
        prop_assert!((1..=6).contains(&way.attempts));
        prop_assert!(way.retries <= 10 && way.retries < way.attempts);
        let mut refused = BTreeSet::new();
        for (target, _, cause) in &way.asked {
            prop_assert!(!refused.contains(target), "asked again after a refusal for good");
            if is_refused_for_good(*cause) {
                refused.insert(*target);
            }
        }
        if let End::Served(mode) = end {
            prop_assert!(automatic_to.is_some_and(|lowest| mode <= lowest && mode > Mode::Full));
        }
    }
}

fn usual(class: FailureClass) -> Fate {
    let failed = FailedAttempt {
        class,
        inner: None,
        retryable: true,
        next_target_helps: true,
        whose: class.usually_whose(),
    };
    Fate { failed, took_ms: 100, stated_ms: None, random: 0.5 }
}

fn targets_asked(way: &Way<'_>) -> Vec<u32> {
    way.asked.iter().map(|(target, ..)| *target).collect()
}

#[test]
fn an_overloaded_chain_is_asked_down_to_its_end_and_then_the_mode_steps_down() {
    let fates = [usual(FailureClass::Overloaded)];
    let mut with_template = way(2, Some(Mode::Template), &fates);
    assert_eq!(with_template.walk(), End::Served(Mode::Cached));
    let asked = targets_asked(&with_template);
    assert_eq!(asked, [0, 0, 1, 1, 1], "once more with a standby, twice more without");
    let mut never_down = way(2, None, &fates);
    assert_eq!(never_down.walk(), End::ToCaller(FailureClass::Overloaded));
    assert_eq!(targets_asked(&never_down), [0, 0, 1, 1, 1]);
}

#[test]
fn a_target_that_says_nothing_leaves_its_standby_the_time_to_answer() {
    let silent = Fate { took_ms: 60_000, ..usual(FailureClass::TimeoutFirstToken) };
    let fates = [silent];
    let mut way = way(3, None, &fates);
    assert_eq!(way.walk(), End::ToCaller(FailureClass::TimeoutFirstToken));
    assert_eq!(targets_asked(&way), [0, 1, 2], "each got its turn");
    assert_eq!(way.elapsed, Duration::from_secs(8));
}

#[test]
fn an_answer_that_stalled_is_asked_for_once_more_in_short() {
    let fates = [usual(FailureClass::TimeoutStall)];
    let mut way = way(2, Some(Mode::Template), &fates);
    assert_eq!(way.walk(), End::Served(Mode::Cached));
    let modes: Vec<(u32, Mode)> =
        way.asked.iter().map(|(target, mode, _)| (*target, *mode)).collect();
    let expected = [(0, Mode::Full), (1, Mode::Full), (0, Mode::Short), (1, Mode::Short)];
    assert_eq!(modes, expected);
}

#[test]
fn a_rate_limit_is_waited_for_where_there_is_no_other_target_and_the_wait_fits() {
    let limited = |stated_ms| Fate { stated_ms, ..usual(FailureClass::RateLimited) };
    let short = [limited(Some(2_000))];
    let mut alone = way(1, None, &short);
    assert_eq!(alone.walk(), End::ToCaller(FailureClass::RateLimited));
    assert_eq!(alone.attempts, 3);
    assert!(alone.elapsed > Duration::from_secs(4));
    let long = [limited(Some(60_000))];
    let mut in_vain = way(1, Some(Mode::Cached), &long);
    assert_eq!(in_vain.walk(), End::Served(Mode::Cached));
    assert_eq!((in_vain.attempts, in_vain.retries), (1, 0), "a limit is not asked again at once");
    let mut with_standby = way(2, None, &short);
    assert_eq!(with_standby.walk(), End::ToCaller(FailureClass::RateLimited));
    assert_eq!(targets_asked(&with_standby)[..2], [0, 1], "the standby at once");
}
