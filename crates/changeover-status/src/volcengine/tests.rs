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

#[test]
fn an_incident_that_is_over_when_it_is_told_has_its_beginning_and_its_end() {
    let items = [
        item("异常(已恢复)", "Mon, 04 May 2026 18:20:00 +0800", "服务已恢复，请关注。"),
        item("异常(已恢复)", "Mon, 04 May 2026 18:10:00 +0800", "流量被误拦截。"),
        item("异常(已恢复)", "Mon, 04 May 2026 12:20:00 +0800", "服务已恢复，请关注。"),
        item("异常(已恢复)", "Mon, 04 May 2026 12:00:00 +0800", "正在排查。"),
    ];
    let text = channel("Ark", "https://status.volcengine.com/", &items.concat());
    let reading = reading(Platform::Volcengine, text);
    let spans: Vec<_> =
        reading.incidents.iter().map(|one| (one.started_at, one.ended_at.unwrap())).collect();
    assert_eq!(
        spans,
        [
            (at("2026-05-04T10:10:00Z"), at("2026-05-04T10:20:00Z")),
            (at("2026-05-04T04:00:00Z"), at("2026-05-04T04:20:00Z"))
        ],
        "two of one title and one day are two"
    );
}

#[test]
fn a_text_that_says_that_some_have_recovered_closes_nothing() {
    let items = [
        item("异常", "Mon, 04 May 2026 18:20:00 +0800", "部分模型已恢复，其余模型仍在处理中。"),
        item("异常", "Mon, 04 May 2026 18:10:00 +0800", "正在排查。"),
    ];
    let text = channel("Ark", "https://status.volcengine.com/", &items.concat());
    let declared = only(reading(Platform::Volcengine, text));
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.updates.len(), 2);
}
