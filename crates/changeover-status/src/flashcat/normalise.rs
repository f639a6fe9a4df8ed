//! Flashcat's document as findings.

use changeover_domain::{ComponentState, IncidentState, MaintenanceState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, html, words};

pub(super) fn findings(envelope: wire::Envelope) -> Findings {
    let document = envelope.data.unwrap_or(envelope.bare);
    let mut findings = Findings::new(Coverage::OpenOnly);
    let of_page = document.page.unwrap_or_default().components;
    findings.components = document.components.into_iter().chain(of_page).map(listed).collect();
    for change in document.active_changes {
        let title = html::to_line(change.title.as_deref().unwrap_or_default());
        let draft = draft(change, title.clone());
        if let Ok(draft) = &draft {
            colour(&mut findings, draft);
        }
        findings.take(&title, draft);
    }
    if !findings.components.is_empty() {
        let states = findings.components.iter().map(|component| component.state);
        findings.page = Some(worst(states.chain(findings.page)));
    }
    findings
}

/// A component of the page. Only what is going on is told, so one without a state is operational.
fn listed(component: wire::Component) -> PageComponent {
    let is_silent = component.status.is_none();
    let Affected { id, name, state } = affected(component);
    let state = if is_silent { ComponentState::Operational } else { state };
    PageComponent::new(id, name, state)
}

/// Gives the page and its components the colour of what is going on.
fn colour(findings: &mut Findings, draft: &Draft) {
    let under_way = |plan: Plan| plan.state != Some(MaintenanceState::Scheduled);
    let told = |state: ComponentState| match draft.plan {
        None => Some(state),
        Some(plan) => under_way(plan).then_some(ComponentState::UnderMaintenance),
    };
    for affected in &draft.components {
        let is_it = |one: &&mut PageComponent| one.id == affected.id && one.id.is_some();
        if let Some(component) = findings.components.iter_mut().find(is_it) {
            component.state = worst(told(affected.state).into_iter().chain([component.state]));
        }
    }
    if draft.plan.is_none() && draft.state != Some(IncidentState::Resolved) {
        let told = draft.components.iter().map(|component| component.state);
        let least = [ComponentState::DegradedPerformance];
        findings.page = Some(worst(findings.page.into_iter().chain(told).chain(least)));
    }
}

fn affected(component: wire::Component) -> Affected {
    let id = component.component_id.map(wire::Id::into_text);
    let name = html::to_line(component.name.as_deref().or(id.as_deref()).unwrap_or_default());
    let state = words::component_state(component.status.as_deref().unwrap_or_default());
    Affected { id, name, state }
}

fn draft(change: wire::Change, title: String) -> Result<Draft, &'static str> {
    let native = change.change_id.map(wire::Id::into_text).ok_or("it has no id")?;
    let date = |id: Option<wire::Id>| id.and_then(|id| any_date(&id.into_text()));
    let label = change.status.as_deref().and_then(super::label);
    let planned = label.and_then(|label| label.maintenance);
    let is_planned = change.kind.as_deref() == Some("maintenance");
    let begun = date(change.start_at_seconds);
    let ended = date(change.close_at_seconds).map(|ended| ended.at);
    let mut draft = Draft {
        native,
        title,
        state: label.and_then(|label| label.state),
        start: begun.map_or(Start::OldestUpdate, |begun| Start::Created(begun.at)),
        end: ended,
        plan: is_planned.then_some(Plan { state: planned, ends_at: ended }),
        components: change.affected_components.into_iter().map(affected).collect(),
        ..Draft::default()
    };
    for update in change.updates {
        let told = update.component_changes.into_iter().map(|one| affected(one).state);
        draft.course.extend(told);
        let Some(at) = date(update.at_seconds) else { continue };
        let label = update.status.as_deref().and_then(super::label);
        let state = label.and_then(|label| label.state);
        let text = html::to_text(update.description.as_deref().unwrap_or_default());
        let key = update
            .update_id
            .map_or(UpdateKey::TimeAndWords, |id| UpdateKey::Native(id.into_text()));
        draft.push(key, &at, state, &text);
    }
    Ok(draft)
}
