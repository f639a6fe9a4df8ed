//! The document as findings.

use changeover_domain::{ComponentState, IncidentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::json::Listed;
use crate::{Coverage, html, words};

/// The type of a heading over components.
const HEADING: &str = "ComponentGroup";
/// The deepest heading under headings that is looked under.
const MAX_DEPTH: usize = 8;

pub(super) fn findings(document: wire::Document) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let listed = single(document.components).into_iter();
    let listed = listed.map(|Affected { id, name, state }| PageComponent::new(id, name, state));
    findings.components = listed.collect();
    let incidents = document.incidents.into_iter().map(|event| (event, false));
    for (event, is_planned) in
        incidents.chain(document.maintenances.into_iter().map(|event| (event, true)))
    {
        let title = html::to_line(event.title.as_deref().unwrap_or_default());
        let draft = draft(event, title.clone(), is_planned);
        findings.take(&title, draft);
    }
    findings
}

/// The components themselves, each heading replaced by what stands under it.
fn single(listed: Listed<wire::Component>) -> Vec<Affected> {
    let mut single = Vec::new();
    for component in listed {
        gather(component, 0, &mut single);
    }
    single
}

fn gather(component: wire::Component, depth: usize, single: &mut Vec<Affected>) {
    match component {
        wire::Component::Full { kind, components, .. }
            if !components.0.is_empty() || kind.as_deref() == Some(HEADING) =>
        {
            for component in components.into_iter().filter(|_| depth < MAX_DEPTH) {
                gather(component, depth + 1, single);
            }
        }
        wire::Component::Full { id, name, status, .. } => single.push(Affected {
            name: html::to_line(name.as_deref().or(id.as_deref()).unwrap_or_default()),
            state: words::component_state(status.as_deref().unwrap_or_default()),
            id,
        }),
        wire::Component::Name(name) => {
            let state = ComponentState::Unknown;
            single.push(Affected { id: None, name: html::to_line(&name), state });
        }
    }
}

fn draft(event: wire::Event, title: String, is_planned: bool) -> Result<Draft, &'static str> {
    let native = event.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let date = |text: &Option<String>| text.as_deref().and_then(any_date).map(|date| date.at);
    let word = event.current_status.unwrap_or_default();
    let state = words::incident_state(&word);
    let mut draft = Draft {
        title,
        state,
        severity: event.impact.clone(),
        impact: event.impact.as_deref().map(words::impact),
        start: date(&event.published_date).map_or(Start::OldestUpdate, Start::Created),
        end: date(&event.resolved_date),
        plan: is_planned
            // The end of what is planned stands where the end of an incident does.
            .then(|| Plan {
                state: words::maintenance(&word),
                ends_at: date(&event.planned_end).or_else(|| date(&event.resolved_date)),
            }),
        url: event.url.as_deref().and_then(web_link),
        native,
        ..Draft::default()
    };
    let mut newest: Option<(changeover_domain::UnixMs, Vec<Affected>)> = None;
    for entry in event.timeline {
        push(&mut draft, entry, &mut newest);
    }
    let listed = single(event.components_affected);
    let told = newest.map(|(_, told)| told).unwrap_or_default();
    draft.components = if told.is_empty() { listed } else { told };
    if state == Some(IncidentState::Resolved) {
        // Some pages leave the last state of an outage standing after its end.
        for component in &mut draft.components {
            component.state = ComponentState::Operational;
        }
    }
    Ok(draft)
}

fn push(
    draft: &mut Draft,
    entry: wire::Entry,
    newest: &mut Option<(changeover_domain::UnixMs, Vec<Affected>)>,
) {
    let components = single(entry.components_affected);
    draft.course.extend(components.iter().map(|component| component.state));
    let at = entry.started_at.as_deref().and_then(any_date);
    let at = at.or_else(|| entry.created_at.as_deref().and_then(any_date));
    let Some(at) = at else { return };
    if !components.is_empty() && newest.as_ref().is_none_or(|(known, _)| *known <= at.at) {
        *newest = Some((at.at, components));
    }
    let state = entry.status.as_deref().and_then(words::incident_state);
    let text = html::to_text(entry.description.as_deref().unwrap_or_default());
    let key = entry.id.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, &at, state, &text);
}
