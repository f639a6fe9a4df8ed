//! AWS's events as findings.
//!
//! `0` is over, `1` is information, `2` a degradation, `3` an outage; the word `[RESOLVED]` in the
//! summary counts too, because the older document leaves the number as it was.

use changeover_domain::{ComponentState, IncidentState};

use super::wire;
use crate::assemble::{Affected, Draft, Start, UpdateKey};
use crate::dates::{Written, any_date, clock_date};
use crate::findings::Findings;
use crate::{Coverage, html};

/// What is going on, and what ended a short while ago.
pub(super) fn current_events(events: crate::json::Listed<wire::Event>) -> Findings {
    let mut findings = Findings::new(Coverage::OpenOnly);
    for event in events {
        let title = html::to_line(event.summary.as_deref().unwrap_or_default());
        let draft = event_draft(event, &title);
        findings.take(&title, draft);
    }
    findings
}

fn event_draft(event: wire::Event, title: &str) -> Result<Draft, &'static str> {
    let native = event.arn.filter(|arn| !arn.is_empty()).ok_or("it has no ARN")?;
    let begun = event.date.as_deref().and_then(any_date);
    let ended = event.end_time.as_deref().and_then(any_date);
    let (is_marked, title) = unmarked(title);
    let is_over = ended.is_some() || is_marked || event.status.as_deref() == Some("0");
    let mut draft = Draft {
        native,
        title,
        state: is_over.then_some(IncidentState::Resolved),
        start: begun.map_or(Start::OldestUpdate, |begun| Start::Created(begun.at)),
        end: ended.map(|ended| ended.at),
        course: vec![gravity(event.status.as_deref())],
        severity: weight(event.status.as_deref()),
        ..Draft::default()
    };
    let region = event.region_name.as_deref().map(html::to_line).unwrap_or_default();
    for (id, service) in event.impacted_services.unwrap_or_default() {
        let name = service.service_name.as_deref().map(html::to_line).unwrap_or_default();
        draft.course.push(gravity(service.max.as_deref()));
        let state =
            if is_over { ComponentState::Operational } else { gravity(service.current.as_deref()) };
        let name = if name.is_empty() { id.clone() } else { placed(name, &region) };
        draft.components.push(Affected { id: Some(id), name, state });
    }
    if draft.components.is_empty() {
        let name = html::to_line(event.service_name.as_deref().unwrap_or_default());
        let state =
            if is_over { ComponentState::Operational } else { gravity(event.status.as_deref()) };
        let name = if name.is_empty() { name } else { placed(name, &region) };
        draft.components.push(Affected { id: event.service, name, state });
    }
    for entry in event.event_log {
        push(&mut draft, &entry);
    }
    Ok(draft)
}

fn push(draft: &mut Draft, entry: &wire::LogEntry) {
    draft.course.push(gravity(entry.status.as_deref()));
    let Some(at) = entry.timestamp.as_deref().and_then(any_date) else { return };
    let summary = html::to_line(entry.summary.as_deref().unwrap_or_default());
    let (is_marked, heading) = unmarked(&summary);
    let is_over = is_marked || entry.status.as_deref() == Some("0");
    let state = if is_over { IncidentState::Resolved } else { IncidentState::Investigating };
    let mut text = html::to_text(entry.message.as_deref().unwrap_or_default());
    if !heading.is_empty() && heading != draft.title {
        text = format!("{heading}\n{text}").trim_end().to_owned();
    }
    draft.push(UpdateKey::TimeAndWords, &at, Some(state), &text);
}

/// The dashboard before 2022. A description holds all updates, with times of day.
pub(super) fn data(data: wire::Data) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let current = data.current.into_iter().map(|event| (event, false));
    for (event, is_past) in current.chain(data.archive.into_iter().map(|event| (event, true))) {
        let title = html::to_line(event.summary.as_deref().unwrap_or_default());
        let draft = data_draft(&event, &title, is_past);
        findings.take(&title, draft);
    }
    findings
}

fn data_draft(event: &wire::DataEvent, title: &str, is_past: bool) -> Result<Draft, &'static str> {
    let begun: Written =
        event.date.as_deref().and_then(any_date).ok_or("it has no date that can be read")?;
    let service = event.service.clone().unwrap_or_default();
    let (is_marked, title) = unmarked(title);
    let is_over = is_past || is_marked || event.status.as_deref() == Some("0");
    let state = if is_over { IncidentState::Resolved } else { IncidentState::Investigating };
    let told = if is_over { ComponentState::Operational } else { gravity(event.status.as_deref()) };
    let name = html::to_line(event.service_name.as_deref().unwrap_or_default());
    let mut draft = Draft {
        native: format!("{service}_{}", begun.at.0 / 1_000),
        title,
        state: Some(state),
        start: Start::Stated(begun.at),
        components: vec![Affected { id: Some(service), name, state: told }],
        course: vec![gravity(event.status.as_deref())],
        severity: weight(event.status.as_deref()),
        ..Draft::default()
    };
    let text = html::to_text(event.description.as_deref().unwrap_or_default());
    for (at, words) in timed(&text, &begun) {
        draft.push(UpdateKey::TimeAndWords, &at, None, &words);
    }
    // The last word of what is over is that it is.
    if let Some(last) = draft.updates.last_mut().filter(|_| is_over) {
        last.state = Some(IncidentState::Resolved);
        draft.end = Some(last.at);
    }
    Ok(draft)
}

/// The updates of a description; lines without a time belong to the one before them.
fn timed(text: &str, begun: &Written) -> Vec<(Written, String)> {
    let mut updates: Vec<(Written, String)> = Vec::new();
    for line in text.lines() {
        let after = updates.last().map_or(begun, |(at, _)| at);
        match (clock_date(line, after), updates.last_mut()) {
            (Some((at, words)), _) => updates.push((at, words.to_owned())),
            (None, Some((_, known))) => {
                known.push('\n');
                known.push_str(line);
            }
            (None, None) => updates.push((begun.clone(), line.to_owned())),
        }
    }
    updates
}

/// Whether the title carries the mark of the end, and the title without it.
pub(super) fn unmarked(title: &str) -> (bool, String) {
    match title.split_once("[RESOLVED]") {
        Some((before, after)) => {
            (true, format!("{before}{}", after.trim_start()).trim().to_owned())
        }
        None => (false, title.trim().to_owned()),
    }
}

/// `Amazon Bedrock (Ireland)`, as AWS writes it itself.
fn placed(name: String, region: &str) -> String {
    if region.is_empty() || name.contains(region) { name } else { format!("{name} ({region})") }
}

/// The provider's word for the weight; `0` says that it is over, and nothing of its weight.
fn weight(status: Option<&str>) -> Option<String> {
    status.filter(|status| *status != "0").map(ToOwned::to_owned)
}

fn gravity(status: Option<&str>) -> ComponentState {
    match status {
        Some("0") => ComponentState::Operational,
        Some("1") => ComponentState::DegradedPerformance,
        Some("2") => ComponentState::PartialOutage,
        Some("3") => ComponentState::MajorOutage,
        _ => ComponentState::Unknown,
    }
}
