//! Azure's items. Their id is made of the title and changes with it, from "Investigating" to
//! "Mitigating", so an item is known by its date and its categories; dates are often written with the
//! obsolete zone `Z`.

use std::collections::HashMap;
use std::sync::Arc;

use changeover_domain::{ComponentState, IncidentState};

use crate::assemble::{Affected, Draft, Start, UpdateKey, digest, web_link};
use crate::dates::Written;
use crate::feed::{Feed, FeedEntry, leading_label};
use crate::findings::Findings;
use crate::{Coverage, Platform, html, words};

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::OpenOnly);
    findings.take_entries(Platform::Azure, feed, draft);
    keep_apart(&mut findings, feed);
    findings
}

/// The state that a part of a line names: `Azure OpenAI - East US - Mitigating`. What is mitigated is
/// watched until its item is gone.
fn told(line: &str) -> Option<IncidentState> {
    let mut parts = line.split(" - ").flat_map(|part| part.split(": "));
    parts.find_map(|part| match part.trim().to_ascii_lowercase().as_str() {
        "active" => Some(IncidentState::Investigating),
        "mitigating" => Some(IncidentState::Identified),
        "mitigated" => Some(IncidentState::Monitoring),
        word => words::incident_state(word),
    })
}

/// Its date and categories, in whichever order they stand.
fn native(entry: &FeedEntry, date: &Written) -> String {
    let mut categories: Vec<String> =
        entry.categories.iter().map(|category| html::to_line(category)).collect();
    categories.sort();
    let at = date.at.0.to_string();
    let parts = std::iter::once(at.as_str()).chain(categories.iter().map(String::as_str));
    digest(&parts.collect::<Vec<_>>())
}

/// Items that nothing else tells apart are told apart by their ids.
fn keep_apart(findings: &mut Findings, feed: &Feed) {
    let mut times: HashMap<String, usize> = HashMap::new();
    for draft in &findings.drafts {
        *times.entry(draft.native.clone()).or_default() += 1;
    }
    let read = feed.entries.iter().filter(|entry| entry.date().is_ok());
    for (draft, entry) in findings.drafts.iter_mut().zip(read) {
        if times.get(&draft.native).is_some_and(|times| *times > 1) {
            let native = digest(&[&draft.native, entry.id.trim()]);
            Arc::make_mut(draft).native = native;
        }
    }
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let date = entry.date()?;
    let text = entry.text();
    let title = entry.plain_title();
    let lines = [title.as_str(), text.lines().next().unwrap_or_default()];
    let labelled = || lines.iter().find_map(|line| leading_label(line)?.0.state);
    let state = lines.iter().find_map(|line| told(line)).or_else(labelled);
    let state = state.unwrap_or(IncidentState::Investigating);
    let affected = entry.categories.iter().map(|category| Affected {
        id: None,
        name: html::to_line(category),
        state: ComponentState::Unknown,
    });
    let mut draft = Draft {
        native: native(entry, date),
        title,
        start: Start::Created(date.at),
        components: affected.collect(),
        url: web_link(&entry.link),
        ..Draft::default()
    };
    draft.push(UpdateKey::Words, date, Some(state), text);
    Ok(draft)
}
