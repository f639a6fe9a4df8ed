//! Readings of providers: their verdicts, their pages, their budgets.

use changeover_domain::{
    Impact, Incident, IncidentState, ProviderId, Severity, Subject, TargetId, Verdict, VerdictKind,
};
use changeover_policy::alert::Reading;
use changeover_policy::verdict::{Burning, kind_phrase};

use super::{BurningTargets, Evaluation, counted};
use crate::alerts::record::Words;
use crate::contract::{AlertRuleId, ProviderView, Snapshot};

/// A budget that burns at this rate or faster is gone within two days.
const FAST_BURN: f64 = 14.0;

/// The verdicts of a provider's targets.
fn verdicts<'a>(
    snapshot: &'a Snapshot,
    provider: &'a ProviderId,
) -> impl Iterator<Item = &'a Verdict> {
    let of = |verdict: &&Verdict| {
        let target = snapshot.targets.iter().find(|target| target.id == verdict.target);
        target.is_some_and(|target| target.provider == *provider)
    };
    snapshot.verdicts.iter().filter(of)
}

/// A reading of verdicts of certain kinds: how many targets have one; missing where none is known.
fn reading(snapshot: &Snapshot, provider: &ProviderView, found: usize) -> Reading {
    if found == 0 && !verdicts(snapshot, &provider.id).any(is_known) {
        return Reading::Missing;
    }
    counted(found)
}

fn is_known(verdict: &Verdict) -> bool {
    verdict.kind != VerdictKind::Unknown
}

fn in_trouble(
    snapshot: &Snapshot,
    provider: &ProviderView,
    rule: AlertRuleId,
    kinds: &[VerdictKind],
) -> (Evaluation, Vec<Verdict>) {
    let such = verdicts(snapshot, &provider.id).filter(|verdict| kinds.contains(&verdict.kind));
    let such: Vec<Verdict> = such.cloned().collect();
    let evaluation = Evaluation {
        rule,
        subject: Subject::Provider(provider.id.clone()),
        provider: Some(provider.id.clone()),
        reading: reading(snapshot, provider, such.len()),
        severity: Severity::Warning,
        words: None,
        concerns: such.iter().map(|verdict| Subject::Target(verdict.target.clone())).collect(),
    };
    (evaluation, such)
}

fn parts(such: &[Verdict]) -> Vec<String> {
    such.iter()
        .map(|verdict| format!("{}: {}", verdict.target, kind_phrase(verdict.kind)))
        .collect()
}

/// A provider is down or degraded for us: one alert, with its models and its page as parts.
pub(super) fn their_trouble(snapshot: &Snapshot, provider: &ProviderView) -> Evaluation {
    use VerdictKind::{TheirDegradation, TheirOutage};
    let kinds = [TheirOutage, TheirDegradation];
    let (mut evaluation, such) = in_trouble(snapshot, provider, AlertRuleId::TheirTrouble, &kinds);
    if such.iter().any(|verdict| verdict.kind == TheirOutage) {
        evaluation.severity = Severity::Critical;
    }
    if evaluation.reading == Reading::Missing {
        evaluation.words = Some(Words {
            title: format!("{}: nothing is known of it", provider.name),
            text: "neither probes nor traffic say how it does".to_owned(),
            children: Vec::new(),
        });
    } else if let Some(first) = such.first() {
        let is_shown = kinds.contains(&provider.verdict);
        let summary = if is_shown { provider.summary.as_str() } else { kind_phrase(first.kind) };
        let evidence = provider.evidence.clone().filter(|_| is_shown);
        let mut children = parts(&such);
        children.extend(open_incidents(snapshot, provider, Impact::Minor).map(page_says));
        evaluation.words = Some(Words {
            title: format!("{}: {summary}", provider.name),
            text: evidence.unwrap_or_else(|| first.sentence.clone()),
            children,
        });
    }
    evaluation
}

/// A provider refuses us: configuration, quota or billing.
pub(super) fn our_trouble(snapshot: &Snapshot, provider: &ProviderView) -> Evaluation {
    use VerdictKind::{OurBilling, OurConfiguration, OurQuota};
    let kinds = [OurConfiguration, OurQuota, OurBilling];
    let (mut evaluation, such) = in_trouble(snapshot, provider, AlertRuleId::OurTrouble, &kinds);
    evaluation.severity = Severity::Critical;
    evaluation.words = such.first().map(|first| Words {
        title: format!("{}: {}", provider.name, kind_phrase(first.kind)),
        text: first.sentence.clone(),
        children: parts(&such),
    });
    evaluation
}

/// Our own network is gone: every provider's trouble is that.
pub(super) fn our_network(snapshot: &Snapshot) -> Evaluation {
    let such = |verdict: &&Verdict| verdict.kind == VerdictKind::OurNetwork;
    let such: Vec<Verdict> = snapshot.verdicts.iter().filter(such).cloned().collect();
    let is_known = snapshot.verdicts.iter().any(is_known);
    Evaluation {
        rule: AlertRuleId::OurNetwork,
        subject: Subject::Everything,
        provider: None,
        reading: if is_known { counted(such.len()) } else { Reading::Missing },
        severity: Severity::Critical,
        words: such.first().map(|first| Words {
            title: "Your own network is down".to_owned(),
            text: first.sentence.clone(),
            children: parts(&such),
        }),
        concerns: Vec::new(),
    }
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
    // What touches nothing but apps and consoles does not touch the API.
    let touches_us = |incident: &Incident| {
        incident.components.is_empty() || incident.components.iter().any(|known| known.serves)
    };
    let incidents = snapshot.incidents.iter().map(|view| &view.incident);
    incidents.filter(move |incident| {
        incident.provider == provider.id
            && incident.is_open()
            && counts(incident.impact)
            && touches_us(incident)
    })
}

fn page_says(incident: &Incident) -> String {
    let state = match incident.state {
        IncidentState::Investigating => "investigating",
        IncidentState::Identified => "identified",
        IncidentState::Monitoring => "monitoring",
        IncidentState::Resolved => "resolved",
        IncidentState::LeftPage => "left the page",
    };
    format!("page: {} ({state})", incident.title)
}

/// The provider's page declares something. `None` where no page is watched.
pub(super) fn page_incident(
    snapshot: &Snapshot,
    provider: &ProviderView,
    least: Impact,
) -> Option<Evaluation> {
    if !provider.page_watched {
        return None;
    }
    let open: Vec<&Incident> = open_incidents(snapshot, provider, least).collect();
    let (reading, words) = match open.first() {
        Some(first) => {
            let newest =
                first.updates.last().map_or_else(String::new, |update| update.text.clone());
            let children = open.iter().map(|incident| page_says(incident)).collect();
            let title = match open.len() {
                1 => format!("{}'s page: {}", provider.name, first.title),
                count => format!("{}'s page: {count} incidents", provider.name),
            };
            (counted(open.len()), Some(Words { title, text: newest, children }))
        }
        None if provider.page_unreadable => (
            Reading::Missing,
            Some(Words {
                title: format!("{}'s page cannot be read", provider.name),
                text: "what it last said is not believed".to_owned(),
                children: Vec::new(),
            }),
        ),
        None if provider.page_read_at.is_none() => (
            Reading::Missing,
            Some(Words {
                title: format!("{}'s page has not been read yet", provider.name),
                text: "it is watched, and nothing has come of it so far".to_owned(),
                children: Vec::new(),
            }),
        ),
        None => (Reading::Value(0.0), None),
    };
    Some(Evaluation {
        rule: AlertRuleId::PageIncident,
        subject: Subject::Provider(provider.id.clone()),
        provider: Some(provider.id.clone()),
        reading,
        severity: Severity::Warning,
        words,
        concerns: open
            .iter()
            .flat_map(|incident| incident.targets.iter().cloned().map(Subject::Target))
            .collect(),
    })
}

/// The error budgets of the provider's targets burn too fast.
pub(super) fn slo_burn(
    snapshot: &Snapshot,
    provider: &ProviderView,
    burning: &BurningTargets,
) -> Evaluation {
    let targets = snapshot.targets.iter().filter(|target| target.provider == provider.id);
    let such: Vec<_> = targets.filter_map(|target| burning.get_key_value(&target.id)).collect();
    let is_fast = such.iter().any(|(_, burning)| burning.limit >= FAST_BURN);
    let part = |(target, burning): &(&TargetId, &Burning)| {
        let Burning { rate_long, long, rate_short, short, .. } = burning;
        format!("{target}: {rate_long:.0} × over {long}, {rate_short:.0} × over {short}")
    };
    let children: Vec<String> = such.iter().map(part).collect();
    Evaluation {
        rule: AlertRuleId::SloBurn,
        subject: Subject::Provider(provider.id.clone()),
        provider: Some(provider.id.clone()),
        reading: counted(such.len()),
        severity: if is_fast { Severity::Critical } else { Severity::Warning },
        words: (!such.is_empty()).then(|| Words {
            title: format!("{}: the error budget burns too fast", provider.name),
            text: "1 × would use it up in exactly the objective's time".to_owned(),
            children,
        }),
        concerns: such.iter().map(|(target, _)| Subject::Target((*target).clone())).collect(),
    }
}

/// Today's budget for probes is spent: the provider is watched by traffic alone.
pub(super) fn probes_resting(provider: &ProviderView) -> Evaluation {
    let rests = provider.probes_rest_until;
    Evaluation {
        rule: AlertRuleId::ProbesResting,
        subject: Subject::Provider(provider.id.clone()),
        provider: Some(provider.id.clone()),
        reading: counted(usize::from(rests.is_some())),
        severity: Severity::Info,
        words: rests.map(|_| Words {
            title: format!("{}: probes rest, today's budget is spent", provider.name),
            text: "until the next day begins only traffic tells how it does".to_owned(),
            children: Vec::new(),
        }),
        concerns: Vec::new(),
    }
}
