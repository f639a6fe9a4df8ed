//! Which of several troubles is at the top, and in what words.

use changeover_domain::ProviderId;

use super::*;
use crate::setup::Setup;
use crate::view;

/// A provider in this trouble since that many milliseconds.
fn provider(name: &str, verdict: VerdictKind, since: i64) -> ProviderView {
    let setup = Setup::default();
    let state = State::default();
    let provider = changeover_domain::Provider {
        id: ProviderId::try_new(name).unwrap(),
        name: name.to_owned(),
        kind: changeover_domain::ProviderKind::Openai,
        base_url: "https://vendor.example".to_owned(),
    };
    ProviderView {
        verdict,
        scope: Scope::Provider,
        confidence: Confidence::High,
        since: UnixMs(since),
        ..view::provider::view(&setup, &state, &[], &provider, UnixMs(0))
    }
}

fn at_the_top(providers: &[ProviderView]) -> String {
    view(&Setup::default(), &State::default(), providers, &[]).sentence
}

#[test]
fn the_older_of_two_equal_troubles_stays_at_the_top_and_the_others_are_counted() {
    use VerdictKind::{Operating, TheirDegradation};
    let older = provider("anthropic", TheirDegradation, 1_000);
    let newer = provider("gemini", TheirDegradation, 2_000);
    let well = provider("openai", Operating, 0);
    for order in [[&older, &newer, &well], [&well, &newer, &older]] {
        let sentence = at_the_top(&order.map(Clone::clone));
        assert_eq!(sentence, "anthropic is degraded, and 1 more in trouble");
    }
}

#[test]
fn the_reach_of_a_trouble_is_said_with_it() {
    let of = |scope| ProviderView { scope, ..provider("azure", VerdictKind::TheirOutage, 0) };
    assert_eq!(at_the_top(&[of(Scope::Region)]), "one region of azure is down for you");
    assert_eq!(at_the_top(&[of(Scope::SeveralModels)]), "several models of azure are down for you");
    assert_eq!(at_the_top(&[of(Scope::Provider)]), "azure is down for you");
}

#[test]
fn a_guess_is_said_as_one_and_hides_nothing_that_is_known() {
    let guess = |kind| ProviderView { confidence: Confidence::Low, ..provider("openai", kind, 0) };
    assert_eq!(at_the_top(&[guess(VerdictKind::TheirOutage)]), "openai looks down for you");
    let known = provider("anthropic", VerdictKind::TheirOutage, 500);
    let sentence = at_the_top(&[guess(VerdictKind::OurNetwork), known]);
    assert_eq!(sentence, "anthropic is down for you, and 1 more in trouble");
}
