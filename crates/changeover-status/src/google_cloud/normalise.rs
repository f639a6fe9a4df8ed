//! Google's incidents as findings.
//!
//! `begin` and `end` are Google's own words for when it was, often set long after, so they outweigh
//! the updates: most incidents get updates after their end, and those do not re-open them.

use changeover_domain::{ComponentState, IncidentState};

use super::wire;
use crate::assemble::{Affected, Draft, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::{Coverage, html};

/// The most locations named behind a product.
const MAX_LOCATIONS: usize = 3;
/// Where relative links start.
const PAGE: &str = "https://status.cloud.google.com/";

pub(super) fn findings(incidents: impl Iterator<Item = wire::Incident>) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    for incident in incidents {
        let title = html::to_line(incident.external_desc.as_deref().unwrap_or_default());
        let draft = draft(incident, title.clone());
        findings.take(&title, draft);
    }
    findings
}

fn draft(incident: wire::Incident, title: String) -> Result<Draft, &'static str> {
    let native = incident.id.clone().filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let date = |text: &Option<String>| text.as_deref().and_then(any_date).map(|date| date.at);
    let end = date(&incident.end);
    let declared = incident.status_impact.as_deref().unwrap_or_default();
    let latest = newest_word(&incident).unwrap_or(declared).to_owned();
    let state = end.is_some().then_some(IncidentState::Resolved);
    let is_over = state.is_some() || is_available(&latest);
    let now = if is_over { ComponentState::Operational } else { gravity(&latest) };
    let severity = [incident.severity.as_deref(), incident.status_impact.as_deref()];
    let mut draft = Draft {
        title,
        state,
        start: date(&incident.begin).map_or(Start::OldestUpdate, Start::Stated),
        end,
        components: products(&incident, now),
        course: vec![gravity(declared)],
        severity: Some(severity.into_iter().flatten().collect::<Vec<_>>().join(" ")),
        url: incident.uri.as_deref().and_then(link),
        native,
        ..Draft::default()
    };
    let mut updates = incident.updates.0;
    if updates.is_empty() {
        updates.extend(incident.most_recent_update);
    }
    for update in updates {
        push(&mut draft, &update);
    }
    Ok(draft)
}

fn newest_word(incident: &wire::Incident) -> Option<&str> {
    // Of several of one instant the first in the list is the newest.
    let listed = incident.updates.0.iter().rev();
    let all = incident.most_recent_update.iter().chain(listed);
    let newest = all.max_by_key(|update| when(update).map(|at| at.at));
    newest?.status.as_deref()
}

fn when(update: &wire::Update) -> Option<crate::dates::Written> {
    let when = update.when.as_deref().and_then(any_date);
    when.or_else(|| update.created.as_deref().and_then(any_date))
}

fn push(draft: &mut Draft, update: &wire::Update) {
    let word = update.status.as_deref().unwrap_or_default();
    draft.course.push(gravity(word));
    let Some(at) = when(update) else { return };
    let text = html::to_text(update.text.as_deref().unwrap_or_default());
    draft.push(UpdateKey::TimeAndWords, &at, state(word), &text);
}

/// Google's words are of service, not of work on it: what is not available is being looked at.
fn state(word: &str) -> Option<IncidentState> {
    match word {
        "" => None,
        word if is_available(word) => Some(IncidentState::Resolved),
        _ => Some(IncidentState::Investigating),
    }
}

fn is_available(word: &str) -> bool {
    word == "AVAILABLE"
}

fn gravity(word: &str) -> ComponentState {
    match word {
        "SERVICE_OUTAGE" => ComponentState::MajorOutage,
        "SERVICE_DISRUPTION" => ComponentState::PartialOutage,
        "SERVICE_INFORMATION" => ComponentState::DegradedPerformance,
        "AVAILABLE" => ComponentState::Operational,
        _ => ComponentState::Unknown,
    }
}

/// The products, by the ids that stay when Google renames them.
fn products(incident: &wire::Incident, state: ComponentState) -> Vec<Affected> {
    let listed = incident.affected_products.0.iter().map(|product| (&product.id, &product.title));
    let place = place(incident, state);
    let named: Vec<Affected> = listed
        .map(|(id, title)| {
            let name = html::to_line(title.as_deref().unwrap_or_default());
            let name = if name.is_empty() { name } else { format!("{name}{place}") };
            Affected { id: id.clone(), name, state }
        })
        .collect();
    if !named.is_empty() {
        return named;
    }
    let name = html::to_line(incident.service_name.as_deref().unwrap_or_default());
    vec![Affected { id: incident.service_key.clone(), name, state }]
}

/// ` (Global, us-central1 and 4 more)`: where products are affected, or were when it is over.
fn place(incident: &wire::Incident, state: ComponentState) -> String {
    let locations = match state {
        ComponentState::Operational => &incident.previously_affected_locations.0,
        _ => &incident.currently_affected_locations.0,
    };
    let named = locations.iter().filter_map(|one| one.title.as_deref().or(one.id.as_deref()));
    let named: Vec<String> = named.map(html::to_line).collect();
    let shown = named.iter().take(MAX_LOCATIONS).map(String::as_str).collect::<Vec<_>>().join(", ");
    match named.len() {
        0 => String::new(),
        all if all > MAX_LOCATIONS => format!(" ({shown} and {} more)", all - MAX_LOCATIONS),
        _ => format!(" ({shown})"),
    }
}

fn link(uri: &str) -> Option<String> {
    if uri.contains("://") {
        return web_link(uri);
    }
    web_link(&format!("{PAGE}{}", uri.trim_start_matches('/')))
}
