//! A world whose servers are asked by name, with the client that probes and gateways use.

use changeover_http::error_chain;
use changeover_http::wire::WireClient;

use super::*;

async fn named() -> (World, Clock, WireClient) {
    let clock = Clock::scaled(START, 20.0);
    let settings = WorldSettings { seed: 7, traffic: Vec::new(), by_name: true };
    let world = World::start(clock.clone(), settings).await.unwrap();
    let client = WireClient::with_names("test", &world.names()).unwrap();
    client.believe(world.catalogue().servers()).unwrap();
    (world, clock, client)
}

/// The status of what comes back, or the causes of its absence.
async fn said(client: &WireClient, url: &str) -> String {
    match client.get(url).await {
        Ok(answer) => answer.status.as_u16().to_string(),
        Err(error) => error_chain(&error),
    }
}

/// Asks until what is said holds the words.
async fn until_said(clock: &Clock, client: &WireClient, url: &str, words: &str) {
    let mut last = String::new();
    let asking = async {
        while !last.contains(words) {
            last = said(client, url).await;
            clock.sleep(Duration::from_millis(500)).await;
        }
    };
    let waited = clock.timeout(Duration::from_secs(600), asking).await;
    assert!(waited.is_ok(), "never `{words}` of {url}, but {last}");
}

#[tokio::test]
async fn every_vendor_is_found_by_its_name_and_one_speaks_tls() {
    let (world, _, client) = named().await;
    let catalogue = world.catalogue();
    assert_eq!(catalogue.providers.len(), 4);
    for (url, tls) in catalogue.servers() {
        assert_eq!(said(&client, url).await, "404", "{url}: there, and nothing at this path");
        assert_eq!(url.starts_with("https://azure."), !tls.is_usual(), "{url}");
    }
    let summary = catalogue.routes.iter().find(|route| route.id.as_str() == "summary");
    let regions: Vec<_> = summary.unwrap().targets.iter().map(|id| catalogue.target(id)).collect();
    let [Some(sweden), Some(virginia)] = regions[..] else { panic!("two targets: {regions:?}") };
    assert_eq!(sweden.region.as_deref(), Some("swedencentral"));
    assert_eq!(virginia.region.as_deref(), Some("eastus2"));
    assert!(catalogue.prices.contains_key(&sweden.id), "no list knows a deployment's name");
}

#[tokio::test]
async fn a_name_that_is_gone_is_not_found_though_a_connection_stood_and_comes_back() {
    let (world, clock, client) = named().await;
    let (anthropic, openai) = (base(&world, "anthropic"), base(&world, "openai"));
    assert_eq!(said(&client, &anthropic).await, "404");
    world.play(scenario("anthropic", "from_s = 1\nname_gone = true"), clock.now());
    until_said(&clock, &client, &anthropic, "dns error").await;
    assert_eq!(said(&client, &openai).await, "404", "the others are found");
    world.play(Scenario::builtin("calm").unwrap(), clock.now());
    until_said(&clock, &client, &anthropic, "404").await;
}

#[tokio::test]
async fn each_broken_certificate_is_refused_by_the_client_for_what_it_is() {
    let (world, clock, client) = named().await;
    let azure = base(&world, "azure");
    assert_eq!(said(&client, &azure).await, "404");
    for (certificate, words) in [
        ("expired", "certificate expired"),
        ("other_host", "not valid for name"),
        ("unknown_issuer", "UnknownIssuer"),
    ] {
        let fault = format!("from_s = 1\ncertificate = \"{certificate}\"");
        world.play(scenario("azure", &fault), clock.now());
        until_said(&clock, &client, &azure, words).await;
    }
    world.play(Scenario::builtin("calm").unwrap(), clock.now());
    until_said(&clock, &client, &azure, "404").await;
}

#[tokio::test]
async fn without_a_resolver_no_name_is_found_and_only_a_number_answers() {
    let (world, clock, client) = named().await;
    let neutral = world.neutral_hosts();
    assert_eq!((neutral.len(), said(&client, &neutral[0]).await.as_str()), (2, "200"));
    let text = "title = \"t\"\ndescription = \"d\"\nseed = 3\nduration_s = 600\n\
                [[own_network]]\nlost = \"names\"\nfrom_s = 1\n";
    let cut = ConfigSource::from_text(Path::new("own.toml"), text);
    world.play(Scenario::from_source(&cut).unwrap(), clock.now());
    for url in [&neutral[0], &base(&world, "gemini"), &base(&world, "azure")] {
        until_said(&clock, &client, url, "dns error").await;
    }
    assert_eq!(said(&client, &neutral[1]).await, "200", "a number needs no resolver");
    world.play(Scenario::builtin("own-network-gone").unwrap(), clock.now().plus_millis(-60_000));
    until_said(&clock, &client, &neutral[1], "refused").await;
    world.play(Scenario::builtin("calm").unwrap(), clock.now());
    until_said(&clock, &client, &neutral[0], "200").await;
}

#[tokio::test]
async fn a_proxy_of_ours_and_the_neutral_hosts_can_be_lost_alone() {
    let (world, clock, client) = named().await;
    let (azure, openai) = (base(&world, "azure"), base(&world, "openai"));
    let neutral = world.neutral_hosts();
    let lost = |what: &str| {
        let text = format!(
            "title = \"t\"\ndescription = \"d\"\nseed = 3\nduration_s = 600\n\
             [[own_network]]\nlost = \"{what}\"\nfrom_s = 1\n"
        );
        let cut = ConfigSource::from_text(Path::new("own.toml"), &text);
        world.play(Scenario::from_source(&cut).unwrap(), clock.now());
    };
    lost("tls");
    until_said(&clock, &client, &azure, "UnknownIssuer").await;
    assert_eq!(said(&client, &openai).await, "404", "what is not encrypted passes");
    assert_eq!(said(&client, &neutral[0]).await, "200");
    lost("neutral");
    until_said(&clock, &client, &neutral[0], "refused").await;
    until_said(&clock, &client, &neutral[1], "refused").await;
    until_said(&clock, &client, &azure, "404").await;
    assert_eq!(said(&client, &openai).await, "404", "the vendors answer");
}

#[tokio::test]
async fn a_world_by_number_shuts_its_doors_where_a_name_would_be_lost() {
    let (world, clock) = world(Vec::new()).await;
    assert!(world.neutral_hosts().is_empty());
    let client = WireClient::new("test").unwrap();
    let anthropic = base(&world, "anthropic");
    assert!(anthropic.starts_with("http://127.0.0.1:"), "{anthropic}");
    world.play(scenario("anthropic", "from_s = 1\nname_gone = true"), clock.now());
    until_said(&clock, &client, &anthropic, "refused").await;
}
