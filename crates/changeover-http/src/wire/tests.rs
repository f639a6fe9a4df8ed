//! Against an in-process server.

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap as Headers;
use axum::routing::post;
use http_body_util::BodyExt as _;

use super::*;

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn client() -> WireClient {
    WireClient::new("test").unwrap()
}

#[tokio::test]
async fn a_body_goes_out_whole_with_its_length_and_who_sent_it() {
    let seen = |headers: Headers, body: Bytes| async move {
        let of = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        format!("{} {} {}", of("content-length"), of("user-agent"), String::from_utf8_lossy(&body))
    };
    let url = serve(Router::new().route("/", post(seen))).await;
    let body = Outgoing::new(Bytes::from_static(b"four"));
    let taken = body.taken();
    assert!(!taken.get(), "nothing has been sent yet");
    let answer = client().post(&url, HeaderMap::new(), body).await.unwrap();
    assert!(taken.get());
    let text = read_capped_body(answer.into_body(), 100).await.unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(text, format!("4 changeover/{version} (test) four"));
}

#[tokio::test]
async fn an_answer_in_pieces_is_put_together_and_one_over_the_cap_is_not_read_on() {
    let pieces = || async {
        let pieces = ["one ", "two ", "three"].map(Ok::<_, std::convert::Infallible>);
        Body::from_stream(futures::stream::iter(pieces))
    };
    let url = serve(Router::new().route("/", post(pieces))).await;
    for (limit, read) in [(13, Some("one two three")), (12, None)] {
        let body = Outgoing::new(Bytes::new());
        let answer = client().post(&url, HeaderMap::new(), body).await.unwrap();
        match (read_capped_body(answer.into_body(), limit).await, read) {
            (Ok(text), Some(wanted)) => assert_eq!(text, wanted),
            (Err(WireError::TooLarge { limit: 12 }), None) => {}
            (other, _) => panic!("at {limit}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_was_read() {
    let peer = |axum::extract::ConnectInfo(peer): axum::extract::ConnectInfo<
        std::net::SocketAddr,
    >| async move { peer.to_string() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new()
        .route("/", post(peer))
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, service).await });
    let client = client();
    let mut peers = Vec::new();
    for _ in 0..2 {
        let body = Outgoing::new(Bytes::from_static(b"x"));
        let answer = client.post(&url, HeaderMap::new(), body).await.unwrap();
        peers.push(answer.into_body().collect().await.unwrap().to_bytes());
    }
    assert_eq!(peers[0], peers[1]);
}

#[tokio::test]
async fn a_closed_port_is_a_failure_to_connect_and_its_cause_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let body = Outgoing::new(Bytes::new());
    let taken = body.taken();
    let error = client().post(&url, HeaderMap::new(), body).await.unwrap_err();
    assert!(matches!(error, WireError::Connect(_)), "{error:?}");
    assert!(crate::error_chain(&error).contains("refused"), "{error:?}");
    assert!(!taken.get());
    let none = client().post("no address", HeaderMap::new(), Outgoing::new(Bytes::new())).await;
    assert!(matches!(none, Err(WireError::Address(_))));
}
