//! The document as findings.

use changeover_domain::{ComponentState, IncidentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::{Coverage, html, words};

pub(super) fn findings(document: wire::Document) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let listed = document.components.into_iter().map(|component| {
        let Affected { id, name, state } = affected(component);
        PageComponent::new(id, name, state)
    });
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

fn affected(component: wire::Component) -> Affected {
    match component {
        wire::Component::Full { id, name, status } => Affected {
            name: html::to_line(name.as_deref().or(id.as_deref()).unwrap_or_default()),
            state: words::component_state(status.as_deref().unwrap_or_default()),
            id,
        },
        wire::Component::Name(name) => {
            Affected { id: None, name: html::to_line(&name), state: ComponentState::Unknown }
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
            .then(|| Plan { state: words::maintenance(&word), ends_at: date(&event.planned_end) }),
        url: event.url.as_deref().and_then(web_link),
        native,
        ..Draft::default()
    };
    let mut newest: Option<(changeover_domain::UnixMs, Vec<Affected>)> = None;
    for entry in event.timeline {
        push(&mut draft, entry, &mut newest);
    }
    let listed = event.components_affected.into_iter().map(affected).collect::<Vec<_>>();
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
    let components: Vec<Affected> = entry.components_affected.into_iter().map(affected).collect();
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
