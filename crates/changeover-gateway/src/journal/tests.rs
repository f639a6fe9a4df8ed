use changeover_domain::{AuditAction, Generation, UnixMs};

use super::*;

fn record(sequence: u64, previous_hash: &str) -> Record {
    let entry = AuditEntry {
        sequence,
        at: UnixMs(1),
        actor: "mk".into(),
        action: AuditAction::OverrideApplied,
        subject: "chat".into(),
        reason: "529s".into(),
        details: serde_json::json!({}),
        previous_hash: previous_hash.into(),
        hash: String::new(),
    };
    Record {
        generation: Generation(sequence),
        entries: vec![entry.sealed()],
        routes: Vec::new(),
        answered: None,
    }
}

fn two_records() -> [Record; 2] {
    let first = record(1, CHAIN_START);
    let second = record(2, &first.entries[0].hash);
    [first, second]
}

fn written(directory: &Path) -> Vec<u8> {
    let (mut journal, _) = Journal::open(directory).unwrap();
    for record in two_records() {
        journal.append(&record).unwrap();
    }
    std::fs::read(directory.join(FILE_NAME)).unwrap()
}

#[test]
fn what_was_appended_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    let (_journal, replay) = Journal::open(directory.path()).unwrap();
    assert_eq!(replay.records, two_records());
    assert_eq!(replay.torn_bytes, 0);
}

#[test]
fn a_torn_last_line_is_dropped_and_reported_and_writing_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = written(directory.path());
    let torn = &bytes[..bytes.len() - 20];
    std::fs::write(directory.path().join(FILE_NAME), torn).unwrap();
    let (mut journal, replay) = Journal::open(directory.path()).unwrap();
    let [first, second] = two_records();
    assert_eq!(replay.records.as_slice(), std::slice::from_ref(&first));
    assert!(replay.torn_bytes > 0, "the loss is reported");
    journal.append(&second).unwrap();
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path()).unwrap();
    assert_eq!(replay.records, [first, second], "no trace of the torn line");
}

#[test]
fn a_damaged_or_altered_line_is_refused_with_its_number() {
    let cases = [("529s", "429s"), ("{\"gen", "{gen")];
    for (from, to) in cases {
        let directory = tempfile::tempdir().unwrap();
        let text = String::from_utf8(written(directory.path())).unwrap();
        let path = directory.path().join(FILE_NAME);
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = Journal::open(directory.path()).unwrap_err().to_string();
        assert!(error.contains("journal.jsonl, line 1: "), "{error}");
    }
}

#[test]
fn a_missing_line_is_refused_where_the_chain_breaks() {
    let directory = tempfile::tempdir().unwrap();
    let text = String::from_utf8(written(directory.path())).unwrap();
    let second = text.lines().nth(1).unwrap();
    std::fs::write(directory.path().join(FILE_NAME), format!("{second}\n")).unwrap();
    let error = Journal::open(directory.path()).unwrap_err().to_string();
    assert!(error.contains("entry 2 does not follow"), "{error}");
}

#[test]
fn two_gateways_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Journal::open(directory.path()).unwrap();
    let second = Journal::open(directory.path());
    assert!(matches!(second, Err(JournalError::Locked { .. })));
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(directory.path()).unwrap();
    let [first, _] = two_records();
    journal.make_unwritable();
    assert!(matches!(journal.append(&first), Err(JournalError::Io { .. })));
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path()).unwrap();
    assert_eq!((replay.records.len(), replay.torn_bytes), (0, 0));
}

#[test]
fn older_links_are_read_from_disk() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    let entries = Journal::entries_after(directory.path(), 1, 10).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].sequence, 2);
}
