//! Golden bodies.

use changeover_domain::NoticeKind;

use super::*;
use crate::tests::{message, told};

fn body(message: &OutgoingMessage) -> String {
    let address =
        SecretAddress::try_new(Secret::new("https://hooks.example/T0/B0/s3cret")).unwrap();
    let slack = Slack::new(address);
    let request = slack.request(message).unwrap();
    assert!(request.headers.is_empty());
    std::str::from_utf8(&request.body).unwrap().to_owned()
}

#[test]
fn the_whole_post_is_as_slack_takes_it() {
    assert_eq!(
        body(&message()),
        concat!(
            r#"{"text":"Firing: Anthropic: their outage, all models","blocks":["#,
            r#"{"type":"header","text":{"type":"plain_text","#,
            r#""text":"Firing: Anthropic: their outage, all models","emoji":false}},"#,
            r#"{"type":"section","text":{"type":"plain_text","#,
            r#""text":"529 in 9 of 10 probes &amp; &lt;calls&gt;","emoji":false}},"#,
            r#"{"type":"section","text":{"type":"plain_text","#,
            r#""text":"claude-opus: their outage\nclaude-haiku: their outage","emoji":false}},"#,
            r#"{"type":"context","elements":[{"type":"plain_text","#,
            r#""text":"critical · since 2026-11-20T14:00:10Z","emoji":false}]}]}"#,
        )
    );
}

#[test]
fn a_notice_without_text_and_parts_has_no_empty_blocks() {
    let mut resolved = told(NoticeKind::Resolved);
    (resolved.notice.text, resolved.notice.children) = (String::new(), Vec::new());
    let post: serde_json::Value = serde_json::from_str(&body(&resolved)).unwrap();
    assert_eq!(post["blocks"].as_array().unwrap().len(), 2, "Slack refuses an empty block");
    assert_eq!(post["text"], "Resolved: Anthropic: their outage, all models");
}

#[test]
fn nothing_that_a_page_says_calls_a_channel_or_breaks_slacks_limits() {
    let mut loud = message();
    loud.notice.title = "<!channel> ".repeat(30);
    loud.notice.text = "&".repeat(1_000);
    loud.notice.children = vec!["<".repeat(200); 21];
    let text = body(&loud);
    assert!(!text.contains("<!channel>"));
    let post: serde_json::Value = serde_json::from_str(&text).unwrap();
    let length = |path: &str| post.pointer(path).unwrap().as_str().unwrap().chars().count();
    assert!(length("/blocks/0/text/text") <= 150);
    assert!(length("/blocks/1/text/text") <= 3_000);
    assert!(length("/blocks/2/text/text") <= 3_000);
}

#[test]
fn what_slack_will_never_take_is_not_sent_again() {
    assert_eq!([400, 403, 404, 410, 408].map(Slack::refuses), [true, true, true, true, false]);
}
