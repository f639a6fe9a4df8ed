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
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

use super::phases::Noting;

/// After so long without a word the other side's system is asked whether it is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

pub(super) type Failed = Box<dyn Error + Send + Sync>;

type Tcp = TokioIo<TcpStream>;

/// A connection's two directions, under TLS or not.
pub(super) type Stream = MaybeHttpsStream<Tcp>;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send>>;

/// Connects, and speaks TLS where the address asks for it; over TLS, HTTP/2 where the other side
/// offers it.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    https: HttpsConnector<Route>,
    tls: Arc<ClientConfig>,
    route: Route,
    noting: Option<Noting>,
}

impl Connector {
    pub(super) fn new(connect_timeout: Duration) -> Result<Self, Failed> {
        let mut tls = ClientConfig::builder().try_with_platform_verifier()?.with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let proxies = Arc::new(Matcher::from_env());
        let route =
            Route { tcp: tcp(connect_timeout, None), proxies, connect_timeout, noting: None };
        Ok(Self::over(route, Arc::new(tls), None))
    }

    /// The same, which notes what each phase takes.
    pub(super) fn noting(&self, noting: &Noting) -> Self {
        let timeout = self.route.connect_timeout;
        let route = Route {
            tcp: tcp(timeout, Some(noting.clone())),
            noting: Some(noting.clone()),
            ..self.route.clone()
        };
        Self::over(route, Arc::clone(&self.tls), Some(noting.clone()))
    }

    fn over(route: Route, tls: Arc<ClientConfig>, noting: Option<Noting>) -> Self {
        let https = HttpsConnector::from((route.clone(), Arc::clone(&tls)));
        Self { https, tls, route, noting }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Failed;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.https.call(to);
        let Some(noting) = self.noting.clone() else {
            return connecting;
        };
        Box::pin(async move {
            let stream = connecting.await?;
            if matches!(stream, MaybeHttpsStream::Https(_)) {
                noting.secured();
            }
            Ok(stream)
        })
    }
}

fn tcp(connect_timeout: Duration, noting: Option<Noting>) -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(Resolver { system: GaiResolver::new(), noting });
    tcp.enforce_http(false);
    // Small pieces of a request must not wait for an acknowledgement.
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp
}

/// The system's resolver, and what it took.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    system: GaiResolver,
    noting: Option<Noting>,
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<GaiAddrs>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.system.call(name);
        let noting = self.noting.clone();
        Box::pin(async move {
            let addresses = resolving.await?;
            if let Some(noting) = noting {
                noting.resolved();
            }
            Ok(addresses)
        })
    }
}

/// The way to a host: straight, or through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Route {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Matcher>,
    connect_timeout: Duration,
    noting: Option<Noting>,
}

impl Service<Uri> for Route {
    type Response = Tcp;
    type Error = Failed;
    type Future = Connecting<Tcp>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let noting = self.noting.clone();
        if let Some(noting) = &noting {
            noting.begin();
        }
        let connecting = self.connecting(to);
        Box::pin(async move {
            let stream = connecting.await?;
            if let Some(noting) = noting {
                noting.connected();
            }
            Ok(stream)
        })
    }
}

impl Route {
    fn connecting(&mut self, to: Uri) -> Connecting<Tcp> {
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
