//! Which format a text is in, by its root element or its keys; content types and file names lie.

use crate::{Platform, ReadError, html, xml};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The format of a decoded body.
pub(crate) fn platform(text: &str) -> Result<Platform, ReadError> {
    match text.trim_start().as_bytes() {
        [b'{' | b'[', ..] => json(text),
        [b'<', ..] => markup(text),
        _ => Err(not("text that is neither XML nor JSON")),
    }
}

fn markup(text: &str) -> Result<Platform, ReadError> {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| start.starts_with(tag) || start.contains(&format!("\n{tag}")));
    if is_html {
        return Err(ReadError::HtmlPage { title: title(text) });
    }
    let root = xml::root(text)?;
    match xml::local_name(root) {
        "rss" => Ok(Platform::Rss),
        "feed" => Ok(Platform::Atom),
        "RDF" => Err(not("an RSS 1.0 (RDF) feed")),
        "urlset" | "sitemapindex" => Err(not("a sitemap")),
        "Error" => Err(not("a storage service's XML error")),
        other => Err(not(&format!("XML with the root `{other}`"))),
    }
}

fn title(page: &str) -> Option<String> {
    let lower = page.get(..page.floor_char_boundary(4_096))?.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let (_, rest) = page.get(start..)?.split_once('>')?;
    let (title, _) = rest.split_once('<')?;
    let title: String = html::to_line(title).chars().take(80).collect();
    (!title.is_empty()).then_some(title)
}

/// The keys that tell the JSON formats apart; their values are not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Keys {
    page: Option<IgnoredAny>,
    status: Option<IgnoredAny>,
    components: Option<IgnoredAny>,
    incidents: Option<IgnoredAny>,
    scheduled_maintenances: Option<IgnoredAny>,
    incident: Option<IgnoredAny>,
    component_update: Option<IgnoredAny>,
    #[serde(rename = "activeIncidents")]
    active_incidents: Option<IgnoredAny>,
    #[serde(rename = "activeMaintenances")]
    active_maintenances: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    included: Option<IgnoredAny>,
    metadata: Option<IgnoredAny>,
    uptime: Option<IgnoredAny>,
    summary: Option<IgnoredAny>,
    maintenances: Option<IgnoredAny>,
}

fn json(text: &str) -> Result<Platform, ReadError> {
    if text.trim_start().starts_with('[') {
        return Err(not(list(text)?));
    }
    let keys: Keys = serde_json::from_str(text).map_err(|error| ReadError::of_json(&error))?;
    let statuspage =
        [&keys.status, &keys.components, &keys.incidents, &keys.scheduled_maintenances];
    let looks_like = if keys.incident.is_some() || keys.component_update.is_some() {
        "the body of a Statuspage webhook"
    } else if keys.active_incidents.is_some() || keys.active_maintenances.is_some() {
        "an Instatus summary"
    } else if keys.data.is_some() && keys.included.is_some() {
        "a Better Stack page (JSON:API)"
    } else if keys.metadata.is_some() && keys.uptime.is_some() {
        "a Checkly page"
    } else if keys.page.is_some() && statuspage.iter().any(|key| key.is_some()) {
        return Ok(Platform::Statuspage);
    } else if keys.summary.is_some() {
        "incident.io's own summary; its page also answers Statuspage JSON at /api/v2/summary.json"
    } else if keys.incidents.is_some() && keys.maintenances.is_some() {
        "a Datadog status page"
    } else {
        "JSON with none of the keys of a status page"
    };
    Err(not(looks_like))
}

/// Keys of the first element of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ElementKeys {
    arn: Option<IgnoredAny>,
    event_log: Option<IgnoredAny>,
    external_desc: Option<IgnoredAny>,
    most_recent_update: Option<IgnoredAny>,
}

fn list(text: &str) -> Result<&'static str, ReadError> {
    let elements: Vec<ElementKeys> = match serde_json::from_str(text) {
        Ok(elements) => elements,
        Err(error) if error.is_data() => Vec::new(),
        Err(error) => return Err(ReadError::of_json(&error)),
    };
    let first = elements.first();
    let has = |key: fn(&ElementKeys) -> bool| first.is_some_and(key);
    Ok(if has(|keys| keys.arn.is_some() || keys.event_log.is_some()) {
        "AWS Health's current events"
    } else if has(|keys| keys.external_desc.is_some() || keys.most_recent_update.is_some()) {
        "Google Cloud's incidents"
    } else {
        "a JSON list that is no known status page"
    })
}

fn not(looks_like: &str) -> ReadError {
    ReadError::NotAFormat { looks_like: looks_like.chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        platform(text).unwrap_err().to_string()
    }

    #[test]
    fn the_root_or_the_keys_decide() {
        assert_eq!(platform("<!-- x --><rss/>"), Ok(Platform::Rss));
        assert_eq!(platform("<a:feed xmlns:a='x'/>"), Ok(Platform::Atom));
        let statuspage = r#"{"page":{"id":"x"},"status":{"indicator":"none"}}"#;
        assert_eq!(platform(statuspage), Ok(Platform::Statuspage));
    }

    #[test]
    fn what_else_it_may_be_is_said() {
        for (text, said) in [
            (
                "<!DOCTYPE html><html><head><title>Just a moment...</title>",
                "an HTML page titled “Just a moment...” instead",
            ),
            ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "an HTML page instead"),
            ("<urlset/>", "looks like a sitemap"),
            ("<x/>", "looks like XML with the root `x`"),
            ("# Notes", "neither XML nor JSON"),
            (r#"{"page":{},"incident":{}}"#, "a Statuspage webhook"),
            (r#"{"page":{},"activeIncidents":[]}"#, "an Instatus summary"),
            (r#"{"data":{},"included":[]}"#, "a Better Stack page"),
            (r#"{"metadata":[],"uptime":[]}"#, "a Checkly page"),
            (r#"{"incidents":[],"maintenances":[]}"#, "a Datadog status page"),
            (r#"{"summary":{}}"#, "incident.io's own summary"),
            (r#"{"error":"x"}"#, "none of the keys"),
            (r#"[{"arn":"x","event_log":[]}]"#, "AWS Health's current events"),
            (r#"[{"external_desc":"x"}]"#, "Google Cloud's incidents"),
            ("[1]", "a JSON list that is no known"),
            (r#"{"page":{"#, "ends inside the JSON document"),
        ] {
            assert!(refusal(text).contains(said), "{text}: {}", refusal(text));
        }
    }
}
