//! The minutes that this gateway carried, on disk: what a reader could read before a crash it can
//! read after it.
//!
//! A bucket that has grown is appended, whole, as one line of JSON; the last line of a key is what
//! counts. So nothing has to be undone, and a line that was torn or cannot be read costs itself
//! alone. A file that has become much longer than what it says is rewritten and renamed into place.
//!
//! Nothing here waits for the disk: what was written outlives the process (`kill -9`), but of a
//! machine that loses its power the last half minute or so may be lost. Not for anything that must
//! not be lost; that is the journal's. Failing to write is told and never stops the gateway.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use changeover_domain::traffic::BucketKey;
use changeover_domain::{TrafficBucket, UnixMs};

use super::{KEPT, MOST};

/// The file's name within the state directory.
const FILE_NAME: &str = "traffic.jsonl";
/// Where a shorter one is written before it takes its place.
const NEW_FILE_NAME: &str = "traffic.jsonl.new";
/// Longer than any line this version writes.
const MAX_LINE: u64 = 1024 * 1024;
/// A file is rewritten when it is as often as this longer than it was after the last time …
const REWRITE_FACTOR: u64 = 4;
/// … and has at least grown by this.
const REWRITE_BYTES: u64 = 8 * 1024 * 1024;

/// The open file.
#[derive(Debug)]
pub(crate) struct TrafficFile {
    directory: PathBuf,
    file: File,
    length: u64,
    /// As long was the file when it said everything once.
    compact_length: u64,
    /// Up to here of the log's revisions everything is in the file.
    revision: u64,
    /// The last write failed: it may have left half a line.
    failed: bool,
}

impl TrafficFile {
    /// Opens or makes the file in `directory`, reads it, and rewrites it with what is still of use:
    /// the buckets in the order in which they last grew.
    pub(crate) fn open(directory: &Path, now: UnixMs) -> io::Result<(Self, Vec<TrafficBucket>)> {
        let buckets = read_latest(&directory.join(FILE_NAME), now)?;
        let (file, length) = rewrite(directory, &buckets)?;
        let file = Self {
            directory: directory.to_owned(),
            file,
            length,
            compact_length: length,
            revision: u64::try_from(buckets.len()).unwrap_or(u64::MAX),
            failed: false,
        };
        Ok((file, buckets))
    }

    /// Up to which of the log's revisions everything is in the file.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Appends buckets that have grown; `revision` is the log's, up to which that is everything.
    /// A failure is logged once, until one succeeds; what was not written is to be handed in again.
    pub(crate) fn append(&mut self, grown: &[TrafficBucket], revision: u64, now: UnixMs) {
        match self.write(grown) {
            Ok(()) => {
                if std::mem::take(&mut self.failed) {
                    tracing::info!("the traffic of each minute is written to disk again");
                }
                self.revision = revision;
                self.keep_short(now);
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::error!(
                        %error,
                        "the traffic of each minute cannot be written: a crash would lose it"
                    );
                }
            }
        }
    }

    fn write(&mut self, grown: &[TrafficBucket]) -> io::Result<()> {
        let mut lines = Vec::new();
        if self.failed {
            // Ends the half line that may be there.
            lines.push(b'\n');
        }
        for bucket in grown {
            add_line(&mut lines, bucket)?;
        }
        self.file.write_all(&lines)?;
        self.length = self.length.saturating_add(length_of(&lines));
        Ok(())
    }

    /// What is written is written, also where the file cannot be made shorter.
    fn keep_short(&mut self, now: UnixMs) {
        if let Err(error) = self.shorten(now) {
            tracing::warn!(%error, "the file of each minute's traffic goes on growing");
            // To be tried again, and told, when it has grown by as much again.
            self.compact_length = self.length;
        }
    }

    fn shorten(&mut self, now: UnixMs) -> io::Result<()> {
        let most = self.compact_length.saturating_mul(REWRITE_FACTOR);
        if self.length <= most.max(self.compact_length.saturating_add(REWRITE_BYTES)) {
            return Ok(());
        }
        let buckets = read_latest(&self.directory.join(FILE_NAME), now)?;
        (self.file, self.length) = rewrite(&self.directory, &buckets)?;
        self.compact_length = self.length;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn make_unwritable(&mut self) {
        self.file = File::open(self.directory.join(FILE_NAME)).expect("the file exists");
    }
}

/// The latest line of every bucket that is not too old, in the order in which they last grew.
fn read_latest(path: &Path, now: UnixMs) -> io::Result<Vec<TrafficBucket>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let horizon = now.minus(KEPT);
    let mut lines = BufReader::new(file);
    let mut latest: HashMap<BucketKey, (usize, TrafficBucket)> = HashMap::new();
    let mut unreadable = 0_u64;
    let mut line = Vec::new();
    for number in 0_usize.. {
        match next_line(&mut lines, &mut line)? {
            Line::End => break,
            Line::Whole if line.trim_ascii().is_empty() => {}
            Line::Whole => match serde_json::from_slice::<TrafficBucket>(&line) {
                Ok(bucket) if bucket.key.minute >= horizon => {
                    latest.insert(bucket.key.clone(), (number, bucket));
                }
                Ok(_) => {}
                Err(_) => unreadable += 1,
            },
            Line::Torn => unreadable += 1,
        }
        if latest.len() > 2 * MOST {
            keep_last(&mut latest);
        }
    }
    if unreadable > 0 {
        tracing::warn!(
            unreadable,
            "lines of the traffic file were torn or damaged and are dropped"
        );
    }
    keep_last(&mut latest);
    let mut latest: Vec<_> = latest.into_values().collect();
    latest.sort_unstable_by_key(|(number, _)| *number);
    Ok(latest.into_iter().map(|(_, bucket)| bucket).collect())
}

/// Drops what grew longest ago, beyond the most that is kept.
fn keep_last(latest: &mut HashMap<BucketKey, (usize, TrafficBucket)>) {
    let Some(surplus) = latest.len().checked_sub(MOST + 1) else { return };
    let mut numbers: Vec<usize> = latest.values().map(|(number, _)| *number).collect();
    let (_, last_dropped, _) = numbers.select_nth_unstable(surplus);
    let last_dropped = *last_dropped;
    latest.retain(|_, (number, _)| *number > last_dropped);
}

enum Line {
    Whole,
    /// Without an end, or longer than any that was written.
    Torn,
    End,
}

fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    if lines.by_ref().take(MAX_LINE).read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    if line.last() == Some(&b'\n') {
        return Ok(Line::Whole);
    }
    lines.skip_until(b'\n')?;
    Ok(Line::Torn)
}

/// Writes a file that says `buckets` and nothing else, and puts it in the old one's place.
fn rewrite(directory: &Path, buckets: &[TrafficBucket]) -> io::Result<(File, u64)> {
    let new = directory.join(NEW_FILE_NAME);
    // What a crash left there is of no use.
    std::fs::remove_file(&new).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    let file = OpenOptions::new().append(true).create_new(true).open(&new)?;
    let mut writer = BufWriter::new(file);
    let mut length = 0_u64;
    let mut line = Vec::new();
    for bucket in buckets {
        line.clear();
        add_line(&mut line, bucket)?;
        writer.write_all(&line)?;
        length = length.saturating_add(length_of(&line));
    }
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    std::fs::rename(&new, directory.join(FILE_NAME))?;
    Ok((file, length))
}

fn add_line(lines: &mut Vec<u8>, bucket: &TrafficBucket) -> io::Result<()> {
    serde_json::to_writer(&mut *lines, bucket)?;
    lines.push(b'\n');
    Ok(())
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "disk/tests.rs"]
mod tests;
