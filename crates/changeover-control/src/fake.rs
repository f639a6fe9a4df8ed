//! Gateways for tests: real HTTP on loopback, documents of the domain's own types.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use changeover_clock::Clock;
use changeover_domain::admin::{
    Effective, EffectiveCause, GatewayState, OverridePut, Problem, ProblemKind, RouteState,
};
use changeover_domain::{
    Criticality, GatewayId, Generation, Mode, OnExpiry, RouteId, TargetId, UnixMs,
};
use changeover_http::{ClientPolicy, Secret, client};

use crate::{GatewayAccess, GatewayAdmin, native};

pub(crate) const TOKEN: &str = "operate-5ecret";

/// Serves `admin` below `/admin/v1` until the test's runtime ends, and gives its address.
pub(crate) async fn serve(admin: Router) -> String {
    let router = Router::new().nest("/admin/v1", admin);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The adapter to what answers at `admin_url`.
pub(crate) fn gateway(id: &str, admin_url: &str, clock: &Clock) -> Arc<dyn GatewayAdmin> {
    let access = GatewayAccess {
        id: gateway_id(id),
        admin_url: admin_url.to_owned(),
        token: Secret::new(TOKEN),
    };
    // Longer than any limit under test, so that the limit under test is the one that ends it.
    let policy =
        ClientPolicy { connect_timeout: Duration::from_secs(3_600), ..ClientPolicy::default() };
    native(access, client(&policy).unwrap(), clock.clone())
}

pub(crate) fn gateway_id(id: &str) -> GatewayId {
    GatewayId::try_new(id).unwrap()
}

pub(crate) fn route_id(id: &str) -> RouteId {
    RouteId::try_new(id).unwrap()
}

/// The state of a gateway with the one route `chat`.
pub(crate) fn state(gateway: &str, generation: u64) -> GatewayState {
    GatewayState {
        gateway: gateway_id(gateway),
        version: "0.1.0".into(),
        started_at: UnixMs(1),
        now: UnixMs(2),
        generation: Generation(generation),
        routes: vec![route_state("chat", generation)],
    }
}

pub(crate) fn route_state(route: &str, generation: u64) -> RouteState {
    let primary = TargetId::try_new("claude").unwrap();
    RouteState {
        route: route_id(route),
        criticality: Criticality::MustSucceed,
        targets: vec![primary.clone(), TargetId::try_new("gpt").unwrap()],
        modes: vec![Mode::Full, Mode::Off],
        generation: Generation(generation),
        etag: format!("\"{route}-{generation}\""),
        r#override: None,
        expiry_held: false,
        effective: Effective {
            target: Some(primary),
            mode: Mode::Full,
            since: UnixMs(1),
            cause: EffectiveCause::Configured,
        },
        breakers: vec![],
    }
}

pub(crate) fn wanted() -> OverridePut {
    OverridePut {
        target: Some(TargetId::try_new("gpt").unwrap()),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "ana".into(),
        reason: "529s".into(),
        until: UnixMs(9_000),
        on_expiry: OnExpiry::Hold,
        generation: Some(Generation(4)),
        break_interlocks: vec![],
    }
}

pub(crate) fn problem(kind: ProblemKind) -> Problem {
    Problem {
        r#type: kind.urn(),
        title: "no".into(),
        status: kind.status(),
        detail: String::new(),
        changed_by: None,
        changed_at: None,
        interlocks: vec![],
    }
}
