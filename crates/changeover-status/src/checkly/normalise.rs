//! Checkly's document as findings. A service is operational when it is listed and no event of it is
//! open; an event may stand under several services and days.

use std::time::Duration;

use changeover_domain::{ComponentState, IncidentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Start};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, UnreadEntry, html, words};

pub(super) fn findings(document: wire::Document) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.flaps = true;
    if document.partial_error.as_ref().is_some_and(is_set) {
        let reason = "the page says that it could not gather all of its own data";
        findings.unread.push(UnreadEntry::new("", reason));
    }
    let watched = document.uptime.into_iter().flat_map(|group| group.services);
    let services: Vec<wire::Service> = watched.collect();
    let named = document.metadata.into_iter().flat_map(|group| group.services);
    findings.components = named.chain(Vec::new()).filter_map(|one| component(&one)).collect();
    for service in services {
        let Some(own) = component(&service) else { continue };
        if !findings.components.iter().any(|known| known.id == own.id) {
            findings.components.push(own.clone());
        }
        for event in service.days.into_iter().flat_map(|day| day.events) {
            take(&mut findings, event, &own);
        }
    }
    // A page of monitors without any has nothing to say.
    if findings.components.is_empty() {
        findings.page = Some(ComponentState::Unknown);
    }
    findings
}

fn is_set(flag: &serde_json::Value) -> bool {
    !matches!(flag, serde_json::Value::Null | serde_json::Value::Bool(false))
}

fn component(service: &wire::Service) -> Option<PageComponent> {
    let name = html::to_line(service.name.as_deref()?);
    Some(PageComponent::new(service.id.clone(), name, ComponentState::Operational))
}

fn take(findings: &mut Findings, event: wire::Event, service: &PageComponent) {
    let title = html::to_line(event.name.as_deref().unwrap_or_default());
    let draft = draft(event, title.clone(), service);
    if let Ok(draft) = &draft
        && draft.state != Some(IncidentState::Resolved)
        && let Some(known) = findings.components.iter_mut().find(|known| known.id == service.id)
    {
        let told = draft.components.iter().map(|component| component.state);
        known.state = worst(told.chain([known.state]));
    }
    findings.take(&title, draft);
}

fn draft(
    event: wire::Event,
    title: String,
    service: &PageComponent,
) -> Result<Draft, &'static str> {
    let native = event.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let begun = event.created_at.as_deref().and_then(any_date);
    let begun = begun.ok_or("it has no date that can be read")?.at;
    let state = event.last_update_status.as_deref().and_then(words::incident_state);
    let state = state.unwrap_or(IncidentState::Investigating);
    let is_over = state == IncidentState::Resolved;
    let lasted = event.duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let gravity = gravity(event.severity.as_deref().unwrap_or_default());
    let now = if is_over { ComponentState::Operational } else { gravity };
    Ok(Draft {
        native,
        title,
        state: Some(state),
        start: Start::Stated(begun),
        end: lasted.filter(|_| is_over).map(|lasted| begun.plus(lasted)),
        components: vec![Affected {
            id: service.id.clone(),
            name: service.name.clone(),
            state: now,
        }],
        course: vec![gravity],
        severity: event.severity,
        ..Draft::default()
    })
}

/// Some users are affected by what is `MEDIUM`, many by what is `MAJOR`, all by what is `CRITICAL`.
fn gravity(severity: &str) -> ComponentState {
    match severity {
        "MINOR" | "LOW" | "MEDIUM" => ComponentState::DegradedPerformance,
        "MAJOR" | "HIGH" => ComponentState::PartialOutage,
        "CRITICAL" => ComponentState::MajorOutage,
        _ => ComponentState::Unknown,
    }
}
