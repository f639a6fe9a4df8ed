//! Answers that were given before, to give again to the same question.
//!
//! *Exact*: a question is the same when everything in it that could change the answer is ([`key`]).
//! *Partitioned*: the tenant is part of that, so nobody is ever given what another's key paid for or
//! learns that it was asked. *Opt-in by route*: whoever turns it on says that one answer may serve
//! all who ask alike. Therefore sampling settings do not keep an answer out: most requests leave the
//! temperature to the vendor, whose default is not 0, and without them there would be no cache to
//! speak of. They are part of the question, as `seed` is.
//!
//! An answer is *fresh* for the route's `ttl`. Then it is *stale* and kept up to `max_age`, for mode
//! `cached` alone, which says how old it is. What may be kept at all is [`NotStored`]'s.
//!
//! Not for knowing whether a route caches, for telling callers, or for reading the time: `now` is
//! given. Pure and synchronous; whoever shares it puts a lock around it and holds it briefly, for an
//! answer is handed out by reference.
//!
//! The map is hashlink's least-recently-used one. moka and `quick_cache` weigh entries as well, but
//! moka reads the clock itself and gives nothing back once it has expired, and `quick_cache` knows no
//! time; with either, age and staleness would be kept beside it as here, and which entry goes when
//! the memory is full would no longer be predictable to a test.

mod key;
mod size;

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{Mode, TargetId, UnixMs};
use changeover_llm::{ChatResponse, FinishReason, Part};
use hashlink::LruCache;

pub(crate) use key::{AnsweredBy, CacheKey, TenantId};

/// The share of the capacity that one answer may take, so that it does not push out all others.
const LARGEST_SHARE: usize = 16;

/// How long a route's answers serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheRules {
    /// So long an answer is fresh.
    pub(crate) ttl: Duration,
    /// So long it is kept for mode `cached`; at least as long as `ttl`.
    pub(crate) max_age: Duration,
}

/// Which answers will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Fresh,
    /// Mode `cached`: an old answer is better than none.
    StaleToo,
}

/// An answer that may be given again, and who gave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CachedAnswer {
    response: ChatResponse,
    target: TargetId,
}

impl CachedAnswer {
    /// Takes an answer as the provider gave it, without any notice of the gateway's, that was served
    /// in `mode`.
    ///
    /// # Errors
    /// When it is not one to be given again.
    pub(crate) fn try_new(
        response: ChatResponse,
        target: TargetId,
        mode: Mode,
    ) -> Result<Self, NotStored> {
        check(&response, mode)?;
        Ok(Self { response, target })
    }

    pub(crate) fn response(&self) -> &ChatResponse {
        &self.response
    }

    pub(crate) fn target(&self) -> &TargetId {
        &self.target
    }
}

/// An answer that was found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) answer: Arc<CachedAnswer>,
    pub(crate) age: Duration,
    /// Older than the route's `ttl`: to be labelled.
    pub(crate) is_stale: bool,
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStored {
    /// Only answers in full mode are: a short answer or a template would outlive the trouble that it
    /// was made for.
    Degraded,
    /// Cut, refused or filtered. The next try may go better.
    Unfinished,
    /// A tool call is something to be done, decided on what the world was like then. Given again it
    /// would be done again, under an id that was used before.
    ToolCall,
    Empty,
    /// It takes more than its share of the memory.
    TooLarge,
}

#[derive(Debug)]
struct Entry {
    answer: Arc<CachedAnswer>,
    stored_at: UnixMs,
    keep_until: UnixMs,
    bytes: usize,
}

/// The answers, up to a number of bytes; what was used longest ago goes first.
#[derive(Debug)]
pub(crate) struct Cache {
    entries: LruCache<CacheKey, Entry>,
    bytes: usize,
    capacity: usize,
}

impl Cache {
    pub(crate) fn new(capacity_bytes: usize) -> Self {
        Self { entries: LruCache::new_unbounded(), bytes: 0, capacity: capacity_bytes }
    }

    /// Takes another limit; what no longer fits goes.
    pub(crate) fn resize(&mut self, capacity_bytes: usize) {
        self.capacity = capacity_bytes;
        self.make_room();
    }

    /// The answer to a question, if one is kept that will do.
    pub(crate) fn look_up(
        &mut self,
        key: &CacheKey,
        rules: CacheRules,
        reading: Reading,
        now: UnixMs,
    ) -> Option<Hit> {
        let entry = self.entries.get(key)?;
        let age = now.since(entry.stored_at);
        // The rules may have been reloaded since it was stored: the shorter time counts.
        if age >= rules.max_age.max(rules.ttl) || now >= entry.keep_until {
            self.forget(key);
            return None;
        }
        let is_stale = age >= rules.ttl;
        let will_do = !is_stale || reading == Reading::StaleToo;
        will_do.then(|| Hit { answer: Arc::clone(&entry.answer), age, is_stale })
    }

    /// Keeps an answer, in place of an older one.
    ///
    /// # Errors
    /// When it is too large. What was kept for the question before stays.
    pub(crate) fn store(
        &mut self,
        key: CacheKey,
        answer: CachedAnswer,
        rules: CacheRules,
        now: UnixMs,
    ) -> Result<(), NotStored> {
        let bytes = size::of_entry(&answer);
        if bytes > self.capacity / LARGEST_SHARE {
            return Err(NotStored::TooLarge);
        }
        let keep_until = now.plus(rules.max_age.max(rules.ttl));
        self.forget(&key);
        self.bytes += bytes;
        let entry = Entry { answer: Arc::new(answer), stored_at: now, keep_until, bytes };
        self.entries.insert(key, entry);
        self.make_room();
        Ok(())
    }

    fn make_room(&mut self) {
        while self.bytes > self.capacity {
            let Some((_, oldest)) = self.entries.remove_lru() else {
                break;
            };
            self.bytes -= oldest.bytes;
        }
    }

    /// Lets go of what nobody may be given any more. To be called every minute or so: nobody else
    /// does, for an answer that is never asked for again.
    pub(crate) fn forget_expired(&mut self, now: UnixMs) {
        let bytes = &mut self.bytes;
        self.entries.retain(|_, entry| {
            let kept = now < entry.keep_until;
            if !kept {
                *bytes -= entry.bytes;
            }
            kept
        });
    }

    /// What is kept, for the metrics: answers and their bytes.
    pub(crate) fn extent(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }

    fn forget(&mut self, key: &CacheKey) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }
}

/// Whether an answer is one to be given again.
fn check(response: &ChatResponse, mode: Mode) -> Result<(), NotStored> {
    if mode != Mode::Full {
        return Err(NotStored::Degraded);
    }
    let calls = |part: &Part| matches!(part, Part::ToolCall { .. });
    match response.finish {
        FinishReason::ToolCalls => return Err(NotStored::ToolCall),
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::Refusal => {
            return Err(NotStored::Unfinished);
        }
        FinishReason::Stop if response.parts.iter().any(calls) => return Err(NotStored::ToolCall),
        FinishReason::Stop => {}
    }
    let speaks = |part: &Part| matches!(part, Part::Text(text) if !text.trim().is_empty());
    if response.parts.iter().any(speaks) { Ok(()) } else { Err(NotStored::Empty) }
}

#[cfg(test)]
#[path = "cache/tests.rs"]
mod tests;
