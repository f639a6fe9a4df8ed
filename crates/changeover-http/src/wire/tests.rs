//! Against an in-process server.

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap as Headers;
use axum::routing::post;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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
    let answer = client().post(&url, Vec::new(), body).await.unwrap();
    assert!(taken.get());
    let text = read_capped_body(answer.body, 100).await.unwrap();
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
        let answer = client().post(&url, Vec::new(), body).await.unwrap();
        match (read_capped_body(answer.body, limit).await, read) {
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
        let answer = client.post(&url, Vec::new(), body).await.unwrap();
        peers.push(answer.body.collect().await.unwrap().to_bytes());
    }
    assert_eq!(peers[0], peers[1]);
}

#[tokio::test]
async fn an_unkept_connection_is_made_anew_and_its_phases_are_noted() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = |axum::extract::ConnectInfo(peer): axum::extract::ConnectInfo<
        std::net::SocketAddr,
    >| async move { peer.to_string() };
    let service = Router::new()
        .route("/", axum::routing::get(peer))
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, service).await });
    // A watch that shows one millisecond more at each look.
    let looks = std::sync::atomic::AtomicU64::new(0);
    let next = move || looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let noting = Noting::new(move || Duration::from_millis(next()));
    let client = client().unkept(&noting);
    let mut peers = Vec::new();
    for host in ["localhost", "127.0.0.1"] {
        let answer = client.get(&format!("http://{host}:{port}/")).await.unwrap();
        peers.push(answer.body.collect().await.unwrap().to_bytes());
        let ConnectPhases { resolve, connect, tls } = noting.phases();
        assert_eq!(resolve.is_some(), host == "localhost", "a number needs no looking up");
        assert_eq!((connect, tls), (Some(Duration::from_millis(1)), None), "{host}");
    }
    assert_ne!(peers[0], peers[1], "each request has a connection of its own");
}

#[tokio::test]
async fn a_phase_that_did_not_end_has_no_figure() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // It takes the connection and hangs up in the middle of the handshake.
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let noting = Noting::new(|| Duration::ZERO);
    let client = client().unkept(&noting);
    let error = client.get(&format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(error, WireError::Connect(_)), "{error:?}");
    assert_eq!((noting.phases().connect, noting.phases().tls), (Some(Duration::ZERO), None));
}

#[tokio::test]
async fn a_closed_port_is_a_failure_to_connect_and_its_cause_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let body = Outgoing::new(Bytes::new());
    let taken = body.taken();
    let error = client().post(&url, Vec::new(), body).await.unwrap_err();
    assert!(matches!(error, WireError::Connect(_)), "{error:?}");
    assert!(crate::error_chain(&error).contains("refused"), "{error:?}");
    assert!(!taken.get());
    let none = client().post("no address", Vec::new(), Outgoing::new(Bytes::new())).await;
    assert!(matches!(none, Err(WireError::Address(_))));
}

/// Answers each of these connections so often, and closes it then.
async fn closing_after(answers: usize) -> (String, tokio::sync::mpsc::UnboundedReceiver<usize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, closed) = tokio::sync::mpsc::unbounded_channel();
    let serving = async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            for _ in 0..answers {
                let mut request = [0; 4_096];
                let read = stream.read(&mut request).await.unwrap();
                assert!(read > 0, "a request on connection {number}");
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            drop(stream);
            told.send(number).unwrap();
        }
    };
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(serving);
    (url, closed)
}

async fn asked(client: &WireClient, url: &str) -> Bytes {
    let body = Outgoing::new(Bytes::from_static(b"x"));
    let answer = client.post(url, Vec::new(), body).await.unwrap();
    read_capped_body(answer.body, 100).await.unwrap()
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_costs_nothing_but_a_new_one() {
    let (url, mut closed) = closing_after(2).await;
    let client = client();
    assert_eq!(asked(&client, &url).await, "0");
    assert_eq!(asked(&client, &url).await, "0", "it is used again");
    assert_eq!(closed.recv().await, Some(0));
    assert_eq!(asked(&client, &url).await, "1", "nothing was sent where nobody listens");
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each_and_share_them_later() {
    let gate = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let peer = |axum::extract::ConnectInfo(peer): axum::extract::ConnectInfo<
        std::net::SocketAddr,
    >| async move {
        gate.wait().await;
        peer.to_string()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new()
        .route("/", post(peer))
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, service).await });
    let client = client();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let (one, other) = tokio::join!(asked(&client, &url), asked(&client, &url));
        assert_ne!(one, other);
        seen.extend([one, other]);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_to_its_end_takes_its_connection_along() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client();
    let asking = async {
        let body = Outgoing::new(Bytes::from_static(b"x"));
        let mut answer = client.post(&url, Vec::new(), body).await.unwrap().body;
        let piece = answer.frame().await.unwrap().unwrap();
        assert_eq!(piece.into_data().unwrap(), "some", "and there is more to come");
    };
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4_096]).await.unwrap() > 0);
        let begun = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n";
        stream.write_all(begun).await.unwrap();
        stream.read(&mut [0; 4_096]).await
    };
    let (rest, ()) = tokio::join!(answering, asking);
    assert!(matches!(rest, Ok(0) | Err(_)), "it is closed, and not kept for another request");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_uses_is_let_go() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client();
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4_096]).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1").await.unwrap();
        stream.read(&mut [0; 4_096]).await
    };
    let (end, answer) = tokio::join!(answering, asked(&client, &url));
    assert_eq!((end.unwrap(), answer.as_ref()), (0, b"1".as_slice()));
}
