//! What is believed and shown in a handshake: the system's authorities, but for servers that have
//! settings of their own.
//!
//! Looked at when a connection is made; one that stands stays.

use std::sync::{Arc, PoisonError, RwLock};

use hyper::Uri;
use hyper::http::uri::Scheme;
use hyper_rustls::ConfigBuilderExt as _;
use tokio_rustls::rustls::ClientConfig;

use super::connector::Failed;
use crate::ClientTls;

/// By server. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    usual: Arc<ClientConfig>,
    own: Arc<RwLock<Vec<Own>>>,
}

/// A server that has settings of its own.
type Own = (Server, Arc<ClientConfig>);

/// A host and a port, as a handshake is made with them.
#[derive(Debug, PartialEq, Eq)]
struct Server(String, u16);

impl Server {
    /// `None` where the address is not one of TLS.
    fn of(uri: &Uri) -> Option<Self> {
        let host = uri.host().filter(|_| uri.scheme() == Some(&Scheme::HTTPS))?;
        Some(Self(host.to_ascii_lowercase(), uri.port_u16().unwrap_or(443)))
    }
}

impl Trust {
    /// The system's authorities for everybody.
    pub(super) fn of_the_system() -> Result<Self, Failed> {
        let usual = ClientConfig::builder().try_with_platform_verifier()?.with_no_client_auth();
        Ok(Self { usual: with_protocols(usual), own: Arc::default() })
    }

    /// Replaces the settings of single servers; those that are not named have none any more.
    pub(super) fn set<'a>(
        &self,
        servers: impl IntoIterator<Item = (Uri, &'a ClientTls)>,
    ) -> Result<(), Failed> {
        let mut own = Vec::new();
        for (uri, tls) in servers {
            if let Some(server) = Server::of(&uri) {
                own.push((server, with_protocols(tls.config()?)));
            }
        }
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = own;
        Ok(())
    }

    /// What holds for a server.
    pub(super) fn of(&self, uri: &Uri) -> Arc<ClientConfig> {
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
        let named = || {
            let server = Server::of(uri)?;
            own.iter().find(|(known, _)| *known == server).map(|(_, config)| Arc::clone(config))
        };
        if own.is_empty() {
            return Arc::clone(&self.usual);
        }
        named().unwrap_or_else(|| Arc::clone(&self.usual))
    }
}

/// Over TLS, HTTP/2 where the other side offers it.
fn with_protocols(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

#[cfg(test)]
mod tests;
