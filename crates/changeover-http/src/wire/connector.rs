//! How a connection is made: directly or through the proxy that the environment names, then TLS.
//!
//! Every proxied connection is a tunnel, also where no TLS follows: a proxy has no business in what
//! is said to a model.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// After so long without a word the other side's system is asked whether it is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

pub(super) type Failed = Box<dyn Error + Send + Sync>;

/// A connection's two directions, under TLS or not.
pub(super) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Connects, and speaks TLS where the address asks for it; over TLS, HTTP/2 where the other side
/// offers it.
pub(super) type Connector = HttpsConnector<Route>;

pub(super) fn new(connect_timeout: Duration) -> Result<Connector, Failed> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    // Small pieces of a request must not wait for an acknowledgement.
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_connect_timeout(Some(connect_timeout));
    let route = Route { tcp, proxies: Arc::new(Matcher::from_env()) };
    Ok(HttpsConnectorBuilder::new()
        .try_with_platform_verifier()?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(route))
}

/// The way to a host: straight, or through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Route {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
}

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failed>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.intercept(&to) else {
            let connecting = self.tcp.call(to);
            return Box::pin(async move { connecting.await.map_err(Into::into) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let connecting = tunnel.call(to);
        Box::pin(async move { connecting.await.map_err(Into::into) })
    }
}
