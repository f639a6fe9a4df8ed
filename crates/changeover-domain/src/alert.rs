//! Alerts and notices: what they are about, how much they matter, and what people are told.
//!
//! Not for when an alert fires (policy), and not for how a notice travels (sinks). The rule it
//! keeps: a notice holds only what a person may read anywhere; no secret has a place in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    GatewayId, IdError, OutgoingId, ProviderId, RouteId, SinkId, TargetId, UnixMs, WindowId,
};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nobody has to act.
    Info,
    /// Somebody should look soon.
    Warning,
    /// Callers are hurt now.
    Critical,
}

impl Severity {
    /// The word, as it stands in configuration, database and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Where an alert stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    #[default]
    Normal,
    /// Breached, but not yet for long enough.
    Pending,
    Firing,
    /// Nothing comes in to be evaluated.
    NoData,
    /// It cannot be evaluated.
    Error,
}

/// What people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Fired,
    /// What fires matters more than was told.
    Worsened,
    /// What fires has moved on: a page has more to say of it.
    Updated,
    Reminder,
    /// What fired has ended.
    Resolved,
    NoData,
    Error,
    /// Readings have come back, and nothing fires.
    DataBack,
    /// Somebody has taken it on.
    Acknowledged,
    /// Nothing is the matter: somebody tries whether a sink delivers.
    Test,
}

impl NoticeKind {
    /// The word, as it stands in database and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Worsened => "worsened",
            Self::Updated => "updated",
            Self::Reminder => "reminder",
            Self::Resolved => "resolved",
            Self::NoData => "no_data",
            Self::Error => "error",
            Self::DataBack => "data_back",
            Self::Acknowledged => "acknowledged",
            Self::Test => "test",
        }
    }
}

/// What an alert or a maintenance window is about. As text: `provider:anthropic`, `everything`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Subject {
    Provider(ProviderId),
    Target(TargetId),
    Route(RouteId),
    Gateway(GatewayId),
    /// The console and all that it watches.
    Everything,
}

/// Why a text names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    #[error(
        "expected `provider:ID`, `target:ID`, `route:ID`, `gateway:ID` or `everything`, not `{0}`"
    )]
    Form(String),
    #[error(transparent)]
    Id(#[from] IdError),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(id) => write!(f, "provider:{id}"),
            Self::Target(id) => write!(f, "target:{id}"),
            Self::Route(id) => write!(f, "route:{id}"),
            Self::Gateway(id) => write!(f, "gateway:{id}"),
            Self::Everything => f.write_str("everything"),
        }
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        Ok(match text.split_once(':') {
            Some(("provider", id)) => Self::Provider(id.parse()?),
            Some(("target", id)) => Self::Target(id.parse()?),
            Some(("route", id)) => Self::Route(id.parse()?),
            Some(("gateway", id)) => Self::Gateway(id.parse()?),
            None if text == "everything" => Self::Everything,
            _ => return Err(SubjectError::Form(text.chars().take(60).collect())),
        })
    }
}

/// The longest title and text of a notice, in characters.
pub const MAX_TITLE: usize = 200;
pub const MAX_TEXT: usize = 1_000;
/// How many parts of one event a notice names, and how long each may be.
pub const MAX_CHILDREN: usize = 20;

/// What people are told once, of one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Notice {
    pub kind: NoticeKind,
    /// The same for everything that is told of one rule and one subject, in every run of the
    /// program, so that a sink that keeps incidents opens one and closes it.
    pub key: String,
    pub rule: String,
    pub subject: Subject,
    pub severity: Severity,
    /// "Anthropic: their outage, all models"
    pub title: String,
    /// The evidence in a sentence or two; may be empty.
    pub text: String,
    /// What it consists of: the models of a provider, what its page says.
    pub children: Vec<String>,
    /// When this was told.
    pub at: UnixMs,
    /// Since when it has been so.
    pub since: UnixMs,
    /// Who acknowledged it or asked for the test.
    #[serde(default)]
    pub by: Option<String>,
}

impl Notice {
    /// Cuts what is too long, at a character: what pages and vendors say ends up in here.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.title = cut(&self.title, MAX_TITLE);
        self.text = cut(&self.text, MAX_TEXT);
        let more = self.children.len().saturating_sub(MAX_CHILDREN);
        self.children.truncate(MAX_CHILDREN);
        for child in &mut self.children {
            *child = cut(child, MAX_TITLE);
        }
        if more > 0 {
            self.children.push(format!("and {more} more"));
        }
        self
    }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Where a message to a sink stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingState {
    Queued,
    Delivered,
    /// Tried for as long as it is worth it, or refused for good.
    GivenUp,
}

/// One notice on its way to one sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutgoingMessage {
    /// The same at every attempt: receivers know a repetition by it.
    pub id: OutgoingId,
    pub sink: SinkId,
    pub notice: Notice,
    pub state: OutgoingState,
    pub attempts: u32,
    pub created_at: UnixMs,
    /// While it is queued; not before then.
    pub next_try_at: Option<UnixMs>,
    pub last_tried_at: Option<UnixMs>,
    /// When an attempt was begun of which nobody knows how it ended: at a sink that cannot tell a
    /// repetition. One that was given up with this may have arrived.
    #[serde(default)]
    pub begun_at: Option<UnixMs>,
    /// When it was delivered or given up.
    pub done_at: Option<UnixMs>,
    /// What the last attempt ended in, when it was not delivered by it.
    pub problem: Option<String>,
}

/// A time in which what is the matter with a subject is expected, and nobody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MaintenanceWindow {
    pub id: WindowId,
    pub subject: Subject,
    pub from: UnixMs,
    pub until: UnixMs,
    pub reason: String,
    pub by: String,
    /// It stands in the configuration file, and is changed there.
    pub configured: bool,
}

impl MaintenanceWindow {
    /// Whether it is open at `now`.
    #[must_use]
    pub fn is_open(&self, now: UnixMs) -> bool {
        self.from <= now && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(title: &str, children: usize) -> Notice {
        Notice {
            kind: NoticeKind::Fired,
            key: "changeover/their_trouble/provider:anthropic".into(),
            rule: "their_trouble".into(),
            subject: "provider:anthropic".parse().unwrap(),
            severity: Severity::Critical,
            title: title.into(),
            text: String::new(),
            children: (0..children).map(|index| format!("model {index}")).collect(),
            at: UnixMs(2),
            since: UnixMs(1),
            by: None,
        }
    }

    #[test]
    fn a_subject_reads_back_from_its_text() {
        for text in ["provider:anthropic", "target:a:b", "route:chat", "gateway:eu-1", "everything"]
        {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
        }
        for bad in ["", "chat", "model:x", "provider:", "everything:1", "provider:A b"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?} names nothing");
        }
    }

    #[test]
    fn a_notice_is_bounded_whatever_a_page_says() {
        let long = notice(&"ü".repeat(5_000), 50).bounded();
        assert_eq!(long.title.chars().count(), MAX_TITLE);
        assert!(long.title.ends_with('…'), "the cut shows");
        assert_eq!(long.children.len(), MAX_CHILDREN + 1);
        assert_eq!(long.children[MAX_CHILDREN], "and 30 more");
        let short = notice("all is said", 2);
        assert_eq!(short.clone().bounded(), short, "what fits is left alone");
    }

    #[test]
    fn a_window_is_open_from_its_start_until_right_before_its_end() {
        let window = MaintenanceWindow {
            id: WindowId::try_new("w-1").unwrap(),
            subject: Subject::Everything,
            from: UnixMs(10),
            until: UnixMs(20),
            reason: "deploy".into(),
            by: "mk".into(),
            configured: false,
        };
        let open: Vec<bool> =
            [9, 10, 19, 20].iter().map(|at| window.is_open(UnixMs(*at))).collect();
        assert_eq!(open, [false, true, true, false]);
    }
}
