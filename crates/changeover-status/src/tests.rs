//! The room as others use it: captured documents, traps, transitions, and the poller against a
//! page on loopback.

mod golden;
mod hostile;
mod poller;
mod transitions;
mod traps;

use changeover_domain::{ProviderId, SourceId, TargetId, UnixMs};

use crate::{Platform, ReadContext, ReadError, Reading, read};

/// The documents written for these tests, by file name.
pub(crate) const SUMMARY: &str = include_str!("../fixtures/summary.json");
pub(crate) const INCIDENTS: &str = include_str!("../fixtures/incidents.json");
pub(crate) const RSS: &str = include_str!("../fixtures/history.rss");
pub(crate) const ATOM: &str = include_str!("../fixtures/history.atom");

pub(crate) fn names() -> Vec<(String, TargetId)> {
    [("large 2", "large"), ("small 2", "small")]
        .map(|(word, id)| (word.to_owned(), TargetId::try_new(id).unwrap()))
        .to_vec()
}

pub(crate) fn try_reading(
    platform: Platform,
    body: impl AsRef<[u8]>,
) -> Result<Reading, ReadError> {
    let source = SourceId::try_new("example-status").unwrap();
    let provider = ProviderId::try_new("example").unwrap();
    let context = ReadContext { source: &source, provider: &provider, names: &names() };
    read(platform, context, body.as_ref())
}

pub(crate) fn reading(platform: Platform, body: impl AsRef<[u8]>) -> Reading {
    try_reading(platform, body).unwrap()
}

pub(crate) fn at(text: &str) -> UnixMs {
    crate::dates::rfc3339(text).unwrap()
}
