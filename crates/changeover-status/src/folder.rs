//! A folder of captured feeds, one record per file: what it is and what it says, or why it cannot
//! be read. For looking at captures, not for watching.
//!
//! Nothing in a folder makes it stop: links are not followed, sizes, depth and numbers have caps.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use changeover_domain::{
    ComponentState, Impact, Incident, IncidentState, IncidentUpdate, Maintenance, PageComponent,
    ProviderId, SourceId, StartBasis, UnixMs,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Coverage, Format, MAX_BODY_BYTES, Platform, ReadContext, ReadError, UnreadEntry, read_any,
};

/// The deepest folder that is looked into.
const MAX_DEPTH: usize = 32;
/// The most files of one call.
const MAX_FILES: usize = 10_000;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileReading {
    /// Below the folder, with `/` between names.
    pub path: String,
    pub result: FileResult,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileResult {
    Read(FileContent),
    Unreadable { reason: String },
}

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileContent {
    pub platform: Platform,
    pub format: Format,
    pub coverage: Coverage,
    pub page: ComponentState,
    pub components: Vec<PageComponent>,
    /// The latest start first, planned work last.
    pub incidents: Vec<FileIncident>,
    pub unread: Vec<UnreadEntry>,
}

/// One incident of a file; a file has no provider, so there is none here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileIncident {
    /// The page's own id.
    pub native: String,
    pub title: String,
    pub state: IncidentState,
    /// Our reading of its weight.
    pub impact: Impact,
    /// The provider's own word for it.
    pub severity: Option<String>,
    pub started_at: UnixMs,
    /// How the start is known.
    pub start: StartBasis,
    pub ended_at: Option<UnixMs>,
    /// Set for planned work.
    pub maintenance: Option<Maintenance>,
    pub components: Vec<(String, ComponentState)>,
    /// Oldest first, each with its time as it stands in the file.
    pub updates: Vec<IncidentUpdate>,
    pub url: Option<String>,
}

impl From<Incident> for FileIncident {
    fn from(incident: Incident) -> Self {
        let components = incident.components.into_iter().map(|one| (one.name, one.state));
        Self {
            native: incident.id.native,
            title: incident.title,
            state: incident.state,
            impact: incident.impact,
            severity: incident.severity,
            started_at: incident.started_at,
            start: incident.start,
            ended_at: incident.ended_at,
            maintenance: incident.maintenance,
            components: components.collect(),
            updates: incident.updates,
            url: incident.url,
        }
    }
}

/// Reads all files below `dir`, sorted by path. A folder that cannot be read is a record too. `now` is
/// when they are read: an entry dated later is a plan.
#[must_use]
pub fn read_folder(dir: &Path, now: UnixMs) -> Vec<FileReading> {
    let mut readings = Vec::new();
    walk((dir, now), dir, 0, &mut readings);
    readings.sort_by(|a, b| a.path.cmp(&b.path));
    readings
}

fn walk((root, now): (&Path, UnixMs), dir: &Path, depth: usize, readings: &mut Vec<FileReading>) {
    if depth > MAX_DEPTH {
        let reason = format!("folders deeper than {MAX_DEPTH} are not looked into");
        readings.push(unreadable(root, dir, reason));
        return;
    }
    let entries = match fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => {
            readings.push(unreadable(root, dir, format!("the folder cannot be listed: {error}")));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if readings.len() >= MAX_FILES {
            return;
        }
        // Does not follow links.
        match fs::symlink_metadata(&path) {
            Ok(about) if about.is_dir() => walk((root, now), &path, depth + 1, readings),
            Ok(about) if about.is_file() => {
                let result = read_file(&path, now);
                readings.push(FileReading { path: relative(root, &path), result });
            }
            Ok(_) => readings.push(unreadable(
                root,
                &path,
                "not a regular file; links are not followed".to_owned(),
            )),
            Err(error) => readings.push(unreadable(
                root,
                &path,
                format!("the file cannot be looked at: {error}"),
            )),
        }
    }
}

fn read_file(path: &Path, now: UnixMs) -> FileResult {
    let bytes = match capped(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return FileResult::Unreadable { reason: format!("the file cannot be read: {error}") };
        }
    };
    match bytes.and_then(|bytes| content(&bytes, now)) {
        Ok(content) => FileResult::Read(content),
        Err(error) => FileResult::Unreadable { reason: error.to_string() },
    }
}

/// The file's bytes, unless it is too large already; one that grows meanwhile is cut one byte after
/// what is allowed, which is enough to see that it is too much.
fn capped(path: &Path) -> io::Result<Result<Vec<u8>, ReadError>> {
    let file = File::open(path)?;
    let limit = u64::try_from(MAX_BODY_BYTES).unwrap_or(u64::MAX);
    let length = file.metadata()?.len();
    if length > limit {
        return Ok(Err(ReadError::TooLarge { limit: MAX_BODY_BYTES }));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

fn content(bytes: &[u8], now: UnixMs) -> Result<FileContent, ReadError> {
    let (source, provider) = no_owner();
    let (platform, format, reading) = read_any(ReadContext::new(&source, &provider, now), bytes)?;
    Ok(FileContent {
        platform,
        format,
        coverage: reading.coverage,
        page: reading.page,
        components: reading.components,
        incidents: reading
            .incidents
            .into_iter()
            .map(Arc::unwrap_or_clone)
            .map(Into::into)
            .collect(),
        unread: reading.unread,
    })
}

/// A reading needs an owner, a file has none; the ids stay in here.
#[expect(clippy::expect_used, reason = "two constants that every test of this file checks")]
fn no_owner() -> (SourceId, ProviderId) {
    let source = SourceId::try_new("file").expect("a constant id");
    let provider = ProviderId::try_new("file").expect("a constant id");
    (source, provider)
}

fn unreadable(root: &Path, path: &Path, reason: String) -> FileReading {
    FileReading { path: relative(root, path), result: FileResult::Unreadable { reason } }
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = below.components().map(|name| name.as_os_str().to_string_lossy()).collect();
    if names.is_empty() { ".".to_owned() } else { names.join("/") }
}
