//! One document of a page: asked for conditionally, read only when it is new, and left alone when it
//! asks for that.
//!
//! Caches on the way may give out what a page said an hour ago, and say so with `Age`. What left its
//! server before the answer that was read last takes nothing back.

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::UnixMs;

use super::StatusSource;
use super::fetch::{Fetched, PollError, Validators, fetch};
use super::rest::Rest;
use crate::memory::Memory;
use crate::platform::read_again;
use crate::{ReadContext, Reading};

/// What a good look at it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) is_new: bool,
    /// When what is believed of it left its server: caches on the way may have kept it.
    pub(super) as_of: UnixMs,
    /// The answer was older than what was read before, and was not read.
    pub(super) is_older_copy: bool,
}

/// What came of a turn at it.
#[derive(Debug)]
pub(super) enum Tried {
    Good(Look),
    Failed(PollError),
    /// It was left alone, for what it answered last.
    Rests(PollError),
}

/// A document and what the last good look at it left.
#[derive(Debug)]
pub(super) struct Document {
    url: String,
    validators: Validators,
    kept: Option<Kept>,
    memory: Memory,
    pub(super) looked_at: Option<UnixMs>,
    /// While it fails.
    pub(super) rest: Option<Rest>,
}

/// What was read of it last.
#[derive(Debug)]
struct Kept {
    /// Kept whole: comparing bytes is ten times as fast as any digest of them, and exact.
    bytes: Vec<u8>,
    reading: Reading,
    as_of: UnixMs,
}

impl Document {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            validators: Validators::default(),
            kept: None,
            memory: Memory::default(),
            looked_at: None,
            rest: None,
        }
    }

    /// As the page gave it last.
    pub(super) fn reading(&self) -> Option<&Reading> {
        self.kept.as_ref().map(|kept| &kept.reading)
    }

    /// When that left its server.
    pub(super) fn as_of(&self) -> Option<UnixMs> {
        self.kept.as_ref().map(|kept| kept.as_of)
    }

    /// How often it has failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.rest.as_ref().map_or(0, |rest| rest.failures)
    }

    /// For how long from now on it asks to be left alone.
    pub(super) fn asked_rest(&self, now: UnixMs) -> Duration {
        self.rest.as_ref().map_or(Duration::ZERO, |rest| rest.asked(now))
    }

    /// Looks once, and keeps count of failures.
    pub(super) async fn look(
        &mut self,
        http: &reqwest::Client,
        clock: &Clock,
        source: &StatusSource,
    ) -> Tried {
        let asked_at = clock.now();
        self.looked_at = Some(asked_at);
        let fetched = fetch(http, clock, &self.url, &self.validators).await;
        let looked = fetched.and_then(|fetched| self.take_in(fetched, asked_at, source));
        match looked {
            Ok(look) => {
                self.rest = None;
                Tried::Good(look)
            }
            Err(problem) => {
                let (before, interval) = (self.rest.as_ref(), source.interval);
                self.rest = Some(Rest::after(before, problem.clone(), interval, clock.now()));
                Tried::Failed(problem)
            }
        }
    }

    /// Reads an answer that was asked for at this time, if it says something that is not known.
    pub(super) fn take_in(
        &mut self,
        fetched: Fetched,
        asked_at: UnixMs,
        source: &StatusSource,
    ) -> Result<Look, PollError> {
        // It left its server no earlier, however slowly it came.
        let as_of = asked_at.plus_millis(-fetched.age_ms);
        let look = |is_new, as_of| Look { is_new, as_of, is_older_copy: false };
        let Some((bytes, validators)) = fetched.body else {
            return Ok(look(false, self.confirmed(as_of)));
        };
        match &self.kept {
            Some(kept) if kept.bytes == bytes => {
                self.validators = validators;
                return Ok(look(false, self.confirmed(as_of)));
            }
            // An older copy's validators would let it be confirmed in the place of the page.
            Some(kept) if as_of < kept.as_of => {
                return Ok(Look { is_older_copy: true, ..look(false, kept.as_of) });
            }
            _ => {}
        }
        let context = ReadContext {
            source: &source.id,
            provider: &source.provider,
            names: &source.names,
            components: &source.components,
            now: asked_at,
        };
        let mut reading = read_again(source.platform, context, &bytes, Some(&mut self.memory))?;
        reading.flaps |= source.flaps;
        // Only now: a body that could not be read must be asked for again in full.
        self.validators = validators;
        let is_new = self.reading() != Some(&reading);
        let mut kept = self.kept.take().map(|kept| kept.bytes).unwrap_or_default();
        kept.clear();
        kept.extend_from_slice(&bytes);
        // What was made for a page when it was large is not kept when it is small.
        kept.shrink_to(2 * bytes.len());
        self.kept = Some(Kept { bytes: kept, reading, as_of });
        Ok(look(is_new, as_of))
    }

    /// What is kept was so at `as_of` too. Gives the latest time at which it was.
    fn confirmed(&mut self, as_of: UnixMs) -> UnixMs {
        let Some(kept) = &mut self.kept else { return as_of };
        kept.as_of = kept.as_of.max(as_of);
        kept.as_of
    }
}
