//! What is written in the messages of several sinks in the same way.

use changeover_domain::{NoticeKind, UnixMs};

/// A time as RFC 3339 in UTC. One that no calendar has is written as the number it is.
pub(crate) fn time(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

/// The word before a title.
pub(crate) fn word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Fired => "Firing",
        NoticeKind::Worsened => "Worse",
        NoticeKind::Updated => "Update",
        NoticeKind::Reminder => "Still firing",
        NoticeKind::Resolved => "Resolved",
        NoticeKind::NoData => "No data",
        NoticeKind::Error => "Cannot be evaluated",
        NoticeKind::DataBack => "Data is back",
        NoticeKind::Acknowledged => "Acknowledged",
        NoticeKind::Test => "Test",
    }
}
