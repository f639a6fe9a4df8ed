//! A console and a gateway on different machines: TLS, and certificates on both sides.
//!
//! The real engine with a configuration file, the real gateway, certificates of an authority of the
//! test's own. What must hold: the console reads the gateway and pulls its lever over it; who lacks
//! the certificate, or shows a wrong or an expired one, is told what to mend.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

#[path = "support/two_targets.rs"]
mod two_targets;

use std::path::Path;

use changeover_clock::Clock;
use changeover_domain::{ConvergenceStep, GatewayId, Mode, OnExpiry};
use changeover_engine::contract::{OverrideApply, OverridePlanAsked, Snapshot};
use changeover_engine::{Engine, EngineOptions, World};
use changeover_gateway::{Gateway, GatewaySettings, Tls, TlsFiles};
use changeover_journeys::journey::{route, step, target, until};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

/// Who issues certificates, into one folder.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Writes `name.pem` and `name.key`.
    fn issue(&self, folder: &Path, name: &str, expired: bool) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        if expired {
            (params.not_before, params.not_after) =
                (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

/// Everything on disk, and the gateway that runs.
struct Stand {
    folder: tempfile::TempDir,
    gateway: Gateway,
}

impl Stand {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
        std::fs::write(at("ours.pem"), &ours.pem).unwrap();
        std::fs::write(at("theirs.pem"), &theirs.pem).unwrap();
        ours.issue(folder.path(), "gateway", false);
        ours.issue(folder.path(), "console", false);
        ours.issue(folder.path(), "expired", true);
        theirs.issue(folder.path(), "stranger", false);
        let files = TlsFiles {
            certificate: at("gateway.pem"),
            key: at("gateway.key"),
            client_ca: Some(at("ours.pem")),
        };
        let id = GatewayId::try_new("far").unwrap();
        let settings = GatewaySettings {
            admin_tls: Some(Tls::read(files).unwrap()),
            tokens: vec![two_targets::token()],
            ..GatewaySettings::new(id, at("state"), two_targets::catalogue())
        };
        let gateway = Gateway::start(settings, Clock::system()).await.unwrap();
        Self { folder, gateway }
    }

    /// A console whose file has this `tls` of the gateway, with a data directory of its own.
    async fn console(&self, name: &str, tls: &str) -> Engine {
        let file = self.folder.path().join(format!("{name}.toml"));
        let address = self.gateway.admin_url();
        let text = two_targets::console_file(&[("far", address, format!("tls = {{ {tls} }}"))]);
        std::fs::write(&file, text).unwrap();
        let data_dir = Some(self.folder.path().join(name));
        Engine::start(EngineOptions { world: World::Configured(file), data_dir }).await.unwrap()
    }
}

fn problem(snapshot: &Snapshot) -> Option<&str> {
    snapshot.gateways.iter().find_map(|gateway| gateway.problem.as_deref())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lever_is_pulled_over_tls_with_certificates_on_both_sides() {
    let stand = Stand::start().await;
    let shown = "ca = \"ours.pem\", certificate = \"console.pem\", key = \"console.key\"";
    let engine = stand.console("console", shown).await;
    until(&engine, "the gateway is read", |s| s.headline.gateways_in_sync == 1).await;
    let plan = engine
        .override_plan(OverridePlanAsked {
            route: route("chat"),
            target: Some(target("b")),
            mode: Mode::Full,
            forced_breakers: vec![],
            until: None,
        })
        .await
        .unwrap();
    let apply = OverrideApply {
        route: route("chat"),
        target: Some(target("b")),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: "a is slow".into(),
        until: engine.snapshot().now.plus_millis(3_600_000),
        on_expiry: OnExpiry::ReturnIfHealthy,
        break_interlocks: vec![],
        expected: Some(plan.expected),
    };
    engine.override_apply(apply).await.unwrap();
    let loaded = Some(ConvergenceStep::Loaded);
    until(&engine, "it is read back", |s| step(s, "chat", "far") == loaded).await;
    engine.shutdown().await;
    engine.close().await.unwrap();
    stand.gateway.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_what_tls_needs_is_told_what_to_mend() {
    let stand = Stand::start().await;
    let shows = |name: &str| {
        format!("ca = \"ours.pem\", certificate = \"{name}.pem\", key = \"{name}.key\"")
    };
    for (name, tls, expected) in [
        ("nothing", String::new(), "set `tls.ca` of this gateway"),
        ("wrong-ca", "ca = \"theirs.pem\"".to_owned(), "set `tls.ca` of this gateway"),
        ("none-shown", "ca = \"ours.pem\"".to_owned(), "wants to be shown a certificate"),
        ("a-strangers", shows("stranger"), "of no authority that it believes"),
        ("an-expired", shows("expired"), "shown to the gateway has expired"),
    ] {
        let engine = stand.console(name, &tls).await;
        let seen = until(&engine, "its problem is told", |s| problem(s).is_some()).await;
        let told = problem(&seen).unwrap();
        assert!(told.contains(expected), "{name}: {told}");
        engine.shutdown().await;
        engine.close().await.unwrap();
    }
    stand.gateway.shutdown().await;
}
