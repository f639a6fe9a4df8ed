//! A door that speaks TLS: a [`GatedListener`] with certificates of the world's own authority.
//!
//! Not for real servers: the authority is made anew with each world, and its key never leaves it.
//! What is shown can change while the world runs; connections that stand keep what they were shown.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::serve::Listener;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::fault::Certificate;
use crate::gate::{GatedListener, GatedStream};

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("a certificate of the sandbox could not be issued")]
    Issue(#[from] rcgen::Error),
    #[error("a certificate of the sandbox cannot be shown")]
    Show(#[from] tokio_rustls::rustls::Error),
    #[error("a key of the sandbox is none")]
    Key(&'static str),
}

/// Who vouches for the world's vendors.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// Its own certificate, for whoever is to believe it.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    fn issue(&self, host: &str, expired: bool) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, host);
        if expired {
            (params.not_before, params.not_after) =
                (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(CertificateError::Key)?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Arc::new(config))
    }
}

/// What a vendor can show, and what it shows now.
pub(crate) struct Shown {
    good: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    other_host: Arc<ServerConfig>,
    unknown_issuer: Arc<ServerConfig>,
    now: watch::Sender<Arc<ServerConfig>>,
}

impl Shown {
    /// Everything that `host` can show.
    pub(crate) fn of(host: &str, authority: &Authority) -> Result<Self, CertificateError> {
        let good = authority.issue(host, false)?;
        Ok(Self {
            expired: authority.issue(host, true)?,
            other_host: authority.issue(&format!("elsewhere.{host}"), false)?,
            unknown_issuer: Authority::new("Somebody else")?.issue(host, false)?,
            now: watch::Sender::new(Arc::clone(&good)),
            good,
        })
    }

    /// Shows another one from now on.
    pub(crate) fn show(&self, certificate: Certificate) {
        let config = match certificate {
            Certificate::Good => &self.good,
            Certificate::Expired => &self.expired,
            Certificate::OtherHost => &self.other_host,
            Certificate::UnknownIssuer => &self.unknown_issuer,
        };
        self.now.send_replace(Arc::clone(config));
    }

    /// A listener that shows it.
    pub(crate) fn listen(&self, door: GatedListener) -> SecuredListener {
        SecuredListener { door, shown: self.now.subscribe(), handshakes: FuturesUnordered::new() }
    }
}

type Handshake =
    Pin<Box<dyn Future<Output = io::Result<(TlsStream<GatedStream>, SocketAddr)>> + Send>>;

/// Accepts connections and shakes hands with several at once.
pub(crate) struct SecuredListener {
    door: GatedListener,
    shown: watch::Receiver<Arc<ServerConfig>>,
    handshakes: FuturesUnordered<Handshake>,
}

impl Listener for SecuredListener {
    type Io = TlsStream<GatedStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            tokio::select! {
                (stream, peer) = self.door.accept() => {
                    let acceptor = TlsAcceptor::from(self.shown.borrow().clone());
                    self.handshakes.push(Box::pin(async move {
                        Ok((acceptor.accept(stream).await?, peer))
                    }));
                }
                Some(shaken) = self.handshakes.next() => match shaken {
                    Ok(accepted) => return accepted,
                    // Whoever does not believe the certificate hangs up: that is what it is for.
                    Err(error) => tracing::debug!(%error, "a handshake came to nothing"),
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.door.local_addr()
    }
}
