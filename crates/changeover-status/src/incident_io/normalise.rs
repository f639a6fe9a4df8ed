//! incident.io's own JSON as findings.
//!
//! Its page names components by id in incidents, and by name in the summary's structure only; a
//! document without the structure shows the ids.

use std::collections::HashMap;

use changeover_domain::{ComponentState, IncidentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, html, ulid, words};

/// The document for widgets: what is going on or planned, each with its newest update.
pub(super) fn widget(document: wire::Widget) -> Findings {
    let mut findings = Findings::new(Coverage::OpenOnly);
    findings.newest_entry_only = true;
    let planned =
        document.in_progress_maintenances.into_iter().chain(document.scheduled_maintenances);
    let events = document.ongoing_incidents.into_iter().map(|event| (event, false));
    for (event, is_planned) in events.chain(planned.map(|event| (event, true))) {
        let title = html::to_line(event.name.as_deref().unwrap_or_default());
        let draft = widget_draft(event, title.clone(), is_planned);
        findings.take(&title, draft);
    }
    findings
}

fn widget_draft(
    event: wire::WidgetEvent,
    title: String,
    is_planned: bool,
) -> Result<Draft, &'static str> {
    let native = event.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let word = event.status.unwrap_or_default();
    let state = words::incident_state(&word);
    let begun = event.started_at.as_deref().and_then(any_date);
    let ends_at = event.scheduled_end_at.as_deref().and_then(any_date).map(|date| date.at);
    let maintenance = words::maintenance(&word);
    let components = event.affected_components.into_iter().map(|one| Affected {
        state: words::component_state(one.current_status.as_deref().unwrap_or_default()),
        name: html::to_line(one.name.as_deref().unwrap_or_default()),
        id: one.id,
    });
    let gravest = event.current_worst_impact.as_deref().map(words::component_state);
    let mut draft = Draft {
        title,
        state,
        start: begun.map_or_else(|| created(&native), |begun| Start::Stated(begun.at)),
        plan: is_planned.then_some(Plan { state: maintenance, ends_at }),
        components: components.collect(),
        course: gravest.into_iter().collect(),
        severity: event.current_worst_impact,
        url: event.url.as_deref().and_then(web_link),
        native,
        ..Draft::default()
    };
    if let Some(at) = event.last_update_at.as_deref().and_then(any_date) {
        let text = html::to_text(event.last_update_message.as_deref().unwrap_or_default());
        draft.push(UpdateKey::Words, &at, state, &text);
    }
    Ok(draft)
}

/// When an incident began that shows only its newest update: its id carries the time.
pub(super) fn created(id: &str) -> Start {
    ulid::created_at(id).map_or(Start::NewestUpdate, Start::Identity)
}

/// The documents of its own page, whichever parts are there.
pub(super) fn proxy(document: wire::Proxy) -> Findings {
    let has_history = document.incidents.is_some() || document.incident_links.is_some();
    let mut findings = Findings::new(match (&document.summary, has_history) {
        (Some(_), false) => Coverage::OpenOnly,
        _ => Coverage::History,
    });
    let mut names = HashMap::new();
    let mut open = Vec::new();
    if let Some(summary) = document.summary {
        findings.components = components(&summary);
        let states = findings.components.iter().map(|component| component.state);
        findings.page = Some(worst(states));
        names = findings
            .components
            .iter()
            .filter_map(|one| Some((one.id.clone()?, one.name.clone())))
            .collect();
        open.extend(summary.ongoing_incidents);
        open.extend(summary.scheduled_maintenances);
    }
    let impacts = by_incident(document.component_impacts.0);
    let told = document.incidents.unwrap_or_default().into_iter();
    let linked = document.incident_links.unwrap_or_default();
    for incident in open.into_iter().chain(told).chain(linked) {
        let title = html::to_line(incident.name.as_deref().unwrap_or_default());
        let own = incident.id.as_ref().and_then(|id| impacts.get(id)).cloned().unwrap_or_default();
        let draft = incident_draft(incident, title.clone(), own, &names);
        findings.take(&title, draft);
    }
    findings
}

fn by_incident(impacts: Vec<wire::Impact>) -> HashMap<String, Vec<wire::Impact>> {
    let mut grouped: HashMap<String, Vec<wire::Impact>> = HashMap::new();
    for mut impact in impacts {
        if let Some(incident) = impact.status_page_incident_id.take() {
            grouped.entry(incident).or_default().push(impact);
        }
    }
    grouped
}

/// All components of the page; those that no trouble is told of are operational.
fn components(summary: &wire::Summary) -> Vec<PageComponent> {
    let items = summary.structure.iter().flat_map(|structure| &structure.items.0);
    let structured = items.flat_map(|item| {
        let grouped = item.group.iter().flat_map(|group| &group.components.0);
        item.component.iter().chain(grouped)
    });
    let mut all: Vec<&wire::Component> = structured.collect();
    if all.is_empty() {
        all.extend(&summary.components.0);
    }
    let told = |id: &Option<String>| {
        let told = summary.affected_components.0.iter();
        let states = told.filter(|one| id.is_some() && one.component_id == *id).map(state_of);
        worst(states.chain([ComponentState::Operational]))
    };
    all.into_iter()
        .map(|component| {
            let name = html::to_line(component.name.as_deref().unwrap_or_default());
            PageComponent::new(component.id.clone(), name, told(&component.id))
        })
        .collect()
}

fn state_of(one: &wire::ComponentStatus) -> ComponentState {
    let word = one.current_status.as_deref().or(one.status.as_deref());
    words::component_state(word.unwrap_or_default())
}

fn incident_draft(
    incident: wire::Incident,
    title: String,
    mut impacts: Vec<wire::Impact>,
    names: &HashMap<String, String>,
) -> Result<Draft, &'static str> {
    let native = incident.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    impacts.extend(incident.component_impacts);
    let word = incident.status.unwrap_or_default();
    let state = words::incident_state(&word);
    let maintenance = words::maintenance(&word);
    let is_planned = maintenance.is_some() || incident.kind.as_deref() == Some("maintenance");
    let published = incident.published_at.as_deref().and_then(any_date);
    let ends = impacts.iter().filter_map(|impact| any_date(impact.end_at.as_deref()?));
    let last = ends.map(|date| date.at).max();
    let begins = impacts.iter().filter_map(|impact| any_date(impact.start_at.as_deref()?));
    let first = begins.map(|date| date.at).min();
    let start = match (is_planned, first, published) {
        (true, Some(first), _) => Start::Stated(first),
        (_, _, Some(published)) => Start::Created(published.at),
        (_, Some(first), None) => Start::Created(first),
        (_, None, None) => created(&native),
    };
    let course = impacts.iter().filter_map(|impact| impact.status.as_deref());
    let mut draft = Draft {
        title,
        state,
        start,
        plan: is_planned.then_some(Plan { state: maintenance, ends_at: last }),
        course: course.map(words::component_state).collect(),
        components: affected(&incident.affected_components.0, &impacts, state, names),
        url: incident.permalink.as_deref().and_then(web_link),
        native,
        ..Draft::default()
    };
    // Without updates the last impact's end is all that is told of the end.
    draft.end = last.filter(|_| incident.updates.0.is_empty());
    for update in incident.updates {
        push(&mut draft, update);
    }
    Ok(draft)
}

fn push(draft: &mut Draft, update: wire::Update) {
    let statuses = update.component_statuses.0.iter();
    draft.course.extend(
        statuses.map(|one| words::component_state(one.status.as_deref().unwrap_or_default())),
    );
    let Some(at) = update.published_at.as_deref().and_then(any_date) else { return };
    let text = html::to_text(update.message_string.as_deref().unwrap_or_default());
    let state = update.to_status.as_deref().and_then(words::incident_state);
    let key = update.id.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, &at, state, &text);
}

fn affected(
    listed: &[wire::ComponentStatus],
    impacts: &[wire::Impact],
    state: Option<IncidentState>,
    names: &HashMap<String, String>,
) -> Vec<Affected> {
    let named = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    if listed.is_empty() {
        let ids: std::collections::BTreeSet<&str> =
            impacts.iter().filter_map(|impact| impact.component_id.as_deref()).collect();
        let over = state == Some(IncidentState::Resolved);
        let told = if over { ComponentState::Operational } else { ComponentState::Unknown };
        let affected =
            |id: &str| Affected { id: Some(id.to_owned()), name: named(id), state: told };
        return ids.into_iter().map(affected).collect();
    }
    let affected = listed.iter().filter_map(|one| {
        let id = one.component_id.clone()?;
        Some(Affected { name: named(&id), id: Some(id), state: state_of(one) })
    });
    affected.collect()
}
