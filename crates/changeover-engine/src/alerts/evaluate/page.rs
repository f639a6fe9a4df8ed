//! Readings of status pages: whether each can be read, and one of each event that it declares.
//!
//! An event is an incident with its children (`policy::event`). It keeps its alert, under the name of
//! its first incident, from its beginning to its end. The rule: what an unreadable page said last is
//! not believed, so it neither goes on nor ends.

use std::collections::{BTreeMap, BTreeSet};

use changeover_domain::{
    AlertState, Impact, Incident, IncidentId, IncidentState, Severity, SourceId, SourceState,
    Subject,
};
use changeover_policy::alert::Reading;

use super::provider::is_network;
use super::{Evaluation, Inputs, counted};
use crate::alerts::is_recent;
use crate::alerts::record::{AlertRecord, Step, Words};
use crate::alerts::view::LINGER_MS;
use crate::contract::{AlertRuleId, ProviderView, Snapshot};

/// The provider's page and the events that it declares, the oldest first. Nothing where no page is
/// watched.
pub(super) fn page_incidents(inputs: &Inputs<'_>, provider: &ProviderView) -> Vec<Evaluation> {
    if !provider.page_watched {
        return Vec::new();
    }
    let open = open_events(inputs, provider);
    let mut out = vec![page(inputs, provider, &open)];
    let mut declared: Vec<_> = open.iter().collect();
    declared
        .sort_by_key(|(event, incidents)| (incidents.first().map(|one| one.started_at), *event));
    out.extend(
        declared.into_iter().map(|(event, incidents)| declares(inputs, provider, event, incidents)),
    );
    let over = known_events(inputs, provider).filter(|event| !open.contains_key(event));
    out.extend(over.map(|event| no_longer(inputs, provider, event)));
    out
}

/// What the provider's readable pages declare, the oldest first.
pub(super) fn believed<'a>(
    inputs: &Inputs<'a>,
    provider: &'a ProviderView,
    least: Impact,
) -> Vec<&'a Incident> {
    let mut open: Vec<&Incident> = open_incidents(inputs.snapshot, provider, least)
        .filter(|incident| is_believed(inputs, incident))
        .collect();
    sort(&mut open);
    open
}

/// "page: Elevated errors (identified)"
pub(super) fn page_says(incident: &Incident) -> String {
    let state = match incident.state {
        IncidentState::Investigating => "investigating",
        IncidentState::Identified => "identified",
        IncidentState::Monitoring => "monitoring",
        IncidentState::Resolved => "resolved",
        IncidentState::LeftPage => "told no longer",
    };
    format!("page: {} ({state})", incident.title)
}

fn sort(incidents: &mut [&Incident]) {
    incidents.sort_by_key(|incident| (incident.started_at, &incident.id));
}

fn open_incidents<'a>(
    snapshot: &'a Snapshot,
    provider: &'a ProviderView,
    least: Impact,
) -> impl Iterator<Item = &'a Incident> {
    let counts = move |impact: Impact| match impact {
        Impact::None | Impact::Maintenance => false,
        // A feed that gives none is not harmless.
        Impact::Unknown => true,
        Impact::Minor | Impact::Major | Impact::Critical => impact >= least,
    };
    let incidents = snapshot.incidents.iter().map(|view| &view.incident);
    incidents.filter(move |incident| {
        incident.provider == provider.id
            && incident.is_open()
            && counts(incident.impact)
            && incident.concerns_api()
    })
}

fn event_of(incident: &Incident) -> &IncidentId {
    incident.event.as_ref().unwrap_or(&incident.id)
}

type Events<'a> = BTreeMap<IncidentId, Vec<&'a Incident>>;

fn open_events<'a>(inputs: &Inputs<'a>, provider: &'a ProviderView) -> Events<'a> {
    let mut events = Events::new();
    for incident in open_incidents(inputs.snapshot, provider, inputs.rules().page_impact) {
        events.entry(event_of(incident).clone()).or_default().push(incident);
    }
    events.values_mut().for_each(|incidents| sort(incidents));
    events
}

/// Events whose alert is not over, or ended a short while ago.
fn known_events<'a>(
    inputs: &Inputs<'a>,
    provider: &'a ProviderView,
) -> impl Iterator<Item = &'a IncidentId> {
    let now = inputs.now;
    let is_alive = move |record: &&AlertRecord| {
        let matter = &record.matter;
        let lately = matter.told.as_ref().is_some_and(|told| is_recent(told.at, LINGER_MS, now));
        matter.alert.state() != AlertState::Normal || lately
    };
    let of_provider = |record: &&AlertRecord| {
        record.matter.rule == AlertRuleId::PageIncident
            && record.matter.provider.as_ref() == Some(&provider.id)
    };
    let records = inputs.state.alerts.values().filter(of_provider).filter(is_alive);
    records.filter_map(|record| record.matter.event.as_ref())
}

fn source<'a>(snapshot: &'a Snapshot, id: &SourceId) -> Option<&'a SourceState> {
    snapshot.sources.iter().find(|source| source.id == *id)
}

/// What stood on a page before a restart is believed until the page is found to be unreadable, and
/// what several sources tell of for as long as one of them can be read.
fn is_believed(inputs: &Inputs<'_>, incident: &Incident) -> bool {
    let is_readable =
        |id: &SourceId| source(inputs.snapshot, id).is_none_or(|page| !page.unreadable);
    let is_readable_copy = |copy: &Incident| {
        copy.provider == incident.provider
            && copy.id.native == incident.id.native
            && copy.is_open()
            && is_readable(&copy.id.source)
    };
    is_readable(&incident.id.source) || inputs.state.observed.incidents().any(is_readable_copy)
}

/// Whether the provider's page can be read. What it declares is each event's own alert.
fn page(inputs: &Inputs<'_>, provider: &ProviderView, open: &Events<'_>) -> Evaluation {
    let calm = Evaluation {
        may_be_network: is_network(inputs.snapshot, provider),
        ..Evaluation::of(AlertRuleId::PageIncident, provider)
    };
    let words = |title: String, text: String| Some(Words { title, text, children: Vec::new() });
    let unread = unread(inputs.snapshot, provider, open);
    if let Some(first) = unread.first() {
        // A page that answers, and not with what can be understood, is another matter than silence.
        let refuses = |page: &&SourceState| {
            inputs.state.status_tries.get(&page.id).is_some_and(|last| !last.is_silence)
        };
        let is_refused = unread.iter().all(refuses);
        let why = first.problem.as_ref().map_or_else(String::new, |problem| format!(": {problem}"));
        let title = format!("{}'s page cannot be read", provider.name);
        return Evaluation {
            reading: if is_refused { Reading::Failed } else { Reading::Missing },
            words: words(title, format!("what it last said is not believed{why}")),
            ..calm
        };
    }
    if provider.page_read_at.is_none() {
        let title = format!("{}'s page has not been read yet", provider.name);
        let text = "it is watched, and nothing has come of it so far".to_owned();
        return Evaluation { reading: Reading::Missing, words: words(title, text), ..calm };
    }
    calm
}

/// The pages whose being unreadable leaves something unknown: all that there are, or one on which
/// something stood open.
fn unread<'a>(
    snapshot: &'a Snapshot,
    provider: &ProviderView,
    open: &Events<'_>,
) -> Vec<&'a SourceState> {
    let declares =
        |id: &SourceId| open.values().flatten().any(|incident| incident.id.source == *id);
    let unreadable = snapshot
        .sources
        .iter()
        .filter(|page| page.provider == provider.id && page.unreadable)
        .filter(|page| provider.page_unreadable || declares(&page.id));
    unreadable.collect()
}

/// An event of which at least one incident is open.
fn declares(
    inputs: &Inputs<'_>,
    provider: &ProviderView,
    event: &IncidentId,
    incidents: &[&Incident],
) -> Evaluation {
    let believed: Vec<&Incident> =
        incidents.iter().copied().filter(|one| is_believed(inputs, one)).collect();
    let is_whole = believed.len() == incidents.len();
    let is_critical = believed.iter().any(|one| one.impact == Impact::Critical);
    let is_old = |incident: &&Incident| {
        let then = inputs.state.old_incidents.get(&incident.id);
        then.is_some_and(|then| incident.impact <= *then)
    };
    Evaluation {
        event: Some(event.clone()),
        reading: if believed.is_empty() { Reading::Missing } else { counted(believed.len()) },
        severity: if is_critical { Severity::Critical } else { Severity::Warning },
        words: words(provider, &believed),
        concerns: believed.iter().flat_map(|incident| concerned(incident)).collect(),
        step: step(&believed).filter(|_| is_whole),
        is_old: believed.iter().all(is_old),
        may_be_network: is_network(inputs.snapshot, provider),
        ..Evaluation::of(AlertRuleId::PageIncident, provider)
    }
}

/// An event that was declared, and of which nothing is open now.
fn no_longer(inputs: &Inputs<'_>, provider: &ProviderView, event: &IncidentId) -> Evaluation {
    let incidents = inputs.snapshot.incidents.iter().map(|view| &view.incident);
    let mut its: Vec<&Incident> =
        incidents.filter(|incident| event_of(incident) == event && !incident.is_open()).collect();
    sort(&mut its);
    let pages: BTreeSet<&SourceId> =
        its.iter().map(|one| &one.id.source).chain([&event.source]).collect();
    let is_watched = |id: &&&SourceId| inputs.setup.pages.iter().any(|page| page.id == ***id);
    let was_read = |id: &SourceId| {
        let page = source(inputs.snapshot, id);
        page.is_some_and(|page| !page.unreadable && page.last_good_at.is_some())
    };
    let is_seen = pages.iter().filter(is_watched).all(|id| was_read(id));
    Evaluation {
        event: Some(event.clone()),
        reading: if is_seen { Reading::Value(0.0) } else { Reading::Missing },
        words: words(provider, &its).filter(|_| is_seen),
        may_be_network: is_network(inputs.snapshot, provider),
        ..Evaluation::of(AlertRuleId::PageIncident, provider)
    }
}

fn words(provider: &ProviderView, incidents: &[&Incident]) -> Option<Words> {
    let first = incidents.first()?;
    let more = match incidents.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Some(Words {
        title: format!("{}'s page: {}{more}", provider.name, first.title),
        text: newest(incidents).map_or_else(String::new, said),
        children: incidents.iter().map(|incident| page_says(incident)).collect(),
    })
}

fn newest<'a>(incidents: &[&'a Incident]) -> Option<&'a Incident> {
    incidents.iter().copied().max_by_key(|incident| incident.newest_word_at())
}

/// The incident's newest entry.
fn said(incident: &Incident) -> String {
    incident.updates.last().map_or_else(String::new, |update| update.text.clone())
}

/// What an incident touches: the targets that it names, or the provider as a whole.
fn concerned(incident: &Incident) -> Vec<Subject> {
    if incident.targets.is_empty() {
        return vec![Subject::Provider(incident.provider.clone())];
    }
    incident.targets.iter().cloned().map(Subject::Target).collect()
}

/// What a page that names no weight does not say is no less than the least.
fn weight(impact: Impact) -> &'static str {
    match impact {
        Impact::None | Impact::Minor | Impact::Maintenance | Impact::Unknown => "minor",
        Impact::Major => "major",
        Impact::Critical => "critical",
    }
}

/// How far the event has got: another mark as soon as an incident joins, leaves, moves on or weighs
/// differently. New words alone are no step.
fn step(incidents: &[&Incident]) -> Option<Step> {
    let newest = newest(incidents)?;
    let mark = |incident: &&Incident| {
        format!("{}={:?}/{}", incident.id.native, incident.state, weight(incident.impact))
    };
    let entry = said(newest);
    let text = if entry.is_empty() {
        page_says(newest)
    } else {
        format!("{}: {entry}", page_says(newest))
    };
    let marks: BTreeSet<String> = incidents.iter().map(mark).collect();
    let mark = marks.into_iter().collect::<Vec<_>>().join(";");
    Some(Step { mark, text, at: newest.newest_word_at() })
}
