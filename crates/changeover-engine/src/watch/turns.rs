//! Taking turns with other consoles that probe the same account, so that all of them together cost
//! one.
//!
//! Whoever holds the account's lease at the first gateway that answers probes, and notes each sample
//! there; the others read the notes and keep the samples as their own, saying who made them. The
//! rule it keeps: a console that hears nothing of a target looks for itself. So a holder that hangs,
//! knows fewer targets or has no gateway costs money twice for a while, and never sight.

mod note;
mod standing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use changeover_config::{ProviderAccess, account};
use changeover_control::{AdminError, GatewayAdmin};
use changeover_domain::ProviderId;
use changeover_domain::admin::{LeaseNotes, LeasePut};
use changeover_probe::Purses;

use super::paced;
use crate::engine::Engine;
use crate::probing;
pub(crate) use note::note;
pub(crate) use standing::Standing;

/// Between two words to the gateway, and the least of the system's time.
const STEP: Duration = Duration::from_secs(2);
const STEP_FLOOR: Duration = Duration::from_millis(500);
/// A lease outlives so many steps without a word.
const STEPS_HELD: u32 = 10;
/// The most samples that are told at once.
const MOST_NOTES: usize = 64;

/// One account that may be shared.
pub(crate) struct Account {
    provider: ProviderId,
    lease: String,
    purses: Purses,
}

impl Account {
    pub(crate) fn new(access: &ProviderAccess, purses: Purses) -> Self {
        let lease = format!("probes-{}", account(access));
        Self { provider: access.provider.id.clone(), lease, purses }
    }
}

/// Takes turns until the engine is cancelled; then gives the lease back.
pub(crate) async fn take(engine: Engine, account: Account) {
    loop {
        let step = paced(engine.clock(), STEP, STEP_FLOOR);
        tokio::select! {
            () = engine.cancelled() => break,
            () = engine.take_turn(&account, step * STEPS_HELD) => {}
        }
        tokio::select! {
            () = engine.cancelled() => break,
            () = engine.clock().sleep(step) => {}
        }
    }
    engine.give_back(&account).await;
}

impl Engine {
    /// One word to the first gateway that keeps leases.
    async fn take_turn(&self, account: &Account, held_for: Duration) {
        for gateway in self.gateways_in_order() {
            let put = self.turn(account, held_for);
            match gateway.lease(&account.lease, &put).await {
                Ok(_) => return self.lead(account, &gateway, put.notes.len()),
                Err(AdminError::Stale(problem)) => {
                    let holder = problem.changed_by.unwrap_or_else(|| "another console".to_owned());
                    return self.follow(account, &gateway, &holder).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "no turn at this gateway");
                }
            }
        }
        self.stand_alone(account);
    }

    /// All consoles must come to the same gateway, in whatever order they know them.
    fn gateways_in_order(&self) -> Vec<Arc<dyn GatewayAdmin>> {
        let mut gateways = self.gateways().to_vec();
        gateways.sort_by(|one, other| one.id().cmp(other.id()));
        gateways
    }

    fn turn(&self, account: &Account, held_for: Duration) -> LeasePut {
        let state = self.state();
        let standing = state.turns.get(&account.provider);
        let notes = standing.map(|standing| standing.untold(MOST_NOTES)).unwrap_or_default();
        let ttl_ms = u32::try_from(held_for.as_millis()).unwrap_or(u32::MAX).clamp(1_000, 600_000);
        LeasePut { holder: self.0.console.clone(), ttl_ms, notes }
    }

    fn lead(&self, account: &Account, gateway: &Arc<dyn GatewayAdmin>, told: usize) {
        self.stand(account, |standing| standing.lead(gateway.id(), told));
    }

    fn stand_alone(&self, account: &Account) {
        self.stand(account, Standing::stand_alone);
    }

    async fn follow(&self, account: &Account, gateway: &Arc<dyn GatewayAdmin>, holder: &str) {
        let now = self.clock().now();
        let mut cursor = None;
        self.stand(account, |standing| cursor = standing.follow(gateway.id(), holder, now));
        match gateway.lease_notes(&account.lease, cursor.unwrap_or(0)).await {
            Ok(heard) => self.hear(account, holder, cursor.is_none(), heard).await,
            Err(error) => tracing::debug!(%error, "the notes of another console cannot be read"),
        }
    }

    /// Keeps what another console saw, as seen by it.
    async fn hear(&self, account: &Account, holder: &str, first: bool, heard: LeaseNotes) {
        let now = self.clock().now();
        let mut samples = Vec::new();
        // What was noted before this console listened may be known from its own store.
        for told in heard.notes.iter().filter(|_| !first) {
            let read = note::read(&told.note, self.setup(), &account.provider, &self.0.console);
            samples.extend(read.and_then(|read| Some((read.every, read.at_latest(now, holder)?))));
        }
        let spent = self.booked(samples.iter().map(|(_, sample)| sample));
        account.purses.spent_elsewhere(&account.provider, spent, now);
        self.stand(account, |standing| {
            let heard_of = samples.iter().map(|(every, sample)| (sample, *every));
            standing.hear(heard.next, heard_of, now);
        });
        let samples: Vec<_> = samples.into_iter().map(|(_, sample)| sample).collect();
        if !samples.is_empty() {
            self.take_samples(&samples).await;
        }
    }

    fn booked<'a>(
        &self,
        samples: impl Iterator<Item = &'a changeover_domain::ProbeSample>,
    ) -> changeover_domain::Nanodollars {
        let state = self.state();
        let booked = |sample: &changeover_domain::ProbeSample| {
            let manner = state.manner(&sample.target, sample.kind);
            probing::booked(self.setup(), manner, sample)
        };
        samples.map(booked).sum()
    }

    /// Changes how the console stands to an account, and who probes its targets by that.
    fn stand(&self, account: &Account, change: impl FnOnce(&mut Standing)) {
        let now = self.clock().now();
        let mut state = self.state();
        let standing = state.turns.entry(account.provider.clone()).or_default();
        change(standing);
        let elsewhere = standing.covered(self.setup(), &account.provider, now);
        drop(state);
        let own = self.setup().catalogue.targets.iter();
        let own = own.filter(|target| target.provider == account.provider);
        self.0.probed_elsewhere.send_if_modified(|known| {
            let before = known.clone();
            known.retain(|(target, _)| own.clone().all(|own| own.id != *target));
            known.extend(elsewhere);
            *known != before
        });
    }

    /// Lets the others go on at once.
    async fn give_back(&self, account: &Account) {
        const PATIENCE: Duration = Duration::from_secs(1);
        let kept_at = {
            let state = self.state();
            state.turns.get(&account.provider).and_then(Standing::led_at)
        };
        let Some(kept_at) = kept_at else { return };
        let put = LeasePut { holder: self.0.console.clone(), ttl_ms: 0, notes: Vec::new() };
        if let Some(gateway) = self.gateways().iter().find(|gateway| *gateway.id() == kept_at) {
            let given = gateway.lease(&account.lease, &put);
            // A gateway that does not answer lets the lease run out.
            self.clock().timeout(PATIENCE.mul_f64(self.clock().speed()), given).await.ok();
        }
    }
}
