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
//!
//! A file that has grown is compacted: its older lines become one ([`snapshot`]), which is all that
//! is then known of them. So the record of changes reaches back as far as the file, and says so.

mod compaction;
mod record;
mod snapshot;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use changeover_domain::AuditEntry;
use changeover_domain::audit::CHAIN_START;
use serde::{Deserialize, Serialize};

pub(crate) use record::{Answered, LoadedRoute, Record};
use snapshot::Sealed;
pub(crate) use snapshot::Snapshot;

/// The journal's name within the state directory.
const FILE_NAME: &str = "journal.jsonl";
/// Held by the gateway that runs on the directory. A file of its own: the journal itself is replaced
/// when it is compacted, and a lock on it would go with the old one.
const LOCK_NAME: &str = "lock";
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
    #[error("{} is in use: another gateway runs on this state directory", directory.display())]
    Locked { directory: PathBuf },
    #[error(
        "{}, line {line}: {problem}. The journal was altered or damaged; restore it from a backup, or move it away to start without overrides",
        file.display()
    )]
    Corrupt { file: PathBuf, line: usize, problem: String },
    #[error("{} is not known to be on disk as it should be after a failed write; restart the gateway", file.display())]
    Broken { file: PathBuf },
}

/// What the journal held at start.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// What the lines amounted to that are no longer kept.
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) records: Vec<Record>,
    /// Bytes of an unfinished last line that were dropped.
    pub(crate) torn_bytes: u64,
}

impl Replay {
    /// What everything in it amounts to.
    pub(crate) fn amounts_to(&self) -> Snapshot {
        let mut all = self.snapshot.clone().unwrap_or_default();
        self.records.iter().cloned().for_each(|record| all.fold(record));
        all
    }

    /// The last link that is no longer kept.
    pub(crate) fn kept_after(&self) -> ChainHead {
        self.snapshot.as_ref().map(|snapshot| snapshot.head.clone()).unwrap_or_default()
    }
}

/// Where the chain stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    directory: PathBuf,
    path: PathBuf,
    file: File,
    _lock: File,
    /// Up to here the file consists of whole lines that are on disk.
    length: u64,
    /// It is compacted when it is longer than this, in bytes.
    limit: u64,
    broken: bool,
}

impl Journal {
    /// Opens or makes the journal in `directory`, and reads it. It is compacted when it has grown
    /// beyond `limit` bytes.
    pub(crate) fn open(directory: &Path, limit: u64) -> Result<(Self, Replay), JournalError> {
        let path = directory.join(FILE_NAME);
        let failed = |what| {
            let file = path.clone();
            move |source| JournalError::Io { file, what, source }
        };
        std::fs::create_dir_all(directory).map_err(failed("made"))?;
        let lock = locked(directory)?;
        compaction::clear_leftover(directory);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed("opened"))?;
        let (replay, length) = read_whole_lines(&file, &path)?;
        if replay.torn_bytes > 0 {
            file.set_len(length).map_err(failed("shortened"))?;
        }
        file.sync_all().map_err(failed("put on disk"))?;
        // The name of a new file is on disk only when its directory is.
        compaction::sync(directory)?;
        let directory = directory.to_owned();
        let journal = Self { directory, path, file, _lock: lock, length, limit, broken: false };
        Ok((journal, replay))
    }

    /// Whether it has grown beyond its limit.
    pub(crate) fn is_large(&self) -> bool {
        self.length > self.limit && !self.broken
    }

    /// Makes it small again. After an error it is as it was, and is tried again when it has grown
    /// by half.
    pub(crate) fn compact(&mut self) -> Result<(), JournalError> {
        let prepared = compaction::prepare(&self.directory, &self.file, self.limit);
        let renamed = prepared.and_then(|new| compaction::rename(&self.directory).map(|()| new));
        let (file, length) = renamed.inspect_err(|_| {
            self.limit = self.length.saturating_add(self.length / 2);
        })?;
        self.file = file;
        self.length = length;
        // What cannot be made smaller must not be tried with every line.
        self.limit = self.limit.max(length.saturating_mul(2));
        // A line that is written now would be lost if the old file came back.
        compaction::sync(&self.directory).inspect_err(|_| self.broken = true)
    }

    /// What a journal says, without opening it for writing: a gateway may be running on it.
    pub(crate) fn look(directory: &Path) -> Result<Replay, JournalError> {
        let path = directory.join(FILE_NAME);
        match File::open(&path) {
            Ok(file) => Ok(read_whole_lines(&file, &path)?.0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Replay::default()),
            Err(source) => Err(JournalError::Io { file: path, what: "opened", source }),
        }
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

    /// The links after `sequence`, oldest first, at most `limit`, and the number after which links
    /// are kept at all: for readers who have been away for longer than memory reaches.
    pub(crate) fn entries_after(
        directory: &Path,
        sequence: u64,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, u64), JournalError> {
        let path = directory.join(FILE_NAME);
        let file = File::open(&path).map_err(|source| JournalError::Io {
            file: path.clone(),
            what: "opened",
            source,
        })?;
        let (replay, _) = read_whole_lines(&file, &path)?;
        let kept_after = replay.kept_after().sequence;
        let entries = replay.records.into_iter().flat_map(|record| record.entries);
        let later = entries.filter(|entry| entry.sequence > sequence).take(limit).collect();
        Ok((later, kept_after))
    }

    #[cfg(test)]
    pub(crate) fn make_unwritable(&mut self) {
        self.file = File::open(&self.path).expect("the journal exists");
    }
}

/// Takes the directory for this process, as long as the file is open.
fn locked(directory: &Path) -> Result<File, JournalError> {
    let path = directory.join(LOCK_NAME);
    let failed = |source| JournalError::Io { file: path.clone(), what: "locked", source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(failed)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::Locked { directory: directory.to_owned() },
        TryLockError::Error(source) => failed(source),
    })?;
    Ok(file)
}

fn line_of(line: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(line)?;
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
        let number = replay.records.len() + usize::from(replay.snapshot.is_some()) + 1;
        replay.take(&line, &mut head).map_err(|problem| JournalError::Corrupt {
            file: path.to_owned(),
            line: number,
            problem,
        })?;
        length = length.saturating_add(read);
    }
}

impl Replay {
    fn take(&mut self, line: &[u8], head: &mut ChainHead) -> Result<(), String> {
        if line.len() > MAX_LINE {
            return Err("the line is longer than any that a gateway writes".to_owned());
        }
        if line.starts_with(Sealed::BEGINS) {
            return self.take_snapshot(line, head);
        }
        self.records.push(checked(line, head)?);
        Ok(())
    }

    /// Only what stands before everything else can say what was before.
    fn take_snapshot(&mut self, line: &[u8], head: &mut ChainHead) -> Result<(), String> {
        if self.snapshot.is_some() || !self.records.is_empty() {
            return Err("a snapshot stands among the records".to_owned());
        }
        let sealed: Sealed = serde_json::from_slice(line)
            .map_err(|error| format!("the line is not a snapshot: {error}"))?;
        let snapshot = sealed.opened()?;
        head.clone_from(&snapshot.head);
        self.snapshot = Some(snapshot);
        Ok(())
    }
}

fn checked(line: &[u8], head: &mut ChainHead) -> Result<Record, String> {
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
