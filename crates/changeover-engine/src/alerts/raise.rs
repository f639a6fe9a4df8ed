//! From readings to what people are told: the machine of each alert, what withholds its notices, and
//! the notices that are left. Pure.

use changeover_domain::{
    AlertState, MaintenanceWindow, Notice, NoticeKind, ProviderId, Subject, UnixMs, WindowId,
};
use changeover_policy::alert::{Manner, Quiet, Reading, dedup_key};

use super::Alerts;
use super::carry::carry_over;
use super::cover::{Standings, cover};
use super::evaluate::Evaluation;
use super::record::{AlertRecord, Matter, Step as PageStep};
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
    let carried = carry_over(before, &evaluations);
    for evaluation in evaluations {
        let Some(rule) = around.rules.get(evaluation.rule) else { continue };
        let key = key_of(&evaluation);
        let known = carried.get(&key).cloned();
        let record = observe(known, evaluation, rule, around);
        step.records.insert(key, record);
    }
    let standings = Standings::of(&step.records);
    tell_pages_by_their_providers(&mut step.records);
    for (key, record) in &mut step.records {
        let Some(rule) = around.rules.get(record.matter.rule) else { continue };
        cover(record, &standings);
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
    dedup_key(rule.as_str(), &subject.to_string(), None)
}

/// The key of the alert that is evaluated: the event's own, where it is about one.
pub(super) fn key_of(evaluation: &Evaluation) -> String {
    let event = evaluation.event.as_ref().map(|id| format!("{}/{}", id.source, id.native));
    dedup_key(evaluation.rule.as_str(), &evaluation.subject.to_string(), event.as_deref())
}

fn observe(
    known: Option<AlertRecord>,
    evaluation: Evaluation,
    rule: &Rule,
    around: &Around<'_>,
) -> AlertRecord {
    let mut record = known.unwrap_or_else(|| AlertRecord::new(&evaluation, around.now));
    let reading = remember(&mut record, &evaluation, rule);
    record.value = match evaluation.reading {
        // What is treated as well because another alert says that nothing is seen is not known.
        Reading::Value(value) if reading != Reading::Missing => Some(value),
        Reading::Value(_) | Reading::Missing | Reading::Failed => None,
    };
    let Evaluation { severity, words, concerns, step, is_old, may_be_network, .. } = evaluation;
    record.silenced_by = silenced_by(&record.matter.subject, &concerns, around);
    (record.is_old, record.may_be_network) = (is_old, may_be_network);
    record.matter.alert.observe(&rule.machine, reading, around.now);
    // What is well again, or not seen any more, is spoken of as it was when it was not well.
    let is_unseen =
        !matches!(reading, Reading::Value(_)) && record.matter.alert.open_since().is_some();
    if let Some(words) = words.filter(|_| !is_unseen) {
        record.matter.severity = rule.severity.unwrap_or(severity);
        record.words = words;
    }
    record.step = step.or(record.step);
    record
}

/// The reading with what is remembered of the alert. That nothing is known is told once, by another
/// rule; but what is open stays open: not being seen any more is no end, neither of the whole nor of
/// a target that was in trouble when it was last seen.
fn remember(record: &mut AlertRecord, evaluation: &Evaluation, rule: &Rule) -> Reading {
    let matter = &mut record.matter;
    let is_open = matter.alert.open_since().is_some();
    matter.troubled.retain(|target| is_open && evaluation.unseen.contains(target));
    let is_unseen = !matter.troubled.is_empty();
    matter.troubled.extend(evaluation.troubled.iter().cloned());
    match evaluation.reading {
        Reading::Missing if !is_open && is_told_elsewhere(matter) => Reading::Value(0.0),
        Reading::Value(value) if is_unseen && !rule.machine.is_breached(value) => Reading::Missing,
        reading => reading,
    }
}

/// Whether another alert says that there is nothing to see: the provider's trouble, the gateway's
/// silence, the page's own.
fn is_told_elsewhere(matter: &Matter) -> bool {
    use AlertRuleId::{
        ExpiryHeld, GatewayDrifted, OurNetwork, OurTrouble, PremiumPerHour, SloBurn,
    };
    let by_rule = matches!(
        matter.rule,
        OurTrouble | OurNetwork | SloBurn | ExpiryHeld | GatewayDrifted | PremiumPerHour
    );
    by_rule || matter.event.is_some()
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

/// A provider's trouble has come as far as its page has: what the page says meanwhile is told as an
/// update of the trouble. Of a page that cannot be seen nobody knows how far it has come.
fn tell_pages_by_their_providers(records: &mut Alerts) {
    let is_page = |record: &&AlertRecord| {
        record.matter.event.is_some() && record.matter.alert.open_since().is_some()
    };
    let pages: Vec<(Option<ProviderId>, Option<PageStep>)> = records
        .values()
        .filter(is_page)
        .map(|page| {
            let is_seen = page.matter.alert.silent_since().is_none();
            (page.matter.provider.clone(), page.step.clone().filter(|_| is_seen))
        })
        .collect();
    let troubles =
        records.values_mut().filter(|record| record.matter.rule == AlertRuleId::TheirTrouble);
    for trouble in troubles {
        let of = pages.iter().filter(|(provider, _)| *provider == trouble.matter.provider);
        let steps: Option<Vec<&PageStep>> = of.map(|(_, step)| step.as_ref()).collect();
        trouble.step = steps.map(|steps| joined(&steps));
    }
}

fn joined(steps: &[&PageStep]) -> PageStep {
    let newest = steps.iter().max_by_key(|step| step.at);
    PageStep {
        mark: steps.iter().map(|step| step.mark.as_str()).collect::<Vec<_>>().join(";"),
        text: newest.map_or_else(
            || "its page declares nothing any more".to_owned(),
            |newest| newest.text.clone(),
        ),
        at: newest.map_or(UnixMs(0), |newest| newest.at),
    }
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
    // That a page is silent is told once, by the page's own alert.
    let is_silent = matches!(record.matter.alert.state(), AlertState::NoData | AlertState::Error);
    if record.matter.event.is_some() && is_silent {
        return None;
    }
    let quiet = quiet(record, around.now);
    let step = record.step.as_ref().map(|step| step.mark.as_str());
    let manner = Manner { severity: record.matter.severity, quiet, step, is_old: record.is_old };
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
    let mut notice = notice(key, record, kind, around.now);
    // What moved is the page, and not what the provider's trouble rests on.
    let of_page = record.step.as_ref().filter(|_| kind == NoticeKind::Updated);
    if let Some(step) = of_page.filter(|_| record.matter.rule == AlertRuleId::TheirTrouble) {
        notice.text.clone_from(&step.text);
    }
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
        key: record.matter.told_as.clone().unwrap_or_else(|| key.to_owned()),
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
