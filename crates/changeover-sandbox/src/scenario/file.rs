//! The TOML form of a scenario, and its checks.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use serde::Deserialize;

use super::{Cut, Fault, Lost, PageBehaviour, PagePlan, Scenario, ScenarioSummary};
use crate::dialect;
use crate::fault::{Certificate, Effects, ErrorKind, STATUSES};
use crate::profile::{ModelProfile, PROVIDERS, ProviderProfile, provider};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioFile {
    title: String,
    description: String,
    seed: u64,
    duration_s: Spanned<u32>,
    #[serde(default)]
    status: Vec<StatusFile>,
    #[serde(default)]
    faults: Vec<Spanned<FaultFile>>,
    #[serde(default)]
    own_network: Vec<CutFile>,
}

/// `[[own_network]]`: nothing can be reached, pages neither; or no name is found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CutFile {
    #[serde(default)]
    lost: Lost,
    from_s: Spanned<u32>,
    /// The scenario's end where it is left out.
    until_s: Option<Spanned<u32>>,
}

/// `[[status]]`: either `lag_s` or `silent = true`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusFile {
    provider: Spanned<String>,
    lag_s: Option<u32>,
    #[serde(default)]
    silent: bool,
    /// It calls those who subscribed.
    #[serde(default)]
    webhooks: bool,
    /// Its JSON cannot be had; its feeds can.
    json_fails: Option<SpanFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanFile {
    from_s: Spanned<u32>,
    /// The scenario's end where it is left out.
    until_s: Option<Spanned<u32>>,
}

/// `[[faults]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultFile {
    provider: Spanned<String>,
    #[serde(default)]
    models: Vec<Spanned<String>>,
    /// All models that run there.
    #[serde(default)]
    regions: Vec<Spanned<String>>,
    from_s: Spanned<u32>,
    /// The scenario's end where it is left out.
    until_s: Option<Spanned<u32>>,
    #[serde(default)]
    errors: Vec<ErrorFile>,
    latency_factor: Option<Spanned<f64>>,
    throughput_factor: Option<Spanned<f64>>,
    stall: Option<StallFile>,
    malformed_json: Option<Spanned<f64>>,
    refusal: Option<Spanned<f64>>,
    hang: Option<Spanned<f64>>,
    model_swap: Option<Spanned<String>>,
    connection_refused: Option<Spanned<bool>>,
    name_gone: Option<Spanned<bool>>,
    certificate: Option<Spanned<Certificate>>,
    /// What is left of the rate limits, by the answers' headers.
    headroom: Option<Spanned<f64>>,
    /// The status page tells of such a share of failures, and there are none.
    claimed: Option<Spanned<f64>>,
    /// Requests of fewer input tokens are spared.
    #[serde(default)]
    from_input_tokens: u32,
}

/// One of `errors`: either `class` or `status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorFile {
    class: Option<Spanned<ErrorKind>>,
    status: Option<Spanned<u16>>,
    share: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StallFile {
    share: Spanned<f64>,
    after_tokens: u16,
}

const FACTORS: RangeInclusive<f64> = 0.01..=100.0;
const SHARES: RangeInclusive<f64> = 0.0..=1.0;
/// A day: longer is a slip of the pen.
const DURATIONS: RangeInclusive<u32> = 1..=86_400;

/// Reads and checks a scenario.
pub(super) fn read(source: &ConfigSource) -> Result<Scenario, ConfigError> {
    let file: ScenarioFile = source.parse()?;
    let duration_s = *file.duration_s.get_ref();
    if !DURATIONS.contains(&duration_s) {
        let problem = "expected 1 to 86400 seconds of scenario time";
        return Err(source.refused(&file.duration_s.span(), problem));
    }
    let id = source.file().file_stem().unwrap_or_default();
    let check = Check { source, duration_s };
    let mut faults = Vec::new();
    for fault in &file.faults {
        faults.push(check.fault(fault)?);
    }
    let mut cuts = Vec::new();
    for cut in &file.own_network {
        cuts.push(check.cut(cut)?);
    }
    Ok(Scenario {
        summary: ScenarioSummary {
            id: id.to_string_lossy().into_owned(),
            title: file.title,
            description: file.description.trim().to_owned(),
            duration_s,
        },
        seed: file.seed,
        faults,
        cuts,
        pages: check.pages(&file.status)?,
    })
}

struct Check<'a> {
    source: &'a ConfigSource,
    duration_s: u32,
}

impl Check<'_> {
    fn pages(&self, status: &[StatusFile]) -> Result<BTreeMap<String, PagePlan>, ConfigError> {
        let mut pages = BTreeMap::new();
        for page in status {
            let span = page.provider.span();
            self.provider(&page.provider)?;
            let behaviour = match (page.lag_s, page.silent) {
                (Some(lag_s), false) => PageBehaviour::Late(seconds(lag_s)),
                (None, true) => PageBehaviour::Silent,
                _ => {
                    let problem = "a status page has either `lag_s` or `silent = true`";
                    return Err(self.source.refused(&span, problem));
                }
            };
            let json_fails = page.json_fails.as_ref();
            let json_fails = json_fails.map(|span| self.span(&span.from_s, span.until_s.as_ref()));
            let json_fails = json_fails.transpose()?.map(|(from, until)| from..until);
            let plan = PagePlan { behaviour, calls: page.webhooks, json_fails };
            let twice = pages.insert(page.provider.get_ref().clone(), plan);
            if twice.is_some() {
                let problem = "the provider stands twice in status; each is used once";
                return Err(self.source.refused(&span, problem));
            }
        }
        Ok(pages)
    }

    fn fault(&self, spanned: &Spanned<FaultFile>) -> Result<Fault, ConfigError> {
        let file = spanned.get_ref();
        let profile = self.provider(&file.provider)?;
        let models = self.models(file, profile)?;
        let (from, until) = self.span(&file.from_s, file.until_s.as_ref())?;
        let effects = self.effects(file, profile)?;
        if effects == Effects::default() {
            let problem = "this fault does nothing: give it errors, a factor or a share";
            return Err(self.source.refused(&spanned.span(), problem));
        }
        Ok(Fault {
            provider: profile.id.to_owned(),
            models,
            from,
            until,
            from_input_tokens: u64::from(file.from_input_tokens),
            effects,
        })
    }

    fn cut(&self, cut: &CutFile) -> Result<Cut, ConfigError> {
        let (from, until) = self.span(&cut.from_s, cut.until_s.as_ref())?;
        Ok(Cut { lost: cut.lost, from, until })
    }

    /// From when to when, within the scenario.
    fn span(
        &self,
        from_s: &Spanned<u32>,
        until_s: Option<&Spanned<u32>>,
    ) -> Result<(Duration, Duration), ConfigError> {
        let (from, until) = (*from_s.get_ref(), until_s.map_or(self.duration_s, |s| *s.get_ref()));
        if from < until && until <= self.duration_s {
            return Ok((seconds(from), seconds(until)));
        }
        let limit = self.duration_s;
        let problem = format!("expected from_s < until_s <= {limit}, the scenario's duration_s");
        Err(self.source.refused(&until_s.unwrap_or(from_s).span(), problem))
    }

    fn effects(&self, file: &FaultFile, profile: &ProviderProfile) -> Result<Effects, ConfigError> {
        let model_swap = match &file.model_swap {
            None => None,
            Some(model) => {
                self.model(profile, model)?;
                Some(model.get_ref().clone())
            }
        };
        let stall = match &file.stall {
            None => None,
            Some(stall) => {
                let share = self.within(Some(&stall.share), &SHARES, 0.0)?;
                Some((share, usize::from(stall.after_tokens)))
            }
        };
        self.reaching_all(file)?;
        Ok(Effects {
            errors: self.errors(file, profile)?,
            latency_factor: self.within(file.latency_factor.as_ref(), &FACTORS, 1.0)?,
            throughput_factor: self.within(file.throughput_factor.as_ref(), &FACTORS, 1.0)?,
            stall,
            malformed_json: self.within(file.malformed_json.as_ref(), &SHARES, 0.0)?,
            refusal: self.within(file.refusal.as_ref(), &SHARES, 0.0)?,
            hang: self.within(file.hang.as_ref(), &SHARES, 0.0)?,
            model_swap,
            connection_refused: is_set(file.connection_refused.as_ref()),
            name_gone: is_set(file.name_gone.as_ref()),
            certificate: file
                .certificate
                .as_ref()
                .map_or_else(Default::default, |of| *of.get_ref()),
            headroom: match &file.headroom {
                None => None,
                headroom => Some(self.within(headroom.as_ref(), &SHARES, 1.0)?),
            },
            claimed: self.within(file.claimed.as_ref(), &SHARES, 0.0)?,
        })
    }

    fn errors(
        &self,
        file: &FaultFile,
        profile: &ProviderProfile,
    ) -> Result<Vec<(ErrorKind, f64)>, ConfigError> {
        let mut errors = Vec::new();
        let mut sum = file.hang.as_ref().map_or(0.0, |share| *share.get_ref());
        for error in &file.errors {
            let share = self.within(Some(&error.share), &SHARES, 0.0)?;
            sum += share;
            if sum > 1.0 + 1e-9 {
                let problem = "the shares of errors and hang together exceed 1";
                return Err(self.source.refused(&error.share.span(), problem));
            }
            errors.push((self.kind(error, profile)?, share));
        }
        Ok(errors)
    }

    fn kind(&self, error: &ErrorFile, profile: &ProviderProfile) -> Result<ErrorKind, ConfigError> {
        match (&error.class, &error.status) {
            (Some(class), None) => self.sayable(class, profile),
            (None, Some(status)) => ErrorKind::of_status(*status.get_ref()).ok_or_else(|| {
                let problem = format!("expected one of the statuses {STATUSES}");
                self.source.refused(&status.span(), problem)
            }),
            _ => {
                let problem = "an error has either `class` or `status`";
                Err(self.source.refused(&error.share.span(), problem))
            }
        }
    }

    /// A class that the vendor has words for: in another's words it would be another class.
    fn sayable(
        &self,
        class: &Spanned<ErrorKind>,
        profile: &ProviderProfile,
    ) -> Result<ErrorKind, ConfigError> {
        let kind = *class.get_ref();
        if dialect::of(profile.kind).is_none_or(|dialect| dialect.has_words_for(kind)) {
            return Ok(kind);
        }
        let name = profile.id;
        let problem = format!(
            "{name} says nothing of money in its API: a quota that is used up is `quota_exhausted`"
        );
        Err(self.source.refused(&class.span(), problem))
    }

    /// What keeps connections from coming about does so for all models: they share one address.
    fn reaching_all(&self, file: &FaultFile) -> Result<(), ConfigError> {
        if file.models.is_empty() && file.regions.is_empty() {
            return Ok(());
        }
        let set = |key: Option<&Spanned<bool>>| key.filter(|key| *key.get_ref()).map(Spanned::span);
        let found = [
            ("connection_refused", set(file.connection_refused.as_ref())),
            ("name_gone", set(file.name_gone.as_ref())),
            ("certificate", file.certificate.as_ref().map(Spanned::span)),
        ];
        let found = found.into_iter().find_map(|(key, span)| Some((key, span?)));
        found.map_or(Ok(()), |(key, span)| {
            let problem =
                format!("models share one address: {key} takes no `models` and no `regions`");
            Err(self.source.refused(&span, problem))
        })
    }

    /// The models that a fault names, and those of its regions.
    fn models(
        &self,
        file: &FaultFile,
        profile: &ProviderProfile,
    ) -> Result<Vec<String>, ConfigError> {
        for model in &file.models {
            self.model(profile, model)?;
        }
        let mut models: Vec<String> =
            file.models.iter().map(|model| model.get_ref().clone()).collect();
        for region in &file.regions {
            let own = |model: &&ModelProfile| model.region == Some(region.get_ref().as_str());
            let before = models.len();
            models.extend(profile.models.iter().filter(own).map(|model| model.name.to_owned()));
            if models.len() == before {
                let known = listed(profile.models.iter().filter_map(|model| model.region));
                let known = if known.is_empty() { "none".to_owned() } else { known };
                let name = region.get_ref();
                let problem = format!("{} has no region `{name}`; known: {known}", profile.id);
                return Err(self.source.refused(&region.span(), problem));
            }
        }
        Ok(models)
    }

    fn within(
        &self,
        value: Option<&Spanned<f64>>,
        range: &RangeInclusive<f64>,
        usual: f64,
    ) -> Result<f64, ConfigError> {
        let Some(value) = value else {
            return Ok(usual);
        };
        if range.contains(value.get_ref()) {
            return Ok(*value.get_ref());
        }
        let problem = format!("expected a number from {} to {}", range.start(), range.end());
        Err(self.source.refused(&value.span(), problem))
    }

    fn provider(&self, id: &Spanned<String>) -> Result<&'static ProviderProfile, ConfigError> {
        provider(id.get_ref()).ok_or_else(|| {
            let known = listed(PROVIDERS.iter().map(|profile| profile.id));
            let problem = format!("there is no provider `{}`; known: {known}", id.get_ref());
            self.source.refused(&id.span(), problem)
        })
    }

    fn model(&self, profile: &ProviderProfile, name: &Spanned<String>) -> Result<(), ConfigError> {
        if profile.models.iter().any(|model| model.name == name.get_ref()) {
            return Ok(());
        }
        let known = listed(profile.models.iter().map(|model| model.name));
        let problem = format!("{} has no model `{}`; known: {known}", profile.id, name.get_ref());
        Err(self.source.refused(&name.span(), problem))
    }
}

fn is_set(key: Option<&Spanned<bool>>) -> bool {
    key.is_some_and(|key| *key.get_ref())
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
