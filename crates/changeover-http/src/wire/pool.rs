//! The origins that are known, and the sweep that lets go of connections which nobody uses.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::rt::{Executor as _, Timer as _};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::oneshot;

use super::WireError;
use super::address::Address;
use super::connector::Connector;
use super::exchange::Connection;
use super::origin::Origin;
use super::phases::Noting;
use crate::{ClientTls, KEPT_IDLE};

/// More addresses than any configuration has.
const MOST_ADDRESSES: usize = 256;

/// An address and the connections that lead there.
pub(super) struct Place {
    pub(super) address: Address,
    pub(super) origin: Arc<Origin>,
}

/// Connections by where they lead.
pub(super) struct Pool {
    connector: Connector,
    /// Whether connections are kept for another request.
    keeps: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By their texts: the same few for ever.
    places: HashMap<String, Arc<Place>>,
    origins: Vec<Arc<Origin>>,
    /// There from the first connection on; when it is dropped the sweeper ends.
    sweeping: Option<oneshot::Sender<Infallible>>,
}

impl Pool {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, keeps: true, state: Mutex::default() }
    }

    /// One that keeps nothing, and notes how connections came about.
    pub(super) fn unkept(&self, noting: &Noting) -> Self {
        Self { connector: self.connector.noting(noting), keeps: false, state: Mutex::default() }
    }

    /// Makes new connections as these settings of single servers say.
    pub(super) fn believe<'a>(
        &self,
        servers: impl IntoIterator<Item = (&'a str, &'a ClientTls)>,
    ) -> Result<(), WireError> {
        let parted = |(address, tls)| Ok((Address::try_new(address)?.origin().clone(), tls));
        let own = servers.into_iter().filter(|(_, tls)| !tls.is_usual());
        let servers: Vec<_> = own.map(parted).collect::<Result<_, WireError>>()?;
        self.connector.trust().set(servers).map_err(WireError::Trust)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of an address.
    ///
    /// # Errors
    /// [`WireError::Address`] where it is none.
    pub(super) fn place(&self, address: &str) -> Result<Arc<Place>, WireError> {
        let mut state = self.state();
        if let Some(place) = state.places.get(address) {
            return Ok(Arc::clone(place));
        }
        let parted = Address::try_new(address)?;
        if state.places.len() >= MOST_ADDRESSES {
            state.places.clear();
        }
        let origin = state.origin(&parted, self.keeps);
        let place = Arc::new(Place { address: parted, origin });
        state.places.insert(address.to_owned(), Arc::clone(&place));
        Ok(place)
    }

    /// A new connection.
    ///
    /// # Errors
    /// [`WireError::Connect`].
    pub(super) async fn connect(
        self: &Arc<Self>,
        origin: &Origin,
    ) -> Result<Connection, WireError> {
        let connection = origin.connect(self.connector.clone()).await;
        if !self.keeps {
            return connection.map_err(WireError::Connect);
        }
        if let none @ None = &mut self.state().sweeping {
            let (sweeping, ended) = oneshot::channel();
            *none = Some(sweeping);
            in_background(sweep(Arc::downgrade(self), ended));
        }
        connection.map_err(WireError::Connect)
    }

    fn sweep(&self) {
        self.state().origins.iter().for_each(|origin| origin.sweep());
    }
}

impl State {
    fn origin(&mut self, address: &Address, keeps: bool) -> Arc<Origin> {
        // Of those that no address leads to any more, nothing is kept for ever.
        self.origins.retain(|origin| Arc::strong_count(origin) > 1 || !origin.is_empty());
        let known = self.origins.iter().find(|origin| origin.uri() == address.origin());
        if let Some(origin) = known {
            return Arc::clone(origin);
        }
        let origin = Arc::new(Origin::new(address.origin().clone(), keeps));
        self.origins.push(Arc::clone(&origin));
        origin
    }
}

/// Sweeps as long as anybody could use what is swept; by the network's time, which is the system's.
async fn sweep(pool: Weak<Pool>, mut ended: oneshot::Receiver<Infallible>) {
    let every: Duration = KEPT_IDLE / 2;
    loop {
        tokio::select! {
            _ = &mut ended => return,
            () = TokioTimer::new().sleep(every) => {}
        }
        match pool.upgrade() {
            Some(pool) => pool.sweep(),
            None => return,
        }
    }
}

/// Connections outlive the requests that they were made for, and end with the runtime.
pub(super) fn in_background(work: impl Future<Output = ()> + Send + 'static) {
    TokioExecutor::new().execute(work);
}
