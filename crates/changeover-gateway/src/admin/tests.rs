use std::collections::BTreeSet;

use axum::http::Method;
use changeover_clock::Clock;
use changeover_config::Catalogue;
use changeover_domain::GatewayId;
use changeover_http::Secret;

use super::*;
use crate::gateway::Gateway;
use crate::settings::{AdminToken, GatewaySettings};

#[test]
fn the_openapi_file_knows_every_path_and_no_other() {
    let file = include_str!("../../../../docs/gateway-admin.openapi.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let declared: BTreeSet<&str> =
        file["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let served: BTreeSet<&str> =
        endpoints().into_iter().map(|(path, _, _)| path).chain(["/healthz", "/readyz"]).collect();
    assert_eq!(served, declared);
}

const TOKENS: [(&str, Role); 3] =
    [("o-1", Role::Observe), ("p-1", Role::Operate), ("a-1", Role::Admin)];

async fn started(directory: &std::path::Path) -> Gateway {
    let id = GatewayId::try_new("g1").unwrap();
    let mut settings = GatewaySettings::new(id, directory.to_owned(), Catalogue::default());
    settings.tokens = TOKENS
        .map(|(secret, role)| AdminToken {
            name: role.as_str().to_owned(),
            secret: Secret::new(secret),
            role,
        })
        .to_vec();
    Gateway::start(settings, Clock::system()).await.unwrap()
}

/// A path that fits the pattern; what it names need not exist to be allowed to ask for it.
fn filled(path: &str) -> String {
    path.replace("{route}", "chat").replace("{id}", "r1").replace("{name}", "probes")
}

#[tokio::test]
async fn every_endpoint_opens_to_its_role_and_those_above_and_to_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = started(directory.path()).await;
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    for (path, needed, _) in endpoints() {
        let url = format!("{}{}", gateway.admin_url(), filled(path));
        let mut served = 0;
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            let ask = |token: Option<&str>| {
                let request = http.request(method.clone(), &url);
                let request =
                    token.iter().fold(request, |request, token| request.bearer_auth(token));
                async { request.send().await.unwrap().status().as_u16() }
            };
            let anonymous = ask(None).await;
            if anonymous == 405 {
                continue;
            }
            served += 1;
            assert_eq!(anonymous, 401, "{method} {path} without a token");
            assert_eq!(ask(Some("x")).await, 401, "{method} {path} with an unknown token");
            for (token, role) in TOKENS {
                let status = ask(Some(token)).await;
                let opens = !matches!(status, 401 | 403);
                assert_eq!(opens, role >= needed, "{method} {path} as {role:?}: {status}");
            }
        }
        assert!(served > 0, "{path} takes no method");
    }
}
