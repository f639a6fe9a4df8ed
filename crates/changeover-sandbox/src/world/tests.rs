//! The world over real sockets.

mod by_name;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::post;
use bytes::Bytes;
use changeover_config::ConfigSource;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::*;

const START: UnixMs = UnixMs(1_790_000_040_000);

async fn world(traffic: Vec<RouteTraffic>) -> (World, Clock) {
    let clock = Clock::scaled(START, 120.0);
    let settings = WorldSettings { seed: 7, traffic, ..WorldSettings::default() };
    (World::start(clock.clone(), settings).await.unwrap(), clock)
}

fn client() -> reqwest::Client {
    changeover_http::client(&ClientPolicy::default()).unwrap()
}

fn scenario(provider: &str, fault: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\ndescription = \"d\"\nseed = 3\nduration_s = 86400\n\
         [[faults]]\nprovider = \"{provider}\"\n{fault}\n"
    );
    Scenario::from_source(&ConfigSource::from_text(Path::new("own.toml"), &text)).unwrap()
}

fn base(world: &World, provider: &str) -> String {
    let providers = world.catalogue().providers;
    let access = providers.into_iter().find(|p| p.provider.id.as_str() == provider);
    access.unwrap().provider.base_url
}

/// A request to each vendor, in its own form.
fn requests(world: &World, client: &reqwest::Client, stream: bool) -> Vec<reqwest::RequestBuilder> {
    let messages = json!([{ "role": "user", "content": "Where is my order?" }]);
    let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    let gemini = format!("{}/v1beta/models/gemini-2.5-pro:{method}", base(world, "gemini"));
    vec![
        client
            .post(format!("{}/v1/messages", base(world, "anthropic")))
            .header("x-api-key", "sandbox-anthropic-key")
            .header("anthropic-version", "2023-06-01")
            .json(&json!({ "model": "claude-opus-4-5", "max_tokens": 60, "messages": messages, "stream": stream })),
        client
            .post(format!("{}/v1/chat/completions", base(world, "openai")))
            .header("authorization", "Bearer sandbox-openai-key")
            .json(&json!({ "model": "gpt-5", "messages": messages, "stream": stream })),
        client
            .post(gemini)
            .header("x-goog-api-key", "sandbox-gemini-key")
            .json(&json!({ "contents": [{ "role": "user", "parts": [{ "text": "Where is my order?" }] }] })),
    ]
}

/// Everything of an answer that crosses the wire.
async fn wire(request: reqwest::RequestBuilder) -> (u16, Vec<(String, String)>, Bytes) {
    let response = request.send().await.unwrap();
    let headers = response.headers().iter();
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value)));
    let (status, headers) = (response.status().as_u16(), headers.collect());
    (status, headers, response.bytes().await.unwrap())
}

async fn story(scenario: Option<&str>) -> Vec<(u16, Vec<(String, String)>, Bytes)> {
    let (world, _) = world(Vec::new()).await;
    if let Some(fault) = scenario {
        world.play(self::scenario("anthropic", fault), START);
    }
    let client = client();
    let mut answers = Vec::new();
    for round in 0..6 {
        for request in requests(&world, &client, round % 2 == 0) {
            answers.push(wire(request).await);
        }
    }
    world.shutdown().await;
    answers
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_to_the_byte() {
    let calm = story(None).await;
    assert!(calm.iter().all(|(status, ..)| *status == 200), "{calm:?}");
    assert_eq!(calm, story(None).await);
    let fault = "from_s = 0\nerrors = [{ status = 529, share = 0.5 }]";
    let faulty = story(Some(fault)).await;
    assert_eq!(faulty, story(Some(fault)).await);
    let failed = faulty.iter().filter(|(status, ..)| *status == 529).count();
    assert!((1..6).contains(&failed), "about half of Anthropic's six fail, not {failed}");
}

#[tokio::test]
async fn a_stream_arrives_over_the_clocks_time() {
    let (world, clock) = world(Vec::new()).await;
    clock.set_speed(5.0);
    let before = clock.moment();
    let request = requests(&world, &client(), true).swap_remove(0);
    let mut body = request.send().await.unwrap().bytes_stream();
    let mut chunks = 0;
    while let Some(chunk) = body.next().await {
        assert!(!chunk.unwrap().is_empty());
        chunks += 1;
    }
    assert!(chunks > 3, "it must not arrive at once");
    let took = clock.moment().since(before);
    assert!(took > Duration::from_millis(700), "as slow as the model by the clock: {took:?}");
}

#[tokio::test]
async fn refused_connections_are_really_refused_and_come_back() {
    let (world, clock) = world(Vec::new()).await;
    let client = client();
    let ask = || requests(&world, &client, false).swap_remove(0).send();
    assert_eq!(ask().await.unwrap().status(), 200);
    let now = clock.now();
    world.play(scenario("anthropic", "from_s = 30\nconnection_refused = true"), now);
    // The connection that is open breaks too, so that every try must connect anew.
    let refused = async {
        loop {
            if let Err(error) = ask().await
                && error.is_connect()
            {
                return changeover_http::error_chain(&error);
            }
        }
    };
    let refused = clock.timeout(Duration::from_secs(500), refused).await.unwrap();
    assert!(refused.to_lowercase().contains("refused"), "{refused}");
    let others = requests(&world, &client, false).swap_remove(1).send().await;
    assert_eq!(others.unwrap().status(), 200, "the other vendors are well");
    let page = client.get(&world.status_pages()[0].url).send().await;
    assert_eq!(page.unwrap().status(), 200, "the status page stands elsewhere");
    world.play(Scenario::builtin("calm").unwrap(), clock.now());
    let again = clock.timeout(Duration::from_secs(600), async {
        loop {
            if let Ok(response) = ask().await {
                return response.status();
            }
            clock.sleep(Duration::from_secs(1)).await;
        }
    });
    assert_eq!(again.await.unwrap(), 200);
}

#[tokio::test]
async fn a_hanging_vendor_accepts_and_never_answers() {
    let (world, clock) = world(Vec::new()).await;
    world.play(scenario("anthropic", "from_s = 0\nhang = 1.0"), START);
    let ask = requests(&world, &client(), true).swap_remove(0).send();
    let waited = clock.timeout(Duration::from_secs(60), ask).await;
    assert!(waited.is_err(), "nothing must come");
    // Shutting down does not wait for those who hang.
    world.shutdown().await;
}

#[tokio::test]
async fn a_stalled_stream_begins_and_falls_silent() {
    let (world, clock) = world(Vec::new()).await;
    world.play(
        scenario("anthropic", "from_s = 0\nstall = { share = 1.0, after_tokens = 3 }"),
        START,
    );
    let response = requests(&world, &client(), true).swap_remove(0).send().await.unwrap();
    let mut body = response.bytes_stream();
    let mut text = String::new();
    while let Ok(Some(chunk)) = clock.timeout(Duration::from_secs(60), body.next()).await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    assert_eq!(text.matches("event: content_block_delta").count(), 3);
    assert!(!text.contains("message_stop"));
}

#[tokio::test]
async fn the_catalogue_fits_together_and_its_pages_answer() {
    let (world, _) = world(Vec::new()).await;
    let catalogue = world.catalogue();
    for route in &catalogue.routes {
        for target in &route.targets {
            let target = catalogue.target(target).unwrap();
            assert!(catalogue.provider(&target.provider).unwrap().key.is_some());
        }
    }
    assert_eq!(world.status_pages().len(), 3, "one of each vendor, whatever documents it has");
    for page in world.status_pages() {
        let rss = page.fallback.replace(".atom", ".rss");
        for (url, expected) in [
            (&page.url, "application/json"),
            (&page.fallback, "application/atom+xml"),
            (&rss, "application/rss+xml"),
        ] {
            let response = client().get(url).send().await.unwrap();
            let tag = response.headers()["etag"].to_str().unwrap().to_owned();
            let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(kind.starts_with(expected), "{kind}");
            let again = client().get(url).header("if-none-match", tag).send().await.unwrap();
            assert_eq!(again.status(), 304);
        }
    }
}

#[tokio::test]
async fn what_is_played_is_told_until_it_ends() {
    let (world, clock) = world(Vec::new()).await;
    assert_eq!(world.playing(), None);
    let now = clock.now();
    world.play(Scenario::builtin("calm").unwrap(), now);
    let playing = world.playing().unwrap();
    assert_eq!((playing.scenario.as_str(), playing.started_at), ("calm", now));
    assert_eq!(playing.ends_at.since(now), Duration::from_secs(3_600));
    world.play(Scenario::builtin("calm").unwrap(), now.plus_millis(-3_600_000));
    assert_eq!(world.playing(), None, "its end has passed");
}

/// A gateway that counts what it is asked and answers every third with an error.
async fn gateway(world: &World, asked: Arc<AtomicUsize>) -> String {
    let answer = move |body: String| {
        let asked = asked.clone();
        async move {
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["model"], "chat");
            if asked.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
                return (axum::http::StatusCode::BAD_GATEWAY, "{}".to_owned());
            }
            let good = if body["stream"] == true {
                "data: [DONE]\n\n"
            } else {
                "{\"choices\":[{\"message\":{}}]}"
            };
            (axum::http::StatusCode::OK, good.to_owned())
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let end = world.end.clone();
    world.tasks.spawn(async move {
        let router = Router::new().route("/v1/chat/completions", post(answer));
        tokio::select! { () = end.cancelled() => {} _ = axum::serve(listener, router) => {} }
    });
    base
}

#[tokio::test]
async fn callers_pass_a_dead_gateway_by_and_count_what_they_saw() {
    let mut traffic = WorldSettings::default().traffic;
    traffic.truncate(1);
    let (world, clock) = world(traffic).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let alive = gateway(&world, asked.clone()).await;
    // A port that was free a moment ago, and that nobody listens on.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let id = |name: &str| GatewayId::try_new(name).unwrap();
    world.aim_traffic(vec![(id("dead"), format!("http://{dead}")), (id("alive"), alive)]);
    let enough = clock.timeout(Duration::from_secs(600), async {
        while world.traffic_stats().routes.first().is_none_or(|route| route.total < 30) {
            clock.sleep(Duration::from_millis(500)).await;
        }
    });
    enough.await.expect("40 a minute are 30 within ten minutes");
    world.aim_traffic(Vec::new());
    let stats = world.traffic_stats();
    let chat = &stats.routes[0];
    assert_eq!(chat.total, chat.ok + chat.failed);
    assert!(chat.failed >= 9 && chat.ok >= 2 * chat.failed - 3, "every third fails: {chat:?}");
    let calls = |name: &str| stats.gateways.iter().find(|calls| calls.gateway == id(name)).unwrap();
    assert!(calls("dead").unreachable >= 14 && calls("dead").reached == 0, "{:?}", calls("dead"));
    assert_eq!(calls("alive").unreachable, 0);
}
