//! The client for what applications wait for: one request out, one answer in, and nothing between.
//!
//! The same TLS, the same limits on connecting and the same proxies by environment as the other
//! client, but without what a request to a model's vendor never uses and yet pays for each time:
//! redirects, decompression, retries, addresses taken apart and put together again. Not for
//! whatever may be redirected or compressed; for that there is [`crate::client`].
//!
//! The rule it keeps: a request is sent once, or not at all where a kept connection turns out to be
//! closed before anything of it went out.

mod address;
mod answer;
mod connector;
mod exchange;
mod http1;
mod origin;
mod outgoing;
mod phases;
mod pool;
mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::header::{ACCEPT, HeaderValue, InvalidHeaderValue, USER_AGENT};
use hyper::{Method, http};

use crate::{CONNECT_TIMEOUT, ClientTls, Names, user_agent};
use connector::{Connector, Failed};
use pool::Pool;

use exchange::NoAnswer;
use outgoing::Ask;

pub use answer::{Answer, Headers};
pub use exchange::Answering;
pub use http1::{BadChunk, BadHead, Broken};
pub use outgoing::{Header, Outgoing, Taken};
pub use phases::{ConnectPhases, Noting};

/// How often a kept HTTP/2 connection is asked whether it lives, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_WAIT: Duration = Duration::from_secs(5);

/// What can go wrong with a request, its answer's head or its answer's body.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("the certificates that this machine trusts could not be loaded")]
    Trust(#[source] Failed),
    #[error("the client's own name is no header")]
    Name(#[source] InvalidHeaderValue),
    #[error("the address is none")]
    Address(#[source] Option<http::Error>),
    #[error("no connection could be made")]
    Connect(#[source] Failed),
    #[error("the connection broke off before the answer")]
    Exchange(#[source] Broken),
    #[error("the answer broke off")]
    Body(#[source] Broken),
    #[error("the answer is larger than {limit} bytes and was not read on")]
    TooLarge { limit: usize },
}

impl WireError {
    fn address(error: impl Into<http::Error>) -> Self {
        Self::Address(Some(error.into()))
    }

    /// The address does not say whom it is to.
    fn no_host() -> Self {
        Self::Address(None)
    }
}

/// The client. Make one per purpose and clone it: clones share the connections.
#[derive(Clone)]
pub struct WireClient(Arc<Client>);

struct Client {
    pool: Arc<Pool>,
    user_agent: HeaderValue,
}

impl fmt::Debug for WireClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WireClient").field(&self.0.user_agent).finish()
    }
}

impl WireClient {
    /// Builds a client; `purpose` is named in `User-Agent`, after the product.
    ///
    /// # Errors
    /// [`WireError::Trust`] when the TLS roots of the system cannot be loaded.
    pub fn new(purpose: &str) -> Result<Self, WireError> {
        Self::over(purpose, CONNECT_TIMEOUT, Names::default())
    }

    /// As [`Self::new`], with hosts looked up in a book of names before the system is asked.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_names(purpose: &str, names: &Names) -> Result<Self, WireError> {
        Self::over(purpose, CONNECT_TIMEOUT, names.clone())
    }

    /// As [`Self::new`], with another limit on connecting, of the system's time.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_connect_timeout(purpose: &str, limit: Duration) -> Result<Self, WireError> {
        Self::over(purpose, limit, Names::default())
    }

    fn over(purpose: &str, limit: Duration, names: Names) -> Result<Self, WireError> {
        let connector = Connector::new(limit, names).map_err(WireError::Trust)?;
        let user_agent = HeaderValue::try_from(user_agent(purpose)).map_err(WireError::Name)?;
        Ok(Self(Arc::new(Client { pool: Arc::new(Pool::new(connector)), user_agent })))
    }

    /// Makes connections to these servers, each named by an address of its own, with these settings
    /// of TLS, in the place of all that were given before; usual ones are none. Connections that stand
    /// stay.
    ///
    /// # Errors
    /// [`WireError::Address`], or [`WireError::Trust`] when the TLS roots of the system cannot be
    /// loaded; everything stays as it was then.
    pub fn believe<'a>(
        &self,
        servers: impl IntoIterator<Item = (&'a str, &'a ClientTls)>,
    ) -> Result<(), WireError> {
        self.0.pool.believe(servers)
    }

    /// The same client, which makes a connection of its own for each request, keeps none, and notes
    /// what the phases of the last one took.
    #[must_use]
    pub fn unkept(&self, noting: &Noting) -> Self {
        let pool = Arc::new(self.0.pool.unkept(noting));
        Self(Arc::new(Client { pool, user_agent: self.0.user_agent.clone() }))
    }

    /// Posts `body` to `address`; resolves when the answer's head has come. Whether a
    /// connection has taken it by then, [`Outgoing::taken`] tells.
    ///
    /// # Errors
    /// [`WireError`] before or instead of an answer.
    pub async fn post(
        &self,
        address: &str,
        headers: Vec<Header>,
        body: Outgoing,
    ) -> Result<Answer, WireError> {
        self.send(address, Method::POST, headers, body).await
    }

    /// Asks for what is at `address`; resolves when the answer's head has come.
    ///
    /// # Errors
    /// [`WireError`] before or instead of an answer.
    pub async fn get(&self, address: &str) -> Result<Answer, WireError> {
        let nothing = Outgoing::new(Bytes::new());
        self.send(address, Method::GET, Vec::with_capacity(2), nothing).await
    }

    async fn send(
        &self,
        address: &str,
        method: Method,
        mut headers: Vec<Header>,
        body: Outgoing,
    ) -> Result<Answer, WireError> {
        headers.push((ACCEPT, HeaderValue::from_static("*/*")));
        headers.push((USER_AGENT, self.0.user_agent.clone()));
        let mut ask = Ask { method, headers, body };
        let place = self.0.pool.place(address)?;
        loop {
            let kept = place.origin.take();
            let is_new = kept.is_none();
            let connection = match kept {
                Some(kept) => kept,
                // Boxed: a handshake takes much room, and is rare.
                None => Box::pin(self.0.pool.connect(&place.origin)).await?,
            };
            match connection.send(&place.address, ask, &place.origin).await {
                Ok(answer) => return Ok(answer),
                // It was closed while nobody used it.
                Err(NoAnswer::NotSent(unsent, _)) if !is_new => ask = *unsent,
                Err(NoAnswer::NotSent(_, broken) | NoAnswer::Broken(broken)) => {
                    return Err(WireError::Exchange(broken));
                }
            }
        }
    }
}

/// Reads an answer's body up to `limit` bytes.
///
/// # Errors
/// [`WireError::TooLarge`] as soon as more arrives, [`WireError::Body`] when it breaks off.
pub async fn read_capped_body(mut body: Answering, limit: usize) -> Result<Bytes, WireError> {
    let mut whole = Bytes::new();
    let mut gathered: Option<BytesMut> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(WireError::Body)?.into_data() else { continue };
        let so_far = gathered.as_ref().map_or(whole.len(), BytesMut::len);
        if so_far + data.len() > limit {
            return Err(WireError::TooLarge { limit });
        }
        // Most answers come in one piece, which then need not be copied.
        match &mut gathered {
            Some(gathered) => gathered.extend_from_slice(&data),
            None if whole.is_empty() => whole = data,
            None => {
                let mut both = BytesMut::with_capacity(whole.len() + data.len());
                both.extend_from_slice(&whole);
                both.extend_from_slice(&data);
                gathered = Some(both);
            }
        }
    }
    Ok(gathered.map_or(whole, BytesMut::freeze))
}

#[cfg(test)]
mod tests;
