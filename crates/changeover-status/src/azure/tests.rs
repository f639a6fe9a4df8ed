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
