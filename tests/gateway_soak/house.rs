//! The gateway under test, and those who work on it while it serves: operators, whoever changes
//! its configuration, and a console that reads along.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::admin::{OverridePut, RouteState, TrafficPage};
use changeover_domain::traffic::BucketKey;
use changeover_domain::{
    Capabilities, Criticality, GatewayId, Mode, OnExpiry, Provider, ProviderId, ProviderKind,
    Route, RouteId, Slo, Target, TargetId, TrafficBucket, UnixMs,
};
use changeover_gateway::{
    AdminToken, CacheSettings, Gateway, GatewaySettings, HoldBack, RequestLimits, Role,
    ServingSettings,
};
use changeover_http::{ClientPolicy, Secret, client};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder};

use crate::CALLERS;
use crate::callers::{ROUTES, SEATS, crowding_key};
use crate::ledger::price;
use crate::vendor::Vendor;

const TOKEN: &str = "operator-token";
const TARGETS: [&str; 3] = ["a", "b", "c"];
/// Long enough that only a vendor that is silent on purpose runs into it, on a busy machine too.
const SILENCE: Duration = Duration::from_secs(480);
const OPERATOR_PAUSE: Duration = Duration::from_secs(90);
const RELOAD_PAUSE: Duration = Duration::from_secs(240);
const READ_PAUSE: Duration = Duration::from_secs(20);

/// The configuration; each variant has its targets in another order.
pub(crate) fn settings(directory: &Path, vendors: &[Vendor], variant: usize) -> GatewaySettings {
    let id = GatewayId::try_new("soak").unwrap();
    let mut settings = GatewaySettings::new(id, directory.to_owned(), catalogue(vendors, variant));
    settings.tokens = vec![AdminToken {
        name: "operator".to_owned(),
        secret: Secret::new(TOKEN),
        role: Role::Operate,
    }];
    settings.limits = RequestLimits {
        connect: SILENCE,
        first_token: SILENCE,
        stall: SILENCE,
        attempt: SILENCE,
        stream: SILENCE * 10,
    };
    // Slow is allowed here, and long; and no connection is closed under a request that takes it up
    // again, which a client could not tell from a lost one.
    settings.connections.write_stall = SILENCE * 10;
    settings.connections.idle = SILENCE * 100;
    settings.callers = applications();
    settings.breaker.minimum_calls = 6;
    settings.shared_serving.concurrency.most = 64 + u32::try_from(variant).unwrap();
    for route in ROUTES {
        let mut serving = ServingSettings::default();
        serving.budget.total = SILENCE * 6;
        serving.step_down_to = (route == "chat").then_some(Mode::Template);
        match route {
            "held" => serving.hold_back = HoldBack::Tokens(8),
            "judged" => {
                serving.hold_back = HoldBack::Whole;
                serving.validation = Some(Arc::default());
            }
            "kept" => serving.cache = Some(CacheSettings::default()),
            _ => {}
        }
        settings.serving.insert(RouteId::try_new(route).unwrap(), serving);
    }
    settings
}

/// Two who may ask as much as they like, and for every caller a key with few places.
fn applications() -> Vec<changeover_gateway::Caller> {
    let application = |name: &str, concurrency| changeover_gateway::Caller {
        name: name.to_owned(),
        key: Secret::new(name),
        routes: None,
        concurrency,
    };
    let crowding = (0..CALLERS).map(|seed| application(&crowding_key(seed), Some(SEATS)));
    ["one", "two"].map(|name| application(name, None)).into_iter().chain(crowding).collect()
}

fn catalogue(vendors: &[Vendor], variant: usize) -> Catalogue {
    let target = |id: &str| TargetId::try_new(id).unwrap();
    let mut catalogue = Catalogue::default();
    for (index, (id, vendor)) in TARGETS.into_iter().zip(vendors).enumerate() {
        let provider = ProviderId::try_new(id).unwrap();
        catalogue.providers.push(ProviderAccess {
            provider: Provider {
                id: provider.clone(),
                name: id.to_owned(),
                kind: ProviderKind::OpenaiCompatible,
                base_url: vendor.url.clone(),
            },
            key: None,
            tls: changeover_http::ClientTls::default(),
        });
        catalogue.targets.push(Target {
            id: target(id),
            provider,
            model: format!("model-{id}"),
            region: None,
            capabilities: Capabilities::default(),
            slo: Slo {
                time_to_first_token_p95_ms: 600_000,
                total_p95_ms: 600_000,
                ..Slo::default()
            },
        });
        if let Some(price) = price(index) {
            catalogue.prices.insert(target(id), price);
        }
    }
    for route in ROUTES {
        // What is asked again and again goes to those with a price, so that it can be counted.
        let mut targets = match route {
            "solo" => vec![target("a")],
            "kept" => vec![target("a"), target("b")],
            _ => TARGETS.map(target).to_vec(),
        };
        let by = variant % targets.len();
        targets.rotate_left(by);
        if route == "solo" {
            targets = vec![target("a")];
        }
        catalogue.routes.push(Route {
            id: RouteId::try_new(route).unwrap(),
            criticality: Criticality::CanDegrade,
            targets,
            modes: vec![Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off],
        });
    }
    catalogue
}

/// The admin API, in hand.
pub(crate) struct Admin {
    pub(crate) http: reqwest::Client,
    url: String,
    clock: Clock,
}

impl Admin {
    pub(crate) fn new(gateway: &Gateway, clock: Clock) -> Self {
        let http = client(&ClientPolicy::default()).unwrap();
        Self { http, url: gateway.admin_url(), clock }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/admin/v1{path}", self.url)).bearer_auth(TOKEN)
    }

    pub(crate) async fn route(&self, route: &str) -> RouteState {
        let answer = self.request(Method::GET, &format!("/routes/{route}")).send().await;
        answer.unwrap().json().await.unwrap()
    }

    /// How many places at targets and of callers are taken and waited for, as the gates say.
    pub(crate) async fn at_the_gates(&self) -> BTreeMap<String, u64> {
        let url = format!("{}/metrics", self.url);
        let answer = self.http.get(url).bearer_auth(TOKEN).send().await.unwrap();
        let page = answer.text().await.unwrap();
        let taken = page.lines().filter_map(|line| {
            let (series, count) = line.rsplit_once(' ')?;
            let of_gates = [
                "changeover_target_in_flight{",
                "changeover_target_waiting{",
                "changeover_caller_requests{",
            ];
            let of_gates = of_gates.iter().any(|name| series.starts_with(name));
            of_gates.then(|| (series.to_owned(), count.parse().unwrap()))
        });
        taken.collect()
    }

    async fn page(&self, after: &str) -> TrafficPage {
        let answer = self.request(Method::GET, &format!("/traffic?after={after}")).send().await;
        answer.unwrap().json().await.unwrap()
    }

    /// Everything that was counted, read in one go.
    pub(crate) async fn all_traffic(&self) -> Vec<TrafficBucket> {
        let mut read = Reading::default();
        self.read_on(&mut read).await;
        read.buckets.into_values().collect()
    }

    /// What has grown since the last reading.
    pub(crate) async fn read_on(&self, reading: &mut Reading) {
        loop {
            let page = self.page(&reading.cursor).await;
            let buckets = page.buckets.into_iter().map(|bucket| (bucket.key.clone(), bucket));
            reading.buckets.extend(buckets);
            reading.cursor = page.next;
            if !page.more {
                return;
            }
        }
    }

    /// Reads along until then, as a console does.
    pub(crate) async fn watch_until(&self, end: UnixMs) -> Reading {
        let mut reading = Reading::default();
        while self.clock.now() < end {
            self.read_on(&mut reading).await;
            self.clock.sleep(READ_PAUSE).await;
        }
        reading
    }

    /// Sets and clears overrides until then, and leaves none behind. Says how many were accepted.
    pub(crate) async fn operate_until(&self, end: UnixMs) -> usize {
        let mut chance = ChaCha8Rng::seed_from_u64(77);
        let mut accepted = 0;
        while self.clock.now() < end {
            let route = ROUTES[chance.random_range(0..ROUTES.len())];
            let put = self.drawn(route, &mut chance);
            let etag = self.route(route).await.etag;
            let path = format!("/routes/{route}/override");
            let request = self.request(Method::PUT, &path).header(IF_MATCH, etag).json(&put);
            accepted += usize::from(request.send().await.unwrap().status().is_success());
            self.clock.sleep(OPERATOR_PAUSE).await;
        }
        for route in ROUTES {
            let etag = self.route(route).await.etag;
            let path = format!("/routes/{route}/override?holder=soak&reason=over");
            let request = self.request(Method::DELETE, &path).header(IF_MATCH, etag);
            request.send().await.unwrap();
        }
        accepted
    }

    fn drawn(&self, route: &str, chance: &mut ChaCha8Rng) -> OverridePut {
        let modes = [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off];
        let mode = modes[chance.random_range(0..modes.len())];
        let target = (route != "solo" && mode.needs_target() && chance.random::<bool>())
            .then(|| TargetId::try_new("b").unwrap());
        OverridePut {
            target,
            mode,
            forced_breakers: vec![],
            holder: "soak".to_owned(),
            reason: "to see what it does".to_owned(),
            until: self.clock.now().plus(OPERATOR_PAUSE * 2),
            on_expiry: OnExpiry::ReturnIfHealthy,
            generation: None,
            break_interlocks: vec![],
        }
    }
}

/// A console's reading of the traffic.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    cursor: String,
    pub(crate) buckets: BTreeMap<BucketKey, TrafficBucket>,
}

/// Puts one configuration after the other in force until then. Says how many were taken.
pub(crate) async fn reload_until(
    gateway: &Gateway,
    configured: impl Fn(usize) -> GatewaySettings,
    clock: &Clock,
    end: UnixMs,
) -> usize {
    let mut taken = 0;
    for variant in 1.. {
        clock.sleep(RELOAD_PAUSE).await;
        if clock.now() >= end {
            break;
        }
        taken += usize::from(gateway.reload(configured(variant)).is_ok());
    }
    taken
}
