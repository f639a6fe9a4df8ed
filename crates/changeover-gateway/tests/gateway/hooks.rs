//! Webhooks of status pages: from the public side to the admin API.

use changeover_domain::admin::HintsPage;
use changeover_domain::{PageHint, SourceId, UnixMs, WebhookPlatform};
use changeover_gateway::GatewaySettings;
use changeover_http::Secret;
use changeover_webhook::{BODY_LIMIT, Door, Doors, SigningKey, sign};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::Bench;

const SECRET: &str = "0123456789abcdef01234567";
const KEY: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

fn door(page: &str, platform: WebhookPlatform, keys: &[Secret]) -> Door {
    let page = SourceId::try_new(page).unwrap();
    Door::try_new(page, platform, &Secret::new(SECRET), keys).unwrap()
}

/// `plain` takes whatever comes, `sealed` what is signed.
fn doors() -> Doors {
    Doors::new(vec![
        door("plain", WebhookPlatform::Statuspage, &[]),
        door("sealed", WebhookPlatform::IncidentIo, &[Secret::new(KEY)]),
    ])
}

async fn relaying() -> Bench {
    Bench::start_with(|settings: &mut GatewaySettings| settings.hooks = doors()).await
}

fn path(page: &str) -> String {
    format!("/hooks/{page}/{SECRET}")
}

impl Bench {
    fn at(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.gateway().base_url()))
    }

    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> u16 {
        self.at(Method::POST, path).body(body).send().await.unwrap().status().as_u16()
    }

    async fn hints(&self, after: &str) -> HintsPage {
        let path = format!("/admin/v1/hints?after={after}");
        self.admin(Method::GET, &path).send().await.unwrap().json().await.unwrap()
    }

    async fn metrics(&self) -> String {
        self.admin(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn a_webhook_is_kept_as_a_hint_until_a_console_fetches_it_by_cursor() {
    let bench = relaying().await;
    let before = bench.clock.now();
    assert_eq!(bench.post(&path("plain"), "{\"incident\": {\"name\": \"x\"}}").await, 202);
    let first = bench.hints("").await;
    let at = first.hints[0].received_at;
    assert!(at >= before && at <= bench.clock.now());
    let expected = PageHint {
        page: SourceId::try_new("plain").unwrap(),
        platform: WebhookPlatform::Statuspage,
        received_at: at,
        signed: false,
        said: None,
    };
    assert_eq!(first.hints, [expected]);
    assert!(bench.hints(&first.next).await.hints.is_empty(), "told once to this reader");
    assert_eq!(bench.post(&format!("/{}", path("plain")), "").await, 202, "with a doubled slash");
    assert_eq!(bench.hints(&first.next).await.hints.len(), 1);
    assert_eq!(bench.hints("").await.hints.len(), 2, "another reader still gets both");
}

#[tokio::test]
async fn a_signed_webhook_is_told_once_with_what_it_said_and_others_are_refused() {
    let bench = relaying().await;
    let body = r#"{"incident": {"name": "Errors", "status": "investigating"}}"#;
    let now = bench.clock.now();
    let key = SigningKey::try_new(WebhookPlatform::IncidentIo, &Secret::new(KEY)).unwrap();
    let send = |body: &'static str| {
        bench
            .at(Method::POST, &path("sealed"))
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", now.0.div_euclid(1_000))
            .header("webhook-signature", sign(&key, "msg_1", now, body.as_bytes()))
    };
    for _ in 0..2 {
        let answer = send(body).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 202, "a sender that repeats itself is content too");
    }
    let forged = send(body).body("{}").send().await.unwrap();
    assert_eq!(forged.status(), 401);
    assert_eq!(bench.post(&path("sealed"), body).await, 401);
    let hints = bench.hints("").await.hints;
    assert_eq!(hints.len(), 1);
    assert!(hints[0].signed);
    assert_eq!(hints[0].said.as_deref(), Some("incident: Errors (investigating)"));
    let metrics = bench.metrics().await;
    for (outcome, count) in [("kept", 1), ("repeated", 1), ("refused", 2)] {
        let line =
            format!("changeover_webhooks_total{{page=\"sealed\",outcome=\"{outcome}\"}} {count}");
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
}

/// An answer without what is another's every time: the date and the request's own id, and the path.
async fn answered(bench: &Bench, method: Method, path: &str) -> (u16, Vec<String>, Value) {
    let answer = bench.at(method, path).body("{}").send().await.unwrap();
    let status = answer.status().as_u16();
    let mut names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
    names.sort();
    let mut body: Value = answer.json().await.unwrap();
    let message = body["error"]["message"].as_str().unwrap().replace(path, "PATH");
    body["error"]["message"] = json!(message);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (status, names, body)
}

#[tokio::test]
async fn a_wrong_secret_is_answered_like_a_path_that_never_was() {
    let (bench, off) = (relaying().await, Bench::start().await);
    let nothing = answered(&bench, Method::POST, "/nothing").await;
    assert_eq!(nothing.0, 404);
    let wrong = format!("/hooks/plain/{}8", SECRET.split_at(23).0);
    for path in [wrong.as_str(), "/hooks/none/x", "/hooks", "/hooks/plain"] {
        for method in [Method::POST, Method::GET] {
            assert_eq!(answered(&bench, method, path).await, nothing, "{path}");
        }
    }
    assert_eq!(answered(&off, Method::POST, &path("plain")).await, nothing, "off by default");
    assert!(bench.hints("").await.hints.is_empty());
    let get = bench.at(Method::GET, &path("plain")).send().await.unwrap();
    assert_eq!((get.status().as_u16(), get.headers()["allow"].as_bytes()), (405, &b"POST"[..]));
}

#[tokio::test]
async fn what_is_too_large_or_too_much_is_refused_and_kept_by_nobody() {
    let mut bench = relaying().await;
    // A slow clock: a busy machine must not give the page new tokens meanwhile.
    bench.clock.set_speed(0.1);
    assert_eq!(bench.post(&path("plain"), "x".repeat(BODY_LIMIT + 1)).await, 413);
    assert!(bench.hints("").await.hints.is_empty());
    let mut let_in = 0;
    while bench.post(&path("plain"), "").await == 202 && let_in < 200 {
        let_in += 1;
    }
    let refused = bench.at(Method::POST, &path("plain")).send().await.unwrap();
    assert_eq!(refused.status(), 429, "after {let_in}");
    assert!(refused.headers().contains_key("retry-after"));
    let page = bench.hints("").await;
    assert_eq!(page.hints.len(), 16, "the line of a page is bounded");
    assert_eq!(page.dropped, let_in - 16);
    let last = page.next;
    bench.take_gateway().kill();
    bench.restart().await;
    let page = bench.hints(&last).await;
    assert_eq!((page.hints.len(), page.dropped), (0, 0), "a restart forgets hints");
}

#[tokio::test]
async fn a_reload_opens_and_shuts_doors_and_tells_so_without_secrets() {
    let bench = Bench::start().await;
    assert_eq!(bench.post(&path("plain"), "").await, 404);
    let settings = GatewaySettings { hooks: doors(), ..bench.settings() };
    let told = bench.gateway().reload(settings).unwrap().changed;
    assert!(told.contains(&"webhooks of `plain` added".to_owned()), "{told:?}");
    assert!(!told.concat().contains(SECRET));
    assert_eq!(bench.post(&path("plain"), "").await, 202);
    let told = bench.gateway().reload(bench.settings()).unwrap().changed;
    assert!(told.contains(&"webhooks of `plain` removed".to_owned()), "{told:?}");
    assert_eq!(bench.post(&path("plain"), "").await, 404);
    assert_eq!(bench.hints("").await.hints.len(), 1, "what came is still told");
    assert!(bench.hints("").await.hints[0].received_at > UnixMs(0));
}
