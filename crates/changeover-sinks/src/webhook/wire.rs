//! The document: `type`, `timestamp` and `data`, as Standard Webhooks advises.

use changeover_domain::{Notice, NoticeKind};
use serde::Serialize;

use crate::written::time;

/// What is told, as it stands in the body.
#[derive(Debug, Serialize)]
pub(super) struct Event<'notice> {
    /// `alert.fired`
    r#type: String,
    /// When it was told, not when it was sent.
    timestamp: String,
    data: Data<'notice>,
}

#[derive(Debug, Serialize)]
struct Data<'notice> {
    /// The same for all that is told of one alert.
    key: &'notice str,
    rule: &'notice str,
    /// `provider:anthropic`
    subject: String,
    severity: &'static str,
    title: &'notice str,
    text: &'notice str,
    parts: &'notice [String],
    /// Since when it has been so.
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'notice str>,
}

impl<'notice> Event<'notice> {
    pub(super) fn of(notice: &'notice Notice) -> Self {
        Self {
            r#type: match notice.kind {
                NoticeKind::Test => "sink.test".to_owned(),
                kind => format!("alert.{}", kind.as_str()),
            },
            timestamp: time(notice.at),
            data: Data {
                key: &notice.key,
                rule: &notice.rule,
                subject: notice.subject.to_string(),
                severity: notice.severity.as_str(),
                title: &notice.title,
                text: &notice.text,
                parts: &notice.children,
                since: time(notice.since),
                by: notice.by.as_deref(),
            },
        }
    }
}
