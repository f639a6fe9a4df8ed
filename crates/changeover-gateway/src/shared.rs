//! What the data side, the admin side and the writer share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use changeover_clock::Clock;
use changeover_domain::admin::{GatewayEvent, GatewayState, TrafficPage};
use changeover_domain::{FailureClass, GatewayId, Generation, RouteId, TargetId, UnixMs, Whose};
use changeover_http::wire::WireClient;
use changeover_llm::validate::Validators;
use changeover_llm::{Failure, LlmClient};
use changeover_policy::breaker::{CallResult, Permit};
use changeover_policy::retry::FleetBudget;
use changeover_webhook::Visits;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::board::{Board, Draft, Effects, EndedCall, ServePlan};
use crate::cache::Cache;
use crate::callers::Seats;
use crate::chain::Chain;
use crate::gates::Gates;
use crate::hints::HintQueue;
use crate::leases::Leases;
use crate::live::{Live, LiveCell};
use crate::metrics::Metrics;
use crate::requests::RequestLog;
use crate::traffic::{TrafficFile, TrafficLog};
use crate::writer::Ask;

/// A running gateway's insides.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) id: GatewayId,
    /// Holds the journal.
    pub(crate) state_dir: PathBuf,
    pub(crate) live: LiveCell,
    /// One reload at a time.
    pub(crate) reloading: tokio::sync::Mutex<()>,
    pub(crate) clock: Clock,
    /// The connections of `llm`.
    pub(crate) http: WireClient,
    pub(crate) llm: LlmClient,
    pub(crate) started_at: UnixMs,
    pub(crate) board: Mutex<Board>,
    /// Moves that took effect and are not yet written.
    pub(crate) drafts: Mutex<Vec<Draft>>,
    /// Something on the board moved.
    pub(crate) moved: Notify,
    pub(crate) chain: Mutex<Chain>,
    pub(crate) traffic: Mutex<TrafficLog>,
    /// `None` where it cannot be kept, and from the moment at which the gateway is killed.
    pub(crate) traffic_file: Mutex<Option<TrafficFile>>,
    pub(crate) requests: Mutex<RequestLog>,
    /// Webhooks of status pages, for consoles.
    pub(crate) hints: Mutex<HintQueue>,
    /// How often webhooks came, and which.
    pub(crate) visits: Mutex<Visits>,
    pub(crate) metrics: Mutex<Metrics>,
    pub(crate) retries: Mutex<FleetBudget>,
    pub(crate) gates: Gates,
    pub(crate) seats: Seats,
    pub(crate) leases: Mutex<Leases>,
    pub(crate) cache: Mutex<Cache>,
    pub(crate) validators: Validators,
    pub(crate) events: broadcast::Sender<GatewayEvent>,
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) tracker: TaskTracker,
    /// The gateway goes down: soon no new work is taken, and what runs is finished.
    pub(crate) draining: CancellationToken,
    /// The data side has ended, and the admin side ends now.
    pub(crate) closing: CancellationToken,
}

/// Locks without caring for a panic elsewhere: everything behind these locks is whole between
/// statements, and a gateway that serves on is better than one that stops.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Takes a step on the board. What it brought about is queued and published under the same
    /// lock, so that the chain tells it in the order in which it happened.
    pub(crate) fn on_board<T>(&self, step: impl FnOnce(&mut Board) -> (T, Effects)) -> T {
        let mut board = locked(&self.board);
        let (result, effects) = step(&mut board);
        let moved = !effects.events.is_empty() || !effects.drafts.is_empty();
        locked(&self.drafts).extend(effects.drafts);
        for event in effects.events {
            // Nobody listens: nobody needs to know.
            self.events.send(event).ok();
        }
        drop(board);
        if moved {
            self.moved.notify_one();
        }
        result
    }

    /// What the next request of a route does, and the configuration by which that was planned. Both
    /// under the board's lock, as a reload changes them.
    pub(crate) fn plan(&self, route: &RouteId) -> Option<(ServePlan, Arc<Live>)> {
        let board = locked(&self.board);
        let plan = board.plan(route, self.clock.now())?;
        Some((plan, self.live.get()))
    }

    /// Asks a breaker for leave to call.
    pub(crate) fn admit(&self, route: &RouteId, target: &TargetId) -> Option<Permit> {
        let now = self.clock.now();
        self.on_board(|board| board.admit(route, target, now))
    }

    /// Tells a breaker how a call ended.
    pub(crate) fn report_call(
        &self,
        route: &RouteId,
        target: &TargetId,
        permit: Permit,
        result: CallResult,
    ) {
        let ended =
            EndedCall { permit, result, at: self.clock.now(), jitter: rand::random::<f64>() };
        self.on_board(|board| ((), board.report_call(route, target, ended)));
    }

    /// Tells a breaker of a failure, unless it says nothing about the target: it is the caller's
    /// own, or the target did answer and the route's judge found fault.
    pub(crate) fn report_failure(
        &self,
        route: &RouteId,
        target: &TargetId,
        permit: Permit,
        failure: &Failure,
    ) {
        let callers = failure.whose == Whose::Caller;
        let cancelled = failure.class == FailureClass::ClientCancelled;
        if callers || cancelled || failure.is_verdict {
            drop(permit);
        } else {
            self.report_call(route, target, permit, CallResult::Failure);
        }
    }

    /// Whether ordinary traffic passes to any of `targets`.
    pub(crate) fn any_lets_through(&self, route: &RouteId, targets: &[TargetId]) -> bool {
        locked(&self.board).any_lets_through(route, targets, self.clock.now())
    }

    /// Writes to disk what was carried since the last time. Waits for the disk: not for a thread
    /// that serves.
    pub(crate) fn flush_traffic(&self) {
        let mut file = locked(&self.traffic_file);
        if let Some(file) = file.as_mut() {
            let (grown, revision) = locked(&self.traffic).grown_since(file.revision());
            if !grown.is_empty() {
                file.append(&grown, revision, self.clock.now());
            }
        }
    }

    /// A page of what was carried. It is on disk before it is told: what a reader has seen, a crash
    /// does not take back, so a bucket never shrinks.
    pub(crate) fn traffic_page(&self, after: &str) -> TrafficPage {
        let mut file = locked(&self.traffic_file);
        let written = file.as_ref().map(TrafficFile::revision);
        let (page, grown) = {
            let traffic = locked(&self.traffic);
            (traffic.page(after), written.map(|written| traffic.grown_since(written)))
        };
        if let (Some(file), Some((grown, revision))) = (file.as_mut(), grown)
            && !grown.is_empty()
        {
            file.append(&grown, revision, self.clock.now());
        }
        page
    }

    /// The moves that are still to be written.
    pub(crate) fn take_drafts(&self) -> Vec<Draft> {
        std::mem::take(&mut *locked(&self.drafts))
    }

    /// The state document without its routes and at generation 0.
    pub(crate) fn state_frame(&self, now: UnixMs) -> GatewayState {
        GatewayState {
            gateway: self.id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            now,
            generation: Generation::default(),
            routes: Vec::new(),
        }
    }
}
