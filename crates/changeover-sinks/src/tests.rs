//! One message for all, and the sinks against real servers on loopback.

mod attempts;

use changeover_domain::{
    Notice, NoticeKind, OutgoingId, OutgoingMessage, OutgoingState, Severity, SinkId, UnixMs,
};

/// 20 November 2026, 14:00 UTC.
const T0: UnixMs = UnixMs(1_795_183_200_000);

pub(crate) fn message() -> OutgoingMessage {
    OutgoingMessage {
        id: OutgoingId::try_new("msg_01").unwrap(),
        sink: SinkId::try_new("ops").unwrap(),
        notice: Notice {
            kind: NoticeKind::Fired,
            key: "changeover/their_trouble/provider:anthropic".into(),
            rule: "their_trouble".into(),
            subject: "provider:anthropic".parse().unwrap(),
            severity: Severity::Critical,
            title: "Anthropic: their outage, all models".into(),
            text: "529 in 9 of 10 probes & <calls>".into(),
            children: vec!["claude-opus: their outage".into(), "claude-haiku: their outage".into()],
            at: T0.plus_millis(40_000),
            since: T0.plus_millis(10_000),
            by: None,
        },
        state: OutgoingState::Queued,
        attempts: 0,
        created_at: T0.plus_millis(40_000),
        next_try_at: Some(T0.plus_millis(40_000)),
        last_tried_at: None,
        begun_at: None,
        done_at: None,
        problem: None,
    }
}

pub(crate) fn told(kind: NoticeKind) -> OutgoingMessage {
    let mut message = message();
    message.notice.kind = kind;
    message
}
