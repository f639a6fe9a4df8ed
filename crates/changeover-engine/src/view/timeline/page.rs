//! What a page said, as it went: an incident is one span for each state it was in.

use changeover_domain::{Impact, Incident, IncidentState, UnixMs};

use crate::contract::{LaneSpan, Tone};

/// The spans of one incident or of planned work, oldest first.
pub(super) fn spans(provider: &str, incident: &Incident) -> Vec<LaneSpan> {
    let head = format!("{provider}: {}", incident.title);
    let span = |from, until, state: IncidentState| LaneSpan {
        from,
        until,
        label: if incident.is_maintenance() {
            head.clone()
        } else {
            format!("{head} · {}", word(state))
        },
        tone: tone(incident, state),
    };
    let steps = if incident.is_maintenance() { Vec::new() } else { steps(incident) };
    if steps.is_empty() {
        return vec![span(incident.started_at, incident.ended_at, incident.state)];
    }
    let ends = steps.iter().skip(1).map(|(at, _)| Some(*at)).chain([incident.ended_at]);
    let lasting = steps.iter().zip(ends).filter(|((_, state), _)| !is_end(*state));
    lasting.map(|((from, state), until)| span(*from, until, *state)).collect()
}

/// When it came into which state; the first one from its start.
fn steps(incident: &Incident) -> Vec<(UnixMs, IncidentState)> {
    let mut steps: Vec<(UnixMs, IncidentState)> = Vec::new();
    for update in &incident.updates {
        let Some(state) = update.state else { continue };
        match steps.last() {
            None => steps.push((incident.started_at.min(update.at), state)),
            Some((_, last)) if *last != state => steps.push((update.at, state)),
            Some(_) => {}
        }
    }
    // Words after the end, or an end that only the page's list tells: the incident's own state counts.
    if steps.last().is_some_and(|(_, last)| *last != incident.state) {
        let at = incident.ended_at.unwrap_or_else(|| incident.newest_word_at());
        steps.push((at, incident.state));
    }
    steps
}

/// Nothing is going on in it.
fn is_end(state: IncidentState) -> bool {
    matches!(state, IncidentState::Resolved | IncidentState::LeftPage)
}

fn word(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Investigating => "investigating",
        IncidentState::Identified => "identified",
        IncidentState::Monitoring => "monitoring",
        IncidentState::Resolved => "resolved",
        IncidentState::LeftPage => "told no longer",
    }
}

fn tone(incident: &Incident, state: IncidentState) -> Tone {
    match incident.impact {
        Impact::Maintenance => Tone::Maintenance,
        Impact::Critical | Impact::Major if state != IncidentState::Monitoring => Tone::Outage,
        _ => Tone::Degraded,
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{
        IncidentId, IncidentUpdate, ProviderId, SourceId, StartBasis, WrittenTime,
    };

    use super::*;

    fn incident(ended_at: Option<i64>, updates: &[(i64, Option<IncidentState>)]) -> Incident {
        let update = |(at, state): &(i64, Option<IncidentState>)| IncidentUpdate {
            native: at.to_string(),
            at: UnixMs(*at),
            written: WrittenTime::default(),
            state: *state,
            text: String::new(),
        };
        Incident {
            id: IncidentId { source: SourceId::try_new("page").unwrap(), native: "i".into() },
            provider: ProviderId::try_new("vendor").unwrap(),
            title: "Errors".into(),
            state: ended_at.map_or(IncidentState::Monitoring, |_| IncidentState::Resolved),
            impact: Impact::Major,
            severity: None,
            maintenance: None,
            started_at: UnixMs(5),
            start: StartBasis::Stated,
            ended_at: ended_at.map(UnixMs),
            first_read_at: None,
            event: None,
            components: Vec::new(),
            targets: Vec::new(),
            updates: updates.iter().map(update).collect(),
            url: None,
        }
    }

    fn seen(incident: &Incident) -> Vec<(i64, Option<i64>, String, Tone)> {
        let spans = spans("Vendor", incident).into_iter();
        let word = |label: String| label.rsplit(" · ").next().unwrap_or_default().to_owned();
        spans
            .map(|span| (span.from.0, span.until.map(|at| at.0), word(span.label), span.tone))
            .collect()
    }

    #[test]
    fn an_incident_is_one_span_for_each_state_from_its_start_to_its_end() {
        use IncidentState::{Identified, Investigating, Monitoring, Resolved};
        let told = [
            (10, Some(Investigating)),
            (15, Some(Investigating)),
            (20, Some(Identified)),
            (25, None),
            (30, Some(Monitoring)),
            (40, Some(Resolved)),
            (50, None),
        ];
        assert_eq!(
            seen(&incident(Some(40), &told)),
            [
                (5, Some(20), "investigating".to_owned(), Tone::Outage),
                (20, Some(30), "identified".to_owned(), Tone::Outage),
                (30, Some(40), "monitoring".to_owned(), Tone::Degraded),
            ]
        );
        let open = seen(&incident(None, &told[..5]));
        assert_eq!(open.last().unwrap().1, None, "it lasts");
    }

    #[test]
    fn one_without_entries_is_one_span() {
        let whole = seen(&incident(Some(40), &[]));
        assert_eq!(whole.len(), 1);
        assert_eq!((whole[0].0, whole[0].1), (5, Some(40)));
    }
}
