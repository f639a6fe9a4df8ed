//! Platforms told apart by what stands in their RSS and Atom: the generator, the hosts of links,
//! ids, and the way in which entries are written. RSS and Atom look alike on all of them, but an
//! entry means another thing on each: an incident, or one update of it, dated by its start or by
//! its newest change.

use crate::feed::{Feed, FeedEntry};
use crate::{Platform, statuspage};

/// Marks in a feed's title or generator (lower case) and whose they are.
const BY_HEAD: [(&str, Platform); 8] = [
    ("incident.io", Platform::IncidentIo),
    ("aws service health", Platform::AwsHealth),
    ("google cloud service health", Platform::GoogleCloud),
    ("azure status", Platform::Azure),
    ("better stack", Platform::BetterStack),
    ("better uptime", Platform::BetterStack),
    ("instatus", Platform::Instatus),
    ("onlineornot", Platform::OnlineOrNot),
];

/// Hosts of platforms that keep their own format.
const BY_HOST: [(&str, Platform); 9] = [
    ("status.aws.amazon.com", Platform::AwsHealth),
    ("health.aws.amazon.com", Platform::AwsHealth),
    ("status.cloud.google.com", Platform::GoogleCloud),
    ("azure.status.microsoft", Platform::Azure),
    ("rssfeed.azure.status.microsoft", Platform::Azure),
    ("status.azure.com", Platform::Azure),
    ("status.x.ai", Platform::Xai),
    ("status.volcengine.com", Platform::Volcengine),
    ("status.flashcat.cloud", Platform::Flashcat),
];

/// How far into a feed entries are looked at.
const ENTRIES: usize = 20;
/// How much of an entry is looked at.
const BODY: usize = 2_000;

/// Whose feed it is; `None` when nothing in it says so.
pub(crate) fn feed(feed: &Feed) -> Option<Platform> {
    by_itself(feed).or_else(|| by_marks(feed)).or_else(|| by_words(feed))
}

/// Whose feed it says that it is, by its head and the hosts of its links.
pub(crate) fn by_itself(feed: &Feed) -> Option<Platform> {
    by_head(feed).or_else(|| by_host(feed))
}

fn by_head(feed: &Feed) -> Option<Platform> {
    let head = format!("{}\n{}", feed.title, feed.generator).to_lowercase();
    BY_HEAD.iter().find(|(mark, _)| head.contains(mark)).map(|(_, platform)| *platform)
}

fn by_host(feed: &Feed) -> Option<Platform> {
    let links = feed.entries.iter().take(ENTRIES).map(|entry| entry.link.as_str());
    let mut hosts = std::iter::once(feed.link.as_str()).chain(links).filter_map(host);
    hosts.find_map(|host| {
        BY_HOST.iter().find(|(known, _)| *known == host).map(|(_, platform)| *platform)
    })
}

/// By marks that only a platform's own program leaves, in whichever entry. Instatus comes first: it
/// writes its dates as Statuspage does.
fn by_marks(feed: &Feed) -> Option<Platform> {
    let has = |mark: fn(&FeedEntry, &str) -> bool| entries(feed).any(|(one, body)| mark(one, body));
    if has(|_, body| body.contains("<strong>Type:</strong>") && body.contains("Duration:")) {
        return Some(Platform::Instatus);
    }
    let is_history = feed.id.ends_with(",2005:/history");
    if is_history || has(|entry, _| statuspage::is_marked(entry)) {
        return Some(Platform::Statuspage);
    }
    if has(|_, body| body.contains("<h3>Status: ") && body.contains("Severity: ")) {
        return Some(Platform::Xai);
    }
    has(|_, body| body.trim_start().starts_with("<b>Status: ")).then_some(Platform::IncidentIo)
}

/// By words that others may write too, where no entry bears a mark.
fn by_words(feed: &Feed) -> Option<Platform> {
    entries(feed).find_map(|(entry, body)| {
        let title = entry.title.trim_end();
        if title.ends_with(" went down") || title.ends_with(" recovered") {
            Some(Platform::BetterStack)
        } else if body.contains("<strong>Status:</strong>") {
            Some(Platform::Flashcat)
        } else {
            None
        }
    })
}

/// The first entries, each with the start of its text.
fn entries(feed: &Feed) -> impl Iterator<Item = (&FeedEntry, &str)> {
    feed.entries.iter().take(ENTRIES).map(|entry| {
        let body = entry.body.get(..entry.body.floor_char_boundary(BODY)).unwrap_or_default();
        (entry.as_ref(), body)
    })
}

fn host(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("://")?;
    rest.split(['/', ':', '?', '#']).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedEntry;

    fn entry(link: &str, title: &str, body: &str) -> Feed {
        let (link, title, body) = (link.to_owned(), title.to_owned(), body.to_owned());
        let entry = FeedEntry { link, title, body, ..FeedEntry::default() };
        Feed { entries: vec![entry.into()], ..Feed::default() }
    }

    #[test]
    fn heads_hosts_and_entries_give_a_platform_away() {
        let headed = Feed { generator: "incident.io".to_owned(), ..Feed::default() };
        assert_eq!(feed(&headed), Some(Platform::IncidentIo));
        let empty = Feed { title: "Azure Status".to_owned(), ..Feed::default() };
        assert_eq!(feed(&empty), Some(Platform::Azure), "an empty feed has its head");
        for (link, title, body, platform) in [
            ("https://status.cloud.google.com/incidents/x", "x", "x", Platform::GoogleCloud),
            ("", "Llama API went down", "x", Platform::BetterStack),
            ("", "x", "<p><strong>Type:</strong> Incident</p>Duration: 2", Platform::Instatus),
            ("", "x", "<b>Status: Resolved</b><br/>", Platform::IncidentIo),
            ("", "x", "<small>Nov <var data-var='date'> 2</var></small>", Platform::Statuspage),
        ] {
            assert_eq!(feed(&entry(link, title, body)), Some(platform), "{link}{title}{body}");
        }
    }

    #[test]
    fn marks_outweigh_words_whichever_entry_bears_them() {
        let block = "<small>Nov <var data-var='date'> 2</var></small>";
        for (title, body) in [
            ("Login went down", block.to_owned()),
            (
                "Errors",
                format!("{block}<strong>Monitoring</strong> - Severity: 2<br>Status: fixed"),
            ),
        ] {
            assert_eq!(feed(&entry("", title, &body)), Some(Platform::Statuspage), "{title}");
        }
        let mut both = entry("", "Login went down", "x");
        both.entries.extend(entry("", "x", block).entries);
        assert_eq!(feed(&both), Some(Platform::Statuspage));
        let template = format!("<p><strong>Type:</strong> Incident</p>Duration: 2{block}");
        assert_eq!(feed(&entry("", "x", &template)), Some(Platform::Instatus), "its own marks");
    }

    #[test]
    fn a_page_that_only_speaks_of_others_stays_itself() {
        let text =
            entry("https://s.test/?from=status.x.ai", "Errors after AWS went down for us", "x");
        assert_eq!(feed(&text), None);
    }
}
