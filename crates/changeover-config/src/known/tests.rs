//! The built-in list held against what the vendors publish.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_list_is_read_and_every_page_has_an_id_and_an_encrypted_address_of_its_own() {
    let known = KnownProviders::built_in().unwrap();
    let pages = || known.providers.iter().flat_map(|provider| &provider.pages);
    let ids: BTreeSet<&str> = pages().map(|page| page.id.as_str()).collect();
    assert_eq!(ids.len(), pages().count());
    for page in pages() {
        let addresses = [Some(&page.url), page.fallback.as_ref()];
        assert!(addresses.into_iter().flatten().all(|url| url.starts_with("https://")));
        assert!(page.interval_s >= 30, "{}: a guest asks seldom", page.id);
    }
}

#[test]
fn every_provider_that_people_ask_for_is_known_by_its_api() {
    let known = KnownProviders::built_in().unwrap();
    for (url, id) in [
        ("https://api.anthropic.com", "anthropic"),
        ("https://api.openai.com/v1", "openai"),
        ("https://generativelanguage.googleapis.com", "gemini"),
        ("https://europe-west4-aiplatform.googleapis.com", "vertex"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "bedrock"),
        ("https://ours.openai.azure.com/", "azure-openai"),
        ("https://api.mistral.ai", "mistral"),
        ("https://api.x.ai", "xai"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://api.cohere.com", "cohere"),
        ("https://api.groq.com/openai", "groq"),
        ("https://api.together.xyz", "together"),
        ("https://api.fireworks.ai:443/inference", "fireworks"),
        ("https://api.perplexity.ai", "perplexity"),
        ("https://openrouter.ai/api", "openrouter"),
        ("https://router.huggingface.co", "huggingface"),
        ("https://api.replicate.com", "replicate"),
    ] {
        let (provider, _) = known.provider(url).expect(url);
        assert_eq!(provider.id, id, "{url}");
    }
    for url in ["http://127.0.0.1:4000", "https://api.openai.com.evil.test", "openai"] {
        assert!(known.provider(url).is_none(), "{url}");
    }
}

#[test]
fn a_page_per_region_has_the_region_in_its_components() {
    let known = KnownProviders::built_in().unwrap();
    let pages = known.pages("https://bedrock-runtime.eu-west-1.amazonaws.com");
    assert_eq!(pages[0].components[0].id.as_deref(), Some("bedrock-eu-west-1"));
    assert!(pages[0].components[0].only, "the list is shared with all of AWS");
    assert_eq!(pages[0].fallback, None, "its feed names events by another identity");
}

/// Each page with its platform, the host of its documents and what its components are known by, as the
/// vendors publish them.
const PAGES: [(&str, &str, StatusPlatform, &str, &[&str]); 14] = [
    (
        "https://api.anthropic.com",
        "anthropic-status",
        StatusPlatform::Statuspage,
        "status.claude.com",
        &[
            "k8w3r06qmzrp",
            "0qbwn08sd68x",
            "rwppv331jlwc",
            "yyzkbfz2thpt",
            "bpp5gb3hpjcl",
            "0scnb50nvy53",
        ],
    ),
    (
        "https://api.openai.com",
        "openai-status",
        StatusPlatform::IncidentIo,
        "status.openai.com",
        &[],
    ),
    (
        "https://aiplatform.googleapis.com",
        "vertex-status",
        StatusPlatform::GoogleCloud,
        "status.cloud.google.com",
        &["Z0FZJAMvEB4j3NbCJs6B", "sdXM79fz1FS6ekNpu37K"],
    ),
    (
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "bedrock-status",
        StatusPlatform::AwsHealth,
        "health.aws.amazon.com",
        &["bedrock-us-east-1"],
    ),
    (
        "https://ours.openai.azure.com",
        "azure-status",
        StatusPlatform::Azure,
        "azure.status.microsoft",
        &[],
    ),
    ("https://api.x.ai", "xai-status", StatusPlatform::Xai, "status.x.ai", &[]),
    (
        "https://api.deepseek.com",
        "deepseek-status",
        StatusPlatform::Flashcat,
        "status.deepseek.com",
        &[],
    ),
    (
        "https://api.cohere.com",
        "cohere-status",
        StatusPlatform::IncidentIo,
        "status.cohere.com",
        &[],
    ),
    ("https://api.groq.com", "groq-status", StatusPlatform::IncidentIo, "groqstatus.com", &[]),
    (
        "https://api.together.xyz",
        "together-status",
        StatusPlatform::BetterStack,
        "status.together.ai",
        &[],
    ),
    (
        "https://api.fireworks.ai",
        "fireworks-status",
        StatusPlatform::BetterStack,
        "status.fireworks.ai",
        &[],
    ),
    (
        "https://api.perplexity.ai",
        "perplexity-status",
        StatusPlatform::IncidentIo,
        "status.perplexity.com",
        &[],
    ),
    (
        "https://router.huggingface.co",
        "huggingface-status",
        StatusPlatform::BetterStack,
        "status.huggingface.co",
        &[],
    ),
    (
        "https://api.replicate.com",
        "replicate-status",
        StatusPlatform::Statuspage,
        "www.cloudflarestatus.com",
        &["fvgfcmy66tdr"],
    ),
];

#[test]
fn each_page_is_on_its_platform_at_its_host_with_its_components() {
    let known = KnownProviders::built_in().unwrap();
    for (base_url, id, platform, at, components) in PAGES {
        let pages = known.pages(base_url);
        let [page] = pages.as_slice() else { panic!("{base_url}: {pages:?}") };
        assert_eq!((page.id.as_str(), page.platform), (id, platform));
        assert_eq!(host(&page.url), Some(at), "{id}");
        let ids = page.components.iter().filter_map(|one| one.id.as_deref());
        assert_eq!(ids.collect::<Vec<_>>(), components, "{id}");
    }
    for without in ["generativelanguage.googleapis.com", "api.mistral.ai", "openrouter.ai"] {
        assert_eq!(known.pages(&format!("https://{without}")), [], "{without}");
    }
    let all = known.providers.iter().flat_map(|provider| &provider.pages);
    assert_eq!(all.count(), PAGES.len());
}

#[test]
fn a_component_without_an_id_has_a_name_and_none_stands_twice() {
    let known = KnownProviders::built_in().unwrap();
    for page in known.providers.iter().flat_map(|provider| &provider.pages) {
        let mut seen = BTreeSet::new();
        for component in &page.components {
            assert!(component.id.is_some() || !component.was.is_empty(), "{}", page.id);
            for name in component.id.iter().chain(&component.was) {
                assert!(seen.insert(name.to_lowercase()), "{}: {name}", page.id);
            }
        }
    }
}

#[test]
fn openais_apps_are_told_from_its_api() {
    let known = KnownProviders::built_in().unwrap();
    let page = known.pages("https://api.openai.com").remove(0);
    let apps: BTreeSet<&str> = page
        .components
        .iter()
        .filter(|one| !one.serves)
        .flat_map(|one| one.was.iter().map(String::as_str))
        .collect();
    for app in ["Conversations", "ChatGPT Work", "Codex Web", "CLI", "GPTs", "Login"] {
        assert!(apps.contains(app), "{app}");
    }
    for api in ["Chat Completions", "Responses", "Images", "Embeddings", "Realtime", "Batch"] {
        assert!(!apps.contains(api), "{api}");
    }
}

#[test]
fn every_provider_serves_vendors_that_are_listed_and_no_name_stands_twice() {
    let known = KnownProviders::built_in().unwrap();
    let vendors: BTreeSet<&str> = known.vendors.iter().map(|vendor| vendor.id.as_str()).collect();
    assert_eq!(vendors.len(), known.vendors.len());
    for provider in &known.providers {
        assert!(!provider.vendors.is_empty(), "{}", provider.id);
        assert!(provider.vendors.iter().all(|id| vendors.contains(id.as_str())), "{}", provider.id);
    }
    let mut names = BTreeSet::new();
    for model in known.vendors.iter().flat_map(|vendor| &vendor.models) {
        assert!(!model.says.is_empty());
        for name in &model.says {
            let words = name.to_lowercase().replace(['-', '.', '_'], " ");
            assert!(names.insert(words), "{name} stands twice");
        }
    }
}

#[test]
fn a_page_behind_a_proxy_is_known_by_its_id_and_the_models_by_the_api_that_is_spoken() {
    let known = KnownProviders::built_in().unwrap();
    let proxy = "https://llm.example.com";
    let page = known.page(proxy, "openai-status", None, None).unwrap();
    assert_eq!(page.platform, StatusPlatform::IncidentIo);
    assert_eq!(known.page("https://api.anthropic.com", "openai-status", None, None), None);
    assert_eq!(known.page(proxy, "bedrock-status", None, None), None, "it needs a region");
    let says = |kind| known.models(proxy, kind).flat_map(|model| &model.says).count();
    assert!(says(ProviderKind::Anthropic) > 20);
    assert_eq!(says(ProviderKind::OpenaiCompatible), 0);
}
