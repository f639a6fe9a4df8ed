//! From readings to what people are told: the machine of each alert, what withholds its notices, and
//! the notices that are left. Pure.

use changeover_domain::{
    AlertState, MaintenanceWindow, Notice, NoticeKind, Subject, UnixMs, WindowId,
};
use changeover_policy::alert::{Manner, Quiet, Reading, dedup_key};

use super::Alerts;
use super::evaluate::Evaluation;
use super::record::{AlertRecord, Cover};
use super::rules::{Rule, Rules};
use crate::contract::{AlertRuleId, Told};

/// What the readings are looked at with.
pub(crate) struct Around<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) windows: &'a [MaintenanceWindow],
    pub(crate) now: UnixMs,
}

/// Alerts after a step, and what has come of it.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) records: Alerts,
    /// Keys of those worth a write.
    pub(crate) moved: Vec<String>,
    /// Keys of those whose subject is not watched any more.
    pub(crate) gone: Vec<String>,
    pub(crate) notices: Vec<Notice>,
}

/// Takes one evaluation of everything in.
pub(crate) fn raise(before: &Alerts, evaluations: Vec<Evaluation>, around: &Around<'_>) -> Step {
    let mut step = Step::default();
    for evaluation in evaluations {
        let Some(rule) = around.rules.get(evaluation.rule) else { continue };
        let key = key(evaluation.rule, &evaluation.subject);
        let known = before.get(&key).cloned();
        let record = observe(known, evaluation, rule, around);
        step.records.insert(key, record);
    }
    let states: Vec<(String, Standing)> =
        step.records.iter().map(|(key, record)| (key.clone(), standing(record))).collect();
    for (key, record) in &mut step.records {
        let Some(rule) = around.rules.get(record.matter.rule) else { continue };
        cover(record, &states);
        step.notices.extend(tell(key, record, rule, around));
        if before.get(key).is_none_or(|before| before.matter != record.matter) {
            step.moved.push(key.clone());
        }
    }
    for (key, record) in before.iter().filter(|(key, _)| !step.records.contains_key(*key)) {
        step.notices.extend(let_go(key, record, around.now));
        step.gone.push(key.clone());
    }
    step
}

/// The key of a rule's alert on a subject.
pub(crate) fn key(rule: AlertRuleId, subject: &Subject) -> String {
    dedup_key(rule.as_str(), &subject.to_string())
}

fn observe(
    known: Option<AlertRecord>,
    evaluation: Evaluation,
    rule: &Rule,
    around: &Around<'_>,
) -> AlertRecord {
    let Evaluation { rule: id, subject, provider, reading, severity, words, concerns } = evaluation;
    let mut record = known.unwrap_or_else(|| AlertRecord::new(id, subject, provider, around.now));
    record.silenced_by = silenced_by(&record.matter.subject, &concerns, around);
    let is_open = record.matter.alert.open_since().is_some();
    // That nothing is known is told once, by another rule. What is open stays open all the same: not
    // being seen any more is no end.
    let reading = match reading {
        Reading::Missing if !is_open && is_told_elsewhere(id) => Reading::Value(0.0),
        reading => reading,
    };
    record.value = match reading {
        Reading::Value(value) => Some(value),
        Reading::Missing | Reading::Failed => None,
    };
    record.matter.alert.observe(&rule.machine, reading, around.now);
    // What is well again, or not seen any more, is spoken of as it was when it was not well.
    let is_unseen = reading == Reading::Missing && record.matter.alert.open_since().is_some();
    if let Some(words) = words.filter(|_| !is_unseen) {
        record.matter.severity = rule.severity.unwrap_or(severity);
        record.words = words;
    }
    record
}

/// Whether another rule says that there is nothing to see: the provider's trouble, the gateway's
/// silence.
fn is_told_elsewhere(rule: AlertRuleId) -> bool {
    use AlertRuleId::{ExpiryHeld, GatewayDrifted, OurNetwork, OurTrouble, PremiumPerHour};
    matches!(rule, OurTrouble | OurNetwork | ExpiryHeld | GatewayDrifted | PremiumPerHour)
}

/// The open window that covers the subject, or one of those that together cover all its parts.
fn silenced_by(subject: &Subject, concerns: &[Subject], around: &Around<'_>) -> Option<WindowId> {
    let open = || around.windows.iter().filter(|window| window.is_open(around.now));
    let whole =
        open().find(|window| window.subject == Subject::Everything || window.subject == *subject);
    let on = |part: &Subject| open().find(|window| window.subject == *part);
    let window = whole.or_else(|| {
        let covered = concerns.iter().all(|part| on(part).is_some());
        concerns.first().filter(|_| covered).and_then(on)
    });
    window.map(|window| window.id.clone())
}

/// Whether an alert can cover others now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Well,
    /// It may fire in a moment: others wait for it.
    Pending,
    Open,
}

fn standing(record: &AlertRecord) -> Standing {
    match (record.matter.alert.open_since(), record.matter.alert.state()) {
        (Some(_), _) => Standing::Open,
        (None, AlertState::Pending) => Standing::Pending,
        (None, _) => Standing::Well,
    }
}

/// The alerts that tell of this one as a part of theirs, the wider first.
fn covers(record: &AlertRecord) -> Vec<String> {
    use AlertRuleId::{
        GatewayDrifted, GatewayUnreachable, OurNetwork, OurTrouble, PageIncident, SloBurn,
        TheirTrouble,
    };
    let subject = &record.matter.subject;
    let network = || key(OurNetwork, &Subject::Everything);
    match record.matter.rule {
        TheirTrouble | OurTrouble | GatewayUnreachable => vec![network()],
        PageIncident => vec![network(), key(TheirTrouble, subject)],
        SloBurn => vec![network(), key(TheirTrouble, subject), key(OurTrouble, subject)],
        GatewayDrifted => vec![key(GatewayUnreachable, subject)],
        OurNetwork
        | AlertRuleId::ExpiryHeld
        | AlertRuleId::ProbesResting
        | AlertRuleId::PremiumPerHour => Vec::new(),
    }
}

fn cover(record: &mut AlertRecord, states: &[(String, Standing)]) {
    let by = covers(record).into_iter().find_map(|key| {
        let (_, standing) = states.iter().find(|(other, _)| *other == key)?;
        (*standing != Standing::Well).then_some((key, *standing == Standing::Open))
    });
    let before = record.matter.covered.take();
    record.matter.covered = match by {
        Some((by, is_open)) => {
            let was_open = before.as_ref().is_some_and(|before| before.by == by && before.was_open);
            Some(Cover { was_open: is_open || was_open, by })
        }
        None => {
            let is_over = record.matter.alert.state() == AlertState::Normal;
            let was_told = record.matter.telling.is_known();
            before.filter(|before| before.was_open && !is_over && !was_told)
        }
    };
}

/// How much people want to hear of it now. A snooze that has ended is taken off.
fn quiet(record: &mut AlertRecord, now: UnixMs) -> Quiet {
    let over = record.matter.snoozed.take_if(|snooze| snooze.until <= now).is_some();
    if record.silenced_by.is_some()
        || record.matter.covered.is_some()
        || record.matter.snoozed.is_some()
    {
        return Quiet::Silent;
    }
    match (&record.matter.acknowledged, over) {
        (Some(_), _) => Quiet::Known,
        (None, true) => Quiet::Again,
        (None, false) => Quiet::Loud,
    }
}

fn tell(key: &str, record: &mut AlertRecord, rule: &Rule, around: &Around<'_>) -> Option<Notice> {
    let quiet = quiet(record, around.now);
    let manner = Manner { severity: record.matter.severity, quiet };
    let told_before = record.matter.telling.severity();
    let matter = &mut record.matter;
    let kind = matter.telling.next(&matter.alert, &rule.machine, manner, around.now);
    if matter.alert.state() == AlertState::Normal {
        (matter.acknowledged, matter.snoozed) = (None, None);
    }
    let kind = kind?;
    // Whoever heard of the worst hears of the rest.
    let severity = matter.telling.severity().or(told_before).unwrap_or(matter.severity);
    let on_desktop = severity >= around.rules.desktop_at_least;
    matter.told = Some(Told { kind, at: around.now, on_desktop });
    let notice = notice(key, record, kind, around.now);
    Some(Notice { severity, ..notice }.bounded())
}

/// The end of an alert whose subject is not watched any more.
fn let_go(key: &str, record: &AlertRecord, now: UnixMs) -> Option<Notice> {
    let telling = &record.matter.telling;
    let of_silence = telling.knows_silence().then_some(record.matter.severity);
    let severity = telling.severity().or(of_silence)?;
    let notice = notice(key, record, NoticeKind::Resolved, now);
    let text = "it is not watched any more".to_owned();
    Some(Notice { severity, text, ..notice }.bounded())
}

/// A notice of an alert as it stands.
pub(crate) fn notice(key: &str, record: &AlertRecord, kind: NoticeKind, now: UnixMs) -> Notice {
    let alert = &record.matter.alert;
    Notice {
        kind,
        key: key.to_owned(),
        rule: record.matter.rule.as_str().to_owned(),
        subject: record.matter.subject.clone(),
        severity: record.matter.severity,
        title: record.words.title.clone(),
        text: record.words.text.clone(),
        children: record.words.children.clone(),
        at: now,
        since: alert.open_since().or_else(|| alert.silent_since()).unwrap_or(now),
        by: None,
    }
}
