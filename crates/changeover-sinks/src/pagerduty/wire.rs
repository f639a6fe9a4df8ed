//! The event, in the Common Event Format.

use changeover_domain::{Notice, NoticeKind};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::written::{time, word};

/// PagerDuty's own limits, in characters.
const SUMMARY_LIMIT: usize = 1_024;
const KEY_LIMIT: usize = 255;

#[derive(Debug, Serialize)]
pub(super) struct Event<'notice> {
    routing_key: &'notice str,
    event_action: Action,
    dedup_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload<'notice>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Trigger,
    Acknowledge,
    Resolve,
}

#[derive(Debug, Serialize)]
struct Payload<'notice> {
    summary: String,
    source: String,
    severity: &'static str,
    timestamp: String,
    class: &'notice str,
    custom_details: Details<'notice>,
}

#[derive(Debug, Serialize)]
struct Details<'notice> {
    text: &'notice str,
    parts: &'notice [String],
    since: String,
}

impl<'notice> Event<'notice> {
    pub(super) fn of(notice: &'notice Notice, routing_key: &'notice str) -> Self {
        let event_action = action(notice.kind);
        let tells = event_action == Action::Trigger;
        Self {
            routing_key,
            event_action,
            dedup_key: key(&notice.key),
            client: tells.then_some("Changeover"),
            payload: tells.then(|| Payload {
                summary: summary(notice),
                source: notice.subject.to_string(),
                severity: notice.severity.as_str(),
                timestamp: time(notice.at),
                class: &notice.rule,
                custom_details: Details {
                    text: &notice.text,
                    parts: &notice.children,
                    since: time(notice.since),
                },
            }),
        }
    }
}

fn action(kind: NoticeKind) -> Action {
    match kind {
        NoticeKind::Fired
        | NoticeKind::Worsened
        | NoticeKind::Updated
        | NoticeKind::Reminder
        | NoticeKind::NoData
        | NoticeKind::Error
        | NoticeKind::Test => Action::Trigger,
        NoticeKind::Acknowledged => Action::Acknowledge,
        NoticeKind::Resolved | NoticeKind::DataBack => Action::Resolve,
    }
}

/// An incident's title stays what it is when it is told again, so only what is no alarm says so.
fn summary(notice: &Notice) -> String {
    let title = match notice.kind {
        NoticeKind::NoData | NoticeKind::Error | NoticeKind::Test => {
            format!("{}: {}", word(notice.kind), notice.title)
        }
        _ => notice.title.clone(),
    };
    title.chars().take(SUMMARY_LIMIT).collect()
}

/// A key that is too long for PagerDuty is replaced by its hash: still one key for one alert.
fn key(key: &str) -> String {
    if key.chars().count() <= KEY_LIMIT {
        return key.to_owned();
    }
    let hash = Sha256::digest(key.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("changeover/{hex}")
}
