//! The history as RSS and Atom: one item per incident, edited in place, updates newest first.
//!
//! As with the real feeds the dates within the text have no year, and an item's date is that of its
//! last update.

use changeover_domain::UnixMs;

use super::View;
use super::incident::{PageIncident, PageUpdate};

/// Statuspage's feeds go back this far.
const ENTRIES: usize = 25;

pub(super) fn rss(view: &View) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\">\n  <channel>\n    \
         <title>{name} Status - Incident History</title>\n    <link>{base}</link>\n    \
         <description>Statuspage</description>\n    <pubDate>{date}</pubDate>\n",
        name = escaped(view.profile.name),
        base = escaped(&view.base),
        date = rfc_822(view.updated_at),
    );
    for incident in view.incidents.iter().take(ENTRIES) {
        let link = escaped(&link(view, incident));
        xml.push_str(&format!(
            "    <item>\n      <title>{title}</title>\n      <description>{text}</description>\n      \
             <pubDate>{date}</pubDate>\n      <link>{link}</link>\n      <guid>{link}</guid>\n    </item>\n",
            title = escaped(&incident.title),
            text = escaped(&html(incident)),
            date = rfc_822(incident.updated_at()),
        ));
    }
    xml.push_str("  </channel>\n</rss>\n");
    xml
}

pub(super) fn atom(view: &View) -> String {
    let host = view.base.trim_start_matches("http://");
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\">\n  \
         <id>tag:{host},2005:/history</id>\n  \
         <link rel=\"alternate\" type=\"text/html\" href=\"{base}\"/>\n  \
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{base}/history.atom\"/>\n  \
         <title>{name} Status - Incident History</title>\n  <updated>{date}</updated>\n  \
         <author>\n    <name>{name}</name>\n  </author>\n",
        base = escaped(&view.base),
        name = escaped(view.profile.name),
        date = rfc_3339(view.updated_at),
    );
    for incident in view.incidents.iter().take(ENTRIES) {
        xml.push_str(&format!(
            "  <entry>\n    <id>tag:{host},2005:Incident/{number}</id>\n    \
             <published>{date}</published>\n    <updated>{date}</updated>\n    \
             <link rel=\"alternate\" type=\"text/html\" href=\"{link}\"/>\n    \
             <title>{title}</title>\n    <content type=\"html\">{text}</content>\n  </entry>\n",
            number = incident.number,
            date = rfc_3339(incident.updated_at()),
            link = escaped(&link(view, incident)),
            title = escaped(&incident.title),
            text = escaped(&html(incident)),
        ));
    }
    xml.push_str("</feed>\n");
    xml
}

fn link(view: &View, incident: &PageIncident) -> String {
    format!("{}/incidents/{}", view.base, incident.code)
}

fn html(incident: &PageIncident) -> String {
    let updates: Vec<String> = incident.updates.iter().rev().map(paragraph).collect();
    updates.join(" ")
}

fn paragraph(update: &PageUpdate) -> String {
    let at = timestamp(update.at);
    let mut word = update.phase.word().to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!(
        "<p> <small>{month} <var data-var='date'>{day}</var>, <var data-var='time'>{time}</var> UTC</small><br> \
         <strong>{word}</strong> - {body} </p>",
        month = at.strftime("%b"),
        day = at.strftime("%e"),
        time = at.strftime("%H:%M"),
        body = escaped(&update.body),
    )
}

fn rfc_822(at: UnixMs) -> String {
    timestamp(at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn rfc_3339(at: UnixMs) -> String {
    timestamp(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn timestamp(at: UnixMs) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
