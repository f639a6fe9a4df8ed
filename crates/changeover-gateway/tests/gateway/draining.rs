//! Going down in order: nobody who was let in is cut off, and nobody is let in who would be.

use std::time::Duration;

use changeover_gateway::{DrainSettings, GatewaySettings};
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::vendor::Behaviour;
use crate::support::{Bench, streamed_text};

/// Half an hour of scenario: longer than any test.
const LONG: Duration = Duration::from_secs(1_800);

fn draining(drain: DrainSettings) -> impl FnOnce(&mut GatewaySettings) {
    move |settings| {
        settings.drain = drain;
        settings.limits.stall = LONG;
        settings.limits.stream = LONG;
    }
}

async fn readiness(bench: &Bench, admin_url: &str) -> u16 {
    let answer = bench.http.request(Method::GET, format!("{admin_url}/readyz")).send().await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

async fn refuses_connections(bench: &Bench, address: std::net::SocketAddr) {
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            bench.clock.sleep(Duration::from_millis(200)).await;
        }
    };
    assert!(bench.clock.timeout(LONG, refused).await.is_ok(), "no new connections are taken");
}

#[tokio::test]
async fn readiness_goes_first_then_new_connections_then_streams_end_in_peace() {
    let notice = Duration::from_secs(40);
    let mut bench = Bench::start_with(draining(DrainSettings { notice, grace: LONG })).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let stream = bench.chat("chat", true).await;
    bench.a.behave(Behaviour::Answer);
    let (address, admin_url) = (bench.address(), bench.gateway().admin_url());
    let data_url = bench.gateway().base_url();
    assert_eq!(readiness(&bench, &admin_url).await, 200);
    let gateway = bench.take_gateway();
    let down = gateway.shutdown();
    let watching = async {
        while readiness(&bench, &admin_url).await != 503 {
            bench.clock.sleep(Duration::from_millis(200)).await;
        }
        // In the time of notice whoever has not noticed is served like before.
        let served = bench.http.get(format!("{data_url}/v1/models")).send().await.unwrap();
        assert_eq!(served.status(), 200);
        refuses_connections(&bench, address).await;
        assert_eq!(readiness(&bench, &admin_url).await, 503, "consoles still see it");
        bench.a.release();
        streamed_text(&stream.text().await.unwrap()).0
    };
    let (text, ()) = tokio::join!(watching, down);
    assert_eq!(text, "from a", "the stream came to its end");
    assert_eq!(readiness(&bench, &admin_url).await, 0, "then it is gone");
}

#[tokio::test]
async fn a_kept_connection_is_closed_after_its_answer_and_an_idle_one_at_once() {
    let drain = DrainSettings { notice: Duration::ZERO, grace: LONG };
    let mut bench = Bench::start_with(draining(drain)).await;
    let models = b"GET /v1/models HTTP/1.1\r\nhost: g\r\n\r\n";
    let mut idle = TcpStream::connect(bench.address()).await.unwrap();
    idle.write_all(models).await.unwrap();
    let mut answer = [0; 4_096];
    assert!(idle.read(&mut answer).await.unwrap() > 0);
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let mut busy = TcpStream::connect(bench.address()).await.unwrap();
    let body = r#"{"model":"chat","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    busy.write_all(request.as_bytes()).await.unwrap();
    assert!(busy.read(&mut answer).await.unwrap() > 0, "the stream has begun");
    let down = bench.take_gateway().shutdown();
    let watching = async {
        assert_eq!(idle.read(&mut answer).await.unwrap(), 0, "closed, while the other goes on");
        bench.a.release();
        let mut rest = String::new();
        busy.read_to_string(&mut rest).await.unwrap();
        rest
    };
    let (rest, ()) = tokio::join!(watching, down);
    assert!(rest.contains("[DONE]"), "the stream came to its end: {rest}");
}

#[tokio::test]
async fn what_outlives_the_grace_is_cut_off() {
    let drain = DrainSettings { notice: Duration::ZERO, grace: Duration::from_secs(1) };
    let mut bench = Bench::start_with(draining(drain)).await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let stream = bench.chat("chat", true).await;
    let gateway = bench.take_gateway();
    let down = bench.clock.timeout(LONG, gateway.shutdown()).await;
    assert!(down.is_ok(), "it does not wait for ever");
    let cut = stream.text().await;
    assert!(cut.is_err() || !cut.unwrap().contains("[DONE]"), "and says no end that was none");
}
