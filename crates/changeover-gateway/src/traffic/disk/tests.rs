use changeover_domain::Nanodollars;

use super::super::tests::{key, share};
use super::super::{Share, TrafficLog};
use super::*;

const NOW: UnixMs = UnixMs(7 * 60_000);

fn opened(directory: &Path) -> (TrafficFile, TrafficLog) {
    let (file, buckets) = TrafficFile::open(directory, NOW).unwrap();
    (file, TrafficLog::restored(NOW, buckets))
}

fn flush(file: &mut TrafficFile, log: &TrafficLog) -> usize {
    let (grown, revision) = log.grown_since(file.revision());
    file.append(&grown, revision, NOW);
    grown.len()
}

#[test]
fn what_was_flushed_is_read_again_whole_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    log.count(key(1, "chat"), &share());
    log.count(key(1, "agent"), &share());
    assert_eq!(flush(&mut file, &log), 2);
    assert_eq!(flush(&mut file, &log), 0, "only what has grown is written");
    log.count(key(1, "chat"), &share());
    assert_eq!(flush(&mut file, &log), 1);
    log.count(key(1, "chat"), &share());
    // Twice: the second start reads what the first one rewrote.
    for _ in 0..2 {
        let (mut file, restored) = opened(directory.path());
        let buckets = restored.page("").buckets;
        let counts: Vec<_> = buckets.iter().map(|b| (b.key.route.as_str(), b.requests)).collect();
        assert_eq!(counts, [("agent", 1), ("chat", 2)], "all but what was not flushed");
        assert_eq!(buckets[1].cost, Nanodollars(6));
        assert_eq!(buckets[1].latency.count(), 2);
        assert_eq!(flush(&mut file, &restored), 0, "what was read has not grown");
    }
}

#[test]
fn a_torn_and_a_damaged_line_cost_themselves_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    log.count(key(1, "chat"), &share());
    flush(&mut file, &log);
    let path = directory.path().join(FILE_NAME);
    let whole = std::fs::read(&path).unwrap();
    let giant = vec![b'x'; usize::try_from(MAX_LINE).unwrap() * 2];
    let damaged: &[&[u8]] =
        &[b"{}\n", &giant, b"\n", &[0xff, b'\n'], &whole, &whole[..whole.len() / 2]];
    std::fs::write(&path, damaged.concat()).unwrap();
    let (_, restored) = opened(directory.path());
    assert_eq!(restored.page("").buckets, log.page("").buckets);
    assert_eq!(std::fs::read(&path).unwrap(), whole, "and the file is whole again");
}

#[test]
fn what_is_too_old_or_too_much_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    log.count(key(1, "chat"), &share());
    flush(&mut file, &log);
    let later = UnixMs(60_000).plus(KEPT);
    assert_eq!(TrafficFile::open(directory.path(), later).unwrap().1.len(), 1);
    assert_eq!(TrafficFile::open(directory.path(), later.plus_millis(1)).unwrap().1, []);
    let bucket = log.page("").buckets.remove(0);
    let numbered = |number| (key(1, &format!("r{number}")), (number, bucket.clone()));
    let mut latest = (0..MOST + 3).map(numbered).collect();
    keep_last(&mut latest);
    assert_eq!(latest.len(), MOST);
    assert_eq!(latest.values().map(|(number, _)| *number).min(), Some(3), "the oldest go");
}

#[test]
fn a_file_much_longer_than_what_it_says_is_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    let mut shortened = false;
    for _ in 0..100_000 {
        let before = file.length;
        log.count(key(1, "chat"), &Share::default());
        flush(&mut file, &log);
        if file.length < before {
            shortened = true;
            break;
        }
        // As if the line were long.
        file.length += REWRITE_BYTES / 8;
    }
    assert!(shortened);
    log.count(key(1, "chat"), &Share::default());
    flush(&mut file, &log);
    let on_disk = std::fs::metadata(directory.path().join(FILE_NAME)).unwrap().len();
    assert_eq!(on_disk, file.length, "what comes later goes to the new file");
    assert_eq!(opened(directory.path()).1.page("").buckets, log.page("").buckets);
}

#[test]
fn a_file_that_cannot_be_made_shorter_is_written_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    // Where a shorter one would be made, something else stands.
    let in_the_way = directory.path().join(NEW_FILE_NAME);
    std::fs::create_dir(&in_the_way).unwrap();
    std::fs::write(in_the_way.join("x"), "").unwrap();
    file.length = 2 * REWRITE_BYTES;
    log.count(key(1, "chat"), &share());
    assert_eq!(flush(&mut file, &log), 1);
    assert_eq!(flush(&mut file, &log), 0, "and once");
    std::fs::remove_dir_all(&in_the_way).unwrap();
    assert_eq!(opened(directory.path()).1.page("").buckets, log.page("").buckets);
}

#[test]
fn what_could_not_be_written_is_written_later() {
    let directory = tempfile::tempdir().unwrap();
    let (mut file, mut log) = opened(directory.path());
    log.count(key(1, "chat"), &share());
    file.make_unwritable();
    assert_eq!(flush(&mut file, &log), 1);
    file.file = OpenOptions::new().append(true).open(directory.path().join(FILE_NAME)).unwrap();
    assert_eq!(flush(&mut file, &log), 1, "it has not been forgotten");
    assert_eq!(opened(directory.path()).1.page("").buckets, log.page("").buckets);
}
