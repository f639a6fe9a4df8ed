//! One world with the cases that are played in it, and what was said of them.

use std::collections::BTreeMap;

use changeover_domain::{AlertState, Confidence, Scope, Signature, UnixMs, Verdict, VerdictKind};
use changeover_engine::Engine;
use changeover_engine::contract::{AlertRuleId, ScenarioPlayOwn, Snapshot};

use crate::vendors::{Watched, everything};

/// From the start of the story until its faults begin, as the stories are written.
const ONSET_MS: i64 = 5_000;
/// The promise.
const WITHIN_MS: i64 = 60_000;
/// Watched for longer: what is right within a minute must not be lost again, nor stay well for ever.
const WATCHED_MS: i64 = 90_000;
/// Until every target has been seen often enough to be called well.
const WELL_WITHIN_MS: i64 = 300_000;
/// Judgements come once a second and snapshots are read after them.
const LOOK_MS: i64 = 2_000;

/// One story at one vendor: what must be said of which targets.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) story: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) targets: Vec<&'static str>,
    pub(crate) kinds: &'static [VerdictKind],
    /// Kinds that are right too, where they are said without confidence.
    pub(crate) in_doubt: &'static [VerdictKind],
    /// How far it must be said to reach in the end, where the story leaves no choice.
    pub(crate) scope: Option<Scope>,
    /// What it must be taken for in the end; of too few failures nothing is said.
    pub(crate) signature: Option<Signature>,
}

/// One world's story.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub(crate) name: String,
    pub(crate) toml: String,
    /// Targets whose usual pace the console has learnt before.
    pub(crate) learnt: Vec<&'static Watched>,
    /// Whether something of our own network is lost; else nothing may say so.
    pub(crate) own_network: bool,
    pub(crate) cases: Vec<Case>,
}

/// What was said of one case.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) case: Case,
    /// When the last of its targets was judged rightly, after the onset.
    pub(crate) after_ms: Option<i64>,
    /// What of reach and signature was not so in the end.
    pub(crate) unlike: Vec<String>,
    /// The last sentence on the first of its targets.
    pub(crate) said: String,
}

/// What was said of all cases of a round, and what was said wrong with confidence.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) found: Vec<Found>,
    pub(crate) wrong: Vec<String>,
}

impl Case {
    fn is_said_by(&self, verdict: &Verdict) -> bool {
        self.kinds.contains(&verdict.kind)
            || (verdict.confidence == Confidence::Low && self.in_doubt.contains(&verdict.kind))
    }

    /// What is not as the story has it, of the last that was said of its targets.
    fn unlike(&self, last: &Snapshot) -> Vec<String> {
        let mut unlike = Vec::new();
        let own = || self.targets.iter().filter_map(|target| said_of(last, target));
        for verdict in own() {
            if self.scope.is_some_and(|scope| scope != verdict.scope) {
                unlike.push(format!("{}: reaches {:?}", verdict.target, verdict.scope));
            }
        }
        let signatures: Vec<Signature> = own().filter_map(|verdict| verdict.signature).collect();
        if let Some(expected) = self.signature
            && (signatures.is_empty() || signatures.iter().any(|said| *said != expected))
        {
            unlike.push(format!("taken for {signatures:?}"));
        }
        unlike
    }
}

impl Found {
    pub(crate) fn is_right(&self) -> bool {
        self.after_ms.is_some_and(|after| after <= WITHIN_MS + LOOK_MS) && self.unlike.is_empty()
    }
}

/// What is heard while a round plays.
#[derive(Default)]
struct Ear {
    right: BTreeMap<&'static str, i64>,
    /// By what is wrong, so that it is told once.
    wrong: BTreeMap<String, String>,
}

impl Round {
    /// Plays the story on a world that is well, and gives what was said of each case.
    pub(crate) async fn play(&self, engine: &Engine) -> Heard {
        until_operating(engine).await;
        let own = ScenarioPlayOwn { name: "cases".to_owned(), toml: self.toml.clone() };
        let playing = engine.scenario_play_own(own).await.expect("the story can be played");
        let onset = playing.playing.expect("it plays").started_at.plus_millis(ONSET_MS);
        self.watch(engine, onset).await
    }

    async fn watch(&self, engine: &Engine, onset: UnixMs) -> Heard {
        let mut ear = Ear::default();
        let mut snapshots = engine.watch();
        let mut last = engine.snapshot();
        while last.now.millis_since(onset) <= WATCHED_MS {
            let after_ms = last.now.millis_since(onset);
            if after_ms >= 0 {
                last.verdicts.iter().for_each(|verdict| self.hear(verdict, after_ms, &mut ear));
                self.hear_of_own_network(&last, after_ms, &mut ear);
            }
            snapshots.changed().await.expect("the engine runs");
            last = Snapshot::clone(&snapshots.borrow_and_update());
        }
        let found = self.cases.iter().map(|case| found(case, &ear.right, &last)).collect();
        Heard { found, wrong: ear.wrong.into_values().collect() }
    }

    fn hear(&self, verdict: &Verdict, after_ms: i64, ear: &mut Ear) {
        let id = verdict.target.as_str();
        let own = self.cases.iter().find_map(|case| {
            let target = case.targets.iter().find(|target| **target == id)?;
            Some((case, *target))
        });
        match own {
            Some((case, target)) if case.is_said_by(verdict) => {
                ear.right.entry(target).or_insert(after_ms);
            }
            _ if is_bearable(own.map(|(case, _)| case), verdict, after_ms) => {}
            _ => {
                let of = own.map_or("nothing wrong", |(case, _)| case.story);
                let told = || format!("{of}, after {} s: {verdict:?}", after_ms / 1_000);
                ear.wrong.entry(format!("{id} {:?}", verdict.kind)).or_insert_with(told);
            }
        }
    }

    /// Nobody is told that our own network is gone while it is there, however carefully.
    fn hear_of_own_network(&self, snapshot: &Snapshot, after_ms: i64, ear: &mut Ear) {
        if self.own_network {
            return;
        }
        let mut said = |what: &str, text: &str| {
            let told = || format!("our network, after {} s: {what} {text:?}", after_ms / 1_000);
            ear.wrong.entry(what.to_owned()).or_insert_with(told);
        };
        if snapshot.headline.worst == VerdictKind::OurNetwork {
            said("the headline", &snapshot.headline.sentence);
        }
        for alert in &snapshot.alerts {
            let breached = matches!(alert.state, AlertState::Pending | AlertState::Firing);
            if breached && alert.rule == AlertRuleId::OurNetwork {
                said("an alert", &alert.title);
            }
        }
    }
}

/// What is not right yet, and not wrong: anything without confidence; well until it has to be found
/// out; less than an outage at first.
fn is_bearable(case: Option<&Case>, verdict: &Verdict, after_ms: i64) -> bool {
    let theirs = case.is_some_and(|case| case.kinds.contains(&VerdictKind::TheirOutage));
    match verdict.kind {
        _ if verdict.confidence == Confidence::Low => true,
        VerdictKind::Unknown => true,
        VerdictKind::Operating => case.is_none() || after_ms <= WITHIN_MS + LOOK_MS,
        VerdictKind::TheirDegradation => theirs,
        _ => false,
    }
}

fn said_of<'a>(snapshot: &'a Snapshot, target: &str) -> Option<&'a Verdict> {
    snapshot.verdicts.iter().find(|verdict| verdict.target.as_str() == target)
}

fn found(case: &Case, right: &BTreeMap<&'static str, i64>, last: &Snapshot) -> Found {
    let each: Option<Vec<i64>> =
        case.targets.iter().map(|target| right.get(target).copied()).collect();
    let first = case.targets.first().and_then(|first| said_of(last, first));
    Found {
        case: case.clone(),
        after_ms: each.and_then(|each| each.into_iter().max()),
        unlike: case.unlike(last),
        said: first.map_or_else(String::new, |verdict| verdict.sentence.clone()),
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
    snapshot.verdicts.len() == everything().len()
        && snapshot.verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Operating)
}
