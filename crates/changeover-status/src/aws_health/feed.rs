//! AWS's RSS: one item per update, all with the same link, and only the id tells the service and
//! region: `https://status.aws.amazon.com/#<service>-<region>_<epoch>`.
//!
//! The end is often never posted. Items of one service and region are one event until an item says
//! that it is over, or until nothing is said for a day: what comes later is another event, and the
//! earlier one is over by then. The newest event stays open: nobody said that it ended. When nothing was
//! said of it for a week by the feed's own clock, it is closed as what it is, one whose end is not known.

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{ComponentState, IncidentState, UnixMs};

use super::normalise::unmarked;
use crate::assemble::{Affected, Draft, UpdateKey, web_link};
use crate::dates::{Written, any_date};
use crate::episode::{self, Episode, Item};
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;
use crate::{Coverage, html};

/// After so long a silence an event that nobody closed goes on no longer.
const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let mut items = Vec::new();
    for entry in &feed.entries {
        match item(entry, &feed.title) {
            Ok(item) => items.push(item),
            Err(reason) => findings.pass_over(entry, reason),
        }
    }
    // The feed is stamped whenever it is made, and it is made when it has no news, too. One without a
    // stamp is of the day on which it is read.
    let newest = items.iter().map(|item| item.at).max();
    let now = feed.built.map_or(feed.read_at, |built| built.max(newest.unwrap_or(built)));
    let drafts = episode::episodes(items).into_iter().map(|episode| draft(episode, now));
    let drafts = drafts.map(Arc::new);
    findings.drafts.extend(drafts);
    findings
}

/// What an item says beside its time.
#[derive(Debug)]
struct Said {
    /// `bedrock-eu-west-1`.
    service: String,
    /// `Amazon Bedrock (Ireland)`, where the feed is of one service.
    name: String,
    title: String,
    severity: String,
    text: String,
    link: Option<String>,
    written: Written,
}

fn item(entry: &FeedEntry, channel: &str) -> Result<Item<Said>, &'static str> {
    let (service, epoch) = key(&entry.id).ok_or("its id names no service")?;
    let written = match (epoch, entry.published.clone()) {
        // PST and PDT stand in one file; the number in the id is beyond doubt.
        (Some(epoch), Some(published)) => Written { at: epoch, ..published },
        (Some(epoch), None) => any_date(&epoch.0.to_string()).ok_or("it has no date")?,
        (None, published) => published.ok_or("it has no date that can be read")?,
    };
    let title = entry.plain_title();
    let (severity, title) = severity(&title);
    let (is_marked, title) = unmarked(&title);
    let is_over = is_marked || severity.eq_ignore_ascii_case("resolved") || is_well(&severity);
    Ok(Item {
        key: service.clone(),
        at: written.at,
        is_over,
        said: Said {
            name: html::to_line(channel).trim_end_matches(" Service Status").to_owned(),
            text: entry.text().to_owned(),
            link: web_link(&entry.link),
            service,
            title,
            severity,
            written,
        },
    })
}

/// The service with its region, and the time, of `…#<service>-<region>_<epoch>`.
fn key(id: &str) -> Option<(String, Option<UnixMs>)> {
    let (_, key) = id.rsplit_once('#')?;
    let (service, time) = key.rsplit_once('_').unwrap_or((key, ""));
    (!service.is_empty()).then(|| (service.to_owned(), crate::dates::epoch(time)))
}

/// `Service impact: …`, `Service disruption: …`, `RESOLVED: …`: the kind, and the words.
fn severity(title: &str) -> (String, String) {
    match title.split_once(": ") {
        Some((kind, words)) if kind.len() <= 40 => (kind.to_owned(), words.to_owned()),
        _ => (String::new(), title.to_owned()),
    }
}

fn is_well(severity: &str) -> bool {
    severity.eq_ignore_ascii_case("service is operating normally")
}

fn gravity(severity: &str) -> ComponentState {
    match severity.to_ascii_lowercase().as_str() {
        "service impact" | "informational message" | "service issue" => {
            ComponentState::DegradedPerformance
        }
        "service degradation" | "performance issues" => ComponentState::PartialOutage,
        "service disruption" | "outage" => ComponentState::MajorOutage,
        "service is operating normally" | "resolved" => ComponentState::Operational,
        _ => ComponentState::Unknown,
    }
}

fn draft(episode: Episode<Said>, now: UnixMs) -> Draft {
    let is_over = episode.is_over();
    let is_forgotten = !is_over && episode.ended().plus(FORGOTTEN) < now;
    let closed = if is_forgotten { IncidentState::LeftPage } else { IncidentState::Resolved };
    let mut draft = Draft {
        native: format!("{}_{}", episode.key, episode.began().0 / 1_000),
        end: (episode.superseded || is_forgotten).then(|| episode.ended()),
        state: (is_over || is_forgotten).then_some(closed),
        ..Draft::default()
    };
    let mut name = String::new();
    for item in episode.items {
        let state =
            if item.is_over { IncidentState::Resolved } else { IncidentState::Investigating };
        let said = item.said;
        draft.course.push(gravity(&said.severity));
        draft.push(UpdateKey::TimeAndWords, &said.written, Some(state), &said.text);
        // The last item's title may only say that all is well.
        if !said.title.is_empty() && (draft.title.is_empty() || !item.is_over) {
            draft.title = said.title;
            let is_state = gravity(&said.severity) == ComponentState::Operational;
            draft.severity = Some(said.severity).filter(|_| !is_state);
        }
        draft.url = said.link.or(draft.url.take());
        name = said.name;
        if is_of_all(&name) {
            name.clone_from(&said.service);
        }
    }
    let last = draft.course.last().copied().unwrap_or_default();
    let state = match (is_over, is_forgotten) {
        (true, _) => ComponentState::Operational,
        (false, true) => ComponentState::Unknown,
        (false, false) => last,
    };
    draft.components.push(Affected { id: Some(episode.key), name, state });
    draft
}

/// Whether the channel is of all services and its title none's name.
fn is_of_all(channel: &str) -> bool {
    let channel = channel.to_ascii_lowercase();
    channel.is_empty()
        || ["service health", "amazon web services"].iter().any(|all| channel.contains(all))
}
