//! Flashcat's document as findings.

use changeover_domain::{ComponentState, PageComponent};

use super::wire;
use crate::assemble::{Affected, Draft, Plan, Start, UpdateKey};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, html, words};

pub(super) fn findings(envelope: wire::Envelope) -> Findings {
    let document = envelope.data.unwrap_or(envelope.bare);
    let mut findings = Findings::new(Coverage::OpenOnly);
    let listed = document.components.into_iter().map(|one| {
        let Affected { id, name, state } = affected(one);
        PageComponent::new(id, name, state)
    });
    findings.components = listed.collect();
    if !findings.components.is_empty() {
        findings.page = Some(worst(findings.components.iter().map(|component| component.state)));
    }
    for change in document.active_changes {
        let title = html::to_line(change.title.as_deref().unwrap_or_default());
        let draft = draft(change, title.clone());
        if let Ok(draft) = &draft
            && draft.plan.is_none()
        {
            let told = draft.components.iter().map(|component| component.state);
            let least = [ComponentState::DegradedPerformance];
            findings.page = Some(worst(findings.page.into_iter().chain(told).chain(least)));
        }
        findings.take(&title, draft);
    }
    findings
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
    let word = change.status.unwrap_or_default();
    let is_planned = change.kind.as_deref() == Some("maintenance");
    let begun = date(change.start_at_seconds);
    let ended = date(change.close_at_seconds).map(|ended| ended.at);
    let mut draft = Draft {
        native,
        title,
        state: words::incident_state(&word),
        start: begun.map_or(Start::OldestUpdate, |begun| Start::Created(begun.at)),
        end: ended,
        plan: is_planned.then(|| Plan { state: words::maintenance(&word), ends_at: ended }),
        components: change.affected_components.into_iter().map(affected).collect(),
        ..Draft::default()
    };
    for update in change.updates {
        let told = update.component_changes.into_iter().map(|one| affected(one).state);
        draft.course.extend(told);
        let Some(at) = date(update.at_seconds) else { continue };
        let state = update.status.as_deref().and_then(words::incident_state);
        let text = html::to_text(update.description.as_deref().unwrap_or_default());
        let key = update
            .update_id
            .map_or(UpdateKey::TimeAndWords, |id| UpdateKey::Native(id.into_text()));
        draft.push(key, &at, state, &text);
    }
    Ok(draft)
}
