//! What is worth a notification: what the engine tells of an alert.
//!
//! Not for deciding what that is: severity, maintenance windows, snoozes and grouping are the
//! engine's. Not for doing anything about it either: a notification informs; a lever is pulled in the
//! window, by a person who saw the plan.
//!
//! The rule it keeps: whatever was told once is not told again, be it seen in an event or in a
//! snapshot.

use std::collections::BTreeMap;

use changeover_domain::{NoticeKind, UnixMs};
use changeover_engine::contract::AlertView;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// The alert's: a later note of the same takes the place of the earlier.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// When each alert was last told.
#[derive(Debug)]
pub(crate) struct News(BTreeMap<String, UnixMs>);

impl News {
    /// Begins with what is so already: that stands on the board and is no news.
    pub(crate) fn since(alerts: &[AlertView]) -> Self {
        let told = alerts.iter().filter_map(|alert| Some((alert.key.clone(), at(alert)?)));
        Self(told.collect())
    }

    /// The news of one alert, if it is any.
    pub(crate) fn of(&mut self, alert: &AlertView) -> Option<Note> {
        let told = alert.told.as_ref()?;
        let before = self.0.insert(alert.key.clone(), told.at);
        if !told.on_desktop || before.is_some_and(|before| before >= told.at) {
            return None;
        }
        let word = word(told.kind)?;
        Some(Note {
            key: alert.key.clone(),
            title: format!("{word}{}", alert.title),
            text: plain(&alert.text),
        })
    }
}

fn at(alert: &AlertView) -> Option<UnixMs> {
    alert.told.as_ref().map(|told| told.at)
}

/// What stands before the title; `None` for what nobody needs to be shown.
fn word(kind: NoticeKind) -> Option<&'static str> {
    match kind {
        NoticeKind::Fired => Some(""),
        NoticeKind::Worsened => Some("Worse: "),
        NoticeKind::Updated => Some("Update: "),
        NoticeKind::Reminder => Some("Still so: "),
        NoticeKind::Resolved => Some("Over: "),
        NoticeKind::NoData => Some("No data: "),
        NoticeKind::Error => Some("Cannot be evaluated: "),
        NoticeKind::DataBack => Some("Data is back: "),
        // Whoever did it knows.
        NoticeKind::Acknowledged | NoticeKind::Test => None,
    }
}

/// Desktops may take a body as markup, and pages' words get into it.
fn plain(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

#[cfg(test)]
mod tests {
    use changeover_domain::{AlertState, Severity};
    use changeover_engine::contract::{AlertRuleId, Told};

    use super::*;

    fn alert(kind: NoticeKind, at: i64) -> AlertView {
        AlertView {
            key: "changeover/their_trouble/provider:anthropic".into(),
            rule: AlertRuleId::TheirTrouble,
            subject: "provider:anthropic".parse().unwrap(),
            provider: Some("anthropic".parse().unwrap()),
            event: None,
            severity: Severity::Critical,
            state: AlertState::Firing,
            since: UnixMs(0),
            open_since: Some(UnixMs(0)),
            title: "Anthropic: their outage, all models".into(),
            text: "529 in 9 of 10 probes".into(),
            children: vec![],
            value: Some(2.0),
            known: true,
            threshold: 1.0,
            acknowledged: None,
            snoozed: None,
            silenced_by: None,
            covered_by: None,
            told: Some(Told { kind, at: UnixMs(at), on_desktop: true }),
        }
    }

    #[test]
    fn what_was_told_is_shown_once_and_so_is_its_end() {
        let mut news = News::since(&[]);
        let fired = alert(NoticeKind::Fired, 10);
        let shown = news.of(&fired).unwrap();
        assert_eq!(shown.title, "Anthropic: their outage, all models");
        assert_eq!(shown.text, "529 in 9 of 10 probes");
        assert_eq!(news.of(&fired), None, "its figures changed, nothing was told");
        let over = news.of(&alert(NoticeKind::Resolved, 20)).unwrap();
        assert_eq!(over.title, "Over: Anthropic: their outage, all models");
        assert_eq!(over.key, shown.key, "it takes the place of the first");
    }

    #[test]
    fn what_stood_on_the_board_at_the_start_is_no_news() {
        let mut news = News::since(&[alert(NoticeKind::Fired, 10)]);
        assert_eq!(news.of(&alert(NoticeKind::Fired, 10)), None);
        assert!(news.of(&alert(NoticeKind::Reminder, 20)).is_some());
    }

    #[test]
    fn what_the_engine_does_not_tell_the_desktop_is_not_shown() {
        let mut news = News::since(&[]);
        let mut untold = alert(NoticeKind::Fired, 10);
        untold.told = None;
        assert_eq!(news.of(&untold), None, "withheld by a window, or pending");
        let mut minor = alert(NoticeKind::Fired, 10);
        minor.told = Some(Told { kind: NoticeKind::Fired, at: UnixMs(10), on_desktop: false });
        assert_eq!(news.of(&minor), None);
        assert_eq!(news.of(&alert(NoticeKind::Acknowledged, 20)), None);
    }

    #[test]
    fn what_a_page_says_is_no_markup() {
        let mut loud = alert(NoticeKind::Fired, 10);
        loud.text = "<a href='x'>click</a>".into();
        assert_eq!(News::since(&[]).of(&loud).unwrap().text, "‹a href='x'›click‹/a›");
    }
}
