use changeover_domain::{NoticeKind, Severity};
use proptest::prelude::*;

use super::*;

const START: UnixMs = UnixMs(1_700_000_000_000);
const BAD: Reading = Reading::Value(0.2);
const GOOD: Reading = Reading::Value(0.0);

fn rule() -> AlertRule {
    AlertRule {
        id: "errors".to_owned(),
        at_least: 0.05,
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
        self.see_in(rule, reading, Manner { severity, quiet, step: None, is_old: false }, now)
    }

    fn see_in(
        &mut self,
        rule: &AlertRule,
        reading: Reading,
        manner: Manner<'_>,
        now: UnixMs,
    ) -> Option<NoticeKind> {
        self.alert.observe(rule, reading, now);
        self.telling.next(&self.alert, rule, manner, now)
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

/// Plays steps of a page, one look every ten seconds, and gives what was told with its second.
fn told_of_steps(looks: &[(usize, &str, Quiet)], is_old: bool) -> Vec<(i64, NoticeKind)> {
    let rule = AlertRule { pending_for: Duration::ZERO, remind_every: None, ..rule() };
    let mut known = Known::new();
    let each = looks.iter().flat_map(|(times, step, quiet)| vec![(*step, *quiet); *times]);
    let notices = (0..).zip(each).filter_map(|(index, (step, quiet))| {
        let manner = Manner { severity: Severity::Warning, quiet, step: Some(step), is_old };
        Some((index * 10, known.see_in(&rule, BAD, manner, at(index * 10))?))
    });
    notices.collect()
}

#[test]
fn what_is_well_for_a_moment_or_unseen_is_not_repeated() {
    let rule = AlertRule { keep_firing_for: Duration::from_secs(600), ..rule() };
    let well = told(&rule, &[(4, BAD), (15, GOOD), (1, BAD)]);
    assert_eq!(well, [(30, NoticeKind::Fired), (190, NoticeKind::Reminder)]);
    let rule = AlertRule { silent_for: Duration::from_secs(600), ..rule };
    let unseen = told(&rule, &[(4, BAD), (15, Reading::Missing), (1, BAD)]);
    assert_eq!(unseen, [(30, NoticeKind::Fired), (190, NoticeKind::Reminder)]);
}

#[test]
fn a_step_is_told_once_and_those_that_follow_within_a_minute_as_one() {
    use NoticeKind::{Fired, Updated};
    use Quiet::Loud;
    let one = told_of_steps(&[(12, "a", Loud), (20, "b", Loud)], false);
    assert_eq!(one, [(0, Fired), (120, Updated)]);
    let coalesced =
        told_of_steps(&[(1, "a", Loud), (1, "b", Loud), (1, "c", Loud), (20, "d", Loud)], false);
    assert_eq!(coalesced, [(0, Fired), (60, Updated)]);
    let back = told_of_steps(&[(1, "a", Loud), (3, "b", Loud), (20, "a", Loud)], false);
    assert_eq!(back, [(0, Fired)], "it is where people know it to be");
}

#[test]
fn a_step_that_was_withheld_is_told_when_it_may_be_and_never_to_whoever_has_it_in_hand() {
    use NoticeKind::{Fired, Updated};
    use Quiet::{Known, Loud, Silent};
    let windowed = told_of_steps(&[(10, "a", Loud), (10, "b", Silent), (10, "b", Loud)], false);
    assert_eq!(windowed, [(0, Fired), (200, Updated)]);
    let taken_on = told_of_steps(&[(10, "a", Loud), (30, "b", Known)], false);
    assert_eq!(taken_on, [(0, Fired)]);
}

#[test]
fn what_was_so_before_anybody_looked_is_told_from_its_first_move_on() {
    use NoticeKind::{Updated, Worsened};
    use Quiet::Loud;
    assert_eq!(told_of_steps(&[(90, "a", Loud)], true), [], "not even a reminder");
    assert_eq!(told_of_steps(&[(10, "a", Loud), (9, "b", Loud)], true), [(100, Updated)]);
    assert_eq!(told_of_steps(&[(1, "a", Loud), (9, "b", Loud)], true), [(60, Updated)]);
    let rule = AlertRule { pending_for: Duration::ZERO, ..rule() };
    let mut known = Known::new();
    let mut see = |second, reading, severity| {
        let manner = Manner { severity, quiet: Loud, step: None, is_old: true };
        known.see_in(&rule, reading, manner, at(second))
    };
    assert_eq!(see(0, BAD, Severity::Warning), None);
    assert_eq!(see(200, BAD, Severity::Warning), None, "nobody is reminded of what nobody heard");
    assert_eq!(see(210, BAD, Severity::Critical), Some(Worsened));
    assert_eq!(see(220, GOOD, Severity::Critical), None);
    assert_eq!(see(250, GOOD, Severity::Critical), Some(NoticeKind::Resolved));
    assert_eq!(see(260, BAD, Severity::Warning), None, "and again");
    assert_eq!(see(270, GOOD, Severity::Warning), None);
    assert_eq!(see(300, GOOD, Severity::Warning), None, "an end of what nobody was told is none");
}

#[test]
fn what_another_document_adds_a_moment_after_the_first_look_is_the_same_look() {
    let rule = AlertRule { pending_for: Duration::ZERO, remind_every: None, ..rule() };
    let mut known = Known::new();
    let mut see = |second, severity, step| {
        let manner = Manner { severity, quiet: Quiet::Loud, step: Some(step), is_old: true };
        known.see_in(&rule, BAD, manner, at(second))
    };
    assert_eq!(see(0, Severity::Warning, "a"), None);
    assert_eq!(see(3, Severity::Critical, "a, graver"), None);
    assert_eq!(see(300, Severity::Critical, "a, graver"), None);
    assert_eq!(see(310, Severity::Critical, "b"), Some(NoticeKind::Updated));
}

#[test]
fn memory_of_before_there_were_steps_is_read_and_tells_nothing() {
    let rule = AlertRule { pending_for: Duration::ZERO, remind_every: None, ..rule() };
    let mut known = Known::new();
    assert_eq!(known.see(&rule, BAD, at(0)), Some(NoticeKind::Fired));
    let mut written = serde_json::to_value(&known).unwrap();
    let telling = written["telling"].as_object_mut().unwrap();
    telling.remove("step");
    telling.remove("unheard");
    let mut known: Known = serde_json::from_value(written).unwrap();
    let manner = |step| Manner {
        severity: Severity::Critical,
        quiet: Quiet::Loud,
        step: Some(step),
        is_old: false,
    };
    assert_eq!(known.see_in(&rule, BAD, manner("a"), at(100)), None);
    assert_eq!(known.see_in(&rule, BAD, manner("b"), at(110)), Some(NoticeKind::Updated));
}

#[test]
fn keys_of_different_alerts_differ() {
    assert_ne!(dedup_key("a/b", "c", None), dedup_key("a", "b/c", None));
    assert_ne!(dedup_key("a%2Fb", "c", None), dedup_key("a/b", "c", None));
    assert_ne!(dedup_key("a", "b", Some("c")), dedup_key("a", "b/c", None));
    assert_ne!(dedup_key("a", "b", Some("c/d")), dedup_key("a", "b", Some("c%2Fd")));
}

/// A reference that is written for being read: it looks at the whole history each time.
fn reference(rule: &AlertRule, history: &[(UnixMs, Reading)]) -> AlertState {
    let is_silent = |reading: Reading| !matches!(reading, Reading::Value(_));
    let breaks =
        |reading: Reading| matches!(reading, Reading::Value(value) if rule.is_breached(value));
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
                if rule.is_breached(*value) {
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
