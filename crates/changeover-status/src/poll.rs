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
mod rest;
mod schedule;
mod seed;
mod source;
mod stand_in;
mod state;

use std::time::Duration;

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::{Incident, UnixMs};

use document::{Document, Tried};
use fetch::Fetched;
pub use fetch::PollError;
pub use source::{PollOutcome, StatusSource};

use crate::{Known, Reading, diff, merge};

/// Failures in a row after which a page is no longer believed.
const FAILURES_TO_UNREADABLE: u32 = 3;
/// How long the second document is left alone while nothing happens.
const BESIDE_MS: i64 = 60 * 60_000;
/// What is said of a page that gives out what it said before.
const OLDER_COPY: &str = "it gave an older copy of itself, as caches do; what it said since stands";

/// Polls one source. Keeps what is known of it between polls.
#[derive(Debug)]
pub struct StatusPoller {
    http: reqwest::Client,
    pub(crate) clock: Clock,
    source: StatusSource,
    main: Document,
    beside: Option<Document>,
    /// The page as it was shown last, of both documents.
    shown: Option<Reading>,
    known: Option<Known>,
    /// What was known before a restart, until the first good look, and of when it is.
    resumed: Vec<Incident>,
    resumed_as_of: Option<UnixMs>,
    polls: u64,
    last_good_at: Option<UnixMs>,
    last_tried_at: Option<UnixMs>,
    failures: u32,
    /// Failures in a row that were our own network's.
    excused: u32,
    /// The last failure was our own network's.
    network_down: bool,
    /// Somebody knows that the provider is in trouble.
    is_urgent: bool,
    pace: Duration,
    /// How long the page asked to be left alone, from the last poll on.
    asked_rest: Duration,
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
            shown: None,
            known: None,
            resumed: Vec::new(),
            resumed_as_of: None,
            polls: 0,
            last_good_at: None,
            last_tried_at: None,
            failures: 0,
            excused: 0,
            network_down: false,
            is_urgent: false,
            pace: source.interval,
            asked_rest: Duration::ZERO,
            problem: None,
            source,
        }
    }

    /// Which page it is.
    #[must_use]
    pub fn source(&self) -> &StatusSource {
        &self.source
    }

    /// Goes on after a restart: what was open then and what had ended lately, and when the page was
    /// last read well.
    pub fn resume(&mut self, before: Vec<Incident>, last_good_at: Option<UnixMs>) {
        self.resumed = before;
        self.resumed_as_of = last_good_at;
        self.last_good_at = last_good_at;
    }

    /// Looks once. Takes at most 15 s of the clock's time for each document.
    pub async fn poll(&mut self) -> PollOutcome {
        self.polls = self.polls.saturating_add(1);
        let began = self.clock.now();
        let main = self.look_main().await;
        let beside = self.look_beside(&main).await;
        let outcome = self.outcome(main, beside);
        if outcome != PollOutcome::NotAsked {
            self.last_tried_at = Some(began);
        }
        self.asked_rest = self.asked_rest_from(self.clock.now());
        self.pace = schedule::pace(self.situation());
        outcome
    }

    /// Takes in a body of the preferred document that came by another way than the network: a
    /// capture that is played again, or a measurement.
    pub fn take_in(&mut self, bytes: Bytes) -> PollOutcome {
        self.polls = self.polls.saturating_add(1);
        let now = self.clock.now();
        self.last_tried_at = Some(now);
        match self.main.take_in(Fetched::of(bytes), now, &self.source) {
            Ok(look) => {
                self.main.rest = None;
                self.note_answer(None);
                self.compare(look.is_new, true, look.as_of)
            }
            Err(problem) => self.note_failure(problem),
        }
    }

    /// The preferred document, unless it asks to be left alone, or fails while another does for it.
    async fn look_main(&mut self) -> Tried {
        let now = self.clock.now();
        let has_other = self.beside.is_some();
        let resting = self.main.rest.as_ref().filter(|rest| {
            // Where nobody is there, nobody is pressed.
            let is_pressed = has_other && !rest.problem.is_nobody_there();
            rest.is_asked_for(now) || (is_pressed && rest.holds(now))
        });
        if let Some(rest) = resting {
            return Tried::Rests(rest.problem.clone());
        }
        self.main.look(&self.http, &self.clock, &self.source).await
    }

    /// The second document, when there is a reason to ask for it.
    async fn look_beside(&mut self, main: &Tried) -> Option<Tried> {
        let is_open = self.has_open_incident();
        let in_vain = self.shares_host();
        let beside = self.beside.as_mut()?;
        let now = self.clock.now();
        let age_ms = beside.looked_at.map(|at| now.millis_since(at));
        let is_wanted = match main {
            Tried::Good(look) => {
                look.is_new || is_open || age_ms.is_none_or(|age| age >= BESIDE_MS)
            }
            // A second question to a host where nobody is there is only a second wait.
            Tried::Failed(problem) | Tried::Rests(problem) => {
                !(problem.is_nobody_there() && in_vain)
            }
        };
        if !is_wanted {
            return None;
        }
        // What is merely read beside waits its turn; what is needed is asked unless it asks for peace.
        let is_beside = matches!(main, Tried::Good(_));
        if let Some(rest) = beside.rest.as_ref()
            && (rest.is_asked_for(now) || (is_beside && rest.holds(now)))
        {
            return Some(Tried::Rests(rest.problem.clone()));
        }
        let tried = beside.look(&self.http, &self.clock, &self.source).await;
        if let Tried::Failed(problem) = &tried {
            tracing::debug!(source = %self.source.id, %problem, "its second document is not to be had");
        }
        Some(tried)
    }

    /// What came of a turn at both documents.
    fn outcome(&mut self, main: Tried, beside: Option<Tried>) -> PollOutcome {
        match (main, beside) {
            (Tried::Good(look), beside) => {
                let is_new_beside = matches!(beside, Some(Tried::Good(beside)) if beside.is_new);
                self.note_answer(look.is_older_copy.then(|| OLDER_COPY.to_owned()));
                self.compare(look.is_new || is_new_beside, true, look.as_of)
            }
            (Tried::Failed(problem) | Tried::Rests(problem), Some(Tried::Good(look))) => {
                self.note_answer(Some(format!("{problem}; read from its feed instead")));
                self.compare(true, false, look.as_of)
            }
            (Tried::Failed(problem), _) | (Tried::Rests(problem), Some(Tried::Failed(_))) => {
                self.note_failure(problem)
            }
            (Tried::Rests(_), None | Some(Tried::Rests(_))) => PollOutcome::NotAsked,
        }
    }

    /// The last failure was our own network's: the page is not to blame. Its last word stands for as
    /// long as it would through failures of its own, and is then unknown.
    pub fn excuse(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        self.excused = self.excused.saturating_add(1);
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

    /// The clock's time to wait before the next poll, from the last one on.
    #[must_use]
    pub fn next_delay(&self) -> Duration {
        schedule::with_jitter(&self.source.id, self.polls, self.pace, self.asked_rest)
    }

    /// How long the page asked to be left alone, from the last poll on: no reason is good enough to ask
    /// it sooner.
    #[must_use]
    pub fn asked_rest(&self) -> Duration {
        self.asked_rest
    }

    /// Until there is a document that may be asked.
    fn asked_rest_from(&self, now: UnixMs) -> Duration {
        let documents = std::iter::once(&self.main).chain(&self.beside);
        documents.map(|document| document.asked_rest(now)).min().unwrap_or_default()
    }

    fn situation(&self) -> schedule::Situation {
        schedule::Situation {
            interval: self.source.interval,
            before: self.pace,
            failures: self.failures,
            network_down: self.network_down,
            is_urgent: self.is_urgent || self.has_open_incident(),
            asked_rest: self.asked_rest,
        }
    }

    /// Whether both documents are given out by one host.
    fn shares_host(&self) -> bool {
        let authority = |url: &str| {
            let url = reqwest::Url::parse(url).ok()?;
            Some((url.host_str()?.to_owned(), url.port_or_known_default()))
        };
        let beside = self.source.fallback.as_deref().and_then(authority);
        beside.is_some() && beside == authority(&self.source.url)
    }

    fn has_open_incident(&self) -> bool {
        let mut known = self.known.iter().flat_map(Known::incidents);
        known.any(|one| one.is_open() && !one.is_maintenance())
    }

    fn note_answer(&mut self, problem: Option<String>) {
        self.failures = 0;
        self.excused = 0;
        self.network_down = false;
        self.problem = problem;
    }

    /// What is believed was so at this time. Never goes back: an older copy makes nothing older.
    fn note_good(&mut self, as_of: UnixMs) {
        self.last_good_at = self.last_good_at.max(Some(as_of));
    }

    fn note_failure(&mut self, problem: PollError) -> PollOutcome {
        self.failures = self.failures.saturating_add(1);
        self.network_down = false;
        self.problem = Some(problem.to_string());
        PollOutcome::Failed(problem)
    }

    /// What there is to tell after a good look. An unchanged page is still news of an incident that
    /// it had stopped listing, or of one that was not believed yet.
    fn compare(&mut self, is_new: bool, main_is_fresh: bool, as_of: UnixMs) -> PollOutcome {
        let awaits = self.known.as_ref().is_some_and(Known::awaits_confirmation);
        if !is_new && !awaits && self.shown.is_some() {
            self.note_good(as_of);
            return PollOutcome::Unchanged;
        }
        let Some(reading) = self.both(main_is_fresh) else { return PollOutcome::Unchanged };
        let now = self.clock.now();
        let Some(known) = self.known.take() else {
            self.note_good(as_of);
            let resumed = std::mem::take(&mut self.resumed);
            let (known, transitions) = seed::seeded(resumed, &reading, now);
            let believed = with_known(&reading, &known);
            self.known = Some(known);
            self.shown = Some(reading);
            return PollOutcome::Seeded { reading: believed, transitions };
        };
        let diff = diff(&known, &reading, now);
        if diff.is_older_copy {
            self.known = Some(diff.known);
            self.problem = Some(OLDER_COPY.to_owned());
            return PollOutcome::Unchanged;
        }
        self.note_good(as_of);
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
        let main = self.main.reading();
        let beside = self.beside.as_ref().and_then(Document::reading);
        match (main, beside) {
            (main, Some(beside)) if !main_is_fresh => Some(self.page_of_feed(main, beside)),
            (Some(main), Some(beside)) => Some(merge(main.clone(), beside.clone())),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }

    /// The page while its feed stands in for the preferred document.
    fn page_of_feed(&self, main: Option<&Reading>, feed: &Reading) -> Reading {
        let mut feed = feed.clone();
        if let Some(read_at) = self.main.as_of().or(self.resumed_as_of) {
            feed = stand_in::without_forgotten(feed, main, read_at, self.known.as_ref());
        }
        match main {
            Some(main) => merge(feed, stand_in::still_believed(main.clone(), self.main.failures())),
            None => feed,
        }
    }
}

/// The reading with the incidents that are believed still, or that ended by absence just now.
fn with_known(reading: &Reading, known: &Known) -> Reading {
    let incidents = known.incidents().cloned().collect();
    Reading { incidents, ..reading.clone() }.finish()
}
