//! A console of its own process, configured by file, over gateways that live on when it dies.

use std::fmt::Write as _;
use std::path::Path;

use crate::console::{Console, done};
use changeover_clock::Clock;
use changeover_domain::{GatewayId, RouteId, TargetId};
use changeover_gateway::{AdminToken, Gateway, GatewaySettings, Role};
use changeover_http::Secret;
use changeover_sandbox::{World, WorldSettings};
use serde_json::json;

const TOKEN: &str = "console-token-of-this-test";
const SPEED: f64 = 10.0;

/// The world outside the console: vendors, callers and three gateways.
struct Outside {
    world: World,
    gateways: Vec<Gateway>,
    clock: Clock,
}

impl Outside {
    async fn start(folder: &Path) -> Self {
        let clock = Clock::scaled(changeover_clock::system_now(), SPEED);
        let world = World::start(clock.clone(), WorldSettings::default()).await.unwrap();
        let mut gateways = Vec::new();
        let mut aims = Vec::new();
        for name in ["eu-1", "eu-2", "us-1"] {
            let id = GatewayId::try_new(name).unwrap();
            let mut settings =
                GatewaySettings::new(id.clone(), folder.join(name), world.catalogue());
            settings.tokens = vec![AdminToken {
                name: "console".into(),
                secret: Secret::new(TOKEN),
                role: Role::Operate,
            }];
            let gateway = Gateway::start(settings, clock.clone()).await.unwrap();
            aims.push((id, gateway.base_url()));
            gateways.push(gateway);
        }
        world.aim_traffic(aims);
        Self { world, gateways, clock }
    }

    /// The console's configuration, as an operator would write it.
    fn configuration(&self) -> String {
        let catalogue = self.world.catalogue();
        let mut text = "operator = \"mk\"\n".to_owned();
        for access in &catalogue.providers {
            let provider = &access.provider;
            write!(
                text,
                "[[providers]]\nid = \"{}\"\nkind = \"{}\"\nbase_url = \"{}\"\nkey = \"env:KEY_{}\"\n",
                provider.id,
                provider.kind.as_str(),
                provider.base_url,
                provider.id
            )
            .unwrap();
        }
        for target in &catalogue.targets {
            let (id, provider, model) = (&target.id, &target.provider, &target.model);
            writeln!(
                text,
                "[[targets]]\nid = \"{id}\"\nprovider = \"{provider}\"\nmodel = \"{model}\""
            )
            .unwrap();
        }
        for route in &catalogue.routes {
            let targets: Vec<&str> = route.targets.iter().map(TargetId::as_str).collect();
            let modes: Vec<&str> = route.modes.iter().map(|mode| mode.as_str()).collect();
            let criticality = serde_json::to_string(&route.criticality).unwrap();
            writeln!(
                text,
                "[[routes]]\nid = \"{}\"\ncriticality = {criticality}\ntargets = {targets:?}\nmodes = {modes:?}",
                route.id
            )
            .unwrap();
        }
        for (name, gateway) in ["eu-1", "eu-2", "us-1"].iter().zip(&self.gateways) {
            let url = gateway.admin_url();
            writeln!(text, "[[gateways]]\nid = \"{name}\"\nadmin_url = \"{url}\"\ntoken = \"env:GATEWAY_TOKEN\"").unwrap();
        }
        text
    }

    fn environment(&self) -> Vec<(String, String)> {
        let catalogue = self.world.catalogue();
        let key = |access: &changeover_config::ProviderAccess| {
            let key = access.key.as_ref().map_or("", Secret::expose);
            (format!("KEY_{}", access.provider.id), key.to_owned())
        };
        let mut variables: Vec<_> = catalogue.providers.iter().map(key).collect();
        variables.push(("GATEWAY_TOKEN".into(), TOKEN.into()));
        variables
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_console_changes_nothing_and_finds_the_truth_again() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let file = folder.path().join("changeover.toml");
    std::fs::write(&file, outside.configuration()).unwrap();
    let data = folder.path().join("console");
    let arguments = ["--config", file.to_str().unwrap()];

    let console = Console::start(&arguments, &data, &outside.environment()).await;
    console.until("three gateways answer", |s| s["headline"]["gateways_in_sync"] == 3).await;
    let (status, applied) = console
        .call(
            "override_apply",
            &json!({
                "route": "chat", "target": "gpt-main", "holder": "mk", "reason": "killed in a moment",
                // The gateways' world runs faster than the console's: a day is enough for both.
                "until": outside.clock.now().0 + 24 * 3_600_000,
            }),
        )
        .await;
    assert_eq!(status, 200, "{applied}");
    // At once: the pushes may or may not have arrived.
    console.kill().await;

    let again = Console::start(&arguments, &data, &outside.environment()).await;
    let found = again.until("the override is proved by traffic", |s| done(s, "chat") == 3).await;
    let held = &found["overrides"][0];
    assert_eq!(held["generation"], applied["generation"], "the intent of before, not a new one");
    assert_eq!(held["override"]["reason"], "killed in a moment");
    let (_, audit) = again.call("audit_list", &json!({})).await;
    let applied_rows =
        audit["entries"].as_array().unwrap().iter().filter(|e| e["action"] == "override_applied");
    assert_eq!(applied_rows.count(), 1, "one command is one row, however often it is pushed");
    again.kill().await;

    // Without any console: callers are still served as the operator wanted.
    let route = RouteId::try_new("chat").unwrap();
    let before = outside.world.traffic_stats();
    let ok = |stats: &changeover_sandbox::TrafficStats| {
        stats.routes.iter().find(|counts| counts.route == route).map_or(0, |counts| counts.ok)
    };
    outside.clock.sleep(std::time::Duration::from_secs(20)).await;
    assert!(ok(&outside.world.traffic_stats()) > ok(&before), "callers of chat are served");
    for gateway in outside.gateways {
        gateway.shutdown().await;
    }
    outside.world.shutdown().await;
}
