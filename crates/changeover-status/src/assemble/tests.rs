//! The rules of assembling, apart from any platform.

use changeover_domain::{ProviderId, SourceId, WrittenTime};

use super::*;

fn declared(draft: Draft) -> Result<Incident, &'static str> {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    assemble(ReadContext::new(&source, &provider, crate::tests::now()), draft)
}

fn update(at: i64, state: Option<IncidentState>) -> DraftUpdate {
    let (key, written) = (UpdateKey::TimeAndWords, WrittenTime::default());
    DraftUpdate { key, at: UnixMs(at), written, state, text: at.to_string() }
}

fn component(name: &str, state: ComponentState) -> Affected {
    Affected { id: None, name: name.to_owned(), state }
}

#[test]
fn the_start_is_the_oldest_entry_unless_the_page_states_it() {
    let with = |start| Draft { start, updates: vec![update(5, None)], ..Draft::default() };
    let start = |start| {
        let declared = declared(with(start)).unwrap();
        (declared.started_at.0, declared.start)
    };
    assert_eq!(start(Start::OldestUpdate), (5, StartBasis::OldestUpdate));
    assert_eq!(start(Start::Stated(UnixMs(9))), (9, StartBasis::Stated));
    assert_eq!(start(Start::Created(UnixMs(9))), (5, StartBasis::OldestUpdate), "back-dated");
    assert_eq!(start(Start::Created(UnixMs(3))), (3, StartBasis::Stated));
    assert_eq!(start(Start::Identity(UnixMs(3))), (3, StartBasis::Identity));
    assert_eq!(start(Start::NewestUpdate), (5, StartBasis::NewestUpdate));
}

#[test]
fn without_any_date_it_is_not_put_anywhere() {
    assert!(declared(Draft::default()).is_err());
}

#[test]
fn our_weight_is_the_worst_of_word_and_components_and_the_word_is_kept() {
    let draft = Draft {
        severity: Some("none".to_owned()),
        impact: Some(Impact::None),
        course: vec![ComponentState::MajorOutage],
        components: vec![component("API", ComponentState::Operational)],
        updates: vec![update(5, None)],
        ..Draft::default()
    };
    let declared = declared(draft).unwrap();
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.severity.as_deref(), Some("none"));
}

#[test]
fn a_component_named_twice_counts_once_with_the_worst_said_of_it() {
    let draft = Draft {
        components: vec![
            component("Login", ComponentState::Operational),
            component("Login", ComponentState::PartialOutage),
            component("", ComponentState::MajorOutage),
        ],
        updates: vec![update(5, None)],
        ..Draft::default()
    };
    let components = declared(draft).unwrap().components;
    assert_eq!(
        crate::tests::named(&components),
        [("Login".to_owned(), ComponentState::PartialOutage)]
    );
}

#[test]
fn planned_work_starts_when_planned_and_not_when_announced() {
    let draft = Draft {
        start: Start::Created(UnixMs(100)),
        plan: Some(Plan { state: None, ends_at: Some(UnixMs(200)) }),
        updates: vec![update(5, Some(IncidentState::Identified))],
        ..Draft::default()
    };
    let declared = declared(draft).unwrap();
    assert_eq!(
        declared.maintenance,
        Some(Maintenance {
            state: MaintenanceState::Scheduled,
            starts_at: UnixMs(100),
            ends_at: Some(UnixMs(200))
        })
    );
    assert_eq!(declared.impact, Impact::Maintenance);
}

#[test]
fn an_end_before_the_start_is_the_start() {
    let draft = Draft {
        start: Start::Stated(UnixMs(100)),
        end: Some(UnixMs(50)),
        state: Some(IncidentState::Resolved),
        ..Draft::default()
    };
    assert_eq!(declared(draft).unwrap().ended_at, Some(UnixMs(100)));
}
