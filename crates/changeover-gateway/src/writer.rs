//! The one writer: every change of overrides goes through here, one after the other.
//!
//! On disk first, then in force, then answered. A caller who hangs up in between changes nothing of
//! that, because the work is this task's and not the connection's. Moves that breakers cause take
//! effect at once and are written here as soon as the disk allows; if it does not, they wait in
//! memory and are tried again. Expiry is a change like any other, asked for by the clock.

mod answered;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use changeover_domain::UnixMs;
use changeover_domain::admin::GatewayState;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub(crate) use answered::AnsweredKeys;

use crate::board::change::{Accepted, Refusal, RouteChange, stale};
use crate::board::{Board, Draft, same_service};
use crate::journal::{Answered, Journal, Record};
use crate::shared::{Shared, locked};

/// The machine may have slept meanwhile, which a pause does not notice: the clock is looked at again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long to wait before the disk is tried again.
const RETRY_DISK: Duration = Duration::from_secs(5);

/// A change that somebody asks for.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) changes: Vec<RouteChange>,
    pub(crate) precondition: Precondition,
    pub(crate) idempotency: Option<IdempotencyKey>,
    pub(crate) token: String,
    pub(crate) reply: oneshot::Sender<Result<Answer, Refusal>>,
}

/// What must still be so for the change to be made; the tags of `If-Match`.
#[derive(Debug)]
pub(crate) enum Precondition {
    /// The one route's tag; its state is the answer.
    Route(Vec<String>),
    /// The whole gateway's tag; its state is the answer.
    Gateway(Vec<String>),
}

/// An idempotency key with what was asked under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey {
    pub(crate) key: String,
    pub(crate) digest: String,
}

/// What is answered to an accepted change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) etag: String,
    /// A JSON document.
    pub(crate) body: String,
}

/// The journal, in a place from which a kill can take it at once.
pub(crate) type JournalSlot = Arc<Mutex<Option<Journal>>>;

/// The writer's own belongings.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) journal: JournalSlot,
    pub(crate) answered: AnsweredKeys,
    unwritten: VecDeque<Draft>,
    disk_failed: bool,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, journal: JournalSlot, answered: AnsweredKeys) -> Self {
        Self { shared, journal, answered, unwritten: VecDeque::new(), disk_failed: false }
    }

    /// Writes until the gateway stops; what has been asked by then is still done.
    pub(crate) async fn run(mut self, mut asks: mpsc::Receiver<Ask>, stop: CancellationToken) {
        loop {
            self.expire().await;
            self.write_moves().await;
            self.compact().await;
            let pause = self.until_next_work();
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.answer(ask).await,
                    None => break,
                },
                () = self.shared.moved.notified() => {}
                () = sleep_for(&self.shared, pause) => {}
                () = stop.cancelled() => break,
            }
        }
        asks.close();
        while let Some(ask) = asks.recv().await {
            self.answer(ask).await;
        }
        self.write_moves().await;
    }

    fn until_next_work(&self) -> Option<Duration> {
        if self.disk_failed {
            return Some(RETRY_DISK);
        }
        let next = locked(&self.shared.board).next_expiry()?;
        Some(next.since(self.shared.clock.now()).min(LONGEST_PAUSE))
    }

    async fn answer(&mut self, ask: Ask) {
        let answer = self.change(&ask).await;
        if let Err(refusal) = &answer {
            tracing::info!(token = ask.token, refusal = refusal.sentence(), "change refused");
        }
        if ask.reply.send(answer).is_err() {
            tracing::debug!("whoever asked for the change did not wait for the answer");
        }
    }

    async fn change(&mut self, ask: &Ask) -> Result<Answer, Refusal> {
        if let Some(known) = self.known_answer(ask.idempotency.as_ref())? {
            return Ok(known);
        }
        self.write_moves().await;
        let now = self.shared.clock.now();
        let (accepted, answer) = {
            let mut board = locked(&self.shared.board);
            check_precondition(&board, ask)?;
            let accepted = board.accept(&ask.changes, &ask.token, now)?;
            let answer = self.answer_after(&board, ask, &accepted, now)?;
            // A reload in the meantime must not take away what this needs.
            board.promise(&accepted.loaded);
            (accepted, answer)
        };
        let answered = ask.idempotency.clone().map(|idempotency| Answered {
            key: idempotency.key,
            digest: idempotency.digest,
            at: now,
            etag: answer.etag.clone(),
            body: answer.body.clone(),
        });
        for draft in accepted.drafts.iter().filter(|draft| !draft.broken_interlocks.is_empty()) {
            tracing::warn!(
                route = %draft.route, holder = draft.actor, token = ask.token,
                interlocks = ?draft.broken_interlocks, reason = draft.reason, "interlock broken"
            );
        }
        self.put_in_force(accepted, answered, now).await?;
        Ok(answer)
    }

    fn known_answer(
        &self,
        idempotency: Option<&IdempotencyKey>,
    ) -> Result<Option<Answer>, Refusal> {
        let Some(idempotency) = idempotency else {
            return Ok(None);
        };
        match self.answered.get(&idempotency.key) {
            None => Ok(None),
            Some(known) if known.digest == idempotency.digest => {
                Ok(Some(Answer { etag: known.etag.clone(), body: known.body.clone() }))
            }
            Some(_) => Err(Refusal::IdempotencyConflict),
        }
    }

    fn answer_after(
        &self,
        board: &Board,
        ask: &Ask,
        accepted: &Accepted,
        now: UnixMs,
    ) -> Result<Answer, Refusal> {
        let generation = accepted.generation;
        let mut routes = board.states(now);
        for loaded in &accepted.loaded {
            if let Some(route) = board.route(&loaded.route)
                && let Some(state) = routes.iter_mut().find(|state| state.route == loaded.route)
            {
                *state = route.state_under(loaded, now);
            }
        }
        let (etag, body) = match &ask.precondition {
            Precondition::Gateway(_) => {
                let etag = format!("\"{generation}\"");
                let state = GatewayState { generation, routes, ..self.shared.state_frame(now) };
                (etag, serde_json::to_string(&state))
            }
            Precondition::Route(_) => {
                let changed = ask.changes.first().map(|change| &change.route);
                let state = routes.into_iter().find(|state| Some(&state.route) == changed);
                let etag = state.as_ref().map(|state| state.etag.clone());
                (etag.unwrap_or_default(), serde_json::to_string(&state))
            }
        };
        let body = body.map_err(|error| Refusal::StorageFailed {
            detail: format!("the answer could not be written: {error}"),
        })?;
        Ok(Answer { etag, body })
    }

    /// Writes a change, then loads it. After an error nothing has changed.
    async fn put_in_force(
        &mut self,
        accepted: Accepted,
        answered: Option<Answered>,
        now: UnixMs,
    ) -> Result<(), Refusal> {
        let record = Record {
            generation: accepted.generation,
            entries: locked(&self.shared.chain).seal(&accepted.drafts),
            routes: accepted.loaded,
            answered,
        };
        let record = match self.append(record).await {
            Ok(record) => record,
            Err(refusal) => {
                locked(&self.shared.board).promise(&[]);
                return Err(refusal);
            }
        };
        self.shared.on_board(|board| {
            let mut effects = board.load(record.generation, &record.routes, now);
            // What the change foretold is written; only what came otherwise needs a link.
            effects.drafts.retain_mut(|moved| {
                let foretold =
                    accepted.drafts.iter().rev().find(|draft| draft.route == moved.route);
                foretold.is_none_or(|draft| {
                    moved.before = draft.after.clone();
                    !same_service(&draft.after, &moved.after)
                })
            });
            ((), effects)
        });
        if let Some(answered) = record.answered {
            self.answered.remember(answered);
        }
        locked(&self.shared.chain).append(record.entries);
        Ok(())
    }

    async fn expire(&mut self) {
        let now = self.shared.clock.now();
        let due = locked(&self.shared.board).due(now);
        let Some(accepted) = due else { return };
        for loaded in &accepted.loaded {
            let held = loaded.r#override.is_some();
            tracing::warn!(route = %loaded.route, held, "override ran out");
        }
        // A failure is logged where it happens; the override stays due and is tried again.
        self.put_in_force(accepted, None, now).await.ok();
    }

    /// Writes the moves that breakers caused. Those that cannot be written now stay for later.
    async fn write_moves(&mut self) {
        self.unwritten.extend(self.shared.take_drafts());
        if self.unwritten.is_empty() {
            return;
        }
        let drafts = self.unwritten.make_contiguous();
        let record = Record {
            generation: locked(&self.shared.board).generation,
            entries: locked(&self.shared.chain).seal(drafts),
            routes: Vec::new(),
            answered: None,
        };
        if let Ok(record) = self.append(record).await {
            self.unwritten.clear();
            locked(&self.shared.chain).append(record.entries);
        }
    }

    /// Makes a journal small again that has grown. One that cannot be stays as it is.
    async fn compact(&self) {
        if !locked(&self.journal).as_ref().is_some_and(Journal::is_large) {
            return;
        }
        let journal = Arc::clone(&self.journal);
        let compacting = self
            .shared
            .tracker
            .spawn_blocking(move || locked(&journal).as_mut().map_or(Ok(()), Journal::compact));
        match compacting.await {
            Ok(Ok(())) => tracing::info!("the journal was compacted"),
            Ok(Err(error)) => {
                let why = changeover_http::error_chain(&error);
                tracing::warn!(why, "the journal could not be compacted and goes on growing");
            }
            Err(_) => {}
        }
    }

    async fn append(&mut self, record: Record) -> Result<Record, Refusal> {
        let journal = Arc::clone(&self.journal);
        let written = self
            .shared
            .tracker
            .spawn_blocking(move || match locked(&journal).as_mut() {
                Some(journal) => journal.append(&record).map(|()| Some(record)),
                None => Ok(None),
            })
            .await;
        self.disk_failed = !matches!(written, Ok(Ok(_)));
        match written {
            Ok(Ok(Some(record))) => Ok(record),
            Ok(Ok(None)) => Err(Refusal::Stopping),
            Ok(Err(error)) => {
                let why = changeover_http::error_chain(&error);
                tracing::error!(why, "the journal could not be written");
                Err(Refusal::StorageFailed {
                    detail: format!(
                        "{why}. Nothing was changed; make room or mend the disk, then ask again"
                    ),
                })
            }
            Err(_) => Err(Refusal::Stopping),
        }
    }
}

async fn sleep_for(shared: &Shared, pause: Option<Duration>) {
    match pause {
        Some(pause) => shared.clock.sleep(pause).await,
        None => std::future::pending().await,
    }
}

fn check_precondition(board: &Board, ask: &Ask) -> Result<(), Refusal> {
    match &ask.precondition {
        Precondition::Gateway(tags) => {
            let present = format!("\"{}\"", board.generation);
            if tags.contains(&present) {
                return Ok(());
            }
            let latest =
                board.routes().filter_map(|route| route.changed.clone()).max_by_key(|(_, at)| *at);
            let (changed_by, changed_at) = latest.unzip();
            Err(Refusal::Stale {
                detail: format!("the gateway is at {present} now: look again, then decide anew"),
                changed_by,
                changed_at,
            })
        }
        Precondition::Route(tags) => {
            let route = ask.changes.first().and_then(|change| board.route(&change.route));
            // An unknown route is refused by the assessment, which names the known ones.
            let Some(route) = route else { return Ok(()) };
            let present = route.etag();
            if tags.contains(&present) {
                return Ok(());
            }
            Err(stale(
                route,
                format!("the route is at {present} now: look again, then decide anew"),
            ))
        }
    }
}
