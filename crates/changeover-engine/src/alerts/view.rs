//! Alerts as the screen and scripts see them.

use changeover_domain::{AlertState, Severity, UnixMs};

use super::record::AlertRecord;
use super::rules::Rules;
use super::{Alerts, is_recent};
use crate::contract::AlertView;

/// How long an alert stays on the board after its end.
pub(super) const LINGER_MS: i64 = 10 * 60_000;

/// Alerts that are not well, and those whose end was told a short while ago.
pub(crate) fn views(alerts: &Alerts, rules: &Rules, now: UnixMs) -> Vec<AlertView> {
    let is_shown = |record: &AlertRecord| {
        let told_lately =
            record.matter.told.as_ref().is_some_and(|told| is_recent(told.at, LINGER_MS, now));
        record.matter.alert.state() != AlertState::Normal || told_lately
    };
    let shown = alerts.iter().filter(|(_, record)| is_shown(record));
    let mut views: Vec<AlertView> = shown.map(|(key, record)| view(key, record, rules)).collect();
    sort(&mut views);
    views
}

/// What needs somebody first.
pub(super) fn sort(views: &mut [AlertView]) {
    let weight = |view: &AlertView| {
        let state = match view.state {
            AlertState::Firing => 0,
            AlertState::Error => 1,
            AlertState::NoData => 2,
            AlertState::Pending => 3,
            AlertState::Normal => 4,
        };
        let severity = match view.severity {
            Severity::Critical => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        };
        let is_quiet = view.silenced_by.is_some() || view.covered_by.is_some();
        (state, is_quiet, severity)
    };
    views.sort_by(|a, b| weight(a).cmp(&weight(b)).then_with(|| a.key.cmp(&b.key)));
}

pub(super) fn view(key: &str, record: &AlertRecord, rules: &Rules) -> AlertView {
    let matter = &record.matter;
    let threshold = rules.get(matter.rule).map_or(1.0, |rule| rule.machine.at_least);
    let title = match record.words.title.as_str() {
        "" => format!("{} · {}", matter.rule.as_str().replace('_', " "), matter.subject),
        title => title.to_owned(),
    };
    AlertView {
        key: key.to_owned(),
        rule: matter.rule,
        subject: matter.subject.clone(),
        provider: matter.provider.clone(),
        event: matter.event.clone(),
        severity: matter.severity,
        state: matter.alert.state(),
        since: matter.alert.since(),
        open_since: matter.alert.open_since(),
        title,
        text: record.words.text.clone(),
        children: record.words.children.clone(),
        value: record.value,
        known: record.value.is_some(),
        threshold,
        acknowledged: matter.acknowledged.clone(),
        snoozed: matter.snoozed.clone(),
        silenced_by: record.silenced_by.clone(),
        covered_by: matter.covered.as_ref().map(|cover| cover.by.clone()),
        told: matter.told.clone(),
    }
}
