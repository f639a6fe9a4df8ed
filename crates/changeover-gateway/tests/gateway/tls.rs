//! TLS of both listeners.

use changeover_gateway::Gateway;
use serde_json::json;

use crate::support::certificates::{Authority, tls};
use crate::support::{Bench, OPERATOR, streamed_text};

async fn state(bench: &Bench, client: &reqwest::Client) -> Result<u16, String> {
    let url = format!("{}/admin/v1/state", bench.gateway().admin_url());
    let answer = client.get(url).bearer_auth(OPERATOR).send().await;
    answer
        .map(|answer| answer.status().as_u16())
        .map_err(|error| changeover_http::error_chain(&error))
}

#[tokio::test]
async fn applications_are_answered_over_tls_whole_and_streaming() {
    let authority = Authority::new("ours");
    let bench = Bench::start_with(|settings| settings.tls = tls(authority.server(None))).await;
    assert!(bench.gateway().base_url().starts_with("https://"));
    let url = format!("{}/v1/chat/completions", bench.gateway().base_url());
    let client = authority.client(None);
    for stream in [false, true] {
        let body = json!({"model": "chat", "stream": stream,
            "messages": [{"role": "user", "content": "hello"}]});
        let answer = client.post(&url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(text.contains("from a"), "{text}");
        if stream {
            assert_eq!(streamed_text(&text).0, "from a");
        }
    }
    let stranger = Authority::new("theirs").client(None);
    let refused = stranger.post(&url).body("{}").send().await;
    assert!(refused.is_err(), "who does not know the authority does not talk to it");
    let clear = url.replacen("https", "http", 1);
    assert!(client.post(clear).body("{}").send().await.is_err(), "nothing is said in clear");
}

#[tokio::test]
async fn consoles_must_show_a_certificate_of_the_authority_and_a_token() {
    let (authority, strangers) = (Authority::new("ours"), Authority::new("theirs"));
    let files = authority.server(Some(&authority.certificate()));
    let bench = Bench::start_with(|settings| {
        // Other machines may reach it: that needs certificates.
        settings.admin_listen = "0.0.0.0:0".parse().unwrap();
        settings.admin_tls = tls(files);
    })
    .await;
    let port = bench.gateway().admin_url().rsplit_once(':').unwrap().1.to_owned();
    let state = async |client: reqwest::Client, token: &str| {
        let url = format!("https://127.0.0.1:{port}/admin/v1/state");
        let answer = client.get(url).bearer_auth(token).send().await;
        answer.map(|answer| answer.status().as_u16())
    };
    let certified = || authority.client(Some(&authority));
    assert_eq!(state(certified(), OPERATOR).await.unwrap(), 200);
    assert_eq!(state(certified(), "another").await.unwrap(), 401, "a certificate is no token");
    assert!(state(authority.client(None), OPERATOR).await.is_err(), "no certificate");
    assert!(state(authority.client(Some(&strangers)), OPERATOR).await.is_err(), "not of ours");
}

#[tokio::test]
async fn an_admin_api_that_others_reach_does_not_start_without_clients_certificates() {
    let authority = Authority::new("ours");
    let bench = Bench::start().await;
    let mut settings = bench.settings();
    settings.state_dir = settings.state_dir.join("other");
    settings.admin_listen = "0.0.0.0:0".parse().unwrap();
    settings.admin_tls = tls(authority.server(None));
    let refused = Gateway::start(settings, bench.clock.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("(`client_ca`)"), "{refused}");
}

#[tokio::test]
async fn a_reload_shows_the_new_certificate_to_those_who_come_and_cuts_nobody() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let bench = Bench::start_with(|settings| settings.admin_tls = tls(old.server(None))).await;
    let earlier = old.client(None);
    assert_eq!(state(&bench, &earlier).await, Ok(200));
    let mut settings = bench.settings();
    settings.admin_tls = tls(new.server(None));
    let reloaded = bench.gateway().reload(settings).unwrap();
    assert_eq!(reloaded.changed, ["admin.tls changed"]);
    assert_eq!(state(&bench, &earlier).await, Ok(200), "its connection goes on");
    assert_eq!(state(&bench, &new.client(None)).await, Ok(200));
    assert!(state(&bench, &old.client(None)).await.is_err(), "the old one is shown no more");
}

#[tokio::test]
async fn tls_is_not_taken_away_by_a_reload() {
    let authority = Authority::new("ours");
    let bench =
        Bench::start_with(|settings| settings.admin_tls = tls(authority.server(None))).await;
    let refused = bench.gateway().reload(bench.settings()).unwrap_err().to_string();
    assert!(refused.starts_with("`admin.tls` cannot be changed"), "{refused}");
}

#[tokio::test]
async fn files_that_were_renewed_in_place_are_named_by_a_reload() {
    let (ours, old, new) = (Authority::new("ours"), Authority::new("old"), Authority::new("new"));
    let client_ca = old.certificate();
    let files = ours.server(Some(&client_ca));
    let bench = Bench::start_with(|settings| settings.admin_tls = tls(files.clone())).await;
    let reloaded = || {
        let mut settings = bench.settings();
        settings.admin_tls = tls(files.clone());
        bench.gateway().reload(settings).unwrap().changed
    };
    assert!(reloaded().is_empty(), "nothing has changed");
    std::fs::copy(new.certificate(), &client_ca).unwrap();
    assert_eq!(reloaded(), ["admin.tls changed"], "another authority in the same file");
    assert_eq!(state(&bench, &ours.client(Some(&new))).await, Ok(200));
    assert!(state(&bench, &ours.client(Some(&old))).await.is_err());
    ours.server(Some(&client_ca));
    assert_eq!(reloaded(), ["admin.tls changed"], "another certificate in the same file");
}
