//! Instatus's JSON as findings. Only what is going on stands in it, without updates but in webhooks.

use changeover_domain::{ComponentState, PageComponent};

use super::wire;
use crate::assemble::{Draft, Plan, Start, UpdateKey, digest, incident_code, web_link};
use crate::dates::any_date;
use crate::findings::Findings;
use crate::reading::worst;
use crate::{Coverage, html, words};

pub(super) fn findings(document: wire::Document) -> Findings {
    let coverage = if document.page.is_some() { Coverage::OpenOnly } else { Coverage::NotGiven };
    let mut findings = Findings::new(coverage);
    let listed = document.components.unwrap_or_default().into_iter();
    findings.components = listed.map(component).collect();
    let incidents = document.active_incidents.into_iter().map(|event| (event, false));
    let planned = document.active_maintenances.into_iter().map(|event| (event, true));
    for (event, is_planned) in incidents.chain(planned) {
        let title = html::to_line(event.name.as_deref().unwrap_or_default());
        let draft = draft(event, title.clone(), is_planned);
        findings.take(&title, draft);
    }
    let claimed = document.page.and_then(|page| page.status).map(|word| claim(&word, &findings));
    let states = findings.components.iter().map(|component| component.state);
    findings.page = Some(worst(states.chain(claimed)));
    findings
}

/// What a webhook tells: one incident, one piece of planned work, or one component.
pub(super) fn webhook_findings(webhook: wire::Webhook) -> Findings {
    let mut findings = Findings::new(Coverage::NotGiven);
    let incident = webhook.incident.map(|event| (event, false));
    for (event, is_planned) in
        incident.into_iter().chain(webhook.maintenance.map(|event| (event, true)))
    {
        let title = html::to_line(event.name.as_deref().unwrap_or_default());
        let draft = draft(event, title.clone(), is_planned);
        findings.take(&title, draft);
    }
    if let Some(mut told) = webhook.component {
        if let Some(update) = webhook.component_update {
            told.status = update.new_status.or(told.status);
            told.id = told.id.or(update.component_id);
        }
        findings.components.push(component(told));
    }
    let claimed = webhook.page.status_indicator.unwrap_or_default();
    findings.page = Some(claim(&claimed, &findings));
    findings
}

fn component(component: wire::Component) -> PageComponent {
    let name = html::to_line(component.name.as_deref().unwrap_or_default());
    let state = words::component_state(component.status.as_deref().unwrap_or_default());
    PageComponent::new(component.id, name, state)
}

/// What the page says of itself; that it has issues is made precise by the incidents.
fn claim(word: &str, findings: &Findings) -> ComponentState {
    match word {
        "UP" => ComponentState::Operational,
        "UNDERMAINTENANCE" => ComponentState::UnderMaintenance,
        "HASISSUES" => {
            let told = findings.drafts.iter().flat_map(|draft| draft.course.iter().copied());
            worst(told.chain([ComponentState::DegradedPerformance]))
        }
        _ => ComponentState::Unknown,
    }
}

fn draft(event: wire::Event, title: String, is_planned: bool) -> Result<Draft, &'static str> {
    let begun = event.started.as_deref().or(event.created_at.as_deref()).and_then(any_date);
    let url = event.url.as_deref().and_then(web_link);
    let code = url.as_deref().and_then(|url| incident_code(url).or_else(|| last_part(url)));
    let native = match (event.id.filter(|id| !id.is_empty()), code) {
        (Some(id), _) => id,
        (None, Some(code)) => code.to_owned(),
        (None, None) => {
            let at = begun.as_ref().map(|begun| begun.at.0).ok_or("it has no id")?;
            digest(&[&title, &at.to_string()])
        }
    };
    let word = event.status.unwrap_or_default();
    let minutes = event.duration.and_then(|duration| match duration {
        wire::Minutes::Number(minutes) => Some(i64::from(minutes)),
        wire::Minutes::Text(text) => text.trim().parse().ok(),
    });
    let ends_at = begun.as_ref().zip(minutes).and_then(|(begun, minutes)| {
        (0..=1_000_000).contains(&minutes).then(|| begun.at.plus_millis(minutes * 60_000))
    });
    let impact = event.impact.as_deref().map(words::component_state);
    let mut draft = Draft {
        native,
        title,
        state: words::incident_state(&word),
        start: begun.map_or(Start::OldestUpdate, |begun| Start::Stated(begun.at)),
        end: event.resolved_at.as_deref().and_then(any_date).map(|end| end.at),
        plan: is_planned.then(|| Plan { state: words::maintenance(&word), ends_at }),
        course: impact.into_iter().collect(),
        severity: event.impact,
        url,
        ..Draft::default()
    };
    for update in event.updates {
        push(&mut draft, update);
    }
    Ok(draft)
}

fn push(draft: &mut Draft, update: wire::Update) {
    let Some(at) = update.created_at.as_deref().and_then(any_date) else { return };
    let text = update.body.or(update.text).unwrap_or_default();
    let state = update.status.as_deref().and_then(words::incident_state);
    let key = update.id.map_or(UpdateKey::TimeAndWords, UpdateKey::Native);
    draft.push(key, &at, state, &html::to_text(&text));
}

/// `https://status.example.com/<id>`.
fn last_part(url: &str) -> Option<&str> {
    let (_, path) = url.split_once("://")?.1.split_once('/')?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    (!last.is_empty()).then_some(last)
}
