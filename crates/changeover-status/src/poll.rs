//! The polite reader of one page: asks conditionally, believes only what it could read, and says
//! how well it can.
//!
//! Not for: deciding when to run (the engine sleeps for [`StatusPoller::next_delay`]) or telling
//! anybody. The rule: a failed poll changes nothing that is known, and after three in a row what
//! is known is no longer believed. It is then unknown: neither operational nor an outage.

mod fetch;
mod schedule;

use std::time::Duration;

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::{ComponentState, ProviderId, SourceId, SourceState, TargetId, UnixMs};

pub use fetch::PollError;
use fetch::{Fetched, Validators, fetch};

use crate::{
    ComponentRule, Known, Platform, ReadContext, ReadError, Reading, Transition, diff, read,
};

/// Failures in a row after which a page is no longer believed.
const FAILURES_TO_UNREADABLE: u32 = 3;

/// One page or feed to poll.
#[derive(Debug, Clone)]
pub struct StatusSource {
    pub id: SourceId,
    pub provider: ProviderId,
    pub platform: Platform,
    pub url: String,
    /// The usual time between two polls, in the clock's time.
    pub interval: Duration,
    /// Model words in lower case with the target each means.
    pub names: Vec<(String, TargetId)>,
    /// What is known of single components of the page.
    pub components: Vec<ComponentRule>,
}

/// What one poll gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollOutcome {
    /// The first good look: all of it was there before us and none of it is news.
    Seeded(Reading),
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
    clock: Clock,
    source: StatusSource,
    validators: Validators,
    seen: Option<Seen>,
    polls: u64,
    last_good_at: Option<UnixMs>,
    last_tried_at: Option<UnixMs>,
    failures: u32,
    problem: Option<PollError>,
}

/// What the last good look left.
#[derive(Debug)]
struct Seen {
    /// Kept whole: comparing bytes is ten times as fast as any digest of them, and exact.
    body: Bytes,
    /// As the page gave it.
    reading: Reading,
    known: Known,
}

impl StatusPoller {
    /// A poller that has not looked yet. `http` should follow redirects only within the host.
    #[must_use]
    pub fn new(http: reqwest::Client, clock: Clock, source: StatusSource) -> Self {
        Self {
            http,
            clock,
            source,
            validators: Validators::default(),
            seen: None,
            polls: 0,
            last_good_at: None,
            last_tried_at: None,
            failures: 0,
            problem: None,
        }
    }

    /// Looks once. Takes at most 15 s of the clock's time.
    pub async fn poll(&mut self) -> PollOutcome {
        self.polls = self.polls.saturating_add(1);
        self.last_tried_at = Some(self.clock.now());
        let fetched = fetch(&self.http, &self.clock, &self.source.url, &self.validators).await;
        match fetched.and_then(|fetched| self.take_in(fetched)) {
            Ok(outcome) => {
                self.failures = 0;
                self.problem = None;
                self.last_good_at = Some(self.clock.now());
                outcome
            }
            Err(problem) => {
                self.failures = self.failures.saturating_add(1);
                self.problem = Some(problem.clone());
                PollOutcome::Failed(problem)
            }
        }
    }

    /// How well the page can be read, and the worst that it says.
    #[must_use]
    pub fn state(&self) -> SourceState {
        let unreadable = self.failures >= FAILURES_TO_UNREADABLE;
        let seen = self.seen.as_ref().filter(|_| !unreadable);
        SourceState {
            id: self.source.id.clone(),
            provider: self.source.provider.clone(),
            url: self.source.url.clone(),
            page: seen.map_or(ComponentState::Unknown, |seen| seen.reading.page),
            last_good_at: self.last_good_at,
            last_tried_at: self.last_tried_at,
            failures: self.failures,
            unreadable,
            network_down: false,
            platform: self.source.platform.to_string(),
            interval_ms: u32::try_from(self.next_delay().as_millis()).ok(),
            components: seen.map(|seen| seen.reading.components.clone()).unwrap_or_default(),
            problem: self.problem.as_ref().map(ToString::to_string),
        }
    }

    /// The clock's time to wait before the next poll.
    #[must_use]
    pub fn next_delay(&self) -> Duration {
        schedule::next_delay(schedule::Situation {
            source: &self.source.id,
            interval: self.source.interval,
            polls: self.polls,
            failures: self.failures,
            has_open_incident: self.has_open_incident(),
            retry_after: match self.problem {
                Some(PollError::Status { retry_after, .. }) => retry_after,
                _ => None,
            },
        })
    }

    fn has_open_incident(&self) -> bool {
        let mut known = self.seen.iter().flat_map(|seen| seen.known.declared());
        known.any(|one| one.is_open() && !one.is_maintenance())
    }

    fn take_in(&mut self, fetched: Fetched) -> Result<PollOutcome, PollError> {
        let (bytes, validators) = match fetched {
            Fetched::NotModified => return Ok(self.same_again()),
            Fetched::Body { bytes, validators } => (bytes, validators),
        };
        if self.seen.as_ref().is_some_and(|seen| seen.body == bytes) {
            self.validators = validators;
            return Ok(self.same_again());
        }
        let reading = self.read(&bytes)?;
        // Only now: a body that could not be read must be asked for again in full.
        self.validators = validators;
        // A buffer that grew while it was filled has room to spare; what is kept has none.
        Ok(self.compare(Bytes::copy_from_slice(&bytes), reading))
    }

    fn read(&self, bytes: &[u8]) -> Result<Reading, ReadError> {
        let context = ReadContext {
            source: &self.source.id,
            provider: &self.source.provider,
            names: &self.source.names,
            components: &self.source.components,
        };
        read(self.source.platform, context, bytes)
    }

    /// The page is as it was. That is still news of an incident which it had stopped listing.
    fn same_again(&mut self) -> PollOutcome {
        match self.seen.take() {
            Some(seen) if seen.known.awaits_confirmation() => {
                let (body, reading) = (seen.body.clone(), seen.reading.clone());
                self.seen = Some(seen);
                self.compare(body, reading)
            }
            seen => {
                self.seen = seen;
                PollOutcome::Unchanged
            }
        }
    }

    fn compare(&mut self, body: Bytes, reading: Reading) -> PollOutcome {
        let Some(seen) = self.seen.take() else {
            let known = Known::seeded(&reading);
            self.seen = Some(Seen { body, reading: reading.clone(), known });
            return PollOutcome::Seeded(reading);
        };
        let diff = diff(&seen.known, &reading, self.clock.now());
        let believed = with_known(&reading, &diff.known);
        let is_same = diff.transitions.is_empty() && seen.reading == reading;
        self.seen = Some(Seen { body, reading, known: diff.known });
        if is_same {
            PollOutcome::Unchanged
        } else {
            PollOutcome::Changed { reading: believed, transitions: diff.transitions }
        }
    }
}

/// The reading with the incidents that are believed still, or that ended by absence just now.
fn with_known(reading: &Reading, known: &Known) -> Reading {
    let incidents = known.declared().cloned().collect();
    Reading { incidents, ..reading.clone() }.finish()
}
