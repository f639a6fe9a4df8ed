//! Statuspage's words, as JSON (`in_progress`) and as feeds (`In progress`) write them.
//!
//! A word that is not known is `None` or `Unknown`, never the harmless one.

use changeover_domain::{ComponentState, Impact, IncidentState};

/// What the label of one entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// `None`: the entry only adds words.
    pub(crate) state: Option<IncidentState>,
    /// A word of planned work.
    pub(crate) is_maintenance: bool,
    /// The word with which planned work begins.
    pub(crate) begins_work: bool,
}

/// The meaning of `Investigating`, `In progress`, `postmortem`, …; `None` for any other word.
pub(crate) fn label(word: &str) -> Option<Label> {
    let incident = |state| Label { state, is_maintenance: false, begins_work: false };
    let maintenance =
        |state| Label { state: Some(state), is_maintenance: true, begins_work: false };
    Some(match snake(word).as_str() {
        "investigating" => incident(Some(IncidentState::Investigating)),
        "identified" => incident(Some(IncidentState::Identified)),
        "monitoring" => incident(Some(IncidentState::Monitoring)),
        "resolved" => incident(Some(IncidentState::Resolved)),
        "update" | "updated" | "postmortem" => incident(None),
        // Announced or under way: known, and not over.
        "scheduled" => maintenance(IncidentState::Identified),
        "in_progress" => Label { begins_work: true, ..maintenance(IncidentState::Identified) },
        "verifying" => maintenance(IncidentState::Monitoring),
        "completed" => maintenance(IncidentState::Resolved),
        _ => return None,
    })
}

/// The state that the word of a whole incident gives.
pub(crate) fn incident_state(word: &str) -> Option<IncidentState> {
    if snake(word) == "postmortem" {
        return Some(IncidentState::Resolved);
    }
    label(word)?.state
}

pub(crate) fn component_state(word: &str) -> ComponentState {
    match snake(word).as_str() {
        "operational" => ComponentState::Operational,
        "degraded_performance" => ComponentState::DegradedPerformance,
        "partial_outage" => ComponentState::PartialOutage,
        // `full_outage` is what incident.io writes in the same place.
        "major_outage" | "full_outage" => ComponentState::MajorOutage,
        "under_maintenance" => ComponentState::UnderMaintenance,
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
    word.trim().to_ascii_lowercase().replace([' ', '-'], "_")
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
    fn json_and_feed_spellings_mean_the_same() {
        assert_eq!(label("in_progress"), label("In progress"));
        assert_eq!(label("RESOLVED"), label("resolved"));
        assert_eq!(
            incident_state("postmortem"),
            Some(IncidentState::Resolved),
            "a post-mortem is written after the end"
        );
        assert_eq!(label("Postmortem").map(|label| label.state), Some(None));
    }
}
