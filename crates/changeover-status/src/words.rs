//! The words of status pages, as JSON (`in_progress`), as feeds (`In progress`) and as other
//! languages write them.
//!
//! A word that is not known is `None` or `Unknown`, never the harmless one.

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState};

/// What the label of one entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// `None`: the entry only adds words.
    pub(crate) state: Option<IncidentState>,
    /// Set for a word of planned work.
    pub(crate) maintenance: Option<MaintenanceState>,
}

impl Label {
    /// Whether it says of an incident that it goes on.
    pub(crate) fn is_of_incident(self) -> bool {
        let goes_on = self.state.is_some_and(|state| state != IncidentState::Resolved);
        goes_on && self.maintenance.is_none()
    }
}

/// The meaning of `Investigating`, `In progress`, `postmortem`, …; `None` for any other word.
pub(crate) fn label(word: &str) -> Option<Label> {
    let word = snake(word);
    if let Some(state) = maintenance_state(&word) {
        return Some(Label { state: Some(life_cycle(state)), maintenance: Some(state) });
    }
    let state = match word.as_str() {
        "investigating"
        | "in_untersuchung"
        | "untersuchung"
        | "untersuchen"
        | "investigación"
        | "investigando"
        | "en_cours_d'investigation"
        | "investigation"
        | "investigation_en_cours"
        | "indagine_in_corso"
        | "in_onderzoek"
        | "調査中"
        | "调查中"
        | "正在调查"
        | "확인_중"
        | "조사_중" => Some(IncidentState::Investigating),
        "identified" | "identifiziert" | "identifié" | "identifiée" | "identificado"
        | "identificato" | "geïdentificeerd" | "特定済み" | "原因特定" | "已确认" | "已定位"
        | "已识别" | "확인됨" => Some(IncidentState::Identified),
        "monitoring" | "beobachtung" | "überwachung" | "wird_überwacht" | "surveillance"
        | "sous_surveillance" | "monitoreo" | "monitorizando" | "monitorando" | "monitoramento"
        | "in_monitoraggio" | "監視中" | "経過観察中" | "监控中" | "观察中" | "모니터링_중" => {
            Some(IncidentState::Monitoring)
        }
        "resolved" | "gelöst" | "behoben" | "résolu" | "résolue" | "resuelto" | "resolvido"
        | "risolto" | "opgelost" | "解決済み" | "解決" | "已解决" | "已恢复" | "해결됨" => {
            Some(IncidentState::Resolved)
        }
        "update" | "updated" | "aktualisierung" | "mise_à_jour" | "actualización"
        | "atualização" | "更新" | "postmortem" | "post_mortem" => None,
        _ => return None,
    };
    Some(Label { state, maintenance: None })
}

/// The words of planned work, already in snake case.
fn maintenance_state(word: &str) -> Option<MaintenanceState> {
    let word = word.strip_prefix("maintenance_").unwrap_or(word);
    Some(match word {
        "scheduled" | "planned" | "not_started_yet" | "notstartedyet" | "geplant" | "planifié"
        | "planifiée" | "programado" | "agendado" | "予定" | "已计划" => {
            MaintenanceState::Scheduled
        }
        "in_progress" | "inprogress" | "started" | "en_cours" | "en_curso" | "em_andamento"
        | "実施中" | "进行中" => MaintenanceState::InProgress,
        "verifying" => MaintenanceState::Verifying,
        "completed" | "complete" | "finished" | "abgeschlossen" | "terminé" | "terminée"
        | "completado" | "concluído" | "完了" | "已完成" => MaintenanceState::Completed,
        _ => return None,
    })
}

/// Where planned work stands among the states of an incident: announced or under way, it is known
/// and not over.
pub(crate) fn life_cycle(state: MaintenanceState) -> IncidentState {
    match state {
        MaintenanceState::Scheduled | MaintenanceState::InProgress => IncidentState::Identified,
        MaintenanceState::Verifying => IncidentState::Monitoring,
        MaintenanceState::Completed => IncidentState::Resolved,
    }
}

/// The state that the word of a whole incident gives.
pub(crate) fn incident_state(word: &str) -> Option<IncidentState> {
    if matches!(snake(word).as_str(), "postmortem" | "post_mortem") {
        return Some(IncidentState::Resolved);
    }
    label(word)?.state
}

/// The state of planned work that a word gives.
pub(crate) fn maintenance(word: &str) -> Option<MaintenanceState> {
    label(word)?.maintenance
}

/// The word for a component's state, on whichever platform.
pub(crate) fn component_state(word: &str) -> ComponentState {
    match snake(word).as_str() {
        "operational" | "available" | "up" | "resolved" | "recovered" | "正常" => {
            ComponentState::Operational
        }
        "degraded_performance"
        | "degradedperformance"
        | "degraded"
        | "minor"
        | "minoroutage"
        | "minor_outage" => ComponentState::DegradedPerformance,
        "partial_outage" | "partialoutage" => ComponentState::PartialOutage,
        // `full_outage` is what incident.io writes in the same place.
        "major_outage" | "majoroutage" | "full_outage" | "outage" | "downtime" | "down"
        | "unavailable" => ComponentState::MajorOutage,
        "under_maintenance" | "undermaintenance" | "maintenance" => {
            ComponentState::UnderMaintenance
        }
        _ => ComponentState::Unknown,
    }
}

pub(crate) fn impact(word: &str) -> Impact {
    match snake(word).as_str() {
        "none" => Impact::None,
        "minor" => Impact::Minor,
        "major" => Impact::Major,
        "critical" => Impact::Critical,
        "maintenance" => Impact::Maintenance,
        _ => Impact::Unknown,
    }
}

/// What the state of a component says of the weight of what befell it, as Statuspage reckons.
pub(crate) fn impact_of(state: ComponentState) -> Impact {
    match state {
        ComponentState::DegradedPerformance => Impact::Minor,
        ComponentState::PartialOutage => Impact::Major,
        ComponentState::MajorOutage => Impact::Critical,
        ComponentState::Operational
        | ComponentState::UnderMaintenance
        | ComponentState::Unknown => Impact::Unknown,
    }
}

/// What the page's overall indicator claims of its components.
pub(crate) fn indicator(word: &str) -> ComponentState {
    match impact(word) {
        Impact::None => ComponentState::Operational,
        Impact::Minor => ComponentState::DegradedPerformance,
        Impact::Major => ComponentState::PartialOutage,
        Impact::Critical => ComponentState::MajorOutage,
        Impact::Maintenance => ComponentState::UnderMaintenance,
        Impact::Unknown => ComponentState::Unknown,
    }
}

fn snake(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_never_harmless() {
        assert_eq!(component_state("fine"), ComponentState::Unknown);
        assert_eq!(component_state(""), ComponentState::Unknown);
        assert_eq!(indicator("all good"), ComponentState::Unknown);
        assert_eq!(impact("negligible"), Impact::Unknown);
        assert_eq!(label("Fixed"), None);
        assert_eq!(incident_state("closed"), None);
    }

    #[test]
    fn json_feed_and_shouted_spellings_mean_the_same() {
        assert_eq!(label("in_progress"), label("In progress"));
        assert_eq!(label("INPROGRESS"), label("maintenance_in_progress"));
        assert_eq!(label("RESOLVED"), label("resolved"));
        assert_eq!(component_state("DEGRADEDPERFORMANCE"), component_state("degraded"));
    }

    #[test]
    fn a_post_mortem_is_written_after_the_end_and_gives_no_state_to_its_entry() {
        assert_eq!(incident_state("postmortem"), Some(IncidentState::Resolved));
        assert_eq!(label("Postmortem").map(|label| label.state), Some(None));
    }

    #[test]
    fn pages_in_other_languages_are_understood() {
        for word in ["Behoben", "Résolu", "Resuelto", "解決済み", "已解决"] {
            assert_eq!(incident_state(word), Some(IncidentState::Resolved), "{word}");
        }
        assert_eq!(maintenance("Abgeschlossen"), Some(MaintenanceState::Completed));
    }
}
