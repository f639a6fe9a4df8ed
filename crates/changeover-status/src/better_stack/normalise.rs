//! Better Stack's document as findings. A report may name resources that are not included; those
//! are shown by their id.

use std::collections::HashMap;

use changeover_domain::{ComponentState, IncidentState, MaintenanceState, PageComponent, UnixMs};

use super::wire::{AffectedResource, Attributes, Document, Resource};
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::json::Listed;
use crate::reading::worst;
use crate::{Coverage, html, words};

/// The state of a report that is over.
const OVER: &str = "resolved";
/// The state of a resource that nobody watches, which says nothing of the page.
const NOT_WATCHED: &str = "not_monitored";

/// What the reports are read against.
struct Page {
    host: Option<String>,
    /// When anything of it was changed last.
    updated_at: Option<UnixMs>,
    claimed: ComponentState,
    /// The included resources by id.
    resources: HashMap<String, (String, ComponentState)>,
}

pub(super) fn findings(document: Document) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    findings.flaps = true;
    findings.lists_all_open = true;
    let of_page = document.data.attributes;
    let (mut reports, mut updates) = (Vec::new(), HashMap::new());
    let mut states = Vec::new();
    for resource in document.included {
        match resource.kind.as_deref() {
            Some("status_page_resource") => {
                let is_watched = resource.attributes.status.as_deref() != Some(NOT_WATCHED);
                let component = component(resource);
                states.extend(component.iter().filter(|_| is_watched).map(|one| one.state));
                findings.components.extend(component);
            }
            Some("status_report") => reports.push(resource),
            Some("status_update") => {
                if let Some(id) = resource.id.clone() {
                    updates.insert(id, resource);
                }
            }
            _ => {}
        }
    }
    let page = Page::new(of_page, &findings.components);
    for report in reports {
        let title = html::to_line(report.attributes.title.as_deref().unwrap_or_default());
        let draft = draft(report, title.clone(), &mut updates, &page);
        findings.take(&title, draft);
    }
    let declared = findings.drafts.iter().flat_map(|draft| open_states(draft));
    findings.page = Some(worst(states.into_iter().chain(declared).chain([page.claimed])));
    findings
}

/// What an open report says of the page: of a page of hundreds of resources, one is enough.
fn open_states(draft: &Draft) -> Vec<ComponentState> {
    if draft.plan.is_some() || draft.state == Some(IncidentState::Resolved) {
        return Vec::new();
    }
    let told = draft.components.iter().map(|component| component.state);
    told.chain([ComponentState::DegradedPerformance]).collect()
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
    page: &Page,
) -> Result<Draft, &'static str> {
    let native = report.id.filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let attributes = report.attributes;
    let date = |text: &Option<String>| text.as_deref().and_then(any_date).map(|date| date.at);
    let (starts_at, ends_at) = (date(&attributes.starts_at), date(&attributes.ends_at));
    let is_planned = attributes.report_type.as_deref() == Some("maintenance");
    let word = attributes.aggregate_state.unwrap_or_default();
    let is_over = word == OVER || (!is_planned && ends_at.is_some());
    let components = page.affected(attributes.affected_resources);
    let maintenance = match word.as_str() {
        OVER => MaintenanceState::Completed,
        "maintenance" if page.is_at_work(starts_at, &components) => MaintenanceState::InProgress,
        _ => MaintenanceState::Scheduled,
    };
    let folder = if is_planned { "maintenance" } else { "incident" };
    let host = page.host.as_deref();
    let mut draft = Draft {
        url: host.and_then(|host| web_link(&format!("https://{host}/{folder}/{native}"))),
        native,
        title,
        state: is_over.then_some(IncidentState::Resolved),
        start: starts_at.map_or(Start::OldestUpdate, Start::Stated),
        end: ends_at.filter(|_| is_over),
        plan: is_planned.then_some(Plan { state: Some(maintenance), ends_at }),
        components,
        // That it is over is a state and no weight.
        severity: (word != OVER).then_some(word),
        ..Draft::default()
    };
    draft.course = draft.components.iter().map(|component| component.state).collect();
    // What is listed when it is over is what was affected, as it was then.
    for component in draft.components.iter_mut().filter(|_| is_over) {
        component.state = ComponentState::Operational;
    }
    for link in report.relationships.status_updates.data {
        if let Some(update) = link.id.and_then(|id| updates.remove(&id)) {
            push(&mut draft, update);
        }
    }
    Ok(draft)
}

impl Page {
    fn new(of_page: Attributes, components: &[PageComponent]) -> Self {
        let resources = components
            .iter()
            .filter_map(|one| Some((one.id.clone()?, (one.name.clone(), one.state))));
        Self {
            updated_at: of_page.updated_at.as_deref().and_then(any_date).map(|date| date.at),
            claimed: words::component_state(of_page.aggregate_state.as_deref().unwrap_or_default()),
            resources: resources.collect(),
            host: of_page.custom_domain,
        }
    }

    /// The resources that a report names, also those that are not included.
    fn affected(&self, named: Listed<AffectedResource>) -> Vec<Affected> {
        let affected = named.into_iter().filter_map(|one| {
            let id = one.status_page_resource_id?;
            let known = self.resources.get(&id).map(|(name, _)| name.clone());
            let state = words::component_state(one.status.as_deref().unwrap_or_default());
            Some(Affected { name: known.unwrap_or_else(|| id.clone()), id: Some(id), state })
        });
        affected.collect()
    }

    /// Whether planned work has begun: its report says `maintenance` from the day it is announced.
    fn is_at_work(&self, starts_at: Option<UnixMs>, affected: &[Affected]) -> bool {
        let is_ahead = starts_at.zip(self.updated_at).is_some_and(|(start, now)| start > now);
        let resource = |one: &Affected| self.resources.get(one.id.as_deref()?);
        let at_work = |one: &Affected| {
            resource(one).is_some_and(|(_, state)| *state == ComponentState::UnderMaintenance)
        };
        let is_seen =
            self.claimed == ComponentState::UnderMaintenance || affected.iter().any(at_work);
        is_seen && !is_ahead
    }
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
