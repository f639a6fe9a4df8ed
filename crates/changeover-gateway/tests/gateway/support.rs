//! A gateway with two vendors behind it, and a hand to drive both.

pub(crate) mod answers;
pub(crate) mod ask;
pub(crate) mod certificates;
pub(crate) mod vendor;

use std::net::SocketAddr;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::admin::{
    ChangesPage, GatewayState, OverridePut, RequestPath, RouteState, TrafficPage,
};
use changeover_domain::{
    Capabilities, Criticality, GatewayId, Mode, OnExpiry, Provider, ProviderId, ProviderKind,
    Route, RouteId, Slo, Target, TargetId, TokenPrices, UnixMs,
};
use changeover_gateway::{
    AdminToken, Gateway, GatewaySettings, RequestLimits, Role, ServingSettings,
};
use changeover_http::{ClientPolicy, Secret, client};
use changeover_policy::breaker::BreakerSettings;
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use vendor::FakeVendor;

pub(crate) const OPERATOR: &str = "operator-token";
pub(crate) const WATCHER: &str = "watcher-token";

/// When the tests' clock begins: a full minute.
const ORIGIN: UnixMs = UnixMs(1_790_000_040_000);

pub(crate) struct Bench {
    pub(crate) a: FakeVendor,
    pub(crate) b: FakeVendor,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) state_dir: tempfile::TempDir,
    gateway: Option<Gateway>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let mut bench = Self {
            a: FakeVendor::start("from a").await,
            b: FakeVendor::start("from b").await,
            // Twenty seconds in one, so that cool-downs and expiry do not keep the tests waiting.
            clock: Clock::scaled(ORIGIN, 20.0),
            http: client(&ClientPolicy::default()).unwrap(),
            state_dir: tempfile::tempdir().unwrap(),
            gateway: None,
        };
        bench.restart().await;
        bench
    }

    /// With the settings changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut GatewaySettings)) -> Self {
        let mut bench = Self::start().await;
        bench.take_gateway().kill();
        let mut settings = bench.settings();
        change(&mut settings);
        bench.gateway = Some(Gateway::start(settings, bench.clock.clone()).await.unwrap());
        bench
    }

    /// Where applications ask, as an address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway().base_url().split_once("//").unwrap().1.parse().unwrap()
    }

    /// Starts the gateway on the state that is on disk.
    pub(crate) async fn restart(&mut self) {
        let settings = self.settings();
        self.gateway = Some(Gateway::start(settings, self.clock.clone()).await.unwrap());
    }

    pub(crate) fn settings(&self) -> GatewaySettings {
        let catalogue = catalogue(&self.a.url, &self.b.url);
        let directory = self.state_dir.path().to_owned();
        let id = GatewayId::try_new("g1").unwrap();
        let token = |name: &str, secret, role| AdminToken {
            name: name.to_owned(),
            secret: Secret::new(secret),
            role,
        };
        GatewaySettings {
            tokens: vec![
                token("console", OPERATOR, Role::Operate),
                token("watch", WATCHER, Role::Observe),
            ],
            templates: [(route_id("chat"), "{route} is away".to_owned())].into(),
            breaker: BreakerSettings {
                minimum_calls: 4,
                cooldown: Duration::from_secs(5),
                trials: 1,
                cooldown_jitter: 0.0,
                ..BreakerSettings::default()
            },
            ..GatewaySettings::new(id, directory, catalogue)
        }
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    pub(crate) fn put_gateway(&mut self, gateway: Gateway) {
        self.gateway = Some(gateway);
    }

    pub(crate) fn take_gateway(&mut self) -> Gateway {
        self.gateway.take().unwrap()
    }

    pub(crate) async fn chat(&self, route: &str, stream: bool) -> Response {
        let url = format!("{}/v1/chat/completions", self.gateway().base_url());
        let body = json!({
            "model": route,
            "stream": stream,
            "messages": [{"role": "user", "content": "hello"}],
        });
        self.http.post(url).json(&body).send().await.unwrap()
    }

    pub(crate) fn admin(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.gateway().admin_url());
        self.http.request(method, url).bearer_auth(OPERATOR)
    }

    pub(crate) async fn state(&self) -> GatewayState {
        let answer = self.admin(Method::GET, "/admin/v1/state").send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn route(&self, route: &str) -> RouteState {
        let path = format!("/admin/v1/routes/{route}");
        let answer = self.admin(Method::GET, &path).send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn changes(&self) -> ChangesPage {
        self.changes_after(0).await
    }

    pub(crate) async fn changes_after(&self, after: u64) -> ChangesPage {
        let path = format!("/admin/v1/changes?after={after}");
        let answer = self.admin(Method::GET, &path).send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn traffic(&self, after: &str) -> TrafficPage {
        let path = format!("/admin/v1/traffic?after={after}");
        let answer = self.admin(Method::GET, &path).send().await;
        answer.unwrap().json().await.unwrap()
    }

    /// The path of a request, by what its answer says of it.
    pub(crate) async fn path_of(&self, id: &str) -> RequestPath {
        let path = format!("/admin/v1/requests/{id}");
        let answer = self.admin(Method::GET, &path).send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) fn put(&self, route: &str, put: &OverridePut, etag: &str) -> RequestBuilder {
        let path = format!("/admin/v1/routes/{route}/override");
        self.admin(Method::PUT, &path).header(IF_MATCH, etag).json(put)
    }

    /// Sets an override that must be accepted.
    pub(crate) async fn set(&self, route: &str, put: &OverridePut) -> RouteState {
        let etag = self.route(route).await.etag;
        let answer = self.put(route, put, &etag).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// Takes the override away.
    pub(crate) async fn clear(&self, route: &str) {
        let etag = self.route(route).await.etag;
        let path = format!("/admin/v1/routes/{route}/override");
        let path = format!("{path}?holder=mk&reason=over");
        let request = self.admin(Method::DELETE, &path).header(IF_MATCH, etag);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// An override of ten minutes.
    pub(crate) fn wanted(&self, target: Option<&str>, mode: Mode) -> OverridePut {
        OverridePut {
            target: target.map(target_id),
            mode,
            forced_breakers: vec![],
            holder: "mk".into(),
            reason: "529s".into(),
            until: self.clock.now().plus(Duration::from_secs(600)),
            on_expiry: OnExpiry::ReturnIfHealthy,
            generation: None,
            break_interlocks: vec![],
        }
    }

    /// Looks until `found` says yes. Levels are waited for, so this needs no luck.
    pub(crate) async fn until(&self, what: &str, mut found: impl AsyncFnMut(&Self) -> bool) {
        let patience = Duration::from_secs(10).mul_f64(self.clock.speed());
        let looking = async {
            while !found(self).await {
                self.clock.sleep(Duration::from_millis(200)).await;
            }
        };
        let seen = self.clock.timeout(patience, looking).await;
        assert!(seen.is_ok(), "never seen: {what}");
    }
}

/// What is not meant to run out in a test, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

/// No limit of time runs out.
pub(crate) fn patient(settings: &mut GatewaySettings) {
    settings.limits = RequestLimits {
        connect: LONG,
        first_token: LONG,
        stall: LONG,
        attempt: LONG,
        stream: LONG,
    };
    let routes: Vec<RouteId> =
        settings.catalogue.routes.iter().map(|route| route.id.clone()).collect();
    for route in routes {
        settings.serving.entry(route).or_default().budget.total = LONG;
    }
}

/// Adds a route; it is served as usual, and no limit of its time runs out.
pub(crate) fn add_route(
    settings: &mut GatewaySettings,
    id: &str,
    targets: &[&str],
    modes: &[Mode],
) {
    settings.catalogue.routes.push(Route {
        id: route_id(id),
        criticality: Criticality::MustSucceed,
        targets: targets.iter().copied().map(target_id).collect(),
        modes: modes.to_vec(),
    });
    serving(settings, id).budget.total = LONG;
}

/// How a route is served, to be changed.
pub(crate) fn serving<'a>(settings: &'a mut GatewaySettings, id: &str) -> &'a mut ServingSettings {
    settings.serving.entry(route_id(id)).or_default()
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .unwrap_or_else(|| panic!("the answer has no {name}"))
        .to_str()
        .unwrap()
}

pub(crate) fn etag(answer: &Response) -> String {
    header(answer, ETAG.as_str()).to_owned()
}

pub(crate) fn text_of(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap()
}

/// The text of a streamed answer, and the payloads it came in.
pub(crate) fn streamed_text(body: &str) -> (String, Vec<Value>) {
    let payloads: Vec<Value> = body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|payload| *payload != "[DONE]")
        .map(|payload| serde_json::from_str(payload).unwrap())
        .collect();
    let text = payloads
        .iter()
        .filter_map(|payload| payload["choices"][0]["delta"]["content"].as_str())
        .collect();
    (text, payloads)
}

pub(crate) fn route_id(id: &str) -> RouteId {
    RouteId::try_new(id).unwrap()
}

pub(crate) fn target_id(id: &str) -> TargetId {
    TargetId::try_new(id).unwrap()
}

fn catalogue(a: &str, b: &str) -> Catalogue {
    let access = |id: &str, url: &str| ProviderAccess {
        provider: Provider {
            id: ProviderId::try_new(id).unwrap(),
            name: id.to_owned(),
            kind: ProviderKind::OpenaiCompatible,
            base_url: url.to_owned(),
        },
        key: None,
        tls: changeover_http::ClientTls::default(),
    };
    let target = |id: &str, provider: &str| Target {
        id: target_id(id),
        provider: ProviderId::try_new(provider).unwrap(),
        model: format!("{id}-model"),
        region: None,
        capabilities: Capabilities::default(),
        slo: Slo { time_to_first_token_p95_ms: 60_000, total_p95_ms: 60_000, ..Slo::default() },
    };
    let route = |id: &str, criticality| Route {
        id: route_id(id),
        criticality,
        targets: vec![target_id("a"), target_id("b")],
        modes: vec![Mode::Full, Mode::Template, Mode::Off],
    };
    let price = TokenPrices::of_chat(1_000_000, 1_000_000, 2_000_000);
    Catalogue {
        providers: vec![access("pa", a), access("pb", b)],
        targets: vec![target("a", "pa"), target("b", "pb")],
        prices: [(target_id("a"), price)].into(),
        routes: vec![
            route("chat", Criticality::MustSucceed),
            route("extract", Criticality::CanDegrade),
        ],
        ..Catalogue::default()
    }
}
