use changeover_domain::{NoticeKind, Severity};
use proptest::prelude::*;

use super::*;

const START: UnixMs = UnixMs(1_700_000_000_000);
const BAD: Reading = Reading::Value(0.2);
const GOOD: Reading = Reading::Value(0.0);

fn rule() -> AlertRule {
    AlertRule {
        id: "errors".to_owned(),
        threshold: Threshold::AtLeast(0.05),
        pending_for: Duration::from_secs(30),
        keep_firing_for: Duration::from_secs(20),
        silent_for: Duration::from_secs(40),
        remind_every: Some(Duration::from_secs(120)),
    }
}

fn at(second: i64) -> UnixMs {
    START.plus_millis(second * 1_000)
}

/// An alert together with what people know of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    alert: Alert,
    telling: Telling,
}

impl Known {
    fn new() -> Self {
        Self { alert: Alert::new(START), telling: Telling::new(START) }
    }

    fn see(&mut self, rule: &AlertRule, reading: Reading, now: UnixMs) -> Option<NoticeKind> {
        self.see_as(rule, reading, (Severity::Critical, Quiet::Loud), now)
    }

    fn see_as(
        &mut self,
        rule: &AlertRule,
        reading: Reading,
        (severity, quiet): (Severity, Quiet),
        now: UnixMs,
    ) -> Option<NoticeKind> {
        self.alert.observe(rule, reading, now);
        self.telling.next(&self.alert, rule, Manner { severity, quiet }, now)
    }
}

/// Plays readings at one every ten seconds, and gives the notices with their second.
fn told(rule: &AlertRule, readings: &[(usize, Reading)]) -> Vec<(i64, NoticeKind)> {
    let loud: Vec<_> = readings
        .iter()
        .map(|(times, reading)| (*times, *reading, Severity::Critical, Quiet::Loud))
        .collect();
    told_as(rule, &loud)
}

fn told_as(
    rule: &AlertRule,
    readings: &[(usize, Reading, Severity, Quiet)],
) -> Vec<(i64, NoticeKind)> {
    let mut known = Known::new();
    let each = readings.iter().flat_map(|(times, reading, severity, quiet)| {
        vec![(*reading, (*severity, *quiet)); *times]
    });
    let notices = (0..).zip(each).filter_map(|(index, (reading, how))| {
        Some((index * 10, known.see_as(rule, reading, how, at(index * 10))?))
    });
    notices.collect()
}

#[test]
fn it_fires_after_its_time_reminds_and_is_resolved_after_its_time() {
    let notices = told(&rule(), &[(2, GOOD), (20, BAD), (5, GOOD)]);
    assert_eq!(
        notices,
        [(50, NoticeKind::Fired), (170, NoticeKind::Reminder), (240, NoticeKind::Resolved)]
    );
}

#[test]
fn what_does_not_last_is_told_to_nobody() {
    assert_eq!(told(&rule(), &[(3, BAD), (1, GOOD), (3, BAD), (4, GOOD)]), []);
}

#[test]
fn a_short_recovery_ends_nothing() {
    let notices = told(&rule(), &[(4, BAD), (2, GOOD), (3, BAD), (3, GOOD)]);
    assert_eq!(notices, [(30, NoticeKind::Fired), (110, NoticeKind::Resolved)]);
}

#[test]
fn no_data_and_a_failed_evaluation_are_told_once_and_so_is_their_end() {
    let notices = told(
        &rule(),
        &[(1, GOOD), (10, Reading::Missing), (1, GOOD), (6, Reading::Failed), (1, GOOD)],
    );
    assert_eq!(
        notices,
        [
            (50, NoticeKind::NoData),
            (110, NoticeKind::DataBack),
            (160, NoticeKind::Error),
            (180, NoticeKind::DataBack)
        ]
    );
}

#[test]
fn a_firing_alert_whose_readings_stop_stays_open_and_is_resolved_in_the_end() {
    let notices = told(&rule(), &[(4, BAD), (6, Reading::Missing), (1, BAD), (3, GOOD)]);
    assert_eq!(
        notices,
        [(30, NoticeKind::Fired), (80, NoticeKind::NoData), (130, NoticeKind::Resolved)]
    );
}

#[test]
fn a_value_that_is_no_number_is_a_failed_evaluation() {
    let notices = told(&rule(), &[(6, Reading::Value(f64::NAN))]);
    assert_eq!(notices, [(40, NoticeKind::Error)]);
}

#[test]
fn what_is_withheld_is_told_when_it_may_be_and_still_fires() {
    use Quiet::{Loud, Silent};
    use Severity::Critical;
    let window_ends = told_as(&rule(), &[(9, BAD, Critical, Silent), (2, BAD, Critical, Loud)]);
    assert_eq!(window_ends, [(90, NoticeKind::Fired)]);
    let over_by_then = told_as(
        &rule(),
        &[(6, BAD, Critical, Silent), (4, GOOD, Critical, Silent), (5, GOOD, Critical, Loud)],
    );
    assert_eq!(over_by_then, [], "nobody was told of it, so nobody is told of its end");
}

#[test]
fn whoever_was_told_is_told_of_the_end_even_in_a_window() {
    use Quiet::{Loud, Silent};
    use Severity::Critical;
    let notices = told_as(
        &rule(),
        &[(4, BAD, Critical, Loud), (20, BAD, Critical, Silent), (4, GOOD, Critical, Silent)],
    );
    assert_eq!(notices, [(30, NoticeKind::Fired), (260, NoticeKind::Resolved)], "no reminder");
}

#[test]
fn an_acknowledged_alert_is_heard_of_again_only_when_it_gets_worse_or_ends() {
    use Quiet::{Known, Loud};
    use Severity::{Critical, Warning};
    let notices = told_as(
        &rule(),
        &[
            (4, BAD, Warning, Loud),
            (20, BAD, Warning, Known),
            (20, BAD, Critical, Known),
            (3, GOOD, Critical, Known),
        ],
    );
    assert_eq!(
        notices,
        [(30, NoticeKind::Fired), (240, NoticeKind::Worsened), (460, NoticeKind::Resolved)]
    );
}

#[test]
fn a_snooze_that_ends_while_it_fires_tells_it_again() {
    let rule = AlertRule { remind_every: None, ..rule() };
    let mut known = Known::new();
    let mut tell = |second, quiet| known.see_as(&rule, BAD, (Severity::Warning, quiet), at(second));
    assert_eq!(tell(0, Quiet::Loud), None);
    assert_eq!(tell(30, Quiet::Loud), Some(NoticeKind::Fired));
    assert_eq!(tell(40, Quiet::Silent), None);
    assert_eq!(tell(90, Quiet::Again), Some(NoticeKind::Reminder));
    assert_eq!(tell(100, Quiet::Loud), None);
}

#[test]
fn keys_of_different_alerts_differ() {
    assert_ne!(dedup_key("a/b", "c"), dedup_key("a", "b/c"));
    assert_ne!(dedup_key("a%2Fb", "c"), dedup_key("a/b", "c"));
}

/// A reference that is written for being read: it looks at the whole history each time.
fn reference(rule: &AlertRule, history: &[(UnixMs, Reading)]) -> AlertState {
    let is_silent = |reading: Reading| !matches!(reading, Reading::Value(_));
    let breaks = |reading: Reading| matches!(reading, Reading::Value(value) if rule.threshold.is_breached(value));
    let mut open = false;
    let mut state = AlertState::Normal;
    for (index, (now, reading)) in history.iter().enumerate() {
        // Since when an unbroken run of such readings lasts.
        let since = |such: &dyn Fn(Reading) -> bool| {
            let run = history[..=index].iter().rev().take_while(|(_, reading)| such(*reading));
            run.last().map(|(at, _)| *at)
        };
        let lasted = |such: &dyn Fn(Reading) -> bool, time: Duration| {
            since(such).is_some_and(|from| now.since(from) >= time)
        };
        if is_silent(*reading) {
            if lasted(&is_silent, rule.silent_for) {
                let missing = matches!(reading, Reading::Missing);
                state = if missing { AlertState::NoData } else { AlertState::Error };
            }
            continue;
        }
        let well = |reading: Reading| !is_silent(reading) && !breaks(reading);
        if open {
            open = !lasted(&well, rule.keep_firing_for);
            state = if open { AlertState::Firing } else { AlertState::Normal };
        } else if breaks(*reading) {
            // Readings that fail for a while and not for long break no run of breaches.
            let pending = matches!(state, AlertState::Pending);
            let from = if pending { pending_since(rule, &history[..=index]) } else { *now };
            open = now.since(from) >= rule.pending_for;
            state = if open { AlertState::Firing } else { AlertState::Pending };
        } else {
            state = AlertState::Normal;
        }
    }
    state
}

/// When the last run of breaches began: short silences do not end it, long ones and good values do.
fn pending_since(rule: &AlertRule, history: &[(UnixMs, Reading)]) -> UnixMs {
    let mut began: Option<UnixMs> = None;
    let mut silent: Option<UnixMs> = None;
    for (at, reading) in history {
        match reading {
            Reading::Value(value) => {
                silent = None;
                if rule.threshold.is_breached(*value) {
                    began.get_or_insert(*at);
                } else {
                    began = None;
                }
            }
            Reading::Missing | Reading::Failed => {
                let from = *silent.get_or_insert(*at);
                if at.since(from) >= rule.silent_for {
                    began = None;
                }
            }
        }
    }
    began.unwrap_or(history.last().map_or(START, |(at, _)| *at))
}

fn any_reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        3 => Just(BAD),
        3 => Just(GOOD),
        1 => Just(Reading::Missing),
        1 => Just(Reading::Failed),
    ]
}

fn any_history() -> impl Strategy<Value = Vec<(UnixMs, Reading)>> {
    let runs = proptest::collection::vec((any_reading(), 1_usize..8, 1_i64..15), 1..20);
    runs.prop_map(|runs| {
        let mut second = 0;
        let mut history = Vec::new();
        for (reading, times, apart) in runs {
            for _ in 0..times {
                second += apart;
                history.push((at(second), reading));
            }
        }
        history
    })
}

proptest! {
    #[test]
    fn it_stands_where_the_reference_says(history in any_history()) {
        let rule = rule();
        let mut alert = Alert::new(START);
        for (index, (now, reading)) in history.iter().enumerate() {
            alert.observe(&rule, *reading, *now);
            prop_assert_eq!(alert.state(), reference(&rule, &history[..=index]), "after {:?}", &history[..=index]);
        }
    }

    /// Fired and resolved come in turn; reminders only in between, and never too early.
    #[test]
    fn whoever_is_told_that_it_fires_is_told_when_it_ends(history in any_history()) {
        let rule = rule();
        let mut known = Known::new();
        let (mut open, mut last) = (false, START);
        for (now, reading) in &history {
            let Some(kind) = known.see(&rule, *reading, *now) else { continue };
            match kind {
                NoticeKind::Fired => { prop_assert!(!open); open = true; }
                NoticeKind::Resolved => { prop_assert!(open); open = false; }
                NoticeKind::Reminder => {
                    prop_assert!(open && now.since(last) >= Duration::from_secs(120));
                }
                NoticeKind::DataBack => prop_assert!(!open),
                NoticeKind::NoData | NoticeKind::Error => {}
                other => prop_assert!(false, "{:?} is never told by itself", other),
            }
            last = *now;
        }
    }

    #[test]
    fn a_restart_in_the_middle_tells_nothing_twice(history in any_history(), cut in 0_usize..60) {
        let rule = rule();
        let (mut kept, mut restarted) = (Known::new(), Known::new());
        for (index, (now, reading)) in history.iter().enumerate() {
            if index == cut {
                let written = serde_json::to_string(&restarted).unwrap();
                restarted = serde_json::from_str(&written).unwrap();
            }
            prop_assert_eq!(kept.see(&rule, *reading, *now), restarted.see(&rule, *reading, *now));
        }
    }
}
