//! One document of a page: asked for conditionally, read only when it is new.

use changeover_clock::Clock;
use changeover_domain::UnixMs;

use super::StatusSource;
use super::fetch::{Fetched, PollError, Validators, fetch};
use crate::memory::Memory;
use crate::platform::read_again;
use crate::{ReadContext, Reading};

/// What a good look at it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) is_new: bool,
    /// When what was read left its server: caches on the way may have kept it.
    pub(super) as_of: UnixMs,
}

/// A document and what the last good look at it left.
#[derive(Debug)]
pub(super) struct Document {
    url: String,
    validators: Validators,
    /// Kept whole: comparing bytes is ten times as fast as any digest of them, and exact.
    kept: Option<(Vec<u8>, Reading)>,
    memory: Memory,
    pub(super) looked_at: Option<UnixMs>,
}

impl Document {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            validators: Validators::default(),
            kept: None,
            memory: Memory::default(),
            looked_at: None,
        }
    }

    /// As the page gave it last.
    pub(super) fn reading(&self) -> Option<&Reading> {
        self.kept.as_ref().map(|(_, reading)| reading)
    }

    /// Looks once.
    pub(super) async fn look(
        &mut self,
        http: &reqwest::Client,
        clock: &Clock,
        source: &StatusSource,
    ) -> Result<Look, PollError> {
        self.looked_at = Some(clock.now());
        let fetched = fetch(http, clock, &self.url, &self.validators).await?;
        let as_of = clock.now().plus_millis(-fetched.age_ms);
        let is_new = self.take_in(fetched, source, clock.now())?;
        Ok(Look { is_new, as_of })
    }

    /// Whether it says something else than before, or for the first time.
    pub(super) fn take_in(
        &mut self,
        fetched: Fetched,
        source: &StatusSource,
        now: UnixMs,
    ) -> Result<bool, PollError> {
        let Some((bytes, validators)) = fetched.body else { return Ok(false) };
        if self.kept.as_ref().is_some_and(|(kept, _)| *kept == bytes) {
            self.validators = validators;
            return Ok(false);
        }
        let context = ReadContext {
            source: &source.id,
            provider: &source.provider,
            names: &source.names,
            components: &source.components,
            now,
        };
        let mut reading = read_again(source.platform, context, &bytes, Some(&mut self.memory))?;
        reading.flaps |= source.flaps;
        // Only now: a body that could not be read must be asked for again in full.
        self.validators = validators;
        let is_new = self.reading() != Some(&reading);
        let mut kept = self.kept.take().map(|(kept, _)| kept).unwrap_or_default();
        kept.clear();
        kept.extend_from_slice(&bytes);
        // What was made for a page when it was large is not kept when it is small.
        kept.shrink_to(2 * bytes.len());
        self.kept = Some((kept, reading));
        Ok(is_new)
    }
}
