//! Statuspage's JSON as findings.
//!
//! Traps it keeps clear of: an incident's `components` are the components *now*, so for an ended
//! incident only what its updates say of them is kept; `impact` is `none` for real outages; keys
//! are absent when empty; `started_at` of planned work is when it was announced.

use changeover_domain::{ComponentState, IncidentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::{Written, any_date};
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, html, words};

/// A page's document, whichever of its parts are there.
pub(crate) fn page_findings(document: wire::Document) -> Findings {
    page_with(document, |findings, incidents, page_url| {
        for incident in incidents {
            take(findings, incident, page_url, false);
        }
    })
}

/// The same, with another hand for its incidents.
pub(super) fn page_with(
    mut document: wire::Document,
    take_incidents: impl FnOnce(&mut Findings, Vec<wire::Incident>, &str),
) -> Findings {
    let coverage = coverage(&document);
    let is_of_plans =
        document.status.is_none() && document.components.is_none() && document.incidents.is_none();
    let indicator = document
        .status
        .as_ref()
        .map(|status| words::indicator(status.indicator.as_deref().unwrap_or_default()));
    let components = components(document.components.take().unwrap_or_default().0);
    let page_url = document.page.url.unwrap_or_default();
    let mut findings = Findings::new(coverage);
    take_incidents(&mut findings, document.incidents.unwrap_or_default().0, &page_url);
    for planned in document.scheduled_maintenances.unwrap_or_default() {
        take(&mut findings, planned, &page_url, true);
    }
    let stated = components.iter().map(|component| component.state).chain(indicator);
    // A list of planned work alone says nothing of how the page is.
    findings.page = (coverage != Coverage::History || is_of_plans).then(|| worst(stated));
    findings.components = components;
    findings
}

/// Incidents by themselves.
pub(super) fn incident_findings(
    incidents: Vec<wire::Incident>,
    page_url: &str,
    coverage: Coverage,
) -> Findings {
    let mut findings = Findings::new(coverage);
    for incident in incidents {
        take(&mut findings, incident, page_url, false);
    }
    findings
}

/// What a webhook tells: one incident, or one component.
pub(super) fn webhook_findings(webhook: wire::Webhook) -> Findings {
    let mut findings = Findings::new(Coverage::NotGiven);
    let indicator = webhook.page.status_indicator.as_deref().map(words::indicator);
    findings.page = indicator.or(Some(ComponentState::Unknown));
    if let Some(incident) = webhook.incident {
        take(&mut findings, incident, "", false);
    }
    let update = webhook.component_update;
    if let Some(mut component) = webhook.component {
        if let Some(update) = update {
            component.status = update.new_status.or(component.status);
            component.id = component.id.or(update.component_id);
        }
        findings.components = components(vec![component]);
    }
    findings
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

fn components(list: Vec<wire::Component>) -> Vec<PageComponent> {
    let single = list.into_iter().filter(|component| component.group != Some(true));
    single
        .map(|component| {
            let name = html::to_line(component.name.as_deref().unwrap_or_default());
            let state = words::component_state(component.status.as_deref().unwrap_or_default());
            PageComponent::new(component.id, name, state)
        })
        .collect()
}

fn take(findings: &mut Findings, incident: wire::Incident, page_url: &str, is_planned: bool) {
    let title = title(&incident);
    let draft = draft(incident, title.clone(), page_url, is_planned);
    findings.take(&title, draft);
}

pub(super) fn title(incident: &wire::Incident) -> String {
    html::to_line(incident.name.as_deref().unwrap_or_default())
}

pub(super) fn draft(
    mut incident: wire::Incident,
    title: String,
    page_url: &str,
    is_planned: bool,
) -> Result<Draft, &'static str> {
    let native = incident.id.take().filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let date = |text: &Option<String>| text.as_deref().and_then(any_date);
    let word = incident.status.take().unwrap_or_default();
    let maintenance = words::maintenance(&word);
    let plan =
        (is_planned || incident.scheduled_for.is_some() || maintenance.is_some()).then(|| Plan {
            state: maintenance,
            ends_at: date(&incident.scheduled_until).map(|date| date.at),
        });
    let begun = date(&incident.started_at).or_else(|| date(&incident.created_at));
    let start = match (date(&incident.scheduled_for), begun) {
        (Some(planned), _) => Start::Stated(planned.at),
        (None, Some(begun)) => Start::Created(begun.at),
        (None, None) => Start::OldestUpdate,
    };
    let state = words::incident_state(&word);
    let sent = std::mem::take(&mut incident.incident_updates).0;
    let is_over = state == Some(IncidentState::Resolved);
    let own_page = format!("{}/incidents/{native}", page_url.trim_end_matches('/'));
    let mut draft = Draft {
        title,
        state,
        impact: incident.impact.as_deref().map(words::impact),
        start,
        end: date(&incident.resolved_at).map(|date| date.at),
        plan,
        components: affected(std::mem::take(&mut incident.components).0, &sent, is_over),
        course: course(&sent),
        url: incident.shortlink.as_deref().and_then(web_link).or_else(|| web_link(&own_page)),
        severity: incident.impact,
        native,
        ..Draft::default()
    };
    for update in sent {
        push(&mut draft, update);
    }
    Ok(draft)
}

/// An update without a date stands nowhere and is left out; the incident has its own state.
fn push(draft: &mut Draft, update: wire::Update) {
    let Some(at) = shown_at(&update) else { return };
    let text = html::to_text(update.body.as_deref().unwrap_or_default());
    let label = words::label(update.status.as_deref().unwrap_or_default());
    let key = update.id.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, &at, label.and_then(|label| label.state), &text);
}

/// Pages put an update where it belongs in time with `display_at`.
fn shown_at(update: &wire::Update) -> Option<Written> {
    let shown = update.display_at.as_deref().and_then(any_date);
    shown.or_else(|| update.created_at.as_deref().and_then(any_date))
}

/// Every state that an update gave a component.
fn course(updates: &[wire::Update]) -> Vec<ComponentState> {
    let said = updates.iter().filter_map(|update| update.affected_components.as_ref());
    let words = said.flat_map(|list| &list.0).flat_map(|one| [&one.old_status, &one.new_status]);
    words.flatten().map(|word| words::component_state(word)).collect()
}

/// The incident's components with what its newest update says of each. The names in updates carry
/// a group in front, so they are matched by code.
fn affected(
    listed: Vec<wire::Component>,
    updates: &[wire::Update],
    is_over: bool,
) -> Vec<Affected> {
    let newest = updates
        .iter()
        .filter(|update| update.affected_components.is_some())
        .max_by_key(|update| shown_at(update).map(|written| written.at));
    let said = newest.and_then(|update| update.affected_components.as_ref());
    let said = said.map(|list| list.0.as_slice()).unwrap_or_default();
    let said_of = |code: Option<&str>| {
        let word = said.iter().find(|one| code.is_some() && one.code.as_deref() == code)?;
        word.new_status.as_deref().map(words::component_state)
    };
    if listed.is_empty() {
        let named = said.iter().filter_map(|one| {
            let state = words::component_state(one.new_status.as_deref().unwrap_or_default());
            let name = html::to_line(one.name.as_deref()?);
            Some(Affected { id: one.code.clone(), name, state })
        });
        return named.collect();
    }
    let single = listed.into_iter().filter(|component| component.group != Some(true));
    single
        .map(|component| {
            let now = words::component_state(component.status.as_deref().unwrap_or_default());
            let fallback = if is_over { ComponentState::Unknown } else { now };
            let state = said_of(component.id.as_deref()).unwrap_or(fallback);
            let name = html::to_line(component.name.as_deref().unwrap_or_default());
            Affected { id: component.id, name, state }
        })
        .collect()
}
