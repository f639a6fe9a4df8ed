//! One world with the cases that are played in it, and what was said of them.

use std::collections::BTreeMap;
use std::fmt;

use changeover_domain::{Confidence, Scope, UnixMs, Verdict, VerdictKind};
use changeover_engine::Engine;
use changeover_engine::contract::{ScenarioPlayOwn, Snapshot};

use crate::stories::EVERYTHING;

/// From the start of the story until its faults begin, as the stories are written.
const ONSET_MS: i64 = 5_000;
/// The promise.
const WITHIN_MS: i64 = 60_000;
/// Until every target has been seen often enough to be called well.
const WELL_WITHIN_MS: i64 = 300_000;
/// Judgements come once a second and snapshots are read after them.
const LOOK_MS: i64 = 2_000;

/// One case: what must be said of which targets.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) targets: &'static [&'static str],
    pub(crate) kinds: &'static [VerdictKind],
    /// Targets that may be said to be the same, and need not.
    pub(crate) may: &'static [&'static str],
    /// How far it must be said to reach, where that is the case's point.
    pub(crate) scope: Option<Scope>,
}

/// One world's story.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub(crate) name: &'static str,
    pub(crate) toml: String,
    /// Whether the console has watched for a while before, and knows the targets' usual pace.
    pub(crate) learnt: bool,
    pub(crate) cases: Vec<Case>,
}

/// What was said of one case.
#[derive(Debug)]
pub(crate) struct Found {
    case: Case,
    /// When the last of its targets was judged rightly, after the onset.
    after_ms: Option<i64>,
    /// The last sentence on the first of its targets.
    said: String,
    pub(crate) confident_and_wrong: Vec<String>,
}

impl Case {
    fn is_said_by(&self, verdict: &Verdict) -> bool {
        self.kinds.contains(&verdict.kind) && self.scope.is_none_or(|scope| verdict.scope == scope)
    }
}

impl Found {
    pub(crate) fn is_right(&self) -> bool {
        self.after_ms.is_some_and(|after| after <= WITHIN_MS + LOOK_MS)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.after_ms.map_or("missed".to_owned(), |ms| format!("{:>4} s", ms / 1_000));
        let kinds: Vec<&str> = self.case.kinds.iter().map(|kind| kind.as_str()).collect();
        let name = self.case.name;
        write!(f, "{name:<34} {:<34} {after}  {}", kinds.join(" or "), self.said)
    }
}

impl Round {
    /// Plays the story on a world that is well, and gives what was said of each case.
    pub(crate) async fn play(&self, engine: &Engine) -> Vec<Found> {
        until_operating(engine).await;
        let own = ScenarioPlayOwn { name: self.name.to_owned(), toml: self.toml.clone() };
        let playing = engine.scenario_play_own(own).await.expect("the story can be played");
        let onset = playing.playing.expect("it plays").started_at.plus_millis(ONSET_MS);
        self.watch(engine, onset).await
    }

    async fn watch(&self, engine: &Engine, onset: UnixMs) -> Vec<Found> {
        let mut right: BTreeMap<&str, i64> = BTreeMap::new();
        let mut wrong: Vec<String> = Vec::new();
        let mut snapshots = engine.watch();
        let mut last = engine.snapshot();
        while last.now.millis_since(onset) <= WITHIN_MS + LOOK_MS {
            let after_ms = last.now.millis_since(onset);
            for verdict in last.verdicts.iter().filter(|_| after_ms >= 0) {
                self.note(verdict, after_ms, &mut right, &mut wrong);
            }
            snapshots.changed().await.expect("the engine runs");
            last = Snapshot::clone(&snapshots.borrow_and_update());
        }
        self.cases.iter().map(|case| found(case, &right, &mut wrong, &last)).collect()
    }

    fn note(
        &self,
        verdict: &Verdict,
        after_ms: i64,
        right: &mut BTreeMap<&'static str, i64>,
        wrong: &mut Vec<String>,
    ) {
        let id = verdict.target.as_str();
        let case = self.cases.iter().find(|case| case.targets.contains(&id));
        if let Some((case, target)) =
            case.and_then(|case| Some((case, case.targets.iter().find(|target| **target == id)?)))
            && case.is_said_by(verdict)
        {
            right.entry(target).or_insert(after_ms);
        } else if verdict.confidence > Confidence::Low && !self.is_bearable(case, verdict) {
            let of = case.map_or("of nothing wrong", |case| case.name);
            wrong.push(format!("{of}, after {} s: {id} {verdict:?}", after_ms / 1_000));
        }
    }

    /// What is not right yet, and not wrong: well until it is found out, worse than thought at
    /// first, and the same as a neighbour where the case says so.
    fn is_bearable(&self, case: Option<&Case>, verdict: &Verdict) -> bool {
        let (kind, id) = (verdict.kind, verdict.target.as_str());
        let theirs = |case: &Case| case.kinds.contains(&VerdictKind::TheirOutage);
        let neighbour = self.cases.iter().find(|case| case.may.contains(&id));
        matches!(kind, VerdictKind::Operating | VerdictKind::Unknown)
            // The right kind, and not yet its reach.
            || case.is_some_and(|case| case.kinds.contains(&kind))
            || (kind == VerdictKind::TheirDegradation && case.is_some_and(theirs))
            || neighbour.is_some_and(|case| case.kinds.contains(&kind))
    }
}

fn found(
    case: &Case,
    right: &BTreeMap<&str, i64>,
    wrong: &mut Vec<String>,
    last: &Snapshot,
) -> Found {
    let each: Option<Vec<i64>> =
        case.targets.iter().map(|target| right.get(target).copied()).collect();
    let first = case.targets.first().copied().unwrap_or_default();
    let said = last.verdicts.iter().find(|verdict| verdict.target.as_str() == first);
    Found {
        case: case.clone(),
        after_ms: each.and_then(|each| each.into_iter().max()),
        said: said.map_or_else(String::new, |verdict| verdict.sentence.clone()),
        confident_and_wrong: std::mem::take(wrong),
    }
}

/// Waits for a world that is well, by its own time: a slow machine has a slow world.
async fn until_operating(engine: &Engine) {
    let began = engine.snapshot().now;
    let mut snapshots = engine.watch();
    loop {
        let seen = Snapshot::clone(&snapshots.borrow_and_update());
        if all_operating(&seen) {
            return;
        }
        let waited_ms = seen.now.millis_since(began);
        assert!(waited_ms < WELL_WITHIN_MS, "not well after {waited_ms} ms: {:#?}", seen.verdicts);
        snapshots.changed().await.expect("the engine runs");
    }
}

fn all_operating(snapshot: &Snapshot) -> bool {
    snapshot.verdicts.len() == EVERYTHING.len()
        && snapshot.verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Operating)
}
