//! The only builder of HTTP clients, and how their answers are read: [`client`] for everything, and
//! [`wire`] for what applications wait for.
//!
//! One TLS stack, connection limits, no surprise redirects, and bodies that are read up to a cap:
//! what comes from the network is hostile until parsed. Time limits of whole requests are the
//! caller's, in the caller's [clock](https://docs.rs/tokio/latest/tokio/time/): a client here only
//! bounds the connection.

mod names;
mod secret;
mod tls;
pub mod wire;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;

pub use names::Names;
pub use secret::{Secret, redact};
pub use tls::{ClientTls, ClientTlsError};

/// How long a handshake on the real network may take, of the system's time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept that nobody uses.
const KEPT_IDLE: Duration = Duration::from_secs(60);

/// What differs between the clients of the product.
#[derive(Debug, Clone)]
pub struct ClientPolicy {
    /// Named in `User-Agent`, after the product.
    pub purpose: &'static str,
    /// The system's time, not the sandbox's: it bounds a handshake on the real network.
    pub connect_timeout: Duration,
    /// How many redirects are followed: only within the host and port that were asked, and never from
    /// a connection that is protected to one that is not.
    pub redirects_within_host: usize,
    pub tls: ClientTls,
}

impl Default for ClientPolicy {
    fn default() -> Self {
        Self {
            purpose: "console",
            connect_timeout: CONNECT_TIMEOUT,
            redirects_within_host: 0,
            tls: ClientTls::default(),
        }
    }
}

/// What can go wrong before or while a body is read.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
    #[error("the answer broke off")]
    Body(#[source] reqwest::Error),
    #[error("the answer is larger than {limit} bytes and was not read on")]
    TooLarge { limit: usize },
}

/// Builds a client. Make one per purpose and clone it: it holds the connections.
///
/// # Errors
/// [`HttpError::Build`] when the TLS roots of the system cannot be loaded.
pub fn client(policy: &ClientPolicy) -> Result<reqwest::Client, HttpError> {
    let allowed = policy.redirects_within_host;
    let redirects = reqwest::redirect::Policy::custom(move |attempt| {
        let is_near = attempt.previous().iter().all(|from| stays(from, attempt.url()));
        if attempt.previous().len() <= allowed && is_near {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    #[expect(clippy::disallowed_methods, reason = "this is the one builder that the ban points to")]
    let builder = reqwest::Client::builder();
    policy
        .tls
        .apply(builder)
        .user_agent(user_agent(policy.purpose))
        .connect_timeout(policy.connect_timeout)
        .redirect(redirects)
        .tcp_nodelay(true)
        .pool_idle_timeout(KEPT_IDLE)
        .build()
        .map_err(HttpError::Build)
}

/// Whether a redirect leads to the same server, and no less protected. Another port of one host is
/// another server.
fn stays(from: &reqwest::Url, to: &reqwest::Url) -> bool {
    let same_host = from.host_str() == to.host_str();
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    let is_protected = from.scheme() == to.scheme() || to.scheme() == "https";
    same_host && same_port && is_protected
}

fn user_agent(purpose: &str) -> String {
    format!("changeover/{} ({purpose})", env!("CARGO_PKG_VERSION"))
}

/// Reads a body up to `limit` bytes.
///
/// # Errors
/// [`HttpError::TooLarge`] as soon as more arrives, [`HttpError::Body`] when it breaks off.
pub async fn read_capped(response: reqwest::Response, limit: usize) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(HttpError::Body)?;
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// An error and its causes in one line. `reqwest` shows only the outermost by itself.
#[must_use]
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    redact(&text)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_body_over_the_cap_is_refused_and_not_read_on() {
        let url = serve(Router::new().route("/", get(|| async { "x".repeat(5_000) }))).await;
        let client = client(&ClientPolicy::default()).unwrap();
        let refused = read_capped(client.get(&url).send().await.unwrap(), 4_999).await;
        assert!(matches!(refused, Err(HttpError::TooLarge { limit: 4_999 })));
        let read = read_capped(client.get(&url).send().await.unwrap(), 5_000).await;
        assert_eq!(read.unwrap().len(), 5_000);
    }

    async fn following(redirects: usize, url: &str) -> reqwest::Response {
        let policy = ClientPolicy { redirects_within_host: redirects, ..ClientPolicy::default() };
        client(&policy).unwrap().get(url).send().await.unwrap()
    }

    #[tokio::test]
    async fn a_redirect_to_another_host_or_another_port_is_not_followed() {
        let neighbour = serve(Router::new().route("/", get(|| async { "next door" }))).await;
        let url = serve(
            Router::new()
                .route("/away", get(|| async { Redirect::temporary("http://localhost:1/") }))
                .route("/port", get(async move || Redirect::temporary(&neighbour)))
                .route("/near", get(|| async { Redirect::temporary("/here") }))
                .route("/here", get(|| async { "here" })),
        )
        .await;
        for path in ["away", "port"] {
            let answer = following(2, &format!("{url}/{path}")).await;
            assert_eq!(answer.status(), 307, "the redirect itself is the answer: {path}");
        }
        let near = following(2, &format!("{url}/near")).await;
        assert_eq!(near.text().await.unwrap(), "here");
    }

    #[tokio::test]
    async fn redirects_are_followed_so_often_and_no_more() {
        let mut router = Router::new().route("/0", get(|| async { "the end" }));
        for hop in 1_u32..=4 {
            let to = format!("/{}", hop - 1);
            router = router.route(&format!("/{hop}"), get(async move || Redirect::temporary(&to)));
        }
        let url = serve(router).await;
        let third = following(3, &format!("{url}/3")).await;
        assert_eq!(third.text().await.unwrap(), "the end");
        let fourth = following(3, &format!("{url}/4")).await;
        assert_eq!((fourth.status().as_u16(), fourth.url().path()), (307, "/1"));
        assert_eq!(following(0, &format!("{url}/1")).await.status(), 307, "none by default");
    }

    #[test]
    fn a_redirect_stays_at_its_server_and_is_no_less_protected() {
        let stays = |from: &str, to: &str| stays(&from.parse().unwrap(), &to.parse().unwrap());
        assert!(stays("https://s.test/a", "https://s.test:443/b"), "the port that is meant");
        assert!(stays("http://s.test:81/", "https://s.test:81/"));
        assert!(!stays("https://s.test:81/", "http://s.test:81/"), "never less protected");
        assert!(!stays("https://s.test/", "http://s.test/"));
        assert!(!stays("https://s.test/", "https://s.test:8443/"), "another port");
        assert!(!stays("https://s.test/", "https://s.test.evil.test/"));
    }
}
