//! Azure's feed as it is met.

use changeover_domain::{ComponentState, IncidentState};

use crate::tests::{at, channel, item, only, reading};
use crate::{Coverage, Platform};

#[test]
fn an_empty_channel_says_that_all_is_well() {
    let text = channel("Azure Status", "https://azure.status.microsoft/en-us/status/", "");
    let reading = reading(Platform::Azure, text);
    assert_eq!(reading.page, ComponentState::Operational);
    assert_eq!(reading.coverage, Coverage::OpenOnly, "gone means over");
}

#[test]
fn an_item_is_going_on_with_the_obsolete_zone_and_its_categories() {
    let item = item(
        "OpenAI - Errors in East US",
        "https://azure.status.microsoft/en-us/status/",
        "openai-errors-in-east-us",
        "Mon, 04 May 2026 10:00:00 Z",
        "<p>Impact:&nbsp;errors.</p>",
    )
    .replace("</item>", "<category>Azure OpenAI</category></item>");
    let text = channel("Azure Status", "https://azure.status.microsoft/en-us/status/", &item);
    let declared = only(reading(Platform::Azure, text));
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.components[0].name, "Azure OpenAI");
    assert_eq!(declared.updates[0].text, "Impact: errors.");
}

fn titled(title: &str, guid: &str, categories: [&str; 2]) -> String {
    let page = "https://azure.status.microsoft/en-us/status/";
    let item = item(title, page, guid, "Mon, 04 May 2026 10:00:00 Z", "<p>Errors.</p>");
    let [first, second] = categories;
    let categories = format!("<category>{first}</category><category>{second}</category></item>");
    item.replace("</item>", &categories)
}

fn natives(items: &str) -> Vec<String> {
    let page = "https://azure.status.microsoft/en-us/status/";
    let read = reading(Platform::Azure, channel("Azure Status", page, items));
    read.incidents.iter().map(|one| one.id.native.clone()).collect()
}

#[test]
fn an_item_stays_itself_when_its_title_and_with_it_its_id_are_edited() {
    let before = titled("OpenAI - Investigating", "openai-investigating", ["OpenAI", "East US"]);
    let after = titled("OpenAI - Mitigating", "openai-mitigating", ["East US", "OpenAI"]);
    assert_eq!(natives(&before), natives(&after));
}

#[test]
fn two_items_of_one_date_and_one_place_are_two() {
    let first = titled("Errors", "errors", ["OpenAI", "East US"]);
    let second = titled("Slow", "slow", ["OpenAI", "East US"]);
    let both = natives(&format!("{first}{second}"));
    assert_eq!(both.len(), 2);
    let mut turned = natives(&format!("{second}{first}"));
    turned.sort();
    assert_eq!(turned, both, "in whichever order they stand");
}

#[test]
fn the_state_stands_in_a_part_of_the_title() {
    let state = |title: &str| {
        let page = "https://azure.status.microsoft/en-us/status/";
        let text = channel("Azure Status", page, &titled(title, "x", ["OpenAI", "East US"]));
        only(reading(Platform::Azure, text)).state
    };
    assert_eq!(state("Azure OpenAI - East US - Mitigating"), IncidentState::Identified);
    assert_eq!(state("Mitigated - Network"), IncidentState::Monitoring);
    assert_eq!(state("Mitigated: Network"), IncidentState::Monitoring);
    assert_eq!(state("Active - Network"), IncidentState::Investigating);
}
