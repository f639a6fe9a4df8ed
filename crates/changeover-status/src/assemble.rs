//! From what a platform gives of an incident to an [`Incident`], by the same rules for all.
//!
//! The state is that of the newest entry that gives one, entries without one carry it forward;
//! back-steps and re-opening are allowed; words after the end do not re-open. An incident starts
//! where its page says or with its oldest entry, planned work at its planned time.

mod identity;
mod updates;

use changeover_domain::{
    ComponentState, Impact, Incident, IncidentId, IncidentState, Maintenance, MaintenanceState,
    PageComponent, StartBasis, UnixMs,
};

use identity::native;
pub(crate) use identity::{digest, incident_code, web_link};
pub(crate) use updates::{DraftUpdate, UpdateKey};
use updates::{end_of, in_order, state_of};

use crate::dates::Written;
use crate::reading::{line, worst};
use crate::{ReadContext, words};

/// The most components of one incident.
const MAX_COMPONENTS: usize = 500;

/// What a page tells of the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing: the oldest entry counts.
    #[default]
    OldestUpdate,
    /// Nothing, and the only entry shown is the newest.
    NewestUpdate,
    /// Said in so many words.
    Stated(UnixMs),
    /// When the page's owner created it; an entry may be dated before that.
    Created(UnixMs),
    /// The time in its id.
    Identity(UnixMs),
}

/// Planned work as its page gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) state: Option<MaintenanceState>,
    pub(crate) ends_at: Option<UnixMs>,
}

/// A component that an incident names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Affected {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) state: ComponentState,
}

/// An incident as its page gives it; entries in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) native: String,
    pub(crate) title: String,
    /// The state that the page gives the incident as a whole.
    pub(crate) state: Option<IncidentState>,
    /// The provider's word for its weight.
    pub(crate) severity: Option<String>,
    /// What that word means.
    pub(crate) impact: Option<Impact>,
    pub(crate) start: Start,
    pub(crate) end: Option<UnixMs>,
    /// Set for planned work.
    pub(crate) plan: Option<Plan>,
    pub(crate) components: Vec<Affected>,
    /// States that it gave components in its course, which may be graver than those it has left.
    pub(crate) course: Vec<ComponentState>,
    pub(crate) updates: Vec<DraftUpdate>,
    pub(crate) url: Option<String>,
}

impl Draft {
    /// Whether it is told to be over.
    pub(crate) fn is_over(&self) -> bool {
        let stated = self.updates.iter().filter(|update| update.state.is_some());
        let newest = stated.max_by_key(|update| update.at).and_then(|update| update.state);
        self.state.or(newest) == Some(IncidentState::Resolved)
    }

    /// An update of its own words at a time that was read.
    pub(crate) fn push(
        &mut self,
        key: UpdateKey,
        at: &Written,
        state: Option<IncidentState>,
        text: &str,
    ) {
        self.updates.push(DraftUpdate {
            key,
            at: at.at,
            written: at.as_written.clone(),
            state,
            text: text.to_owned(),
        });
    }
}

/// Puts the draft together.
///
/// # Errors
/// The reason in words when there is no point in time to put it at.
pub(crate) fn assemble(
    context: ReadContext<'_>,
    mut draft: Draft,
) -> Result<Incident, &'static str> {
    draft.components = distinct(std::mem::take(&mut draft.components));
    let updates = in_order(std::mem::take(&mut draft.updates));
    let oldest = updates.first().map(|update| update.at);
    let (started_at, start) = start_of(&draft, oldest).ok_or("it has no date that can be read")?;
    let planned = draft.plan.and_then(|plan| plan.state).map(words::life_cycle);
    let state = draft.state.or(planned).unwrap_or_else(|| state_of(&updates));
    let is_over = matches!(state, IncidentState::Resolved | IncidentState::LeftPage);
    let ended_at = is_over.then(|| {
        let end = draft.end.or_else(|| end_of(&updates));
        end.unwrap_or(started_at).max(started_at)
    });
    let impact = impact(&draft);
    let names = draft.components.iter().map(|component| component.name.as_str());
    let texts = updates.iter().map(|update| update.text.as_str());
    let named = context.names.named(&draft.title, names, texts);
    let maintenance = draft.plan.map(|plan| Maintenance {
        state: plan.state.unwrap_or_else(|| plan_state(state)),
        starts_at: started_at,
        ends_at: plan.ends_at.filter(|end| *end >= started_at),
    });
    let components = draft.components.into_iter();
    let components = components.map(|one| PageComponent::new(one.id, line(&one.name), one.state));
    let components = components.collect();
    let components =
        if named.others.is_empty() { components } else { of_others(components, &named.others) };
    Ok(Incident {
        id: IncidentId { source: context.source.clone(), native: native(&draft.native) },
        provider: context.provider.clone(),
        title: line(&draft.title),
        state,
        impact,
        severity: draft.severity.filter(|word| !word.is_empty()).map(|word| line(&word)),
        maintenance,
        started_at,
        start,
        ended_at,
        first_read_at: None,
        event: None,
        components,
        targets: named.targets,
        updates,
        url: draft.url,
    })
}

/// The components of an incident that names models of others alone: what it says of them is not said of
/// what our targets use. The models stand among them, so that it is seen whose it is.
fn of_others(mut components: Vec<PageComponent>, models: &[String]) -> Vec<PageComponent> {
    for model in models {
        if !components.iter().any(|component| component.name == *model) {
            components.push(PageComponent::new(None, model.clone(), ComponentState::Unknown));
        }
    }
    for component in &mut components {
        component.serves = false;
    }
    components
}

/// When it began, and how that is known.
fn start_of(draft: &Draft, oldest: Option<UnixMs>) -> Option<(UnixMs, StartBasis)> {
    let earlier = |at: UnixMs, basis| match oldest {
        Some(oldest) if oldest < at && draft.plan.is_none() => (oldest, StartBasis::OldestUpdate),
        _ => (at, basis),
    };
    match draft.start {
        Start::Stated(at) => Some((at, StartBasis::Stated)),
        Start::Created(at) => Some(earlier(at, StartBasis::Stated)),
        Start::Identity(at) => Some(earlier(at, StartBasis::Identity)),
        Start::OldestUpdate => Some((oldest?, StartBasis::OldestUpdate)),
        Start::NewestUpdate => Some((oldest?, StartBasis::NewestUpdate)),
    }
}

/// Our own reading of its weight: the provider's word, unless what it says of components is worse;
/// pages call real outages `none`.
fn impact(draft: &Draft) -> Impact {
    if draft.plan.is_some() {
        return Impact::Maintenance;
    }
    let states = draft.components.iter().map(|component| component.state);
    let gravest = words::impact_of(worst(states.chain(draft.course.iter().copied())));
    graver(draft.impact.unwrap_or_default(), gravest)
}

/// The graver of two weights, the first of two as grave.
pub(crate) fn graver(first: Impact, second: Impact) -> Impact {
    let rank = |impact: Impact| match impact {
        Impact::Unknown | Impact::Maintenance => 0,
        Impact::None => 1,
        Impact::Minor => 2,
        Impact::Major => 3,
        Impact::Critical => 4,
    };
    if rank(second) > rank(first) { second } else { first }
}

fn plan_state(state: IncidentState) -> MaintenanceState {
    match state {
        IncidentState::Resolved | IncidentState::LeftPage => MaintenanceState::Completed,
        IncidentState::Monitoring => MaintenanceState::Verifying,
        IncidentState::Investigating | IncidentState::Identified => MaintenanceState::Scheduled,
    }
}

/// Each component once, with the worst that is said of it: some feeds name one twice.
fn distinct(components: Vec<Affected>) -> Vec<Affected> {
    let mut once: Vec<Affected> = Vec::new();
    for component in components.into_iter().filter(|component| !component.name.is_empty()) {
        let is_same =
            |known: &&mut Affected| known.id == component.id && known.name == component.name;
        if let Some(known) = once.iter_mut().find(is_same) {
            known.state = worst([known.state, component.state]);
        } else if once.len() < MAX_COMPONENTS {
            once.push(component);
        }
    }
    once
}

#[cfg(test)]
mod tests;
