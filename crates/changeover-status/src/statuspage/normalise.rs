//! Statuspage's document as a reading.
//!
//! Traps it keeps clear of: an incident's `components` are the components *now*, so for an ended
//! incident only what its updates say of them is kept; `impact` is `none` for real outages; keys
//! are absent when empty; `started_at` of planned work is when it was announced.

use changeover_domain::{ComponentState, Impact, IncidentState, IncidentUpdate, UnixMs};

use super::wire;
use crate::assemble::{Draft, assemble, update_digest, web_link};
use crate::reading::{page_from_incidents, worst};
use crate::{Coverage, ReadContext, Reading, UnreadEntry, dates, html, words};

pub(super) fn reading(context: ReadContext<'_>, document: wire::Document) -> Reading {
    let coverage = coverage(&document);
    let indicator = document
        .status
        .as_ref()
        .map(|status| words::indicator(status.indicator.as_deref().unwrap_or_default()));
    let components = components(document.components.unwrap_or_default());
    let page_url = document.page.url.unwrap_or_default();
    let mut incidents = Vec::new();
    let mut unread = Vec::new();
    let planned = document.scheduled_maintenances.unwrap_or_default();
    let declared = document.incidents.unwrap_or_default().into_iter();
    let all = declared
        .map(|incident| (incident, false))
        .chain(planned.into_iter().map(|incident| (incident, true)));
    for (incident, is_planned) in all {
        let title = html::to_line(incident.name.as_deref().unwrap_or_default());
        let drafted = draft(incident, title.clone(), is_planned, &page_url);
        match drafted.and_then(|draft| assemble(context, draft)) {
            Ok(incident) => incidents.push(incident),
            Err(reason) => unread.push(UnreadEntry { title, reason: reason.to_owned() }),
        }
    }
    let stated = components.iter().map(|(_, state)| *state).chain(indicator);
    let page =
        if coverage == Coverage::History { page_from_incidents(&incidents) } else { worst(stated) };
    Reading { page, components, incidents, coverage, unread }.finish()
}

/// A summary lists what is open and leaves the key out when that is nothing; `incidents.json` has
/// neither status nor components and is a window of the past.
fn coverage(document: &wire::Document) -> Coverage {
    let is_summary = document.status.is_some() && document.components.is_some();
    let has_incidents = document.incidents.is_some() || document.scheduled_maintenances.is_some();
    match (is_summary, has_incidents) {
        (true, _) => Coverage::OpenOnly,
        (false, true) => Coverage::History,
        (false, false) => Coverage::NotGiven,
    }
}

fn components(list: Vec<wire::Component>) -> Vec<(String, ComponentState)> {
    let single = list.into_iter().filter(|component| component.group != Some(true));
    single
        .map(|component| {
            let state = words::component_state(component.status.as_deref().unwrap_or_default());
            (html::to_line(component.name.as_deref().unwrap_or_default()), state)
        })
        .collect()
}

fn draft(
    incident: wire::Incident,
    title: String,
    is_planned: bool,
    page_url: &str,
) -> Result<Draft, &'static str> {
    let native = incident.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let impact = if is_planned || incident.scheduled_for.is_some() {
        Impact::Maintenance
    } else {
        words::impact(incident.impact.as_deref().unwrap_or_default())
    };
    let word = incident.status.unwrap_or_default();
    let state = words::incident_state(&word);
    let begun = incident.started_at.or(incident.created_at);
    let start = incident.scheduled_for.or(begun);
    let sent = incident.incident_updates.unwrap_or_default();
    let components = affected(
        incident.components.unwrap_or_default(),
        &sent,
        state == Some(IncidentState::Resolved),
    );
    let own_page = format!("{}/incidents/{native}", page_url.trim_end_matches('/'));
    Ok(Draft {
        title,
        state,
        impact,
        start: start.as_deref().and_then(dates::rfc3339),
        end: incident.resolved_at.as_deref().and_then(dates::rfc3339),
        components,
        updates: sent.into_iter().filter_map(update).collect(),
        url: incident.shortlink.as_deref().and_then(web_link).or_else(|| web_link(&own_page)),
        native,
    })
}

/// An update without a date stands nowhere and is left out; the incident has its own state.
fn update(update: wire::Update) -> Option<IncidentUpdate> {
    let at = shown_at(&update)?;
    let text = html::to_text(update.body.as_deref().unwrap_or_default());
    let word = update.status.unwrap_or_default();
    Some(IncidentUpdate {
        native: update.id.unwrap_or_else(|| update_digest(at, &text)),
        at,
        state: words::label(&word).and_then(|label| label.state),
        text,
    })
}

/// Pages put an update where it belongs in time with `display_at`.
fn shown_at(update: &wire::Update) -> Option<UnixMs> {
    let shown = update.display_at.as_deref().and_then(dates::rfc3339);
    shown.or_else(|| update.created_at.as_deref().and_then(dates::rfc3339))
}

/// The incident's components with what its newest update says of each. The names in updates carry
/// a group in front, so they are matched by code.
fn affected(
    listed: Vec<wire::Component>,
    updates: &[wire::Update],
    is_over: bool,
) -> Vec<(String, ComponentState)> {
    let newest = updates
        .iter()
        .filter(|update| update.affected_components.is_some())
        .max_by_key(|update| shown_at(update));
    let said = newest.and_then(|update| update.affected_components.as_deref()).unwrap_or_default();
    let said_of = |code: Option<&str>| {
        let word = said.iter().find(|one| code.is_some() && one.code.as_deref() == code)?;
        word.new_status.as_deref().map(words::component_state)
    };
    if listed.is_empty() {
        let named = said.iter().filter_map(|one| {
            let state = words::component_state(one.new_status.as_deref().unwrap_or_default());
            Some((html::to_line(one.name.as_deref()?), state))
        });
        return named.collect();
    }
    let single = listed.into_iter().filter(|component| component.group != Some(true));
    single
        .map(|component| {
            let now = words::component_state(component.status.as_deref().unwrap_or_default());
            let fallback = if is_over { ComponentState::Unknown } else { now };
            let state = said_of(component.id.as_deref()).unwrap_or(fallback);
            (html::to_line(component.name.as_deref().unwrap_or_default()), state)
        })
        .collect()
}
