//! Feeds of other platforms, which are RSS or Atom in form but mean something else by an entry:
//! one per update, dates of the start, states in other places. Read as if they were histories they
//! would give wrong incidents, so they are refused by name.

use crate::ReadError;

/// Marks in a feed's title or generator (lower case) and whose they are.
const BY_HEAD: [(&str, &str); 6] = [
    (
        "incident.io",
        "an incident.io feed, whose entries hold only the newest update; its page also answers Statuspage JSON at /api/v2/summary.json",
    ),
    ("aws service health", "an AWS Health feed"),
    ("google cloud service health", "a Google Cloud feed"),
    ("azure status", "an Azure status feed"),
    ("better stack", "a Better Stack feed"),
    ("instatus", "an Instatus feed"),
];

/// Hosts of platforms that keep their own format.
const BY_HOST: [(&str, &str); 6] = [
    ("status.aws.amazon.com", "an AWS Health feed"),
    ("status.cloud.google.com", "a Google Cloud feed"),
    ("azure.status.microsoft", "an Azure status feed"),
    ("status.azure.com", "an Azure status feed"),
    ("status.x.ai", "an xAI feed"),
    ("status.volcengine.com", "a Volcengine feed"),
];

/// How far into a feed links are looked at.
const LINKS: usize = 20;

/// Refuses a feed that its head or links give away.
pub(super) fn refuse<'a>(
    title: &str,
    generator: &str,
    link: &'a str,
    links: impl Iterator<Item = &'a str>,
) -> Result<(), ReadError> {
    let head = format!("{title}\n{generator}").to_lowercase();
    if let Some((_, whose)) = BY_HEAD.iter().find(|(mark, _)| head.contains(mark)) {
        return Err(looks_like(whose));
    }
    for link in std::iter::once(link).chain(links.take(LINKS)) {
        let host = host(link);
        if let Some((_, whose)) = BY_HOST.iter().find(|(known, _)| host == Some(known)) {
            return Err(looks_like(whose));
        }
    }
    Ok(())
}

/// Refuses a feed that one of its entries gives away.
pub(super) fn refuse_entry(title: &str, text: &str) -> Result<(), ReadError> {
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with("Status: ") {
        return Err(looks_like(
            "an incident.io or Flashcat feed, whose entries hold only the newest update",
        ));
    }
    if first.starts_with("Type: ") && text.contains("Duration: ") {
        return Err(looks_like("an Instatus feed"));
    }
    if title.ends_with(" went down") || title.ends_with(" recovered") {
        return Err(looks_like("a feed of single monitors, such as Better Stack's"));
    }
    Ok(())
}

fn host(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("://")?;
    rest.split(['/', ':', '?', '#']).next()
}

fn looks_like(whose: &str) -> ReadError {
    ReadError::NotAFormat { looks_like: whose.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_platforms_are_refused_by_name() {
        let refused = refuse("OpenAI status", "incident.io", "", std::iter::empty()).unwrap_err();
        assert!(refused.to_string().contains("looks like an incident.io feed"));
        let links = ["https://status.cloud.google.com/incidents/x"].into_iter();
        assert!(refuse("T", "", "https://s.test/", links).is_err());
        assert!(refuse_entry("Llama API went down", "x").is_err());
        assert!(refuse_entry("T", "Type: Incident\nDuration: 46 minutes").is_err());
    }

    #[test]
    fn a_page_that_only_speaks_of_them_is_read() {
        let links = ["https://s.test/?from=status.x.ai"].into_iter();
        assert_eq!(refuse("Our status", "", "https://s.test/", links), Ok(()));
        assert_eq!(refuse_entry("Errors after AWS went down for us", "x"), Ok(()));
    }
}
