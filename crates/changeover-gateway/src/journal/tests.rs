use changeover_domain::{AuditAction, Generation, RouteId, UnixMs};

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
    let (mut journal, _) = Journal::open(directory, u64::MAX).unwrap();
    for record in two_records() {
        journal.append(&record).unwrap();
    }
    std::fs::read(directory.join(FILE_NAME)).unwrap()
}

#[test]
fn what_was_appended_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    let (_journal, replay) = Journal::open(directory.path(), u64::MAX).unwrap();
    assert_eq!(replay.records, two_records());
    assert_eq!(replay.torn_bytes, 0);
}

#[test]
fn a_torn_last_line_is_dropped_and_reported_and_writing_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = written(directory.path());
    let torn = &bytes[..bytes.len() - 20];
    std::fs::write(directory.path().join(FILE_NAME), torn).unwrap();
    let (mut journal, replay) = Journal::open(directory.path(), u64::MAX).unwrap();
    let [first, second] = two_records();
    assert_eq!(replay.records.as_slice(), std::slice::from_ref(&first));
    assert!(replay.torn_bytes > 0, "the loss is reported");
    journal.append(&second).unwrap();
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path(), u64::MAX).unwrap();
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
        let error = Journal::open(directory.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("journal.jsonl, line 1: "), "{error}");
    }
}

#[test]
fn a_missing_line_is_refused_where_the_chain_breaks() {
    let directory = tempfile::tempdir().unwrap();
    let text = String::from_utf8(written(directory.path())).unwrap();
    let second = text.lines().nth(1).unwrap();
    std::fs::write(directory.path().join(FILE_NAME), format!("{second}\n")).unwrap();
    let error = Journal::open(directory.path(), u64::MAX).unwrap_err().to_string();
    assert!(error.contains("entry 2 does not follow"), "{error}");
}

#[test]
fn two_gateways_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Journal::open(directory.path(), u64::MAX).unwrap();
    let second = Journal::open(directory.path(), u64::MAX);
    assert!(matches!(second, Err(JournalError::Locked { .. })));
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(directory.path(), u64::MAX).unwrap();
    let [first, _] = two_records();
    journal.make_unwritable();
    assert!(matches!(journal.append(&first), Err(JournalError::Io { .. })));
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path(), u64::MAX).unwrap();
    assert_eq!((replay.records.len(), replay.torn_bytes), (0, 0));
}

#[test]
fn older_links_are_read_from_disk() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    let (entries, kept_after) = Journal::entries_after(directory.path(), 1, 10).unwrap();
    assert_eq!((entries.len(), kept_after), (1, 0));
    assert_eq!(entries[0].sequence, 2);
}

/// A journal of this many changes, each of a route of its own of five.
fn grown(directory: &Path, changes: u64) -> Journal {
    let (mut journal, replay) = Journal::open(directory, 4_000).unwrap();
    let mut head = replay.kept_after();
    for sequence in 1..=changes {
        let mut record = record(sequence, &head.hash);
        record.routes.push(LoadedRoute {
            route: RouteId::try_new(format!("route-{}", sequence % 5)).unwrap(),
            generation: Generation(sequence),
            r#override: None,
            expired: false,
            changed_by: "mk".into(),
            changed_at: UnixMs(1),
        });
        record.answered = Some(Answered {
            key: format!("key-{sequence}"),
            digest: "d".into(),
            at: UnixMs(1),
            etag: "\"1\"".into(),
            body: "{}".into(),
        });
        head = ChainHead { sequence, hash: record.entries[0].hash.clone() };
        journal.append(&record).unwrap();
    }
    journal
}

/// What the lines amount to, folded into one.
fn amount(replay: Replay) -> Snapshot {
    let mut snapshot = replay.snapshot.unwrap_or_default();
    replay.records.into_iter().for_each(|record| snapshot.fold(record));
    snapshot
}

fn reread(directory: &Path) -> Replay {
    let path = directory.join(FILE_NAME);
    read_whole_lines(&File::open(&path).unwrap(), &path).unwrap().0
}

#[test]
fn a_compacted_journal_says_the_same_is_small_and_goes_on_with_the_chain() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = grown(directory.path(), 40);
    assert!(journal.is_large());
    let before = amount(reread(directory.path()));
    journal.compact().unwrap();
    assert!(!journal.is_large());
    let replay = reread(directory.path());
    let kept_after = replay.kept_after();
    assert!(kept_after.sequence > 20 && !replay.records.is_empty(), "recent lines stay");
    assert_eq!(amount(replay), before);
    let last = ChainHead { sequence: 40, hash: before.head.hash.clone() };
    journal.append(&record(41, &last.hash)).unwrap();
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path(), 4_000).unwrap();
    assert_eq!(replay.kept_after(), kept_after);
    assert_eq!(amount(replay).head.sequence, 41, "the new line follows");
    let (entries, after) = Journal::entries_after(directory.path(), 3, 1_000).unwrap();
    assert_eq!(after, kept_after.sequence, "what is gone is said to be gone");
    assert_eq!(entries[0].sequence, after + 1);
}

#[test]
fn compaction_after_compaction_loses_nothing_that_is_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = grown(directory.path(), 30);
    for _ in 0..3 {
        let before = amount(reread(directory.path()));
        journal.compact().unwrap();
        assert_eq!(amount(reread(directory.path())), before);
    }
    let snapshot = amount(reread(directory.path()));
    assert_eq!(snapshot.routes.len(), 5, "one override per route, the latest");
    assert!(snapshot.routes.iter().all(|loaded| loaded.generation.0 > 25));
}

#[test]
fn a_crash_in_the_middle_leaves_the_old_file_or_the_new_one_and_each_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let journal = grown(directory.path(), 20);
    let before = amount(reread(directory.path()));
    drop(journal);
    // Killed while the new file was being written: half of it lies beside the old one.
    let leftover = directory.path().join("journal.jsonl.new");
    std::fs::write(&leftover, "{\"snapshot\":{\"generation\":2").unwrap();
    let (mut journal, replay) = Journal::open(directory.path(), 4_000).unwrap();
    assert_eq!(amount(replay), before, "the old file counts");
    assert!(!leftover.exists(), "and the other is taken away");
    // Killed right after the new file took the name.
    journal.compact().unwrap();
    drop(journal);
    let (_journal, replay) = Journal::open(directory.path(), 4_000).unwrap();
    assert_eq!(amount(replay), before);
}

#[test]
fn an_altered_snapshot_is_refused_and_so_is_one_in_the_wrong_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE_NAME);
    let mut journal = grown(directory.path(), 20);
    journal.compact().unwrap();
    drop(journal);
    let text = std::fs::read_to_string(&path).unwrap();
    let altered = text.replacen("\"changed_by\":\"mk\"", "\"changed_by\":\"xx\"", 1);
    let (first, rest) = text.split_once('\n').unwrap();
    let misplaced = format!("{rest}{first}\n");
    let without = rest.to_owned();
    for (text, expected) in [
        (altered, "line 1: the snapshot does not bear the seal"),
        (misplaced, "line 1: entry "),
        (without, "line 1: entry "),
        (format!("{text}{first}\n"), "a snapshot stands among the records"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Journal::open(directory.path(), 4_000).unwrap_err().to_string();
        assert!(error.contains(expected), "`{expected}` is not in: {error}");
    }
}

#[test]
fn a_compaction_that_fails_changes_nothing_and_is_not_tried_with_every_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = grown(directory.path(), 20);
    let before = amount(reread(directory.path()));
    // The new file cannot be made where a directory has its name.
    std::fs::create_dir(directory.path().join("journal.jsonl.new")).unwrap();
    assert!(journal.compact().is_err());
    assert!(!journal.is_large(), "not before it has grown further");
    assert_eq!(amount(reread(directory.path())), before);
    journal.append(&record(21, &before.head.hash)).unwrap();
    assert_eq!(amount(reread(directory.path())).head.sequence, 21);
}
