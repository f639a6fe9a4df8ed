//! A page that is read with a memory of the look before gives what it gives to a reader without one,
//! whatever was done to it in between: the same incidents, or the same refusal in the same words.

use std::ops::Range;
use std::sync::Arc;

use changeover_domain::{ProviderId, SourceId};
use proptest::prelude::*;

use super::{ATOM, INCIDENTS, RSS, SUMMARY, channel, item, names};
use crate::memory::Memory;
use crate::platform::read_again;
use crate::{Platform, ReadContext, json, read, xml};

/// Feeds of every platform whose entries are read one by one.
fn corpus() -> Vec<(Platform, String)> {
    let dated = |minute: usize| format!("Mon, 04 May 2026 10:{minute:02}:00 GMT");
    let feed = |bodies: &[&str]| {
        let items = bodies.iter().enumerate().map(|(number, body)| {
            let link = format!("https://s.test/incidents/code{number}");
            item(&format!("Large 2 is slow {number}"), &link, &link, &dated(number), body)
        });
        channel("T", "https://s.test/", &items.collect::<String>())
    };
    let blocks = "<p><small>May 4, 10:30 UTC</small><br><strong>Identified</strong> - It&#39;s found.</p><p><small>May 4, 10:00 UTC</small><br><strong>Investigating</strong> - We look.</p>";
    let monitors = [
        item("API went down", "https://s.test/", "#a", &dated(1), "x"),
        item("API recovered", "https://s.test/", "#a", &dated(9), "x"),
    ];
    vec![
        (Platform::Statuspage, INCIDENTS.to_owned()),
        (Platform::Statuspage, SUMMARY.to_owned()),
        (Platform::Statuspage, listed(&["a", "b", "c"])),
        (
            Platform::Statuspage,
            format!(
                r#"{{"page":{{"url":"https://s.test"}},"incidents":{}}}"#,
                listed(&["a", "b", "c", "d"])
            ),
        ),
        (Platform::Rss, RSS.to_owned()),
        (Platform::Atom, ATOM.to_owned()),
        (Platform::Statuspage, feed(&[blocks, blocks, "Resolved - all is well", blocks])),
        (
            Platform::IncidentIo,
            feed(&[
                "<b>Status: Resolved</b><br/><br/>Over.<ul><li>API (Operational)</li></ul>",
                "<b>Status: Identified</b><br/>x",
            ]),
        ),
        (Platform::BetterStack, channel("T", "https://s.test/", &monitors.concat())),
        (Platform::Xai, feed(&["<h3>Status: Resolved</h3><p>Severity: medium</p><p>x</p>", "y"])),
        (Platform::Azure, feed(&["Investigating - an outage", "We look."])),
        (Platform::Flashcat, feed(&["<strong>Status:</strong> resolved", "z"])),
        (
            Platform::Instatus,
            feed(&["<p><strong>Type:</strong> Incident</p>Duration: 2 hours", "z"]),
        ),
    ]
}

/// A list of incidents as JSON.
fn listed(ids: &[&str]) -> String {
    let incident = |id: &&str| {
        format!(
            r#"{{"id":"{id}","name":"Large 2 {id}","status":"resolved","created_at":"2026-05-04T10:00:00Z","incident_updates":[{{"id":"u{id}","status":"resolved","body":"Over, \"really\" [{{","created_at":"2026-05-04T11:00:00Z"}}]}}"#
        )
    };
    format!("[{}]", ids.iter().map(incident).collect::<Vec<_>>().join(" , "))
}

struct Nothing;

impl json::Checked for Nothing {
    fn at_start(&mut self, _: &str) -> Option<json::CheckedElement> {
        None
    }
}

/// Where the entries or incidents of a document stand.
fn places(text: &str) -> Vec<Range<usize>> {
    if text.starts_with(['{', '[']) {
        let elements = json::elements(text, &mut Nothing).unwrap_or_default();
        return elements.into_iter().map(|element| element.span).collect();
    }
    let seen = xml::outline(text).map(|seen| seen.places).unwrap_or_default();
    seen.into_iter().map(|place| place.span).collect()
}

/// What may be done to a document.
#[derive(Debug, Clone)]
enum Edit {
    Remove(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    /// Other bytes within an entry.
    Reword(prop::sample::Index, prop::sample::Index, &'static str),
    /// Other bytes anywhere, mark-up not spared.
    Break(prop::sample::Index, usize, &'static str),
    /// Other tags around the entries.
    Surround(&'static str, &'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    let pieces = prop::sample::select(vec![
        "",
        "x",
        "é",
        "<",
        "&amp;",
        "&",
        "]]>",
        "<![CDATA[",
        "</item>",
        "<item/>",
        "<entry>",
        "2026-05-05T00:00:00Z",
        "2031",
        "<p>Resolved - over</p>",
        "<title>t</title>",
        "\"",
        ",",
        ",,",
        "null,",
        "[",
        "{}",
        "\\",
        ":",
        "\"incidents\":[],",
    ]);
    let any = any::<prop::sample::Index>;
    prop_oneof![
        2 => any().prop_map(Edit::Remove),
        2 => (any(), any()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        3 => (any(), any(), pieces.clone()).prop_map(|(entry, at, piece)| Edit::Reword(entry, at, piece)),
        2 => (any(), 0_usize..20, pieces).prop_map(|(at, length, piece)| Edit::Break(at, length, piece)),
        1 => prop::sample::select(vec![
            ("<channel>", "<channel xmlns:x=\"urn:x\">"),
            ("purl.org/rss/1.0/modules/content/", "other.test/"),
            ("<channel>", "<channel><image>"),
            ("2005/Atom\"", "2005/Atom\" xml:lang=\"de\""),
            ("</title>", " more</title>"),
        ]).prop_map(|(from, to)| Edit::Surround(from, to)),
    ]
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let places = places(text);
        let comma = if text.starts_with(['{', '[']) { "," } else { "" };
        let mut edited = text.to_owned();
        match self {
            Self::Remove(entry) if !places.is_empty() => {
                let Range { start, end } = entry.get(&places).clone();
                let follows = text.get(end..).unwrap();
                let blank = follows.len() - follows.trim_start().len();
                let has_comma = !comma.is_empty() && follows.trim_start().starts_with(comma);
                let end = if has_comma { end + blank + 1 } else { end };
                edited.replace_range(start..end, "");
            }
            Self::Repeat(from, to) if !places.is_empty() => {
                let entry = text.get(from.get(&places).clone()).unwrap();
                edited.insert_str(to.get(&places).start, &format!("{entry}{comma}"));
            }
            Self::Reword(entry, at, piece) if !places.is_empty() => {
                let place = entry.get(&places);
                let at = text.floor_char_boundary(place.start + at.index(place.len()));
                edited.insert_str(at, piece);
            }
            Self::Break(at, length, piece) if !text.is_empty() => {
                let start = text.floor_char_boundary(at.index(text.len()));
                let end = text.floor_char_boundary((start + length).min(text.len()));
                edited.replace_range(start..end, piece);
            }
            Self::Surround(from, to) => edited = edited.replacen(from, to, 1),
            _ => {}
        }
        edited
    }
}

/// Looks at each document with one memory, and holds every look to one without.
fn hold(platform: Platform, documents: &[String]) -> Result<(), TestCaseError> {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let names = names();
    let context =
        ReadContext { names: &names, ..ReadContext::new(&source, &provider, crate::tests::now()) };
    let mut memory = Memory::default();
    for text in documents {
        let again = read_again(platform, context, text.as_bytes(), Some(&mut memory));
        let anew = read(platform, context, text.as_bytes());
        prop_assert_eq!(again, anew, "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_page_read_with_a_memory_is_the_page_read_without(
        edits in proptest::collection::vec((edit(), any::<bool>()), 1..8),
        of in any::<prop::sample::Index>(),
    ) {
        let corpus = corpus();
        let (platform, first) = of.get(&corpus);
        let mut documents = vec![first.clone()];
        for (edit, on_the_last) in &edits {
            let base = if *on_the_last { documents.last().unwrap() } else { first };
            documents.push(edit.apply(base));
        }
        hold(*platform, &documents)?;
    }
}

/// Two looks with one memory, and for each incident whether it is the same object in both.
fn shared(platform: Platform, first: &str, next: &str) -> Vec<bool> {
    let (source, provider) = (SourceId::try_new("s").unwrap(), ProviderId::try_new("p").unwrap());
    let context = ReadContext::new(&source, &provider, crate::tests::now());
    let mut memory = Memory::default();
    let mut look = |text: &str| {
        read_again(platform, context, text.as_bytes(), Some(&mut memory)).unwrap().incidents
    };
    let (first, next) = (look(first), look(next));
    assert_eq!(first.len(), next.len());
    first.iter().zip(&next).map(|(a, b)| Arc::ptr_eq(a, b)).collect()
}

#[test]
fn what_did_not_change_in_a_feed_is_shared() {
    for (platform, text) in corpus().into_iter().filter(|(_, text)| text.starts_with('<')) {
        let shared = shared(platform, &text, &text.replacen("</title>", " more</title>", 1));
        assert!(!shared.is_empty(), "{platform}");
        // Two entries are one incident there, which is put together anew.
        let is_shared = platform == Platform::BetterStack || !shared.contains(&false);
        assert!(is_shared, "{platform}: {shared:?}");
    }
}

#[test]
fn what_did_not_change_in_a_list_of_incidents_is_shared_but_for_the_first_one() {
    let text = listed(&["a", "b", "c", "d"]);
    let changed = text.replace("Large 2 c", "Large 2 is slow");
    assert_eq!(shared(Platform::Statuspage, &text, &changed), [false, true, false, true]);
    let page =
        |url: &str, list: &str| format!(r#"{{"page":{{"url":"{url}"}},"incidents":{list}}}"#);
    let (here, there) = (page("https://a.test", &text), page("https://b.test", &text));
    assert_eq!(shared(Platform::Statuspage, &here, &there), [false; 4], "another page's links");
}
