//! The room as others use it: captured documents, traps, transitions, and the poller against a
//! page on loopback.

mod archive;
mod golden;
mod hostile;
mod identity;
mod memory;
mod older_copies;
mod poller;
mod resting;
mod sequence;
mod standing_in;
mod stub;
mod transitions;
mod traps;

use std::sync::Arc;

use changeover_domain::{
    ComponentState, Incident, IncidentState, PageComponent, ProviderId, SourceId, TargetId, UnixMs,
};

use crate::{ModelNames, Platform, ReadContext, ReadError, Reading, read};

/// The documents written for these tests, by file name.
pub(crate) const SUMMARY: &str = include_str!("../fixtures/summary.json");
pub(crate) const INCIDENTS: &str = include_str!("../fixtures/incidents.json");
pub(crate) const RSS: &str = include_str!("../fixtures/history.rss");
pub(crate) const ATOM: &str = include_str!("../fixtures/history.atom");

pub(crate) fn names() -> ModelNames {
    let mut names = ModelNames::none();
    for (says, target) in [("Large 2", "large"), ("Small 2", "small")] {
        names.add([says], &[TargetId::try_new(target).unwrap()]);
    }
    names
}

pub(crate) fn try_reading(
    platform: Platform,
    body: impl AsRef<[u8]>,
) -> Result<Reading, ReadError> {
    let source = SourceId::try_new("example-status").unwrap();
    let provider = ProviderId::try_new("example").unwrap();
    let names = names();
    let context = ReadContext { names: &names, ..ReadContext::new(&source, &provider, now()) };
    read(platform, context, body.as_ref())
}

pub(crate) fn reading(platform: Platform, body: impl AsRef<[u8]>) -> Reading {
    try_reading(platform, body).unwrap()
}

/// When the documents of these tests are read: some entries lie ahead of it.
pub(crate) fn now() -> UnixMs {
    at("2027-01-05T12:00:00Z")
}

pub(crate) fn at(text: &str) -> UnixMs {
    crate::dates::rfc3339(text).unwrap()
}

/// The one incident of a reading.
#[track_caller]
/// Components by name, with their states.
pub(crate) fn named(components: &[PageComponent]) -> Vec<(String, ComponentState)> {
    components.iter().map(|one| (one.name.clone(), one.state)).collect()
}

/// The page's ids of components.
pub(crate) fn ids(components: &[PageComponent]) -> Vec<&str> {
    components.iter().filter_map(|one| one.id.as_deref()).collect()
}

pub(crate) fn only(reading: Reading) -> Incident {
    let [one] = <[_; 1]>::try_from(reading.incidents).expect("one incident");
    Arc::unwrap_or_clone(one)
}

/// States of updates, oldest first.
pub(crate) fn steps(declared: &Incident) -> Vec<Option<IncidentState>> {
    declared.updates.iter().map(|update| update.state).collect()
}

/// An RSS feed of one channel.
pub(crate) fn channel(title: &str, link: &str, items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>{title}</title><link>{link}</link><description>d</description>{items}</channel></rss>"
    )
}

/// One item of an RSS feed; the body goes into CDATA.
pub(crate) fn item(title: &str, link: &str, guid: &str, date: &str, body: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{link}</link><guid>{guid}</guid><pubDate>{date}</pubDate><description><![CDATA[{body}]]></description></item>"
    )
}
