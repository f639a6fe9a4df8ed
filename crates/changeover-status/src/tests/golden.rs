//! One document per format, whole. The snapshots were read against the documents by hand.

use std::path::Path;

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState};

use super::{ATOM, INCIDENTS, RSS, SUMMARY, at, reading};
use crate::{Coverage, FileResult, Platform, read_folder};

#[test]
fn every_document_reads_as_its_snapshot_says() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    insta::with_settings!({snapshot_path => "../../fixtures/snapshots", prepend_module_to_snapshot => false}, {
        for file in read_folder(&fixtures, super::now()) {
            if !file.path.starts_with("snapshots/") {
                insta::assert_json_snapshot!(file.path.replace('.', "_"), file);
            }
        }
    });
}

#[test]
fn json_rss_and_atom_agree_on_one_incident() {
    let from_json = reading(Platform::Statuspage, INCIDENTS);
    let from_rss = reading(Platform::Rss, RSS);
    let from_atom = reading(Platform::Atom, ATOM);
    for reading in [&from_json, &from_rss, &from_atom] {
        let incident = &reading.incidents.first().unwrap();
        assert_eq!(incident.id.native, "k3x9v2m7q1wz");
        assert_eq!(incident.state, IncidentState::Resolved);
        assert_eq!(
            incident.started_at.floor_to_minute(),
            at("2026-12-31T23:31:00Z"),
            "the start is the oldest entry's, across the turn of the year"
        );
        assert_eq!(
            incident.ended_at,
            Some(at("2027-01-01T00:40:00Z")),
            "a post-mortem neither re-opens nor moves the end"
        );
    }
}

#[test]
fn a_summary_tells_the_page_from_its_incidents() {
    let reading = reading(Platform::Statuspage, SUMMARY);
    assert_eq!(reading.page, ComponentState::PartialOutage);
    assert_eq!(reading.coverage, Coverage::OpenOnly);
    let names: Vec<_> = reading.components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["API", "Batches", "Console & docs"], "the worst first; groups repeat");
    assert_eq!(
        reading.components[1].state,
        ComponentState::Unknown,
        "a word that is not known is not operational"
    );
    let incident = &reading.incidents[0];
    assert_eq!(
        crate::tests::named(&incident.components),
        [("API".to_owned(), ComponentState::DegradedPerformance)],
        "what the incident says of a component, matched by code and named without its group"
    );
    let targets: Vec<_> = incident.targets.iter().map(|id| id.as_str()).collect();
    assert_eq!(targets, ["large"]);
}

#[test]
fn planned_work_is_a_kind_of_its_own_at_its_planned_time_and_never_on_top() {
    for reading in [reading(Platform::Statuspage, SUMMARY), reading(Platform::Rss, RSS)] {
        let declared = reading.incidents.last().unwrap();
        assert_eq!(declared.maintenance.unwrap().state, MaintenanceState::Scheduled);
        let last = &declared;
        assert_eq!(last.id.native, "mm4t");
        assert_eq!(last.impact, Impact::Maintenance);
        assert_eq!(last.started_at, at("2027-01-09T02:00:00Z"));
        assert!(last.is_open());
    }
    let from_rss = reading(Platform::Rss, RSS);
    assert_eq!(from_rss.page, ComponentState::Operational, "announced work is no trouble");
}

#[test]
fn missing_keys_mean_nothing_open_in_a_summary() {
    let text = include_str!("../../fixtures/summary_without_keys.json");
    let reading = reading(Platform::Statuspage, text);
    assert_eq!(reading.coverage, Coverage::OpenOnly);
    assert_eq!(reading.incidents, []);
    assert_eq!(
        reading.page,
        ComponentState::MajorOutage,
        "a green indicator does not outweigh a red component"
    );
}

#[test]
fn a_folder_gives_one_record_for_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("history.atom"), ATOM).unwrap();
    std::fs::write(folder.path().join("notes.md"), "# Notes").unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    let big = std::fs::File::create(folder.path().join("z-big")).unwrap();
    big.set_len(9 * 1024 * 1024).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
    let readings = read_folder(folder.path(), super::now());
    let record = |path: &str| &readings.iter().find(|one| one.path == path).unwrap().result;
    let reason = |path: &str| match record(path) {
        FileResult::Unreadable { reason } => reason.as_str(),
        FileResult::Read(_) => "read",
    };
    assert!(
        matches!(record("a/b/history.atom"), FileResult::Read(content) if content.incidents.len() == 2)
    );
    assert!(reason("notes.md").contains("neither XML nor JSON"));
    assert_eq!(reason("empty"), "the body is empty");
    assert!(reason("z-big").contains("more than 6291456 bytes"));
    #[cfg(unix)]
    assert!(reason("link").contains("links are not followed"));
}

#[test]
fn a_folder_that_is_not_there_is_said_and_no_empty_list() {
    let readings = read_folder(Path::new("/nowhere/at/all"), super::now());
    assert_eq!(readings.len(), 1);
    assert_eq!(readings[0].path, ".");
}
