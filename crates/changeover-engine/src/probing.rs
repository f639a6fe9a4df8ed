//! Probes as commands and screens see them: what they cost, and what they last saw.
//!
//! Not for making them (`changeover-probe`) or for the schedule. The rule it keeps: a figure that
//! was reckoned and not measured says so.

pub(crate) mod credentials;
#[cfg(test)]
mod tests;

use changeover_domain::{
    Nanodollars, ProbeKind, ProbeSample, ProbeValidity, ProviderId, Target, UnixMs,
};
use changeover_probe::{Manner, Outlay, closest_distance, estimate, stretch};

use crate::contract::{
    ProbeForecast, ProbeForecastAsked, ProbeList, ProbeListed, ProviderForecast, ProviderProbes,
    TargetForecast,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::setup::Setup;
use crate::state::State;
use crate::view;

/// The failures that prove trouble.
const PROOF: i64 = 3;
/// What a failure that shows at once, and its judgement, may take beside.
const JUDGED_WITHIN_MS: i64 = 5_000;
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
    // An address that answers says nothing of the probes that ask its model.
    let last_is = |target: &&Target, validity: ProbeValidity| {
        let mut newest_first = state.observed.all_probes(&target.id).rev();
        let last = newest_first.find(|sample| sample.kind.asks_the_model());
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

/// What a budget books for a sample that was asked for in this manner: its cost, or what it may have
/// been where none is known.
pub(crate) fn booked(setup: &Setup, manner: Manner, sample: &ProbeSample) -> Nanodollars {
    let prices = setup.prices(&sample.target, sample.at);
    changeover_probe::booked(sample, estimate(sample.kind, manner, prices))
}

/// The most that the next probe of a target costs, as it wants to be asked.
fn at_most(
    setup: &Setup,
    state: &State,
    target: &Target,
    kind: ProbeKind,
    now: UnixMs,
) -> Nanodollars {
    let prices = setup.prices(&target.id, now);
    estimate(kind, state.manner(&target.id, kind), prices)
}

/// Between two calm probes of a target that ask the model, as they are planned now, in milliseconds; 0
/// where none are.
pub(crate) fn distance_ms(setup: &Setup, state: &State, target: &Target, now: UnixMs) -> i64 {
    if !setup.probes.is_enabled(&target.provider) {
        return 0;
    }
    let asking = setup.probes.plans(target).filter(|(kind, _)| kind.asks_the_model());
    let closest = asking.map(|(_, interval)| millis(interval)).min().unwrap_or(0);
    let free = at_most(setup, state, target, ProbeKind::default(), now) == Nanodollars::ZERO;
    let stretch = state.probe_budgets.get(&target.provider).map_or(1, |budget| budget.stretch);
    let own = closest.saturating_mul(if free { 1 } else { i64::from(stretch) });
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
    let mut targets: Vec<TargetForecast> = targets(setup, provider)
        .flat_map(|target| target_forecasts(setup, state, target, interval_s, now))
        .collect();
    let daily_budget = setup.probes.budget(provider);
    let per_day: Nanodollars = targets.iter().map(|target| target.per_day).sum();
    let stretch = stretch(per_day, daily_budget);
    targets.iter_mut().for_each(|target| spread(target, stretch));
    let at_most_per_day = targets.iter().map(closest_day).sum();
    ProviderForecast {
        provider: provider.clone(),
        enabled: setup.probes.is_enabled(provider),
        daily_budget,
        per_day,
        at_most_per_day,
        fits: stretch == 1,
        stretch,
        targets,
    }
}

/// Moves a target's probes apart, and says how soon trouble is proved by them alone: the first failure
/// comes after a whole distance at the latest, and the others while one looks closely.
fn spread(target: &mut TargetForecast, stretch: u32) {
    let free = target.per_probe == Nanodollars::ZERO;
    let times = if free { 1 } else { i64::from(stretch) };
    target.distance_ms = target.interval_ms.saturating_mul(times);
    let closer = closest_ms(target).saturating_mul(PROOF - 1);
    let proved = target.distance_ms.saturating_add(closer).saturating_add(JUDGED_WITHIN_MS);
    target.verdict_within_ms = target.kind.asks_the_model().then_some(proved);
}

fn closest_ms(target: &TargetForecast) -> i64 {
    let interval = std::time::Duration::from_millis(u64::try_from(target.interval_ms).unwrap_or(0));
    millis(closest_distance(interval))
}

/// What a day costs on which the target is looked at closely from midnight to midnight.
fn closest_day(target: &TargetForecast) -> Nanodollars {
    let times = target.interval_ms.div_euclid(closest_ms(target).max(1));
    target.per_day.scaled(times.max(1), 1).unwrap_or(target.per_day)
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
        let measured = mean_cost(setup, state, target, kind);
        let at_most = at_most(setup, state, target, kind, now);
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
            // Until the provider's stretch is known.
            distance_ms: millis(interval),
            verdict_within_ms: None,
        }
    };
    setup.probes.plans(target).map(forecast).collect()
}

/// What a probe of the last hour cost on average, where any cost something; for an unpriced target,
/// what was counted at the prices that are assumed of it.
fn mean_cost(
    setup: &Setup,
    state: &State,
    target: &Target,
    kind: ProbeKind,
) -> Option<Nanodollars> {
    let of_kind = |sample: &&ProbeSample| sample.kind == kind && sample.usage.is_some();
    let samples = state.observed.all_probes(&target.id).filter(of_kind);
    let manner = state.manner(&target.id, kind);
    let costs: Vec<Nanodollars> = samples.map(|sample| booked(setup, manner, sample)).collect();
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
        let skipped = state.skips.of(&asked.target, self.clock().now()).into();
        Ok(ProbeListed { samples: newest_first.take(limit).cloned().collect(), skipped })
    }
}
