//! One probe under way.

use std::sync::Arc;

use changeover_clock::Moment;
use changeover_domain::{Nanodollars, Outcome, ProbeSample, ProbeValidity, TokenPrices};
use changeover_llm::Account;
use tokio::sync::mpsc;

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
    pub(super) money: Reservation,
    pub(super) at_most: Nanodollars,
    pub(super) cost: Nanodollars,
    pub(super) manner: Manner,
    pub(super) outcome: Outcome,
    pub(super) vacuous: Option<bool>,
    pub(super) account: Option<Box<Account>>,
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
    pub(super) money: Reservation,
    pub(super) at_most: Nanodollars,
    pub(super) room: Room,
    pub(super) sink: mpsc::Sender<ProbeSample>,
}

impl OneProbe {
    pub(super) async fn run(self) {
        let Self { asker, subject, manner, prices, planned, vacuity, money, at_most, room, sink } =
            self;
        let probed = asker.probe(&subject, manner, prices, planned).await;
        let Probed { mut sample, account } = probed;
        let found = match vacuity {
            Vacuity::Asked { .. } if sample.outcome.is_ok() => {
                asker.says_yes_to_all(&subject).await
            }
            _ => None,
        };
        let (Vacuity::Known { vacuous } | Vacuity::Asked { vacuous }) = vacuity;
        if found.unwrap_or(vacuous) && sample.outcome.is_ok() {
            sample.validity = ProbeValidity::Vacuous;
        }
        let ended = Ended {
            index: room.index,
            money,
            at_most,
            cost: booked(&sample, at_most),
            manner: manner.after(&sample),
            outcome: sample.outcome,
            vacuous: found,
            account,
        };
        room.news.send(News::Ended(Box::new(ended))).ok();
        if sink.send(sample).await.is_err() {
            tracing::debug!("nobody takes probe samples any more");
        }
    }
}
