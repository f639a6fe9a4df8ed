//! What is being played, since when, and what was played before. Servers, pages and gates read it;
//! only the world changes it.

use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::UnixMs;
use tokio::sync::watch;

use crate::fault::Effects;
use crate::scenario::{Lost, Scenario};

/// Older plays leave the status pages' history.
const PLAYS_KEPT: usize = 20;

/// One performance of a scenario.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) started_at: UnixMs,
    /// When another took its place.
    pub(crate) replaced_at: Option<UnixMs>,
}

impl Play {
    /// How far it is; `None` before its start.
    pub(crate) fn elapsed(&self, now: UnixMs) -> Option<Duration> {
        (now >= self.started_at).then(|| now.since(self.started_at))
    }

    /// When its last fault is over at the latest.
    pub(crate) fn ends_at(&self) -> UnixMs {
        self.started_at.plus(self.scenario.duration())
    }
}

/// The plays, oldest first. Cheap to clone; clones see the same.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    /// The start of the world, on the minute so that a slow machine does not move it.
    pub(crate) born: UnixMs,
    plays: Arc<watch::Sender<Vec<Play>>>,
}

impl Stage {
    pub(crate) fn new(clock: Clock, seed: u64) -> Self {
        let born = clock.now().floor_to_minute();
        Self { clock, seed, born, plays: Arc::new(watch::Sender::new(Vec::new())) }
    }

    /// Puts a scenario on in place of the running one.
    pub(crate) fn play(&self, scenario: Scenario, at: UnixMs) {
        let now = self.clock.now();
        self.plays.send_modify(|plays| {
            if let Some(last) = plays.last_mut() {
                last.replaced_at = Some(now.max(last.started_at));
            }
            plays.push(Play { scenario: Arc::new(scenario), started_at: at, replaced_at: None });
            let surplus = plays.len().saturating_sub(PLAYS_KEPT);
            plays.drain(..surplus);
        });
    }

    /// Everything that has been played, oldest first.
    pub(crate) fn plays(&self) -> Vec<Play> {
        self.plays.borrow().clone()
    }

    /// The newest play, over or not.
    pub(crate) fn current(&self) -> Option<Play> {
        self.plays.borrow().last().cloned()
    }

    /// Tells when another scenario is put on.
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<Play>> {
        self.plays.subscribe()
    }

    /// What holds now for a request of so many tokens; with no model, for the front door.
    pub(crate) fn effects(
        &self,
        provider: &str,
        model: Option<&str>,
        input_tokens: u64,
    ) -> Effects {
        let now = self.clock.now();
        let plays = self.plays.borrow();
        let Some(play) = plays.last() else {
            return Effects::default();
        };
        play.elapsed(now).map_or_else(Effects::default, |elapsed| {
            play.scenario.effects_on(provider, model, input_tokens, elapsed)
        })
    }

    /// Whether this of the watcher's own network is lost now.
    pub(crate) fn is_lost(&self, what: Lost) -> bool {
        let (plays, now) = (self.plays.borrow(), self.clock.now());
        plays.last().is_some_and(|play| {
            play.elapsed(now).is_some_and(|elapsed| play.scenario.is_lost(what, elapsed))
        })
    }

    /// Whether the provider's page calls whoever subscribed.
    pub(crate) fn page_calls(&self, provider: &str) -> bool {
        self.plays.borrow().last().is_some_and(|play| play.scenario.page_calls(provider))
    }

    /// Whether the JSON of the provider's page cannot be had now.
    pub(crate) fn page_json_fails(&self, provider: &str) -> bool {
        let plays = self.plays.borrow();
        let now = self.clock.now();
        let fails = |play: &Play| Some(play.scenario.page_json_fails(provider, play.elapsed(now)?));
        plays.last().and_then(fails).unwrap_or(false)
    }

    /// Seed and beginning of the story that is being told.
    pub(crate) fn story(&self) -> (u64, UnixMs) {
        let plays = self.plays.borrow();
        plays.last().map_or((self.seed, self.born), |play| {
            let seed = self.seed.rotate_left(32) ^ play.scenario.seed;
            (seed, play.started_at)
        })
    }
}
