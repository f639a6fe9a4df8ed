//! Better Stack's document as findings. A report may name resources that are not included; those
//! are shown by their id.

use std::collections::HashMap;

use changeover_domain::{ComponentState, IncidentState, MaintenanceState, PageComponent};

use super::wire::{Document, Resource};
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::{Coverage, html, words};

pub(super) fn findings(document: Document) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let claimed = document.data.attributes.aggregate_state.as_deref().unwrap_or_default();
    findings.page = Some(words::component_state(claimed));
    let host = document.data.attributes.custom_domain;
    let (mut reports, mut updates) = (Vec::new(), HashMap::new());
    for resource in document.included {
        match resource.kind.as_deref() {
            Some("status_page_resource") => findings.components.extend(component(resource)),
            Some("status_report") => reports.push(resource),
            Some("status_update") => {
                if let Some(id) = resource.id.clone() {
                    updates.insert(id, resource);
                }
            }
            _ => {}
        }
    }
    let names =
        findings.components.iter().filter_map(|one| Some((one.id.clone()?, one.name.clone())));
    let names: HashMap<String, String> = names.collect();
    for report in reports {
        let title = html::to_line(report.attributes.title.as_deref().unwrap_or_default());
        let draft = draft(report, title.clone(), &mut updates, &names, host.as_deref());
        findings.take(&title, draft);
    }
    findings
}

fn component(resource: Resource) -> Option<PageComponent> {
    let attributes = resource.attributes;
    let name = html::to_line(attributes.public_name.as_deref()?);
    let state = words::component_state(attributes.status.as_deref().unwrap_or_default());
    Some(PageComponent::new(resource.id, name, state))
}

fn draft(
    report: Resource,
    title: String,
    updates: &mut HashMap<String, Resource>,
    names: &HashMap<String, String>,
    host: Option<&str>,
) -> Result<Draft, &'static str> {
    let native = report.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let attributes = report.attributes;
    let date = |text: &Option<String>| text.as_deref().and_then(any_date).map(|date| date.at);
    let is_planned = attributes.report_type.as_deref() == Some("maintenance");
    let ends_at = date(&attributes.ends_at);
    let word = attributes.aggregate_state.clone().unwrap_or_default();
    let is_over = word == "resolved" || (!is_planned && ends_at.is_some());
    let affected = attributes.affected_resources.into_iter().filter_map(|one| {
        let id = one.status_page_resource_id?;
        let name = names.get(&id).cloned().unwrap_or_else(|| id.clone());
        let state = words::component_state(one.status.as_deref().unwrap_or_default());
        Some(Affected { id: Some(id), name, state })
    });
    let maintenance = match word.as_str() {
        "resolved" => MaintenanceState::Completed,
        "maintenance" => MaintenanceState::InProgress,
        _ => MaintenanceState::Scheduled,
    };
    let mut draft = Draft {
        url: host.and_then(|host| web_link(&format!("https://{host}/incident/{native}"))),
        native,
        title,
        state: is_over.then_some(IncidentState::Resolved),
        start: date(&attributes.starts_at).map_or(Start::OldestUpdate, Start::Stated),
        end: ends_at.filter(|_| is_over),
        plan: is_planned.then_some(Plan { state: Some(maintenance), ends_at }),
        components: affected.collect(),
        severity: Some(word.clone()),
        ..Draft::default()
    };
    draft.course = draft.components.iter().map(|component| component.state).collect();
    if is_over {
        // What is listed is what was affected, as it was then.
        for component in &mut draft.components {
            component.state = ComponentState::Operational;
        }
    }
    for link in report.relationships.status_updates.data {
        if let Some(update) = link.id.and_then(|id| updates.remove(&id)) {
            push(&mut draft, update);
        }
    }
    Ok(draft)
}

/// An update says its state by what it makes of the resources it names, if it names any.
fn push(draft: &mut Draft, update: Resource) {
    let attributes = update.attributes;
    let Some(at) = attributes.published_at.as_deref().and_then(any_date) else { return };
    let states = attributes
        .affected_resources
        .into_iter()
        .map(|one| words::component_state(one.status.as_deref().unwrap_or_default()));
    let states: Vec<ComponentState> = states.collect();
    let all_well =
        !states.is_empty() && states.iter().all(|state| *state == ComponentState::Operational);
    draft.course.extend(states);
    let state = all_well.then_some(IncidentState::Resolved);
    let text = html::to_text(attributes.message.as_deref().unwrap_or_default());
    let key = update.id.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, &at, state, &text);
}
