//! Probing all targets until told to stop.
//!
//! One task keeps everybody's schedule, and each probe has a task of its own, so that a slow answer
//! delays nothing. A target at rest is a few numbers and a place in a queue. A sample is complete
//! before it is handed on: a receiver that is slow can cost slots (gaps), never a good figure.

mod one;
mod pulse;
mod purse;
mod purses;
mod watched;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_config::DayZone;
use changeover_cost::PriceBook;
use changeover_domain::{
    Nanodollars, ProbeKind, ProbeSample, ProviderId, TargetId, TokenPrices, UnixMs,
};
use changeover_llm::{Account, LlmClient};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::budget::BudgetReport;
use crate::probe::{Asker, ProbeSubject};
use crate::question::{Manner, estimate};
use crate::schedule::Pace;
use crate::skipped::{Reason, Skips};
use one::{Ended, News, OneProbe, Room};
use pulse::Pulse;
pub use purses::Purses;
use watched::Watched;

/// Between two looks at whether calm probes still have the right distance.
const PACE_EVERY: Duration = Duration::from_secs(60);
/// What both kinds of time may drift apart between two such looks.
const LEAP_MS: i64 = 1_000;

/// All that a prober needs.
#[derive(Debug)]
pub struct ProberSetup {
    pub client: LlmClient,
    pub clock: Clock,
    pub prices: PriceBook,
    pub subjects: Vec<ProbeSubject>,
    /// For each provider and day; a dollar where a provider has none.
    pub daily_budgets: BTreeMap<ProviderId, Nanodollars>,
    /// Where that day begins.
    pub day_zone: DayZone,
    /// What was spent today before this start.
    pub spent_today: BTreeMap<ProviderId, Nanodollars>,
    /// How targets want to be asked, as far as that was learnt before this start.
    pub manners: BTreeMap<(TargetId, ProbeKind), Manner>,
    /// This installation's, kept over restarts.
    pub seed: u64,
    /// Targets to look at more closely for reasons of others; a target whose own probes fail is
    /// suspect without standing here.
    pub suspects: watch::Receiver<BTreeSet<TargetId>>,
    /// What another console probes on the same account, each kind by itself: no such probes here
    /// meanwhile.
    pub elsewhere: watch::Receiver<BTreeSet<(TargetId, ProbeKind)>>,
}

/// The probes of all targets.
#[derive(Debug)]
pub struct Prober {
    asker: Arc<Asker>,
    clock: Clock,
    prices: PriceBook,
    purses: Purses,
    accounts: watch::Sender<BTreeMap<ProviderId, Account>>,
    skips: Skips,
    pulse: Pulse,
    watched: Vec<Watched>,
    /// Who is due when; entries of an older plan are passed over.
    queue: BinaryHeap<Reverse<(Moment, usize, u32)>>,
    /// When the pace of all was looked at last, by both kinds of time.
    paced_at: (UnixMs, Moment),
    /// The stretches that the plans were made with.
    stretches: BTreeMap<ProviderId, u32>,
    suspects: watch::Receiver<BTreeSet<TargetId>>,
    elsewhere: watch::Receiver<BTreeSet<(TargetId, ProbeKind)>>,
}

/// What lives only while probes are made.
struct Hands {
    tracker: TaskTracker,
    stop: CancellationToken,
    news: mpsc::UnboundedSender<News>,
    sink: mpsc::Sender<ProbeSample>,
}

impl Prober {
    /// A prober that has not begun.
    #[must_use]
    pub fn new(setup: ProberSetup) -> Self {
        let ProberSetup { clock, subjects, seed, .. } = setup;
        let providers = subjects.iter().map(|subject| subject.access.provider.id.clone());
        let (limits, spent) = (&setup.daily_budgets, &setup.spent_today);
        let purses = Purses::new(providers, limits, spent, &setup.day_zone, clock.now());
        let now = clock.now();
        let manners = &setup.manners;
        let watched = |subject: ProbeSubject| {
            let key = (subject.target.id.clone(), subject.kind);
            Watched::new(subject, manners.get(&key).copied().unwrap_or_default(), seed, now)
        };
        let watched: Vec<Watched> = subjects.into_iter().map(watched).collect();
        for one in &watched {
            purses.expect(one.provider(), one.calm_day(prices_of(&setup.prices, &clock, one)));
        }
        Self {
            paced_at: (now, clock.moment()),
            // Whoever asks before the first probe is told how far apart they will come.
            stretches: purses.stretches(now),
            asker: Arc::new(Asker::new(setup.client, clock.clone())),
            pulse: Pulse::new(clock.clone()),
            clock,
            prices: setup.prices,
            purses,
            accounts: watch::Sender::default(),
            skips: Skips::default(),
            watched,
            queue: BinaryHeap::new(),
            suspects: setup.suspects,
            elsewhere: setup.elsewhere,
        }
    }

    /// How the providers' budgets stand, always the newest.
    #[must_use]
    pub fn budgets(&self) -> watch::Receiver<BTreeMap<ProviderId, BudgetReport>> {
        self.purses.reports()
    }

    /// The accounts that providers' answers named last.
    #[must_use]
    pub fn accounts(&self) -> watch::Receiver<BTreeMap<ProviderId, Account>> {
        self.accounts.subscribe()
    }

    /// What was not probed, and why.
    #[must_use]
    pub fn skips(&self) -> Skips {
        self.skips.clone()
    }

    /// The budgets, for booking what others spend on the same accounts.
    #[must_use]
    pub fn purses(&self) -> Purses {
        self.purses.clone()
    }

    /// Probes until `cancel` or until nobody takes samples any more. When it returns, or is
    /// dropped, no probe is left under way; those cut short give no sample.
    pub async fn run(mut self, cancel: CancellationToken, sink: mpsc::Sender<ProbeSample>) {
        let stop = cancel.child_token();
        let _stop_when_dropped = stop.clone().drop_guard();
        // As many as there are probes under way, which is bounded for each target.
        let (news, mut heard) = mpsc::unbounded_channel();
        let hands = Hands { tracker: TaskTracker::new(), stop, news, sink };
        self.plan_all();
        let mut suspects_live = true;
        loop {
            // Whoever slept must know it before it asks what is due.
            self.clock.catch_up();
            self.pulse.beat();
            self.start_due(&hands);
            self.look_at_pace();
            let clock = self.clock.clone();
            let at_latest = self.paced_at.1.plus(PACE_EVERY).min(self.pulse.next());
            let due = self.queue.peek().map(|Reverse((due, ..))| *due);
            let next = due.map_or(at_latest, |due| at_latest.min(due));
            tokio::select! {
                () = hands.stop.cancelled() => break,
                () = hands.sink.closed() => break,
                Some(news) = heard.recv() => self.hear(news),
                changed = self.suspects.changed(), if suspects_live => {
                    suspects_live = changed.is_ok();
                    self.plan_all();
                }
                () = clock.sleep_until(next) => {}
            }
        }
        hands.stop.cancel();
        hands.tracker.close();
        hands.tracker.wait().await;
    }

    /// Plans anew where the money has turned out to last longer or shorter than it was planned with, as
    /// when a new day begins, and where the clock leapt: a slot may lie days ahead.
    fn look_at_pace(&mut self) {
        let (now, moment) = (self.clock.now(), self.clock.moment());
        let (then, since) = (self.paced_at.0, moment.since(self.paced_at.1));
        if since < PACE_EVERY {
            return;
        }
        self.paced_at = (now, moment);
        let stretches = self.purses.stretches(now);
        let leapt_ms = now.millis_since(then.plus(since));
        let leapt = leapt_ms.abs() >= LEAP_MS;
        if leapt {
            for watched in self.watched.iter().filter(|watched| watched.is_due_at_all()) {
                self.skips.note(watched.target(), Reason::Slept, watched.slots_in(leapt_ms), now);
            }
        }
        if leapt || stretches != self.stretches {
            self.stretches = stretches;
            self.plan_all();
        }
    }

    fn plan_all(&mut self) {
        for index in 0..self.watched.len() {
            self.plan(index);
        }
    }

    /// Finds a target's next slot at the pace that holds now. A slot that is due stays.
    fn plan(&mut self, index: usize) {
        let (now, moment) = (self.clock.now(), self.clock.moment());
        let Some(watched) = self.watched.get_mut(index) else { return };
        if watched.is_due(moment) {
            return;
        }
        let suspect = watched.is_suspect() || self.suspects.borrow().contains(watched.target());
        if watched.look(suspect) {
            self.purses.suspect(watched.provider(), suspect);
        }
        let prices = prices_of(&self.prices, &self.clock, watched);
        let pace = pace(&self.purses, watched, suspect, prices, now);
        if let Some((due, plan)) = watched.plan(pace, now, moment) {
            self.queue.push(Reverse((due, index, plan)));
        }
    }

    /// Sends every probe on its way that is due, where there is room and money for it.
    fn start_due(&mut self, hands: &Hands) {
        let moment = self.clock.moment();
        while let Some(Reverse((due, index, plan))) = self.queue.peek().copied() {
            if due > moment {
                return;
            }
            self.queue.pop();
            let known = self.watched.get(index).is_some_and(|watched| watched.is_planned(plan));
            if known {
                self.start(index, due, hands);
                self.plan(index);
            }
        }
    }

    fn start(&mut self, index: usize, planned: Moment, hands: &Hands) {
        let now = self.clock.now();
        let Some(watched) = self.watched.get_mut(index) else { return };
        let missed = watched.pass_slot(now);
        let skip = if missed > 0 {
            Some(Reason::Slept)
        } else if self.elsewhere.borrow().contains(&(watched.target().clone(), watched.kind())) {
            Some(Reason::Elsewhere)
        } else {
            (!watched.has_room()).then_some(Reason::NoRoom)
        };
        if let Some(reason) = skip {
            tracing::debug!(target_id = %watched.target(), ?reason, "a probe's slot was skipped");
            return self.skips.note(watched.target(), reason, missed.max(1), now);
        }
        let prices = prices_of(&self.prices, &self.clock, watched);
        let manner = watched.manner(now);
        let at_most = estimate(watched.kind(), manner, prices);
        // What costs nothing goes on when the money is gone.
        let money = (at_most > Nanodollars::ZERO)
            .then(|| self.purses.reserve(watched.provider(), at_most, now));
        if money.as_ref().is_some_and(Option::is_none) {
            return self.skips.note(watched.target(), Reason::NoMoney, 1, now);
        }
        let one = OneProbe {
            asker: Arc::clone(&self.asker),
            subject: watched.begin(),
            manner,
            prices,
            planned,
            vacuity: watched.ask_vacuity(now),
            money: money.flatten(),
            at_most,
            pulse: self.pulse.clone(),
            room: Room { index, news: hands.news.clone() },
            sink: hands.sink.clone(),
        };
        let stop = hands.stop.clone();
        hands.tracker.spawn(async move {
            stop.run_until_cancelled(Box::pin(one.run())).await;
        });
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Handed { index } => {
                if let Some(watched) = self.watched.get_mut(index) {
                    watched.hand_over();
                }
            }
            News::Ended(ended) => self.end(*ended),
        }
    }

    fn end(&mut self, ended: Ended) {
        let Ended { index, money, at_most, cost, learnt } = ended;
        let now = self.clock.now();
        let Some(watched) = self.watched.get_mut(index) else { return };
        let provider = watched.provider().clone();
        if let Some(money) = money {
            self.purses.settle(&provider, money, at_most, cost);
        }
        let Some(learnt) = learnt else {
            return self.skips.note(watched.target(), Reason::CutShort, 1, now);
        };
        if let Some(account) = &learnt.account {
            self.accounts.send_if_modified(|known| {
                known.insert(provider.clone(), Account::clone(account)).as_ref() != Some(&**account)
            });
        }
        let prices = prices_of(&self.prices, &self.clock, watched);
        let before = watched.calm_day(prices);
        let turned = watched.learn(&learnt, cost, now);
        let dearer = watched.calm_day(prices) - before;
        if dearer != Nanodollars::ZERO {
            self.purses.expect(&provider, dearer);
        }
        if turned {
            self.plan(index);
        }
    }
}

/// How closely a target is watched: as far as the money lasts, and what costs nothing always.
fn pace(
    purses: &Purses,
    watched: &Watched,
    suspect: bool,
    prices: Option<TokenPrices>,
    now: UnixMs,
) -> Pace {
    if watched.at_most(prices) == Nanodollars::ZERO {
        return if suspect { Pace::CLOSEST } else { Pace::Calm { stretch: 1 } };
    }
    let stretch = purses.stretch(watched.provider(), now);
    match suspect {
        true if watched.is_dear() => {
            let every = purses.close_every(watched.provider(), watched.close_hour(prices));
            Pace::Suspect { every: every.min(watched.calm_slots(stretch)) }
        }
        true => Pace::CLOSEST,
        false => Pace::Calm { stretch },
    }
}

fn prices_of(prices: &PriceBook, clock: &Clock, watched: &Watched) -> Option<TokenPrices> {
    let subject = watched.subject();
    prices.prices(&subject.access.provider, &subject.target, clock.now())
}
