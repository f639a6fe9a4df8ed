//! Which pages are watched, and with what is known of them.

use super::*;
use crate::setup::StatusPage;

/// The documented file with pages of Anthropic's of its own.
fn with_pages(pages: &str) -> Result<Setup, String> {
    let next = "[[providers]]\nid = \"openai\"";
    let text = with_secrets(DOCUMENTED);
    assert!(text.contains(next));
    load_text(&text.replacen(next, &format!("{pages}\n{next}"), 1))
}

fn of<'a>(setup: &'a Setup, provider: &str) -> Vec<&'a StatusPage> {
    setup.pages.iter().filter(|page| page.provider.as_str() == provider).collect()
}

fn anthropic(pages: &str) -> StatusPage {
    let setup = with_pages(pages).unwrap();
    let own = of(&setup, "anthropic");
    assert_eq!(own.len(), 1);
    own[0].clone()
}

#[test]
fn the_documented_configuration_watches_the_known_pages_with_all_that_is_known_of_them() {
    let setup = load_text(&with_secrets(DOCUMENTED)).unwrap();
    for (provider, id) in [("anthropic", "anthropic-status"), ("openai", "openai-status")] {
        let pages = of(&setup, provider);
        assert_eq!(pages.len(), 1);
        assert_eq!(pages[0].id.as_str(), id);
        assert!(pages[0].fallback.is_some(), "its feed stands by");
        let apps = pages[0].components.iter().filter(|component| !component.serves);
        assert!(apps.count() > 3, "an incident of its apps does not colour the API");
        assert!(!pages[0].known_models.is_empty());
    }
    assert!(of(&setup, "gemini").is_empty(), "the cloud's page is another API's");
}

#[test]
fn a_configured_page_keeps_what_is_known_and_not_said() {
    let known = anthropic("");
    let paced = anthropic("[[providers.status]]\nid = \"anthropic-status\"\ninterval_s = 300\n");
    assert_eq!(paced.interval, std::time::Duration::from_secs(300));
    assert_eq!((&paced.url, &paced.fallback), (&known.url, &known.fallback));
    assert_eq!(paced.components, known.components);
    let by_host = anthropic(
        "[[providers.status]]\nid = \"claude\"\nplatform = \"statuspage\"\n\
         url = \"https://status.claude.com/history.atom\"\n",
    );
    assert_eq!(by_host.components, known.components);
    assert_eq!(by_host.fallback, None, "a document is no stand-in for itself");
    let bare = anthropic(
        "[[providers.status]]\nid = \"anthropic-status\"\ncomponents = []\nflaps = true\n",
    );
    assert!(bare.components.is_empty() && bare.flaps, "what is said counts");
}

#[test]
fn a_page_that_has_moved_keeps_nothing_of_what_was_known_of_the_old_one() {
    for moved in [
        "platform = \"instatus\"\nurl = \"https://status.claude.com/summary.json\"",
        "platform = \"statuspage\"\nurl = \"https://status.example.com/api/v2/summary.json\"",
    ] {
        let page =
            anthropic(&format!("[[providers.status]]\nid = \"anthropic-status\"\n{moved}\n"));
        assert!(page.components.is_empty() && page.fallback.is_none(), "{moved}");
    }
}

#[test]
fn a_page_that_nobody_knows_needs_its_address_and_a_component_something_to_be_known_by() {
    let lost = with_pages("[[providers.status]]\nid = \"mine\"\n").err().unwrap();
    assert!(lost.contains("`mine` is no page that is known of this provider"), "{lost}");
    assert!(lost.contains("it needs its `url`"), "{lost}");
    let nameless = with_pages(
        "[[providers.status]]\nid = \"anthropic-status\"\ncomponents = [{ serves = false }]\n",
    );
    let nameless = nameless.err().unwrap();
    assert!(nameless.contains("known by its `id` or by the names"), "{nameless}");
}
