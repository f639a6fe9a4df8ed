//! The polite reader of one page: asks conditionally, believes only what it could read, and says
//! how well it can.
//!
//! A page may have two documents. The preferred one is asked every time; the other one at the first
//! look, while something is open or new, when the first cannot be read, and else once an hour. Both
//! are one page with one identity for each incident.
//!
//! Not for: deciding when to run (the engine sleeps for [`StatusPoller::next_delay`]), telling
//! anybody, or knowing whether our own network is there. The rule: a failed poll changes nothing that
//! is known, and after three in a row what is known is no longer believed. It is then unknown:
//! neither operational nor an outage.

mod document;
mod fetch;
mod schedule;
mod seed;
mod stand_in;

use std::time::Duration;

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::{
    ComponentState, Incident, PageComponent, ProviderId, SourceId, SourceState, TargetId, UnixMs,
};

use document::{Document, Look};
use fetch::Fetched;
pub use fetch::PollError;
use stand_in::StandIn;

use crate::{ComponentRule, Known, Platform, Reading, Transition, diff, merge};

/// Failures in a row after which a page is no longer believed.
const FAILURES_TO_UNREADABLE: u32 = 3;
/// How long the second document is left alone while nothing happens.
const BESIDE_MS: i64 = 60 * 60_000;

/// One page or feed to poll.
#[derive(Debug, Clone)]
pub struct StatusSource {
    pub id: SourceId,
    pub provider: ProviderId,
    pub platform: Platform,
    /// The preferred document.
    pub url: String,
    /// Another document of the same page.
    pub fallback: Option<String>,
    /// The usual time between two polls, in the clock's time.
    pub interval: Duration,
    /// It is known to open and close incidents by itself, so that one look is not to be believed.
    pub flaps: bool,
    /// Model words in lower case with the target each means.
    pub names: Vec<(String, TargetId)>,
    /// What is known of single components of the page.
    pub components: Vec<ComponentRule>,
}

/// What one poll gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollOutcome {
    /// The first good look: what was there before us is no news. What was known from before a
    /// restart may have moved on; that is told.
    Seeded {
        reading: Reading,
        transitions: Vec<Transition>,
    },
    /// Something is different; `transitions` is empty when it is no incident's affair.
    Changed {
        reading: Reading,
        transitions: Vec<Transition>,
    },
    Unchanged,
    Failed(PollError),
}

/// Polls one source. Keeps what is known of it between polls.
#[derive(Debug)]
pub struct StatusPoller {
    http: reqwest::Client,
    pub(crate) clock: Clock,
    source: StatusSource,
    main: Document,
    beside: Option<Document>,
    /// Since the preferred document fails, where another can stand in for it.
    stand_in: Option<StandIn>,
    /// The page as it was shown last, of both documents.
    shown: Option<Reading>,
    known: Option<Known>,
    /// What was open before a restart, until the first good look.
    resumed: Vec<Incident>,
    polls: u64,
    last_good_at: Option<UnixMs>,
    last_tried_at: Option<UnixMs>,
    failures: u32,
    /// The last failures were our own network's.
    network_down: bool,
    /// Somebody knows that the provider is in trouble.
    is_urgent: bool,
    pace: Duration,
    retry_after: Option<Duration>,
    problem: Option<String>,
}

impl StatusPoller {
    /// A poller that has not looked yet. `http` should follow redirects only within the host.
    #[must_use]
    pub fn new(http: reqwest::Client, clock: Clock, source: StatusSource) -> Self {
        Self {
            http,
            clock,
            main: Document::new(source.url.clone()),
            beside: source.fallback.clone().map(Document::new),
            stand_in: None,
            shown: None,
            known: None,
            resumed: Vec::new(),
            polls: 0,
            last_good_at: None,
            last_tried_at: None,
            failures: 0,
            network_down: false,
            is_urgent: false,
            pace: source.interval,
            retry_after: None,
            problem: None,
            source,
        }
    }

    /// Which page it is.
    #[must_use]
    pub fn source(&self) -> &StatusSource {
        &self.source
    }

    /// Goes on after a restart: what was open then, and when the page was last read well.
    pub fn resume(&mut self, open: Vec<Incident>, last_good_at: Option<UnixMs>) {
        self.resumed = open;
        self.last_good_at = last_good_at;
    }

    /// Looks once. Takes at most 15 s of the clock's time for each document.
    pub async fn poll(&mut self) -> PollOutcome {
        self.polls = self.polls.saturating_add(1);
        self.last_tried_at = Some(self.clock.now());
        let main = self.look_main().await;
        let beside = self.look_beside(&main).await;
        let outcome = match (main, beside) {
            (Ok(look), beside) => {
                self.note_good(look.as_of, None);
                let is_new = look.is_new || beside.is_some_and(|beside| beside.is_new);
                self.compare(is_new, true)
            }
            (Err(problem), Some(look)) => {
                let said = format!("{problem}; read from its feed instead");
                self.note_good(look.as_of, Some(said));
                self.compare(true, false)
            }
            (Err(problem), None) => self.note_failure(problem),
        };
        self.pace = schedule::pace(self.situation());
        outcome
    }

    /// Takes in a body of the preferred document that came by another way than the network: a
    /// capture that is played again, or a measurement.
    pub fn take_in(&mut self, bytes: Bytes) -> PollOutcome {
        self.polls = self.polls.saturating_add(1);
        self.last_tried_at = Some(self.clock.now());
        match self.main.take_in(Fetched::of(bytes), &self.source, self.clock.now()) {
            Ok(is_new) => {
                self.stand_in = None;
                self.note_good(self.clock.now(), None);
                self.compare(is_new, true)
            }
            Err(problem) => self.note_failure(problem),
        }
    }

    /// The preferred document, unless it is left alone while another stands in for it.
    async fn look_main(&mut self) -> Result<Look, PollError> {
        let resting = self.stand_in.as_ref().and_then(|stand_in| stand_in.rest(self.clock.now()));
        if let Some(problem) = resting {
            return Err(problem);
        }
        let looked = self.main.look(&self.http, &self.clock, &self.source).await;
        let before = self.stand_in.take();
        if let (Err(problem), Some(_)) = (&looked, &self.beside) {
            let (problem, interval) = (problem.clone(), self.source.interval);
            let now = self.clock.now();
            self.stand_in = Some(StandIn::after(before.as_ref(), problem, interval, now));
        }
        looked
    }

    /// The second document, when there is a reason to ask for it; `None` also when that fails.
    async fn look_beside(&mut self, main: &Result<Look, PollError>) -> Option<Look> {
        let is_open = self.has_open_incident();
        let beside = self.beside.as_mut()?;
        let age_ms = beside.looked_at.map(|at| self.clock.now().millis_since(at));
        let is_wanted = match main {
            Ok(look) => look.is_new || is_open || age_ms.is_none_or(|age| age >= BESIDE_MS),
            // Where nobody answers, a second question to the same host is only a second wait.
            Err(problem) => !problem.is_silence(),
        };
        if !is_wanted {
            return None;
        }
        let look = beside.look(&self.http, &self.clock, &self.source).await;
        look.inspect_err(|problem| {
            tracing::debug!(source = %self.source.id, %problem, "its second document is not to be had");
        })
        .ok()
    }

    /// The last failure was our own network's: the page is not to blame, and its last word stands.
    pub fn excuse(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        self.network_down = true;
        self.pace = schedule::pace(self.situation());
    }

    /// Whether the provider is known to be in trouble: then its page is looked at more closely.
    pub fn mind(&mut self, is_urgent: bool) {
        self.is_urgent = is_urgent;
        if is_urgent {
            self.pace = schedule::pace(self.situation());
        }
    }

    /// How well the page can be read, and what it says.
    #[must_use]
    pub fn state(&self) -> SourceState {
        let unreadable = self.failures >= FAILURES_TO_UNREADABLE;
        let believed = self.shown.as_ref().filter(|_| !unreadable);
        let unknown =
            |one: &PageComponent| PageComponent { state: ComponentState::Unknown, ..one.clone() };
        let components = self.shown.iter().flat_map(|shown| &shown.components);
        SourceState {
            id: self.source.id.clone(),
            provider: self.source.provider.clone(),
            url: self.source.url.clone(),
            page: believed.map_or(ComponentState::Unknown, |shown| shown.page),
            last_good_at: self.last_good_at,
            last_tried_at: self.last_tried_at,
            failures: self.failures,
            unreadable,
            network_down: self.network_down,
            problem: self.problem.clone(),
            platform: self.source.platform.to_string(),
            interval_ms: u32::try_from(self.pace.as_millis()).ok(),
            components: if unreadable {
                components.map(unknown).collect()
            } else {
                components.cloned().collect()
            },
        }
    }

    /// The clock's time to wait before the next poll.
    #[must_use]
    pub fn next_delay(&self) -> Duration {
        schedule::with_jitter(&self.source.id, self.polls, self.pace)
    }

    fn situation(&self) -> schedule::Situation {
        schedule::Situation {
            interval: self.source.interval,
            before: self.pace,
            failures: self.failures,
            network_down: self.network_down,
            is_urgent: self.is_urgent || self.has_open_incident(),
            retry_after: self.retry_after,
        }
    }

    fn has_open_incident(&self) -> bool {
        let mut known = self.known.iter().flat_map(Known::incidents);
        known.any(|one| one.is_open() && !one.is_maintenance())
    }

    fn note_good(&mut self, as_of: UnixMs, problem: Option<String>) {
        self.failures = 0;
        self.network_down = false;
        self.retry_after = None;
        self.problem = problem;
        self.last_good_at = Some(as_of);
    }

    fn note_failure(&mut self, problem: PollError) -> PollOutcome {
        self.failures = self.failures.saturating_add(1);
        self.network_down = false;
        self.retry_after = problem.retry_after();
        self.problem = Some(problem.to_string());
        PollOutcome::Failed(problem)
    }

    /// What there is to tell after a good look. An unchanged page is still news of an incident that
    /// it had stopped listing, or of one that was not believed yet.
    fn compare(&mut self, is_new: bool, main_is_fresh: bool) -> PollOutcome {
        let awaits = self.known.as_ref().is_some_and(Known::awaits_confirmation);
        if !is_new && !awaits && self.shown.is_some() {
            return PollOutcome::Unchanged;
        }
        let Some(reading) = self.both(main_is_fresh) else { return PollOutcome::Unchanged };
        let now = self.clock.now();
        let Some(known) = self.known.take() else {
            let resumed = std::mem::take(&mut self.resumed);
            let (known, transitions) = seed::seeded(resumed, &reading, now);
            let believed = with_known(&reading, &known);
            self.known = Some(known);
            self.shown = Some(reading);
            return PollOutcome::Seeded { reading: believed, transitions };
        };
        let diff = diff(&known, &reading, now);
        let believed = with_known(&reading, &diff.known);
        let is_same = diff.transitions.is_empty() && self.shown.as_ref() == Some(&reading);
        self.known = Some(diff.known);
        self.shown = Some(reading);
        if is_same {
            PollOutcome::Unchanged
        } else {
            PollOutcome::Changed { reading: believed, transitions: diff.transitions }
        }
    }

    /// The page of both documents; the fresh one is believed first.
    fn both(&self, main_is_fresh: bool) -> Option<Reading> {
        let main = self.main.reading().cloned();
        let beside = self.beside.as_ref().and_then(Document::reading).cloned();
        match (main, beside) {
            (Some(main), Some(beside)) if main_is_fresh => Some(merge(main, beside)),
            (Some(main), Some(beside)) => Some(merge(beside, self.still_believed(main))),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        }
    }

    fn still_believed(&self, main: Reading) -> Reading {
        match &self.stand_in {
            Some(stand_in) => stand_in.believed(main),
            None => main,
        }
    }
}

/// The reading with the incidents that are believed still, or that ended by absence just now.
fn with_known(reading: &Reading, known: &Known) -> Reading {
    let incidents = known.incidents().cloned().collect();
    Reading { incidents, ..reading.clone() }.finish()
}
