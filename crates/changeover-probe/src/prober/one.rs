//! One probe under way.

use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Moment;
use changeover_domain::{Nanodollars, Outcome, ProbeSample, ProbeValidity, TokenPrices, Whose};
use changeover_llm::Account;
use tokio::sync::mpsc;

use super::pulse::Pulse;
use super::watched::Vacuity;
use crate::budget::{Reservation, booked};
use crate::probe::{Asker, ProbeSubject, Probed};
use crate::question::Manner;

/// What a probe tells the one who keeps the schedule.
pub(super) enum News {
    /// It was measured.
    Ended(Box<Ended>),
    /// It is over, and its sample was taken.
    Handed { index: usize },
}

/// A measured probe, as far as the next ones depend on it.
pub(super) struct Ended {
    pub(super) index: usize,
    /// `None` where it could cost nothing.
    pub(super) money: Option<Reservation>,
    pub(super) at_most: Nanodollars,
    pub(super) cost: Nanodollars,
    /// `None` where this machine stood still meanwhile, so that nothing can be learnt from it.
    pub(super) learnt: Option<Learnt>,
}

/// What a probe showed of its target.
pub(super) struct Learnt {
    pub(super) manner: Manner,
    pub(super) outcome: Outcome,
    pub(super) whose: Option<Whose>,
    pub(super) vacuous: Option<bool>,
    pub(super) account: Option<Box<Account>>,
    /// How long the vendor asks to wait.
    pub(super) retry_after: Option<Duration>,
}

/// A probe's place among those of its target; free again when this is dropped.
pub(super) struct Room {
    pub(super) index: usize,
    pub(super) news: mpsc::UnboundedSender<News>,
}

impl Drop for Room {
    fn drop(&mut self) {
        // A prober that is gone needs no room.
        self.news.send(News::Handed { index: self.index }).ok();
    }
}

pub(super) struct OneProbe {
    pub(super) asker: Arc<Asker>,
    pub(super) subject: Arc<ProbeSubject>,
    pub(super) manner: Manner,
    pub(super) prices: Option<TokenPrices>,
    pub(super) planned: Moment,
    pub(super) vacuity: Vacuity,
    pub(super) money: Option<Reservation>,
    pub(super) at_most: Nanodollars,
    pub(super) pulse: Pulse,
    pub(super) room: Room,
    pub(super) sink: mpsc::Sender<ProbeSample>,
}

impl OneProbe {
    pub(super) async fn run(self) {
        let began = self.asker.moment();
        let Probed { mut sample, account, retry_after } =
            self.asker.probe(&self.subject, self.manner, self.prices, self.planned).await;
        let unbroken = self.pulse.unbroken_since(began);
        let vacuous = if unbroken { self.look_for_vacuity(&mut sample).await } else { None };
        let Self { manner, money, at_most, room, sink, .. } = self;
        let learnt = unbroken.then(|| Learnt {
            manner: manner.after(&sample),
            outcome: sample.outcome,
            whose: sample.whose,
            vacuous,
            account,
            retry_after,
        });
        let cost = booked(&sample, at_most);
        let ended = Ended { index: room.index, money, at_most, cost, learnt };
        room.news.send(News::Ended(Box::new(ended))).ok();
        if unbroken && sink.send(sample).await.is_err() {
            tracing::debug!("nobody takes probe samples any more");
        }
    }

    /// Marks a good probe that proves nothing; gives what was found out about that now.
    async fn look_for_vacuity(&self, sample: &mut ProbeSample) -> Option<bool> {
        let found = match self.vacuity {
            Vacuity::Asked { .. } if sample.outcome.is_ok() => {
                self.asker.says_yes_to_all(&self.subject).await
            }
            _ => None,
        };
        let (Vacuity::Known { vacuous } | Vacuity::Asked { vacuous }) = self.vacuity;
        if found.unwrap_or(vacuous) && sample.outcome.is_ok() {
            sample.validity = ProbeValidity::Vacuous;
        }
        found
    }
}
