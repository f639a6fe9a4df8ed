//! The gateway's one file of truth: an append-only journal of accepted changes.
//!
//! Not for traffic or anything else that may be lost. One line of JSON is one change with its
//! links of the audit chain, the overrides it loaded and the answer to its idempotency key; it is
//! written whole and synchronised to disk before anything of it takes effect. The state is what
//! the lines say, read from the first to the last; there is no second file to disagree with.
//!
//! A process that dies while writing leaves a last line without its end. That change was never
//! acknowledged, so the line is dropped and reported. A line that is whole but unreadable, or whose
//! chain is broken, means that somebody or something altered the file: the gateway refuses to
//! start and names the line.

mod record;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use changeover_domain::AuditEntry;
use changeover_domain::audit::CHAIN_START;

pub(crate) use record::{Answered, LoadedRoute, Record};

/// The journal's name within the state directory.
const FILE_NAME: &str = "journal.jsonl";
/// Longer than any line this version writes.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{} cannot be {what}", file.display())]
    Io {
        file: PathBuf,
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is in use: another gateway runs on this state directory", file.display())]
    Locked { file: PathBuf },
    #[error(
        "{}, line {line}: {problem}. The journal was altered or damaged; restore it from a backup, or move it away to start without overrides",
        file.display()
    )]
    Corrupt { file: PathBuf, line: usize, problem: String },
    #[error("{} could not be brought back to its last whole line after a failed write; restart the gateway", file.display())]
    Broken { file: PathBuf },
}

/// What the journal held at start.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) records: Vec<Record>,
    /// Bytes of an unfinished last line that were dropped.
    pub(crate) torn_bytes: u64,
}

/// Where the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChainHead {
    /// Of the last entry; 0 before the first.
    pub(crate) sequence: u64,
    pub(crate) hash: String,
}

impl Default for ChainHead {
    fn default() -> Self {
        Self { sequence: 0, hash: CHAIN_START.to_owned() }
    }
}

impl ChainHead {
    fn after(&self, entry: &AuditEntry) -> Option<Self> {
        entry
            .follows(self.sequence + 1, &self.hash)
            .then(|| Self { sequence: entry.sequence, hash: entry.hash.clone() })
    }
}

/// The open journal. Whoever holds it is the only writer.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Up to here the file consists of whole lines that are on disk.
    length: u64,
    broken: bool,
}

impl Journal {
    /// Opens or makes the journal in `directory`, and reads it.
    pub(crate) fn open(directory: &Path) -> Result<(Self, Replay), JournalError> {
        let path = directory.join(FILE_NAME);
        let failed = |what| {
            let file = path.clone();
            move |source| JournalError::Io { file, what, source }
        };
        std::fs::create_dir_all(directory).map_err(failed("made"))?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed("opened"))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked { file: path.clone() },
            TryLockError::Error(source) => failed("locked")(source),
        })?;
        let (replay, length) = read_whole_lines(&file, &path)?;
        if replay.torn_bytes > 0 {
            file.set_len(length).map_err(failed("shortened"))?;
        }
        file.sync_all().map_err(failed("put on disk"))?;
        // The name of a new file is on disk only when its directory is.
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed("put on disk"))?;
        let journal = Self { path, file, length, broken: false };
        Ok((journal, replay))
    }

    /// Appends a line and waits until it is on disk. After an error nothing of it remains.
    pub(crate) fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken { file: self.path.clone() });
        }
        let written = line_of(record).and_then(|line| {
            self.file.write_all(&line)?;
            self.file.sync_data()?;
            Ok(u64::try_from(line.len()).unwrap_or(u64::MAX))
        });
        match written {
            Ok(added) => {
                self.length = self.length.saturating_add(added);
                Ok(())
            }
            Err(source) => {
                self.broken = self.file.set_len(self.length).is_err();
                Err(JournalError::Io { file: self.path.clone(), what: "written", source })
            }
        }
    }

    /// The links after `sequence`, oldest first, at most `limit`: for readers who have been away
    /// for longer than memory reaches.
    pub(crate) fn entries_after(
        directory: &Path,
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, JournalError> {
        let path = directory.join(FILE_NAME);
        let file = File::open(&path).map_err(|source| JournalError::Io {
            file: path.clone(),
            what: "opened",
            source,
        })?;
        let (replay, _) = read_whole_lines(&file, &path)?;
        Ok(replay
            .records
            .into_iter()
            .flat_map(|record| record.entries)
            .filter(|entry| entry.sequence > sequence)
            .take(limit)
            .collect())
    }

    #[cfg(test)]
    pub(crate) fn make_unwritable(&mut self) {
        self.file = File::open(&self.path).expect("the journal exists");
    }
}

fn line_of(record: &Record) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    Ok(line)
}

fn read_whole_lines(mut file: &File, path: &Path) -> Result<(Replay, u64), JournalError> {
    let failed = |source| JournalError::Io { file: path.to_owned(), what: "read", source };
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut reader = BufReader::new(file);
    let mut replay = Replay::default();
    let mut head = ChainHead::default();
    let mut length = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(failed)?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if line.last() != Some(&b'\n') {
            replay.torn_bytes = read;
            return Ok((replay, length));
        }
        let record = checked(&line, &mut head).map_err(|problem| JournalError::Corrupt {
            file: path.to_owned(),
            line: replay.records.len() + 1,
            problem,
        })?;
        replay.records.push(record);
        length = length.saturating_add(read);
    }
}

fn checked(line: &[u8], head: &mut ChainHead) -> Result<Record, String> {
    if line.len() > MAX_LINE {
        return Err("the line is longer than any that a gateway writes".to_owned());
    }
    let record: Record = serde_json::from_slice(line)
        .map_err(|error| format!("the line is not a record: {error}"))?;
    for entry in &record.entries {
        *head = head.after(entry).ok_or_else(|| {
            format!("entry {} does not follow the entry before it", entry.sequence)
        })?;
    }
    Ok(record)
}

#[cfg(test)]
#[path = "journal/tests.rs"]
mod tests;
