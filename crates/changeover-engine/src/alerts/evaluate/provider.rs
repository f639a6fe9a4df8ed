//! Readings of providers: their verdicts and their budgets.

use changeover_domain::{
    Confidence, Impact, ProviderId, Severity, Subject, TargetId, Verdict, VerdictKind,
};
use changeover_policy::alert::Reading;
use changeover_policy::verdict::kind_phrase;

use super::page::{believed, page_says};
use super::{BurningTargets, Burnt, Evaluation, Inputs, counted};
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

/// The provider's targets of which nothing can be seen: nobody asks them, or nobody gets through. One
/// without a verdict is one of them.
fn unseen(snapshot: &Snapshot, provider: &ProviderView) -> Vec<TargetId> {
    let is_seen = |target: &TargetId| {
        let verdict = snapshot.verdicts.iter().find(|verdict| verdict.target == *target);
        verdict.is_some_and(|verdict| {
            !matches!(verdict.kind, VerdictKind::Unknown | VerdictKind::OurNetwork)
        })
    };
    let targets = snapshot.targets.iter().filter(|target| target.provider == provider.id);
    targets.map(|target| target.id.clone()).filter(|target| !is_seen(target)).collect()
}

/// Whether all that is the matter with the provider may be our own network: every target of its that
/// is in trouble says so.
pub(super) fn is_network(snapshot: &Snapshot, provider: &ProviderView) -> bool {
    let is_trouble =
        |verdict: &&Verdict| is_known(verdict) && verdict.kind != VerdictKind::Operating;
    let mut troubled = verdicts(snapshot, &provider.id).filter(is_trouble);
    troubled.all(|verdict| verdict.kind == VerdictKind::OurNetwork)
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
        reading: reading(snapshot, provider, such.len()),
        concerns: such.iter().map(|verdict| Subject::Target(verdict.target.clone())).collect(),
        troubled: such.iter().map(|verdict| verdict.target.clone()).collect(),
        unseen: unseen(snapshot, provider),
        may_be_network: is_network(snapshot, provider),
        ..Evaluation::of(rule, provider)
    };
    (evaluation, such)
}

fn parts(such: &[Verdict]) -> Vec<String> {
    such.iter()
        .map(|verdict| format!("{}: {}", verdict.target, kind_phrase(verdict.kind)))
        .collect()
}

/// A provider is down or degraded for us: one alert, with its models and its page as parts.
pub(super) fn their_trouble(inputs: &Inputs<'_>, provider: &ProviderView) -> Evaluation {
    let snapshot = inputs.snapshot;
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
        children.extend(believed(inputs, provider, Impact::Minor).into_iter().map(page_says));
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

/// Our own network is gone: every provider's trouble is that. One answer from anywhere proves that it
/// is not.
pub(super) fn our_network(snapshot: &Snapshot) -> Evaluation {
    let is_proof = snapshot.verdicts.iter().any(proves_our_network);
    let such = |verdict: &&Verdict| !is_proof && verdict.kind == VerdictKind::OurNetwork;
    let such: Vec<Verdict> = snapshot.verdicts.iter().filter(such).cloned().collect();
    let is_known = snapshot.verdicts.iter().any(is_known);
    Evaluation {
        reading: if is_known { counted(such.len()) } else { Reading::Missing },
        severity: Severity::Critical,
        words: such.first().map(|first| Words {
            title: "Your own network is down".to_owned(),
            text: first.sentence.clone(),
            children: parts(&such),
        }),
        ..Evaluation::new(AlertRuleId::OurNetwork, Subject::Everything)
    }
}

/// Whether it is well enough known that the vendor was reached, be it for good or bad. That our own
/// configuration is wrong may be a name that nobody could resolve, and proves nothing.
fn proves_our_network(verdict: &Verdict) -> bool {
    use VerdictKind::{Operating, OurBilling, OurQuota, TheirDegradation, TheirOutage};
    let was_reached =
        matches!(verdict.kind, Operating | TheirDegradation | TheirOutage | OurQuota | OurBilling);
    was_reached && verdict.confidence >= Confidence::Medium
}

/// The error budgets of the provider's targets burn too fast: how fast the fastest does.
pub(super) fn slo_burn(
    snapshot: &Snapshot,
    provider: &ProviderView,
    burning: &BurningTargets,
) -> Evaluation {
    let targets = snapshot.targets.iter().filter(|target| target.provider == provider.id);
    let such: Vec<_> = targets.filter_map(|target| burning.get_key_value(&target.id)).collect();
    let is_fast = such.iter().any(|(_, burnt)| burnt.burning.limit >= FAST_BURN);
    let part = |(target, burnt): &(&TargetId, &Burnt)| {
        let Burnt { burning, seen_over } = burnt;
        let (long, short) = (burning.rate_long, burning.rate_short);
        format!(
            "{target}: {long:.0} times ({seen_over}), {short:.0} times (last {})",
            burning.short
        )
    };
    let children: Vec<String> = such.iter().map(part).collect();
    let fastest = such.iter().map(|(_, burnt)| *burnt);
    let fastest = fastest.max_by(|a, b| a.burning.rate_long.total_cmp(&b.burning.rate_long));
    let rate = fastest.map_or(0.0, |burnt| burnt.burning.rate_long);
    let is_unseen = such.is_empty() && !verdicts(snapshot, &provider.id).any(is_known);
    Evaluation {
        reading: if is_unseen { Reading::Missing } else { Reading::Value(rate) },
        severity: if is_fast { Severity::Critical } else { Severity::Warning },
        words: fastest.map(|burnt| Words {
            title: format!("{}: the error budget burns too fast", provider.name),
            text: format!(
                "errors use up the allowance {rate:.0} times too fast ({})",
                burnt.seen_over
            ),
            children,
        }),
        concerns: such.iter().map(|(target, _)| Subject::Target((*target).clone())).collect(),
        troubled: such.iter().map(|(target, _)| (*target).clone()).collect(),
        unseen: unseen(snapshot, provider),
        may_be_network: is_network(snapshot, provider),
        ..Evaluation::of(AlertRuleId::SloBurn, provider)
    }
}

/// Today's budget for probes is spent: the provider is watched by traffic alone.
pub(super) fn probes_resting(provider: &ProviderView) -> Evaluation {
    let rests = provider.probes_rest_until;
    Evaluation {
        reading: counted(usize::from(rests.is_some())),
        severity: Severity::Info,
        words: rests.map(|_| Words {
            title: format!("{}: probes rest, today's budget is spent", provider.name),
            text: "until the next day begins only traffic tells how it does".to_owned(),
            children: Vec::new(),
        }),
        ..Evaluation::of(AlertRuleId::ProbesResting, provider)
    }
}
