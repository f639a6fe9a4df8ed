//! Every provider's money, and how it stands for whoever wants to know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use changeover_config::DayZone;
use changeover_domain::{Nanodollars, ProviderId, UnixMs};
use tokio::sync::watch;

use super::purse::Purse;
use crate::budget::{Budget, BudgetReport, Exhausted, Reservation};

/// The purses of all providers. Clones share them.
#[derive(Debug, Clone)]
pub struct Purses {
    all: Arc<Mutex<BTreeMap<ProviderId, Purse>>>,
    reports: watch::Sender<BTreeMap<ProviderId, BudgetReport>>,
}

impl Purses {
    pub(super) fn new(
        providers: impl Iterator<Item = ProviderId>,
        limits: &BTreeMap<ProviderId, Nanodollars>,
        spent: &BTreeMap<ProviderId, Nanodollars>,
        zone: &DayZone,
        now: UnixMs,
    ) -> Self {
        let purse = |id: &ProviderId| {
            let limit = limits.get(id).copied().unwrap_or(Nanodollars::DOLLAR);
            let spent = spent.get(id).copied().unwrap_or_default();
            Purse::new(Budget::new(limit, spent, zone.clone(), now))
        };
        let mut all = BTreeMap::new();
        for provider in providers {
            all.entry(provider).or_insert_with_key(purse);
        }
        let reports = all.iter().map(|(id, purse)| (id.clone(), purse.report())).collect();
        Self { all: Arc::new(Mutex::new(all)), reports: watch::Sender::new(reports) }
    }

    pub(super) fn reports(&self) -> watch::Receiver<BTreeMap<ProviderId, BudgetReport>> {
        self.reports.subscribe()
    }

    /// Books what another console spent on the provider's account.
    pub fn spent_elsewhere(&self, provider: &ProviderId, cost: Nanodollars, now: UnixMs) {
        self.with(provider, |purse| purse.spent_elsewhere(cost, now));
    }

    pub(super) fn expect(&self, provider: &ProviderId, more: Nanodollars) {
        self.with(provider, |purse| purse.expect(more));
    }

    pub(super) fn stretch(&self, provider: &ProviderId, now: UnixMs) -> u32 {
        self.with(provider, |purse| purse.stretch(now)).unwrap_or(1)
    }

    pub(super) fn suspect(&self, provider: &ProviderId, closely: bool) {
        self.with(provider, |purse| purse.suspect(closely));
    }

    /// In one of how many slots a suspect target is probed, after the first.
    pub(super) fn close_every(&self, provider: &ProviderId, hour: Nanodollars) -> u32 {
        self.with(provider, |purse| purse.close_every(hour)).unwrap_or(1)
    }

    /// Every provider's stretch.
    pub(super) fn stretches(&self, now: UnixMs) -> BTreeMap<ProviderId, u32> {
        let providers: Vec<ProviderId> = self.reports.borrow().keys().cloned().collect();
        let each = providers.into_iter().map(|id| {
            let stretch = self.stretch(&id, now);
            (id, stretch)
        });
        each.collect()
    }

    /// Money for one probe; `None`, said once, when the day's is used up.
    pub(super) fn reserve(
        &self,
        provider: &ProviderId,
        at_most: Nanodollars,
        now: UnixMs,
    ) -> Option<Reservation> {
        let (was_exhausted, reserved) = self.with(provider, |purse| {
            (purse.report().exhausted.is_some(), purse.reserve(at_most, now))
        })?;
        if let Err(Exhausted { resumes_at }) = reserved
            && !was_exhausted
        {
            let resumes_at_ms = resumes_at.0;
            tracing::warn!(%provider, resumes_at_ms, "the day's money for probes is used up");
        }
        reserved.ok()
    }

    pub(super) fn settle(
        &self,
        provider: &ProviderId,
        money: Reservation,
        at_most: Nanodollars,
        cost: Nanodollars,
    ) {
        self.with(provider, |purse| purse.settle(money, at_most, cost));
    }

    /// Does something with a purse, and publishes how it stands then.
    fn with<T>(&self, provider: &ProviderId, act: impl FnOnce(&mut Purse) -> T) -> Option<T> {
        let mut all = self.lock();
        let purse = all.get_mut(provider)?;
        let done = act(purse);
        let report = purse.report();
        self.reports.send_if_modified(|reports| match reports.get_mut(provider) {
            Some(known) if *known != report => {
                *known = report;
                true
            }
            _ => false,
        });
        Some(done)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProviderId, Purse>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
