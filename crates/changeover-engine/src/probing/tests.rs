use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{
    Capabilities, FailureClass, Outcome, Provider, ProviderKind, Slo, TargetId, TokenPrices,
    TokenUsage,
};
use changeover_http::ClientTls;

use super::*;

const NOW: UnixMs = UnixMs(1_795_185_000_000);

fn setup() -> Setup {
    let id = ProviderId::try_new("own").unwrap();
    let provider = Provider {
        id: id.clone(),
        name: "Own".into(),
        kind: ProviderKind::OpenaiCompatible,
        base_url: "http://127.0.0.1:1".into(),
    };
    let target = Target {
        id: TargetId::try_new("thinker").unwrap(),
        provider: id,
        model: "thinker-1".into(),
        region: None,
        capabilities: Capabilities::default(),
        slo: Slo::default(),
    };
    let access = ProviderAccess { provider, key: None, tls: ClientTls::default() };
    let catalogue =
        Catalogue { providers: vec![access], targets: vec![target], ..Catalogue::default() };
    Setup { catalogue, ..Setup::default() }
}

fn sample(outcome: Outcome, output_tokens: Option<u64>) -> ProbeSample {
    let target = TargetId::try_new("thinker").unwrap();
    let usage =
        |output_tokens| TokenUsage { input_tokens: 30, output_tokens, ..TokenUsage::default() };
    let mut sample = ProbeSample::bare(target, NOW, outcome, 900);
    sample.phases.first_token_ms = Some(500);
    ProbeSample { usage: output_tokens.map(usage), ..sample }
}

fn forecast(setup: &Setup, state: &State) -> TargetForecast {
    let provider = &setup.catalogue.providers[0].provider.id;
    provider_forecast(setup, state, provider, None, NOW).targets.remove(0)
}

#[test]
fn a_target_that_thinks_is_forecast_by_what_its_samples_show() {
    let (setup, mut state) = (setup(), State::default());
    let before = forecast(&setup, &state);
    assert!(!before.priced && !before.measured);
    let cut = sample(Outcome::Failed(FailureClass::Truncated), None);
    state.learn_manner(&cut);
    state.observed.add_probe(cut);
    let roomy = forecast(&setup, &state);
    assert!(roomy.per_probe.0 > 10 * before.per_probe.0, "its thoughts get room: {roomy:?}");
    let thought = sample(Outcome::Ok, Some(350));
    state.observed.add_probe(thought.clone());
    let measured = forecast(&setup, &state);
    assert_eq!(measured.per_probe, Nanodollars(30 * 20_000 + 350 * 100_000));
    assert!(measured.measured && !measured.priced);
    let manner = state.manner(&thought.target, thought.kind);
    let uncounted = ProbeSample { usage: None, ..thought };
    assert_eq!(booked(&setup, manner, &uncounted), roomy.per_probe, "the most that it may be");
}

#[test]
fn a_forecast_says_how_soon_probes_alone_prove_trouble() {
    let (mut setup, state) = (setup(), State::default());
    let unpriced = forecast(&setup, &state);
    assert_eq!(unpriced.distance_ms, 15_000 * 40, "as far apart as may be");
    assert_eq!(unpriced.verdict_within_ms, Some(600_000 + 2 * 5_000 + 5_000));
    let id = setup.catalogue.targets[0].id.clone();
    let nothing = TokenPrices::of_chat(0, 0, 0);
    setup.prices = changeover_cost::PriceBook::new([(id, nothing)].into());
    let free = forecast(&setup, &state);
    assert_eq!((free.distance_ms, free.verdict_within_ms), (15_000, Some(30_000)));
    assert_eq!(distance_ms(&setup, &state, &setup.catalogue.targets[0], NOW), 15_000);
}
