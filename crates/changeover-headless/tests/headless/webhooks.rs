//! Webhooks from end to end: a sender, a gateway that relays or the console's own receiver, and the
//! page that is read because of them. The page's interval is an hour, so nothing else reads it.

use std::path::Path;
use std::time::Duration;

use crate::console::Console;
use changeover_clock::Clock;
use changeover_config::ConfigSource;
use changeover_domain::{GatewayId, SourceId, WebhookPlatform};
use changeover_gateway::{AdminToken, Gateway, GatewaySettings, Role};
use changeover_http::{ClientPolicy, Secret, client};
use changeover_sandbox::{PageSubscriber, Scenario, World, WorldSettings};
use changeover_webhook::{Door, Doors, SigningKey, sign};
use serde_json::{Value, json};

const TOKEN: &str = "console-token-of-this-test";
const SECRET: &str = "0123456789abcdef01234567";
const KEY: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const PAGE: &str = "anthropic-status";

/// One vendor's page says within seconds that something is wrong.
const TROUBLE: &str = r#"
    title = "Trouble"
    description = "The page tells."
    seed = 7
    duration_s = 3600
    status = [{ provider = "anthropic", lag_s = 0, webhooks = true }]
    faults = [{ provider = "anthropic", from_s = 1, until_s = 3000, errors = [{ status = 500, share = 0.8 }] }]
"#;

/// A vendor with a page, and a gateway that takes the page's webhooks.
struct Outside {
    world: World,
    /// The page's own time, which runs fast, so that its incidents need no waiting for.
    clock: Clock,
    gateway: Gateway,
    page_url: String,
    http: reqwest::Client,
}

impl Outside {
    async fn start(folder: &Path) -> Self {
        let system = Clock::system();
        let clock = Clock::scaled(system.now(), 60.0);
        let settings = WorldSettings { traffic: vec![], ..WorldSettings::default() };
        let world = World::start(clock.clone(), settings).await.unwrap();
        let id = GatewayId::try_new("eu-1").unwrap();
        let mut settings = GatewaySettings::new(id, folder.join("eu-1"), world.catalogue());
        settings.tokens = vec![AdminToken {
            name: "console".into(),
            secret: Secret::new(TOKEN),
            role: Role::Observe,
        }];
        let page = SourceId::try_new(PAGE).unwrap();
        let secret = Secret::new(SECRET);
        let door = Door::try_new(page, WebhookPlatform::Statuspage, &secret, &[]).unwrap();
        settings.hooks = Doors::new(vec![door]);
        let gateway = Gateway::start(settings, system).await.unwrap();
        let pages = world.status_pages();
        let page_url = pages.iter().find(|page| page.source.as_str() == PAGE).unwrap().url.clone();
        let http = client(&ClientPolicy::default()).unwrap();
        Self { world, clock, gateway, page_url, http }
    }

    fn configuration(&self, receiver: &str) -> String {
        let catalogue = self.world.catalogue();
        let anthropic =
            catalogue.providers.iter().find(|one| one.provider.id.as_str() == "anthropic");
        let base_url = &anthropic.unwrap().provider.base_url;
        let (page_url, admin_url) = (&self.page_url, self.gateway.admin_url());
        format!(
            r#"
            [probes]
            interval_s = 3600
            [[providers]]
            id = "anthropic"
            kind = "anthropic"
            base_url = "{base_url}"
            [[providers.status]]
            id = "{PAGE}"
            platform = "statuspage"
            url = "{page_url}"
            interval_s = 3600
            [[targets]]
            id = "claude"
            provider = "anthropic"
            model = "claude-opus-4-5"
            [[routes]]
            id = "chat"
            criticality = "can_delay"
            targets = ["claude"]
            modes = ["full", "off"]
            [[gateways]]
            id = "eu-1"
            admin_url = "{admin_url}"
            token = "env:GATEWAY_TOKEN"
            {receiver}
            "#
        )
    }

    fn play_trouble(&self) {
        let source = ConfigSource::from_text(Path::new("trouble.toml"), TROUBLE);
        self.world.play(Scenario::from_source(&source).unwrap(), self.clock.now());
    }

    /// Starts a scenario, and waits until the page itself tells of it.
    async fn page_tells_of_trouble(&self) {
        self.play_trouble();
        let clock = Clock::system();
        let told = async {
            loop {
                let answer = self.http.get(&self.page_url).send().await.unwrap();
                let page: Value = answer.json().await.unwrap();
                if page["incidents"].as_array().is_some_and(|open| !open.is_empty()) {
                    return;
                }
                clock.sleep(Duration::from_millis(50)).await;
            }
        };
        clock.timeout(Duration::from_secs(60), told).await.unwrap();
    }

    async fn end(self) {
        self.gateway.shutdown().await;
        self.world.shutdown().await;
    }
}

fn environment() -> Vec<(String, String)> {
    [("GATEWAY_TOKEN", TOKEN), ("HOOK_SECRET", SECRET), ("HOOK_KEY", KEY)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn source(snapshot: &Value) -> &Value {
    let sources = snapshot["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    sources.iter().find(|source| source["id"] == PAGE).unwrap_or(&Value::Null)
}

fn hint(snapshot: &Value) -> &Value {
    &snapshot["webhooks"]["hints"][0]
}

/// Whether the page was read well after the time at which the last hint came.
fn read_after_hint(snapshot: &Value) -> bool {
    let read_at = source(snapshot)["last_good_at"].as_i64();
    let hinted_at = hint(snapshot)["at"].as_i64();
    read_at.zip(hinted_at).is_some_and(|(read, hinted)| read > hinted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_a_gateway_relays_lets_the_page_be_read_and_is_not_believed_itself() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let file = folder.path().join("changeover.toml");
    std::fs::write(&file, outside.configuration("")).unwrap();
    let arguments = ["--config", file.to_str().unwrap()];
    let console = Console::start(&arguments, &folder.path().join("data"), &environment()).await;
    console.until("the page was read once", |s| source(s)["last_good_at"].is_i64()).await;

    let url = format!("{}/hooks/{PAGE}/{SECRET}", outside.gateway.base_url());
    let send = |text: &'static str| outside.http.post(&url).body(text).send();
    let claims = r#"{"incident": {"name": "All is down", "status": "investigating"}}"#;
    assert_eq!(send(claims).await.unwrap().status(), 202);
    let hinted = console.until("the page is read because of it", read_after_hint).await;
    assert_eq!(hint(&hinted)["way"], json!({"kind": "gateway", "gateway": "eu-1"}));
    assert_eq!((&hint(&hinted)["signed"], &hint(&hinted)["said"]), (&json!(false), &Value::Null));
    assert_eq!(hinted["incidents"], json!([]), "the page says nothing, so nothing is so");
    assert_eq!(source(&hinted)["page"], "operational");
    assert_eq!(hinted["webhooks"]["receiver"], Value::Null, "off by default");

    outside.page_tells_of_trouble().await;
    assert_eq!(send("").await.unwrap().status(), 202);
    let told = console
        .until("the incident is on the board", |s| {
            s["incidents"].as_array().is_some_and(|all| !all.is_empty())
        })
        .await;
    assert_eq!(hint(&told)["count"], 2);
    assert!(!told.to_string().contains(SECRET), "no secret in what the screen gets");
    console.kill().await;
    outside.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_to_the_consoles_own_receiver_is_told_as_received() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let file = folder.path().join("changeover.toml");
    let receiver = r#"
        [webhooks]
        listen = "127.0.0.1:0"
        pages = [{ page = "anthropic-status", secret = "env:HOOK_SECRET", signing = ["env:HOOK_KEY"] }]
    "#;
    std::fs::write(&file, outside.configuration(receiver)).unwrap();
    let arguments = ["--config", file.to_str().unwrap()];
    let console = Console::start(&arguments, &folder.path().join("data"), &environment()).await;
    let listening = console
        .until("the receiver listens, and the page was read once", |s| {
            s["webhooks"]["receiver"]["listening"] == true && source(s)["last_good_at"].is_i64()
        })
        .await;
    let receiver = &listening["webhooks"]["receiver"];
    assert_eq!(
        receiver["pages"],
        json!([{"page": PAGE, "platform": "statuspage", "signed": true}])
    );
    let url = format!("{}{PAGE}/{SECRET}", receiver["address"].as_str().unwrap());
    let body = r#"{"incident": {"name": "Errors", "status": "investigating"}}"#;
    let forged = outside.http.post(&url).body(body).send().await.unwrap();
    assert_eq!(forged.status(), 401, "not signed");
    let now = Clock::system().now();
    let key = SigningKey::try_new(WebhookPlatform::Statuspage, &Secret::new(KEY)).unwrap();
    let signed = outside
        .http
        .post(&url)
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", now.0.div_euclid(1_000))
        .header("webhook-signature", sign(&key, "msg_1", now, body.as_bytes()));
    assert_eq!(signed.body(body).send().await.unwrap().status(), 202);
    let hinted = console.until("the page is read because of it", read_after_hint).await;
    assert_eq!(hint(&hinted)["way"], json!({"kind": "receiver"}));
    assert_eq!(hint(&hinted)["said"], "incident: Errors (investigating)");
    assert_eq!(hinted["incidents"], json!([]), "told as received, and not believed");
    let receiver = &hinted["webhooks"]["receiver"];
    assert_eq!(receiver["refused"], 1);
    assert!(receiver["last_refusal"]["why"].as_str().unwrap().contains("`webhook-id` is missing"));
    for secret in [SECRET, KEY] {
        assert!(!hinted.to_string().contains(secret), "no secret in what the screen gets");
    }
    console.kill().await;
    outside.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_calls_unsigned_is_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let file = folder.path().join("changeover.toml");
    let receiver = r#"
        [webhooks]
        listen = "127.0.0.1:0"
        pages = [{ page = "anthropic-status", secret = "env:HOOK_SECRET" }]
    "#;
    std::fs::write(&file, outside.configuration(receiver)).unwrap();
    let arguments = ["--config", file.to_str().unwrap()];
    let console = Console::start(&arguments, &folder.path().join("data"), &environment()).await;
    let ready = console
        .until("the receiver listens, and the page was read once", |s| {
            s["webhooks"]["receiver"]["listening"] == true && source(s)["last_good_at"].is_i64()
        })
        .await;
    let address = ready["webhooks"]["receiver"]["address"].as_str().unwrap();
    let providers = outside.world.catalogue().providers;
    let anthropic = providers.iter().find(|one| one.provider.id.as_str() == "anthropic").unwrap();
    outside.world.subscribe(PageSubscriber {
        provider: anthropic.provider.id.clone(),
        url: format!("{address}{PAGE}/{SECRET}"),
        signing: None,
    });
    outside.play_trouble();
    // The page's interval is an hour: only its call can have brought this.
    let told = console
        .until("the incident is on the board", |s| {
            s["incidents"].as_array().is_some_and(|all| !all.is_empty())
        })
        .await;
    assert_eq!(hint(&told)["way"], json!({"kind": "receiver"}));
    assert_eq!(hint(&told)["signed"], json!(false));
    let read_at = told["incidents"][0]["first_read_at"].as_i64().unwrap();
    assert!(read_at >= hint(&told)["at"].as_i64().unwrap(), "after the call, and because of it");
    console.kill().await;
    outside.end().await;
}
