//! Prices by target and time: the operator's own first, then the price list's.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use changeover_domain::{Nanodollars, Provider, Target, TargetId, TokenPrices, TokenUsage, UnixMs};

use crate::list;

/// How long a looked-up price is kept, in milliseconds. Listed prices change at midnight UTC, and a
/// few vendors' by the half-hour of the day; a slot of this length never straddles a change.
const SLOT_MS: i64 = 30 * 60 * 1_000;
/// How many looked-up prices are kept beyond those of one half-hour; of all targets there are as many
/// in that as the configuration has.
const MOST_KEPT: usize = 16_384;

/// What each target's tokens cost, and cost then.
///
/// Cheap to clone; clones share what they have looked up. A target id must mean the same provider
/// and model for as long as the book is used. Looking up is cheap: each target is asked of the list
/// once per half-hour of the times asked for.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    overrides: Arc<BTreeMap<TargetId, TokenPrices>>,
    kept: Arc<Mutex<Kept>>,
}

/// What was looked up; an absent price is kept too.
#[derive(Debug, Default)]
struct Kept {
    slots: BTreeMap<i64, HashMap<TargetId, Option<TokenPrices>>>,
    /// Of all slots together.
    count: usize,
}

impl Kept {
    fn insert(&mut self, target: &TargetId, slot: i64, prices: Option<TokenPrices>) {
        let new = self.slots.entry(slot).or_default().insert(target.clone(), prices).is_none();
        self.count += usize::from(new);
        // The slot that was just asked for stays, however many targets there are: who goes round them
        // would otherwise find each of them forgotten.
        while self.count > MOST_KEPT {
            let Some(oldest) = self.slots.keys().copied().find(|known| *known != slot) else {
                return;
            };
            self.count -= self.slots.remove(&oldest).map_or(0, |forgotten| forgotten.len());
        }
    }
}

impl PriceBook {
    /// A book in which `overrides` win over the price list, at all times.
    #[must_use]
    pub fn new(overrides: BTreeMap<TargetId, TokenPrices>) -> Self {
        Self { overrides: Arc::new(overrides), kept: Arc::default() }
    }

    /// The prices of one token of `target` at that time; `None` where nobody knows them.
    #[must_use]
    pub fn prices(&self, provider: &Provider, target: &Target, at: UnixMs) -> Option<TokenPrices> {
        if let Some(own) = self.overrides.get(&target.id) {
            return Some(*own);
        }
        let slot = at.0.div_euclid(SLOT_MS);
        if let Some(known) = self.remembered(&target.id, slot) {
            return known;
        }
        let listed = list::listed(provider, &target.model, at);
        self.remember(&target.id, slot, listed);
        listed
    }

    /// What `usage` cost on `target` at that time; `None` where the price of one of its kinds of
    /// token is not known.
    #[must_use]
    pub fn cost(
        &self,
        provider: &Provider,
        target: &Target,
        usage: TokenUsage,
        at: UnixMs,
    ) -> Option<Nanodollars> {
        self.prices(provider, target, at)?.cost(usage)
    }

    fn remembered(&self, target: &TargetId, slot: i64) -> Option<Option<TokenPrices>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.slots.get(&slot)?.get(target).copied()
    }

    fn remember(&self, target: &TargetId, slot: i64, prices: Option<TokenPrices>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(target, slot, prices);
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{Capabilities, ProviderId, ProviderKind, Slo};

    use super::*;

    const NOW: UnixMs = UnixMs(1_780_272_000_000);

    fn provider(kind: ProviderKind, base_url: &str) -> Provider {
        Provider {
            id: ProviderId::try_new("p").unwrap(),
            name: "P".into(),
            kind,
            base_url: base_url.into(),
        }
    }

    fn target(id: &str, model: &str) -> Target {
        Target {
            id: TargetId::try_new(id).unwrap(),
            provider: ProviderId::try_new("p").unwrap(),
            model: model.into(),
            region: None,
            capabilities: Capabilities::default(),
            slo: Slo::default(),
        }
    }

    fn usage(input_tokens: u64, output_tokens: u64) -> TokenUsage {
        TokenUsage { input_tokens, output_tokens, ..TokenUsage::default() }
    }

    #[test]
    fn a_million_tokens_cost_the_list_price_every_time_they_are_asked_for() {
        let book = PriceBook::default();
        let openai = provider(ProviderKind::Openai, "https://api.openai.com/v1");
        let gpt = target("gpt", "gpt-5");
        for round in 0..2 {
            assert_eq!(
                book.cost(&openai, &gpt, usage(1_000_000, 1_000_000), NOW),
                Some(Nanodollars(11_250_000_000)),
                "round {round}: $1.25 and $10, looked up or remembered"
            );
        }
    }

    #[test]
    fn an_operators_price_wins_and_prices_what_the_list_does_not_know() {
        let own = TokenPrices::of_chat(1_000, 1_000, 2_000);
        let cheap = target("cheap", "gpt-5");
        let book = PriceBook::new([(cheap.id.clone(), own)].into());
        let openai = provider(ProviderKind::Openai, "https://api.openai.com/v1");
        assert_eq!(book.prices(&openai, &cheap, NOW), Some(own));
        let at_home = provider(ProviderKind::OpenaiCompatible, "http://127.0.0.1:8000");
        assert_eq!(book.prices(&at_home, &cheap, NOW), Some(own));
    }

    #[test]
    fn an_unknown_model_is_unpriced_also_when_remembered() {
        let book = PriceBook::default();
        let openai = provider(ProviderKind::Openai, "https://api.openai.com/v1");
        let unknown = target("x", "model-of-tomorrow");
        for _ in 0..2 {
            assert_eq!(book.cost(&openai, &unknown, usage(1, 1), NOW), None);
        }
    }

    #[test]
    fn a_price_change_is_seen_by_a_book_that_knows_the_old_price() {
        let book = PriceBook::default();
        let openai = provider(ProviderKind::Openai, "https://api.openai.com/v1");
        let o3 = target("o3", "o3");
        // Half an hour before and at 2025-06-10 00:00 UTC.
        let change = UnixMs(1_749_513_600_000);
        let before = book.cost(&openai, &o3, usage(1_000_000, 0), change.plus_millis(-1));
        let after = book.cost(&openai, &o3, usage(1_000_000, 0), change);
        assert_eq!(before, Some(Nanodollars(10_000_000_000)));
        assert_eq!(after, Some(Nanodollars(2_000_000_000)));
    }

    #[test]
    fn what_is_remembered_stays_within_bounds() {
        let book = PriceBook::default();
        let unknown = target("x", "model-of-tomorrow");
        let at_home = provider(ProviderKind::OpenaiCompatible, "http://127.0.0.1:8000");
        for slot in 0..i64::try_from(MOST_KEPT).unwrap() + 5 {
            assert_eq!(book.prices(&at_home, &unknown, UnixMs(slot * SLOT_MS)), None);
        }
        let kept = book.kept.lock().unwrap();
        assert_eq!(kept.slots.values().map(HashMap::len).sum::<usize>(), MOST_KEPT);
        assert_eq!(kept.count, MOST_KEPT);
    }

    #[test]
    fn more_targets_than_are_kept_of_the_past_are_all_remembered_for_now() {
        let mut kept = Kept::default();
        let name = |number: usize| TargetId::try_new(format!("t-{number}")).unwrap();
        kept.insert(&name(0), 6, None);
        for number in 0..MOST_KEPT + 5 {
            kept.insert(&name(number), 7, None);
        }
        assert_eq!(kept.slots[&7].len(), MOST_KEPT + 5, "going round them finds each of them");
        assert!(!kept.slots.contains_key(&6), "the past gives way");
    }
}
