//! Probing all targets until told to stop.
//!
//! Each target has a task that keeps its schedule, and each probe a task of its own, so that a
//! slow answer delays nothing. A sample is complete before it is handed on: a receiver that is
//! slow can cost slots (gaps), never a good figure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_cost::PriceBook;
use changeover_domain::{Nanodollars, ProbeKind, ProbeSample, ProviderId, TargetId};
use changeover_llm::LlmClient;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::budget::{Budget, BudgetReport, Reservation};
use crate::probe::{ProbeSubject, probe};
use crate::question::{Manner, estimate};
use crate::schedule::{Pace, Schedule, Slot};
use crate::suspicion::Suspicion;

/// How many probes of one target may be on their way, or waiting to be taken by the receiver.
const MOST_UNDER_WAY: usize = 8;

/// All that a prober needs.
#[derive(Debug)]
pub struct ProberSetup {
    pub client: LlmClient,
    pub clock: Clock,
    pub prices: PriceBook,
    pub subjects: Vec<ProbeSubject>,
    /// Between two probes of a target; half of it while the target is suspect.
    pub interval: Duration,
    /// For each provider and day (UTC).
    pub daily_budget: Nanodollars,
    /// What was spent today before this start.
    pub spent_today: BTreeMap<ProviderId, Nanodollars>,
    /// This installation's, kept over restarts.
    pub seed: u64,
    /// Targets to look at more closely for reasons of others; a target whose own probes fail is
    /// suspect without standing here.
    pub suspects: watch::Receiver<BTreeSet<TargetId>>,
}

/// The probes of all targets.
#[derive(Debug)]
pub struct Prober {
    shared: Arc<Shared>,
    subjects: Vec<ProbeSubject>,
    interval: Duration,
    seed: u64,
    suspects: watch::Receiver<BTreeSet<TargetId>>,
}

#[derive(Debug)]
struct Shared {
    client: LlmClient,
    clock: Clock,
    prices: PriceBook,
    budgets: Mutex<BTreeMap<ProviderId, Budget>>,
    reports: watch::Sender<BTreeMap<ProviderId, BudgetReport>>,
}

impl Prober {
    /// A prober that has not begun.
    #[must_use]
    pub fn new(setup: ProberSetup) -> Self {
        let now = setup.clock.now();
        let mut budgets = BTreeMap::new();
        for subject in &setup.subjects {
            let provider = &subject.access.provider.id;
            let spent = setup.spent_today.get(provider).copied().unwrap_or_default();
            let budget = Budget::new(setup.daily_budget, spent, now);
            budgets.insert(provider.clone(), budget);
        }
        let reports =
            budgets.iter().map(|(provider, budget)| (provider.clone(), budget.report())).collect();
        let shared = Shared {
            client: setup.client,
            clock: setup.clock,
            prices: setup.prices,
            budgets: Mutex::new(budgets),
            reports: watch::Sender::new(reports),
        };
        Self {
            shared: Arc::new(shared),
            subjects: setup.subjects,
            interval: setup.interval,
            seed: setup.seed,
            suspects: setup.suspects,
        }
    }

    /// How the providers' budgets stand, always the newest.
    #[must_use]
    pub fn budgets(&self) -> watch::Receiver<BTreeMap<ProviderId, BudgetReport>> {
        self.shared.reports.subscribe()
    }

    /// Probes until `cancel` or until nobody takes samples any more. When it returns, or is
    /// dropped, no probe is left under way; those cut short give no sample.
    pub async fn run(self, cancel: CancellationToken, sink: mpsc::Sender<ProbeSample>) {
        let tracker = TaskTracker::new();
        let stop = cancel.child_token();
        let _stop_when_dropped = stop.clone().drop_guard();
        for subject in self.subjects {
            let watched = Watched {
                schedule: Schedule::new(&subject.target.id, self.interval, self.seed),
                subject: Arc::new(subject),
                shared: Arc::clone(&self.shared),
                suspects: self.suspects.clone(),
                own: watch::Sender::new(Suspicion::default()),
                room: Arc::new(Semaphore::new(MOST_UNDER_WAY)),
                tracker: tracker.clone(),
                stop: stop.clone(),
                sink: sink.clone(),
            };
            let stop = stop.clone();
            tracker.spawn(async move {
                stop.run_until_cancelled(watched.keep_schedule()).await;
            });
        }
        drop(sink);
        tracker.close();
        tracker.wait().await;
    }
}

/// One target on its schedule.
struct Watched {
    subject: Arc<ProbeSubject>,
    schedule: Schedule,
    shared: Arc<Shared>,
    suspects: watch::Receiver<BTreeSet<TargetId>>,
    own: watch::Sender<Suspicion>,
    room: Arc<Semaphore>,
    tracker: TaskTracker,
    stop: CancellationToken,
    sink: mpsc::Sender<ProbeSample>,
}

impl Watched {
    async fn keep_schedule(mut self) {
        let mut last = None;
        while !self.sink.is_closed() {
            let (slot, planned) = self.wait_for_slot(last).await;
            last = Some(slot.index);
            if self.schedule.is_missed(slot, self.shared.clock.now()) {
                tracing::debug!(target_id = %self.subject.target.id, "a probe's slot was missed");
                continue;
            }
            self.start(planned);
        }
    }

    /// Waits for the next slot at the pace that holds when it comes.
    async fn wait_for_slot(&mut self, last: Option<i64>) -> (Slot, Moment) {
        let mut own = self.own.subscribe();
        let mut suspects_live = true;
        loop {
            let clock = &self.shared.clock;
            let (now, moment) = (clock.now(), clock.moment());
            let suspect = own.borrow_and_update().is_suspect()
                || self.suspects.borrow_and_update().contains(&self.subject.target.id);
            let pace = if suspect { Pace::Suspect } else { Pace::Calm };
            let slot = self.schedule.next(pace, last, now);
            let planned = moment.plus(slot.at.since(now));
            tokio::select! {
                // First, so that news arriving in the same moment does not lose the slot.
                biased;
                () = clock.sleep_until(planned) => return (slot, planned),
                // The sender of `own` is this task's: it cannot be gone.
                _ = own.changed() => {}
                changed = self.suspects.changed(), if suspects_live => {
                    suspects_live = changed.is_ok();
                }
            }
        }
    }

    /// Sends a probe on its way, if there is room and money for it.
    fn start(&self, planned: Moment) {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::debug!(target_id = %self.subject.target.id, "no room for a probe: {MOST_UNDER_WAY} are under way");
            return;
        };
        let Some(money) = self.shared.reserve(&self.subject) else {
            return;
        };
        let one = OneProbe {
            subject: Arc::clone(&self.subject),
            shared: Arc::clone(&self.shared),
            own: self.own.clone(),
            sink: self.sink.clone(),
            planned,
            money,
            _room: room,
        };
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            stop.run_until_cancelled(one.run()).await;
        });
    }
}

/// One probe under way.
struct OneProbe {
    subject: Arc<ProbeSubject>,
    shared: Arc<Shared>,
    own: watch::Sender<Suspicion>,
    sink: mpsc::Sender<ProbeSample>,
    planned: Moment,
    money: Reservation,
    _room: OwnedSemaphorePermit,
}

impl OneProbe {
    async fn run(self) {
        let shared = &self.shared;
        let (client, clock) = (&shared.client, &shared.clock);
        let prices = shared.prices_of(&self.subject);
        let sample = probe(client, clock, &self.subject, prices, self.planned).await;
        shared.settle(&self.subject, self.money, &sample);
        self.own.send_if_modified(|suspicion| {
            let before = *suspicion;
            *suspicion = before.after(sample.outcome);
            before.is_suspect() != suspicion.is_suspect()
        });
        if self.sink.send(sample).await.is_err() {
            tracing::debug!("nobody takes probe samples any more");
        }
    }
}

impl Shared {
    fn prices_of(&self, subject: &ProbeSubject) -> Option<changeover_domain::TokenPrices> {
        let provider = &subject.access.provider;
        self.prices.prices(provider, &subject.target, self.clock.now())
    }

    /// Money for one probe; `None`, said once, when the day's is used up.
    fn reserve(&self, subject: &ProbeSubject) -> Option<Reservation> {
        let at_most =
            estimate(ProbeKind::StreamingCompletion, Manner::Capped, self.prices_of(subject));
        let provider = &subject.access.provider.id;
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets.get_mut(provider)?;
        let reserved = budget.reserve(at_most, self.clock.now());
        let news = self.report(provider, budget.report());
        if news && reserved.is_err() {
            tracing::warn!(%provider, "the day's money for probes is used up: no more until midnight UTC");
        }
        reserved.ok()
    }

    fn settle(&self, subject: &ProbeSubject, money: Reservation, sample: &ProbeSample) {
        let provider = &subject.access.provider.id;
        let at_most =
            estimate(ProbeKind::StreamingCompletion, Manner::Capped, self.prices_of(subject));
        let cost = booked(sample, at_most);
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(budget) = budgets.get_mut(provider) {
            budget.settle(money, cost);
            self.report(provider, budget.report());
        }
    }

    /// Publishes a report; says whether probing went on or was held back anew.
    fn report(&self, provider: &ProviderId, report: BudgetReport) -> bool {
        let mut turned = false;
        self.reports.send_if_modified(|reports| {
            let before = reports.insert(provider.clone(), report);
            turned = before.is_none_or(|before| before.exhausted != report.exhausted);
            before != Some(report)
        });
        turned
    }
}

/// What a budget books for a probe. Where the vendor wrote but did not count, the most it may have
/// cost; where it never wrote a word, nothing, so that an outage does not use up the money that is
/// needed to see its end.
fn booked(sample: &ProbeSample, at_most: Nanodollars) -> Nanodollars {
    let wrote = sample.phases.first_token_ms.is_some() || sample.usage.is_some();
    match sample.cost {
        Some(cost) => cost,
        None if wrote => at_most,
        None => Nanodollars::ZERO,
    }
}
