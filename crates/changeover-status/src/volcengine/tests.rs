//! Volcengine's feed as it is met.

use changeover_domain::IncidentState;

use crate::Platform;
use crate::tests::{at, channel, only, reading};

fn item(title: &str, date: &str, body: &str) -> String {
    format!(
        "<item><title>{title}</title><link>https://status.volcengine.com/ark</link><pubDate>{date}</pubDate><description>{body}</description></item>"
    )
}

#[test]
fn two_items_without_ids_are_the_beginning_and_the_end_of_one_incident() {
    let items = [
        item("火山方舟 异常(已恢复)", "Mon, 04 May 2026 19:00:00 +0800", "好了"),
        item("火山方舟 异常", "Mon, 04 May 2026 18:00:00 +0800", "看看"),
    ];
    let text = channel("Ark", "https://status.volcengine.com/", &items.concat());
    let declared = only(reading(Platform::Volcengine, &text));
    assert_eq!(declared.title, "火山方舟 异常");
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    let again = only(reading(Platform::Volcengine, text));
    assert_eq!(declared.id, again.id, "the same at every reading");
}
