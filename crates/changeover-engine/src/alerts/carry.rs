//! Alerts that an earlier version kept by another key. Pure.
//!
//! A page used to have one alert per provider, whatever it declared. One that people were told of goes
//! on as the alert of the oldest event that is still open, and its notices keep the key that sinks
//! know it by, so that its end closes what its beginning opened. Where nothing is open any more it
//! ends by itself.

use std::borrow::Cow;

use super::Alerts;
use super::evaluate::Evaluation;
use super::raise::key_of;
use super::record::AlertRecord;
use crate::contract::AlertRuleId;

/// The alerts of before, with those of one page as the alerts of its events.
pub(super) fn carry_over<'a>(before: &'a Alerts, evaluations: &[Evaluation]) -> Cow<'a, Alerts> {
    if !before.values().any(is_of_whole_page) {
        return Cow::Borrowed(before);
    }
    let mut carried = before.clone();
    for (key, record) in before.iter().filter(|(_, record)| is_of_whole_page(record)) {
        let of_event = |evaluation: &&Evaluation| {
            evaluation.rule == AlertRuleId::PageIncident
                && evaluation.event.is_some()
                && evaluation.subject == record.matter.subject
        };
        let oldest = evaluations.iter().find(of_event);
        let Some(evaluation) = oldest else { continue };
        let mut record = record.clone();
        record.matter.event.clone_from(&evaluation.event);
        record.matter.told_as = Some(key.clone());
        carried.remove(key);
        carried.insert(key_of(evaluation), record);
    }
    Cow::Owned(carried)
}

/// The page's own alert only ever says whether the page can be read: one that is open is from before.
fn is_of_whole_page(record: &AlertRecord) -> bool {
    record.matter.rule == AlertRuleId::PageIncident
        && record.matter.event.is_none()
        && record.matter.alert.open_since().is_some()
}
