//! Probes as commands and screens see them: what they cost, and what they last saw.
//!
//! Not for making them (`changeover-probe`) or for the schedule. The rule it keeps: a figure that
//! was reckoned and not measured says so.

pub(crate) mod credentials;

use changeover_domain::{
    Nanodollars, ProbeKind, ProbeSample, ProbeValidity, ProviderId, Target, UnixMs,
};
use changeover_probe::{Manner, Outlay, estimate, stretch};

use crate::contract::{
    ProbeForecast, ProbeForecastAsked, ProbeList, ProbeListed, ProviderForecast, ProviderProbes,
    TargetForecast,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::setup::Setup;
use crate::state::State;
use crate::view;

/// What a target costs that is suspect all day, in calm days.
const SUSPECT_TIMES: i64 = 2;
/// Samples that are listed where nobody says how many.
const LISTED: u32 = 50;

/// One provider's probes, for the board.
pub(crate) fn view(
    setup: &Setup,
    state: &State,
    provider: &ProviderId,
    now: UnixMs,
) -> ProviderProbes {
    let forecast = provider_forecast(setup, state, provider, None, now);
    let budget = state.probe_budgets.get(provider);
    let turn = state.turns.get(provider);
    let last_is = |target: &&Target, validity: ProbeValidity| {
        let last = state.observed.last_probe(&target.id);
        last.is_some_and(|sample| sample.validity == validity)
    };
    let those = |validity| {
        let targets = targets(setup, provider).filter(|target| last_is(target, validity));
        targets.map(|target| target.id.clone()).collect()
    };
    ProviderProbes {
        enabled: forecast.enabled,
        day_zone: setup.probes.day_zone.name(),
        spent_today: budget.map_or(Nanodollars::ZERO, |budget| budget.spent),
        daily_budget: forecast.daily_budget,
        forecast_per_day: forecast.per_day,
        unpriced: forecast.targets.iter().any(|target| !target.priced),
        stretch: budget.map_or(1, |budget| budget.stretch),
        rest_until: view::rest_until(state, provider),
        probed_by: turn.and_then(|turn| turn.probed_by()).map(str::to_owned),
        turn_kept_at: turn.and_then(|turn| turn.kept_at()).cloned(),
        vacuous: those(ProbeValidity::Vacuous),
        invalid: those(ProbeValidity::ProbeInvalid),
    }
}

/// What a budget books for a sample: its cost, or the most it may have been where none is known.
pub(crate) fn booked(setup: &Setup, sample: &ProbeSample) -> Nanodollars {
    let prices = setup.prices(&sample.target, sample.at);
    changeover_probe::booked(sample, estimate(sample.kind, Manner::default(), prices))
}

/// Between two calm probes of a target that ask the model, as they are planned now, in milliseconds; 0
/// where none are.
pub(crate) fn distance_ms(setup: &Setup, state: &State, target: &Target) -> i64 {
    if !setup.probes.is_enabled(&target.provider) {
        return 0;
    }
    let stretch = state.probe_budgets.get(&target.provider).map_or(1, |budget| budget.stretch);
    let asking = setup.probes.plans(target).filter(|(kind, _)| kind.asks_the_model());
    let closest = asking.map(|(_, interval)| millis(interval)).min().unwrap_or(0);
    let own = closest.saturating_mul(i64::from(stretch));
    // Another console that probes for us may have less money.
    let turn = state.turns.get(&target.provider);
    own.max(turn.and_then(|turn| turn.heard_every_ms(&target.id)).unwrap_or(0))
}

fn millis(interval: std::time::Duration) -> i64 {
    i64::try_from(interval.as_millis()).unwrap_or(i64::MAX)
}

fn targets<'a>(setup: &'a Setup, provider: &'a ProviderId) -> impl Iterator<Item = &'a Target> {
    setup.catalogue.targets.iter().filter(move |target| target.provider == *provider)
}

fn provider_forecast(
    setup: &Setup,
    state: &State,
    provider: &ProviderId,
    interval_s: Option<u32>,
    now: UnixMs,
) -> ProviderForecast {
    let targets: Vec<TargetForecast> = targets(setup, provider)
        .flat_map(|target| target_forecasts(setup, state, target, interval_s, now))
        .collect();
    let daily_budget = setup.probes.budget(provider);
    let per_day: Nanodollars = targets.iter().map(|target| target.per_day).sum();
    let stretch = stretch(per_day, daily_budget);
    ProviderForecast {
        provider: provider.clone(),
        enabled: setup.probes.is_enabled(provider),
        daily_budget,
        per_day,
        at_most_per_day: per_day.scaled(SUSPECT_TIMES, 1).unwrap_or(per_day),
        fits: stretch == 1,
        stretch,
        targets,
    }
}

fn target_forecasts(
    setup: &Setup,
    state: &State,
    target: &Target,
    interval_s: Option<u32>,
    now: UnixMs,
) -> Vec<TargetForecast> {
    let prices = setup.prices(&target.id, now);
    let forecast = |(kind, configured): (ProbeKind, std::time::Duration)| {
        let asked = interval_s.filter(|_| kind == ProbeKind::StreamingCompletion);
        let interval =
            asked.map_or(configured, |seconds| std::time::Duration::from_secs(seconds.into()));
        let measured = mean_cost(state, target, kind);
        let at_most = estimate(kind, Manner::default(), prices);
        let outlay = Outlay { interval, per_probe: measured.unwrap_or(at_most) };
        TargetForecast {
            target: target.id.clone(),
            kind,
            interval_ms: millis(interval),
            probes_per_day: outlay.probes_per_day(),
            per_probe: outlay.per_probe,
            measured: measured.is_some(),
            priced: prices.is_some(),
            per_day: outlay.per_day(),
        }
    };
    setup.probes.plans(target).map(forecast).collect()
}

/// What a probe of the last hour cost on average, where any has a price.
fn mean_cost(state: &State, target: &Target, kind: ProbeKind) -> Option<Nanodollars> {
    let of_kind = |sample: &&ProbeSample| sample.kind == kind;
    let samples = state.observed.all_probes(&target.id).filter(of_kind);
    let costs: Vec<Nanodollars> = samples.filter_map(|sample| sample.cost).collect();
    let count = i64::try_from(costs.len()).ok().filter(|count| *count > 0)?;
    costs.into_iter().sum::<Nanodollars>().scaled(1, count)
}

impl Engine {
    /// What probes would cost in a day, whether they are made or not.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown provider, [`EngineError::Invalid`] for an interval
    /// that the configuration would not take.
    pub fn probe_forecast(&self, asked: &ProbeForecastAsked) -> Result<ProbeForecast, EngineError> {
        if asked.interval_s.is_some_and(|seconds| !(5..=3_600).contains(&seconds)) {
            return Err(EngineError::invalid(
                "`interval_s` must be 5 to 3600",
                "leave it out for the configured one",
            ));
        }
        let setup = self.setup();
        let all = setup.catalogue.providers.iter().map(|access| &access.provider.id);
        let providers: Vec<ProviderId> = all
            .clone()
            .filter(|id| asked.provider.as_ref().is_none_or(|one| one == *id))
            .cloned()
            .collect();
        if let Some(unknown) = asked.provider.as_ref().filter(|_| providers.is_empty()) {
            return Err(EngineError::not_found("provider", unknown, all));
        }
        let now = self.clock().now();
        let state = self.state();
        let forecast =
            |id: &ProviderId| provider_forecast(setup, &state, id, asked.interval_s, now);
        Ok(ProbeForecast { providers: providers.iter().map(forecast).collect() })
    }

    /// A target's probes of the last hour, newest first.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown target.
    pub fn probe_list(&self, asked: &ProbeList) -> Result<ProbeListed, EngineError> {
        let known = &self.setup().catalogue.targets;
        if self.setup().target(&asked.target).is_none() {
            let known = known.iter().map(|target| &target.id);
            return Err(EngineError::not_found("target", &asked.target, known));
        }
        let limit = usize::try_from(asked.limit.unwrap_or(LISTED).clamp(1, 500)).unwrap_or(500);
        let state = self.state();
        let newest_first = state.observed.all_probes(&asked.target).rev();
        Ok(ProbeListed { samples: newest_first.take(limit).cloned().collect() })
    }
}
