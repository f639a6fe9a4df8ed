//! Making a journal small again that has grown.
//!
//! The older lines become one snapshot, the recent ones stay as they are. The new file is written
//! beside the old one, put on disk, and takes its name in one step; then the directory is put on
//! disk. A process that dies on the way leaves the old file, or the new one, each of them whole.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::record::Record;
use super::snapshot::Snapshot;
use super::{FILE_NAME, JournalError, Replay, line_of, read_whole_lines};

/// The new file until it takes its place.
const NEW_NAME: &str = "journal.jsonl.new";
/// The recent lines that stay may take up this part of the limit.
const KEPT_PART: u64 = 4;

/// Writes the new file and puts it on disk, beside the old one. Answers it, ready to be written on,
/// and its length.
pub(super) fn prepare(
    directory: &Path,
    old: &File,
    limit: u64,
) -> Result<(File, u64), JournalError> {
    let (replay, _) = read_whole_lines(old, &directory.join(FILE_NAME))?;
    let (snapshot, kept) = split(replay, limit / KEPT_PART);
    let path = directory.join(NEW_NAME);
    let failed = |source| JournalError::Io { file: path.clone(), what: "written", source };
    let length = write(&path, snapshot, &kept).map_err(failed)?;
    let file = OpenOptions::new().read(true).append(true).open(&path).map_err(failed)?;
    Ok((file, length))
}

/// Gives the new file the journal's name.
pub(super) fn rename(directory: &Path) -> Result<(), JournalError> {
    let file = directory.join(NEW_NAME);
    std::fs::rename(&file, directory.join(FILE_NAME)).map_err(|source| JournalError::Io {
        file,
        what: "renamed",
        source,
    })
}

/// Puts the directory on disk. Before that a crash of the machine may bring the old file back.
pub(super) fn sync(directory: &Path) -> Result<(), JournalError> {
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    let file = directory.to_owned();
    synced.map_err(|source| JournalError::Io { file, what: "put on disk", source })
}

/// Takes away what a compaction left behind that did not come to its end.
pub(super) fn clear_leftover(directory: &Path) {
    // Whether there was one does not matter: it never counted.
    std::fs::remove_file(directory.join(NEW_NAME)).ok();
}

/// What is folded into a snapshot, and the recent lines of at most `kept_bytes`.
fn split(replay: Replay, kept_bytes: u64) -> (Snapshot, Vec<Record>) {
    let size = |record: &Record| line_of(record).map_or(u64::MAX, |line| line.len() as u64);
    let mut bytes = 0_u64;
    let kept = replay
        .records
        .iter()
        .rev()
        .take_while(|record| {
            bytes = bytes.saturating_add(size(record));
            bytes <= kept_bytes
        })
        .count();
    let folded = replay.records.len() - kept;
    let mut snapshot = replay.snapshot.unwrap_or_default();
    let mut records = replay.records.into_iter();
    records.by_ref().take(folded).for_each(|record| snapshot.fold(record));
    (snapshot, records.collect())
}

fn write(path: &Path, snapshot: Snapshot, kept: &[Record]) -> std::io::Result<u64> {
    let file = File::create(path)?;
    let mut writer = BufWriter::new(&file);
    let mut length = 0;
    let mut put = |line: Vec<u8>| {
        length += line.len() as u64;
        writer.write_all(&line)
    };
    put(line_of(&snapshot.sealed())?)?;
    for record in kept {
        put(line_of(record)?)?;
    }
    writer.flush()?;
    drop(writer);
    file.sync_all()?;
    Ok(length)
}
