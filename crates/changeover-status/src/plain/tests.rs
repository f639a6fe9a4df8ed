//! What a plain entry says, and what it does not.

use changeover_domain::IncidentState;

use super::*;

fn state(title: &str, text: &str) -> Option<IncidentState> {
    label(title, text).and_then(|label| label.state)
}

#[test]
fn an_entry_tells_its_state_by_a_leading_word_only() {
    let resolved = Some(IncidentState::Resolved);
    assert_eq!(state("[RESOLVED] Errors", ""), resolved);
    assert_eq!(state("Resolved: Errors", ""), resolved);
    assert_eq!(state("Errors", "Resolved - all is well"), resolved);
    assert_eq!(state("Errors", "This has not been resolved: wait"), None);
    assert_eq!(state("Unresolved - errors", "x"), None);
}

#[test]
fn other_ways_of_saying_that_it_is_over_count_and_half_an_end_does_not() {
    let resolved = Some(IncidentState::Resolved);
    for (title, text) in [
        ("resolved", ""),
        ("Errors [Resolved]", ""),
        ("Errors (resolved)", ""),
        ("Errors", "Status: Resolved"),
        ("Errors", "This incident has been resolved."),
        ("Errors", "The issue is now resolved, and we are sorry"),
    ] {
        assert_eq!(state(title, text), resolved, "{title}: {text}");
    }
    for text in [
        "This incident has been resolved for most users",
        "This incident has not been resolved.",
        "Once this incident is resolved we will write",
    ] {
        assert_eq!(state("Errors", text), None, "{text}");
    }
}

#[test]
fn what_is_dated_ahead_is_planned_only_where_no_label_calls_it_an_incident() {
    let seen = |title: &str, is_ahead| {
        let label = meant(title, label(title, ""), is_ahead);
        label.map(|label| (label.state, label.maintenance))
    };
    let (investigating, identified) = (IncidentState::Investigating, IncidentState::Identified);
    let scheduled = Some((Some(identified), Some(MaintenanceState::Scheduled)));
    assert_eq!(seen("Investigating: errors", true), Some((Some(investigating), None)));
    let overrun = seen("Investigating: scheduled maintenance overran", false);
    assert_eq!(overrun, Some((Some(investigating), None)));
    assert_eq!(seen("Database upgrade", true), scheduled);
    assert_eq!(seen("Scheduled network maintenance", false), scheduled);
    let over = Some((Some(IncidentState::Resolved), Some(MaintenanceState::Completed)));
    assert_eq!(seen("Resolved: scheduled maintenance", false), over);
    assert_eq!(seen("Errors", false), None, "nothing is made of what it does not say");
}

#[test]
fn entries_without_an_id_stay_themselves_and_apart() {
    let entry = |title: &str| FeedEntry {
        title: title.to_owned(),
        link: "https://s.test/".to_owned(),
        ..FeedEntry::default()
    };
    assert_eq!(native(&entry("a")), native(&entry("a")));
    assert_ne!(native(&entry("a")), native(&entry("b")));
}
