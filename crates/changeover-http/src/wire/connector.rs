//! How a connection is made: directly or through the proxy that the environment names, then TLS.
//!
//! Every proxied connection is a tunnel, also where no TLS follows: a proxy has no business in what
//! is said to a model.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::phases::Noting;
use super::trust::Trust;
use crate::Names;

/// After so long without a word the other side's system is asked whether it is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

pub(super) type Failed = Box<dyn Error + Send + Sync>;

type Tcp = TokioIo<TcpStream>;

/// A connection's two directions, under TLS or not.
pub(super) type Stream = MaybeHttpsStream<Tcp>;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send>>;

/// Connects, and speaks TLS where the address asks for it.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    trust: Trust,
    route: Route,
    noting: Option<Noting>,
}

impl Connector {
    pub(super) fn new(connect_timeout: Duration, names: Names) -> Result<Self, Failed> {
        let resolver = Resolver { system: GaiResolver::new(), names: names.clone(), noting: None };
        let proxies = Arc::new(Matcher::from_env());
        let tcp = tcp(connect_timeout, resolver.clone());
        let route = Route { tcp, proxies, names, connect_timeout, resolver, noting: None };
        Ok(Self { trust: Trust::of_the_system()?, route, noting: None })
    }

    /// The same, which notes what each phase takes.
    pub(super) fn noting(&self, noting: &Noting) -> Self {
        let noting = Some(noting.clone());
        let resolver = Resolver { noting: noting.clone(), ..self.route.resolver.clone() };
        let tcp = tcp(self.route.connect_timeout, resolver.clone());
        let route = Route { tcp, resolver, noting: noting.clone(), ..self.route.clone() };
        Self { trust: self.trust.clone(), route, noting }
    }

    /// What is believed of whom.
    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Failed;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let tls = self.trust.of(&to);
        let connecting = HttpsConnector::from((self.route.clone(), tls)).call(to);
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

fn tcp(connect_timeout: Duration, resolver: Resolver) -> HttpConnector<Resolver> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    // Small pieces of a request must not wait for an acknowledgement.
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_connect_timeout(Some(connect_timeout));
    tcp
}

/// The book of names, then the system's resolver; and what it took.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    system: GaiResolver,
    names: Names,
    noting: Option<Noting>,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = match self.names.look_up(name.as_str()) {
            // The port is the address's own.
            Some(found) => Err(found.map(|address| vec![SocketAddr::new(address, 0)])),
            None => Ok(self.system.call(name)),
        };
        let noting = self.noting.clone();
        Box::pin(async move {
            let addresses = match resolving {
                Ok(resolving) => resolving.await?.collect(),
                Err(known) => known?,
            };
            if let Some(noting) = noting {
                noting.resolved();
            }
            Ok(addresses.into_iter())
        })
    }
}

/// The way to a host: straight, or through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Route {
    tcp: HttpConnector<Resolver>,
    proxies: Arc<Matcher>,
    names: Names,
    connect_timeout: Duration,
    resolver: Resolver,
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

/// The environment names a proxy that is not spoken to.
#[derive(Debug, thiserror::Error)]
#[error(
    "tunnel connection failed: the proxy that HTTPS_PROXY or its like names is not an http:// one, and \
     no other kind is spoken to"
)]
struct UnusableProxy;

impl Route {
    fn connecting(&mut self, to: Uri) -> Connecting<Tcp> {
        let is_here = to.host().is_some_and(|host| self.names.owns(host));
        let Some(proxy) = self.proxies.intercept(&to).filter(|_| !is_here) else {
            let connecting = self.tcp.call(to);
            return Box::pin(async move { connecting.await.map_err(Into::into) });
        };
        // The tunnel is asked for in clear: a proxy under TLS, or one of another kind, would be told the
        // password over the open net.
        if proxy.uri().scheme() != Some(&Scheme::HTTP) {
            return Box::pin(std::future::ready(Err(UnusableProxy.into())));
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let connecting = tunnel.call(to);
        Box::pin(async move { connecting.await.map_err(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_proxy_that_would_have_to_be_spoken_to_under_tls_hears_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut connector = Connector::new(Duration::from_secs(5), Names::default()).unwrap();
        for scheme in ["https", "socks5"] {
            let proxy = format!("{scheme}://user:password@127.0.0.1:{port}");
            connector.route.proxies = Arc::new(Matcher::builder().all(proxy).build());
            let called = connector.route.call(Uri::from_static("https://a.example/")).await;
            let told = called.expect_err("it is refused").to_string();
            assert!(told.contains("not an http:// one") && !told.contains("password"), "{told}");
        }
        assert!(listener.accept().now_or_never().is_none(), "nobody came");
    }
}
