//! The watchers of several pages on a network that can be lost: real sockets, a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::StatusPlatform;
use changeover_domain::{ComponentState, SourceState, UnixMs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::engine::Engine;
use crate::setup::{Setup, StatusPage};
use crate::start::Beginning;

const START: UnixMs = UnixMs(1_795_185_000_000);
/// So that ten seconds are one, and no socket is too slow for fifteen.
const SPEED: f64 = 10.0;
const CALM: &str = r#"{"page":{"id":"p"},"status":{"indicator":"none"},"components":[{"id":"c","name":"API","status":"operational"}],"incidents":[],"scheduled_maintenances":[]}"#;

/// What the pages' servers share.
#[derive(Clone, Default)]
struct Network {
    is_gone: Arc<AtomicBool>,
    /// Requests that are being answered, and the most that ever were at once.
    answering: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
}

impl Network {
    /// A server of pages; gives its address.
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let network = self.clone();
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(network.clone().answer(stream));
            }
        });
        url
    }

    /// One request on one connection; nothing at all while the network is gone.
    async fn answer(self, mut stream: tokio::net::TcpStream) {
        if self.is_gone.load(Ordering::Relaxed) {
            return;
        }
        let mut request = [0; 4_096];
        if stream.read(&mut request).await.unwrap_or_default() == 0 {
            return;
        }
        let now = self.answering.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        // Long enough that another one would come meanwhile.
        Clock::system().sleep(Duration::from_millis(100)).await;
        let length = CALM.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        self.answering.fetch_sub(1, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
        stream.write_all(format!("{head}{CALM}").as_bytes()).await.ok();
    }
}

fn page(id: &str, url: &str, interval_s: u64) -> StatusPage {
    StatusPage {
        id: id.parse().unwrap(),
        provider: id.parse().unwrap(),
        platform: StatusPlatform::Statuspage,
        url: format!("{url}/{id}.json"),
        fallback: None,
        interval: Duration::from_secs(interval_s),
        flaps: false,
        components: Vec::new(),
        known_models: Vec::new(),
        models: Vec::new(),
    }
}

async fn console(dir: &std::path::Path, pages: Vec<StatusPage>) -> Engine {
    let store = changeover_store::open(dir).await.unwrap();
    let setup = Setup { operator: "mk".to_owned(), pages, ..Setup::default() };
    let beginning = Beginning { clock: Clock::scaled(START, SPEED), sandbox: None, setup };
    Engine::begin(beginning, store, dir).await.unwrap()
}

fn sources(engine: &Engine) -> Vec<SourceState> {
    engine.state().observed.sources().cloned().collect()
}

/// Looks until it is so of all pages. Bounded, and generously: the machine is busy.
async fn until(engine: &Engine, what: &str, so: impl Fn(&SourceState) -> bool) {
    for _ in 0..1_200 {
        let sources = sources(engine);
        let condemned = sources.iter().find(|page| page.unreadable);
        assert_eq!(condemned, None, "no page is to blame for our own network");
        if sources.len() == engine.setup().pages.len() && sources.iter().all(&so) {
            return;
        }
        Clock::system().sleep(Duration::from_millis(50)).await;
    }
    panic!("never came: {what}: {:#?}", sources(engine));
}

async fn close(engine: Engine) {
    engine.shutdown().await;
    engine.close().await.unwrap();
}

#[tokio::test]
async fn no_page_is_blamed_for_our_own_network_and_all_are_read_as_soon_as_it_is_back() {
    let (dir, network) = (tempfile::tempdir().unwrap(), Network::default());
    let (near, far) = (network.serve().await, network.serve().await);
    // The rare one would not be looked at again within this test by itself.
    let engine =
        console(dir.path(), vec![page("often", &near, 10), page("rare", &far, 3_600)]).await;
    until(&engine, "both are read", |page| page.page == ComponentState::Operational).await;
    let gone_at = engine.clock().now();
    network.is_gone.store(true, Ordering::Relaxed);
    until(&engine, "both are known to be out of reach", |page| page.network_down).await;
    let often = |page: &SourceState| page.id.as_str() == "often";
    let is_unknown = |page: &SourceState| !often(page) || page.page == ComponentState::Unknown;
    until(&engine, "an old word is not believed for ever", is_unknown).await;
    for source in sources(&engine) {
        let read_at = source.last_good_at.unwrap();
        assert!(read_at <= gone_at.plus_millis(15_000), "its age is that of the last good look");
    }
    network.is_gone.store(false, Ordering::Relaxed);
    let is_back = |page: &SourceState| {
        !page.network_down && page.page == ComponentState::Operational && page.failures == 0
    };
    until(&engine, "both are read again, the rare one because the other was heard", is_back).await;
    close(engine).await;
}

#[tokio::test]
async fn two_pages_of_one_host_are_never_asked_at_once() {
    let (dir, network) = (tempfile::tempdir().unwrap(), Network::default());
    let url = network.serve().await;
    let pages = ["one", "two", "three"].map(|id| page(id, &url, 10));
    let engine = console(dir.path(), pages.into()).await;
    until(&engine, "all are read", |page| page.last_good_at.is_some()).await;
    assert!(network.answered.load(Ordering::Relaxed) >= 3);
    assert_eq!(network.most.load(Ordering::Relaxed), 1);
    close(engine).await;
}
