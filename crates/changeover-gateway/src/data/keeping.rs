//! Answers that are kept, as one request sees them: looked up before anybody is asked, stored when
//! one was given.

use changeover_domain::{Mode, TargetId};
use changeover_llm::ChatResponse;
use changeover_llm::losses::lost;

use super::asked::Asked;
use super::passage::{FromCache, Passage};
use crate::cache::{CacheKey, CacheRules, CachedAnswer, Reading};
use crate::metrics::CacheLookup;
use crate::settings::CacheSettings;
use crate::shared::locked;

/// The kept answer to this question, if there is one that will do.
pub(super) fn look_up(
    passage: &mut Passage,
    asked: &Asked,
    reading: Reading,
) -> Option<ChatResponse> {
    let (key, rules) = place(passage, asked.cache_key)?;
    let now = passage.shared.clock.now();
    let found = locked(&passage.shared.cache).look_up(&key, rules, reading, now);
    let lookup = match &found {
        Some(hit) if hit.is_stale => CacheLookup::Stale,
        Some(_) => CacheLookup::Hit,
        None => CacheLookup::Miss,
    };
    locked(&passage.shared.metrics).count_cache(&passage.plan.route, lookup);
    let hit = found?;
    // What it lacked when it was given first, it lacks still.
    let by = passage.live.target(hit.answer.target());
    passage.lost = by
        .map(|by| lost(asked.question.front(), by.access.provider.kind, &by.target.model))
        .unwrap_or_default();
    let from_cache = FromCache { age: hit.age, is_stale: hit.is_stale };
    passage.answered_from_cache(from_cache, hit.answer.target());
    Some(hit.answer.response().clone())
}

/// Keeps an answer, if it is one to be kept.
pub(super) fn store(
    passage: &Passage,
    key: Option<CacheKey>,
    response: &ChatResponse,
    by: &TargetId,
) {
    let Some((key, rules)) = place(passage, key).filter(|_| passage.mode == Mode::Full) else {
        return;
    };
    let Ok(answer) = CachedAnswer::try_new(response.clone(), by.clone(), passage.mode) else {
        return;
    };
    let now = passage.shared.clock.now();
    // One that is too large is simply not kept.
    locked(&passage.shared.cache).store(key, answer, rules, now).ok();
}

/// Whether this request's answer is to be gathered for keeping.
pub(super) fn wants(passage: &Passage, key: Option<CacheKey>) -> bool {
    passage.mode == Mode::Full && place(passage, key).is_some()
}

fn place(passage: &Passage, key: Option<CacheKey>) -> Option<(CacheKey, CacheRules)> {
    let CacheSettings { ttl, stale } = passage.serving.cache?;
    Some((key?, CacheRules { ttl, max_age: stale }))
}
