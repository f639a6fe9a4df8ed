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
fn entries_without_an_id_stay_themselves_and_apart() {
    let entry = |title: &str| FeedEntry {
        title: title.to_owned(),
        link: "https://s.test/".to_owned(),
        ..FeedEntry::default()
    };
    assert_eq!(native(&entry("a")), native(&entry("a")));
    assert_ne!(native(&entry("a")), native(&entry("b")));
}
