//! One provider: its targets' verdicts together.

use changeover_domain::{
    ComponentState, Confidence, Provider, ProviderId, RouteId, Scope, SourceState, UnixMs, Verdict,
    VerdictKind,
};
use changeover_policy::verdict::{PageWord, kind_phrase, page_phrase, scope_of, severity};

use crate::contract::{ProviderView, RouteView};
use crate::setup::Setup;
use crate::state::State;

pub(super) fn views(
    setup: &Setup,
    state: &State,
    routes: &[RouteView],
    now: UnixMs,
) -> Vec<ProviderView> {
    let providers = setup.catalogue.providers.iter();
    providers.map(|access| view(setup, state, routes, &access.provider, now)).collect()
}

pub(super) fn view(
    setup: &Setup,
    state: &State,
    routes: &[RouteView],
    provider: &Provider,
    now: UnixMs,
) -> ProviderView {
    let targets = setup.catalogue.targets.iter().filter(|target| target.provider == provider.id);
    let verdicts: Vec<Verdict> =
        targets.filter_map(|target| state.verdicts.get(&target.id).cloned()).collect();
    let worst = verdicts.iter().max_by_key(|verdict| (severity(verdict.kind), verdict.confidence));
    let kind = worst.map_or(VerdictKind::Unknown, |verdict| verdict.kind);
    let scope = scope_of(&verdicts);
    let pages: Vec<&SourceState> =
        state.observed.sources().filter(|source| source.provider == provider.id).collect();
    let (page_unreadable, page_network_down) = unheard(&pages);
    let word = worst.map(|verdict| state.observed.page_word(&provider.id, &verdict.target));
    ProviderView {
        id: provider.id.clone(),
        name: provider.name.clone(),
        kind: provider.kind,
        verdict: kind,
        scope,
        confidence: worst.map_or(Confidence::Low, |verdict| verdict.confidence),
        since: worst.map_or(now, |verdict| verdict.since),
        summary: summary(kind, reach(scope, watches_one(setup, &provider.id))),
        evidence: worst
            .filter(|_| kind != VerdictKind::Operating)
            .map(|verdict| without_page(&verdict.sentence, word)),
        page: word.map_or(ComponentState::Unknown, |word| word.state),
        page_read_at: pages.iter().filter_map(|page| page.last_good_at).max(),
        page_unreadable,
        page_network_down,
        page_watched: setup.pages.iter().any(|page| page.provider == provider.id),
        probes_rest_until: rest_until(state, &provider.id),
        probes: crate::probing::view(setup, state, &provider.id, now),
        carrying: carrying(setup, routes, provider),
    }
}

/// Whether none of the provider's pages can be read, and whether none can because of our own network.
/// One that can be heard speaks for the provider, so both are said only where none can.
fn unheard(pages: &[&SourceState]) -> (bool, bool) {
    let is_unheard = !pages.is_empty() && !pages.iter().any(|page| page.is_heard());
    let is_unreadable = is_unheard && pages.iter().all(|page| page.unreadable);
    let is_our_network = is_unheard && pages.iter().any(|page| page.network_down);
    (is_unreadable, is_our_network)
}

pub(crate) fn rest_until(state: &State, provider: &ProviderId) -> Option<UnixMs> {
    Some(state.probe_budgets.get(provider)?.exhausted?.resumes_at)
}

/// The row says by itself what the page says, and when it was read.
fn without_page(sentence: &str, word: Option<PageWord>) -> String {
    let page = word.map_or("", page_phrase);
    sentence.strip_suffix(page).unwrap_or(sentence).trim_end_matches(" · ").to_owned()
}

/// How far a trouble reaches, in words. Of a provider of which one target is watched nobody has seen
/// more than that one.
pub(crate) fn reach(scope: Scope, watches_one: bool) -> &'static str {
    match scope {
        Scope::Provider if watches_one => "the one model watched",
        Scope::Model => "one model",
        Scope::SeveralModels => "several models",
        Scope::Region => "one region",
        Scope::Provider => "all models",
    }
}

pub(crate) fn watches_one(setup: &Setup, provider: &ProviderId) -> bool {
    let targets = &setup.catalogue.targets;
    targets.iter().filter(|target| target.provider == *provider).nth(1).is_none()
}

fn summary(kind: VerdictKind, reach: &str) -> String {
    match kind {
        VerdictKind::Operating | VerdictKind::Unknown | VerdictKind::OurNetwork => {
            kind_phrase(kind).to_owned()
        }
        _ => format!("{}, {reach}", kind_phrase(kind)),
    }
}

fn carrying(setup: &Setup, routes: &[RouteView], provider: &Provider) -> Vec<(RouteId, UnixMs)> {
    let carries = |route: &&RouteView| {
        let served_by = route.effective.as_ref().and_then(|effective| effective.target.as_ref());
        let away = served_by.is_some() && served_by != route.targets.first();
        let target = served_by.and_then(|target| setup.target(target));
        away && target.is_some_and(|target| target.provider == provider.id)
    };
    let since = |route: &RouteView| route.effective.as_ref().map(|effective| effective.since);
    routes
        .iter()
        .filter(carries)
        .filter_map(|route| Some((route.id.clone(), since(route)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(unreadable: bool, network_down: bool) -> SourceState {
        let page = serde_json::json!({
            "id": "p", "provider": "anthropic", "url": "https://status.example",
            "page": "operational", "last_good_at": 1, "last_tried_at": 2, "failures": 0,
            "unreadable": unreadable, "network_down": network_down, "problem": null,
        });
        serde_json::from_value(page).unwrap()
    }

    #[test]
    fn of_two_pages_the_one_that_is_heard_speaks_for_the_provider() {
        let (heard, unreadable, unasked) =
            (page(false, false), page(true, false), page(false, true));
        assert_eq!(unheard(&[]), (false, false));
        assert_eq!(unheard(&[&heard, &unreadable]), (false, false));
        assert_eq!(unheard(&[&heard, &unasked]), (false, false));
        assert_eq!(unheard(&[&unreadable, &unreadable]), (true, false));
        assert_eq!(unheard(&[&unasked, &unasked]), (false, true));
        assert_eq!(unheard(&[&unreadable, &unasked]), (false, true), "it may well be readable");
    }
}
