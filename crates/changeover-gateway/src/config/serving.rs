//! `[serving.<route>]`: how each route is served.

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_config::{Catalogue, ConfigError, ConfigSource, Spanned};
use changeover_domain::{FailureClass, Mode, Route, RouteId};
use changeover_llm::validate::{PatternScope, RefusalPatterns};
use changeover_policy::actions::{Matrix, RuleChange};
use changeover_policy::retry::RequestBudgetSettings;
use serde::Deserialize;

use super::number::{millis, positive, seconds};
use crate::settings::{CacheSettings, HoldBack, ServingSettings, ShortSettings};
use crate::template;

/// The longest notice, hint or variable, in characters.
const LONGEST_TEXT: usize = 2_000;
/// The most tokens that can be held back; more is `"whole"`.
const MOST_HELD_BACK: u32 = 4_096;

pub(super) type ServingTable = BTreeMap<RouteId, Spanned<ServingConfig>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServingConfig {
    budget_ms: Option<Spanned<u32>>,
    attempts_most: Option<Spanned<u32>>,
    hold_back: Option<Spanned<HoldBackConfig>>,
    #[serde(default)]
    validate: bool,
    #[serde(default)]
    refusals: RefusalsConfig,
    step_down_to: Option<Spanned<Mode>>,
    notice: Option<Spanned<String>>,
    #[serde(default)]
    short: ShortConfig,
    cache: Option<CacheConfig>,
    #[serde(default)]
    variables: BTreeMap<String, Spanned<String>>,
    actions: Option<Spanned<BTreeMap<FailureClass, RuleChange>>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a number of tokens, or \"whole\"")]
enum HoldBackConfig {
    Tokens(u32),
    Word(HoldBackWord),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HoldBackWord {
    Whole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusalsConfig {
    phrases: Option<Spanned<Vec<String>>>,
    expressions: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    anywhere: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShortConfig {
    max_tokens: Option<Spanned<u32>>,
    hint: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheConfig {
    ttl_s: Option<Spanned<u32>>,
    stale_s: Option<Spanned<u32>>,
}

/// Checks the tables of all routes.
pub(super) fn checked(
    table: &ServingTable,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<BTreeMap<RouteId, ServingSettings>, ConfigError> {
    table
        .iter()
        .map(|(route, config)| {
            let Some(known) = catalogue.route(route) else {
                let problem = format!("there is no route `{route}` that could be served so");
                return Err(source.refused(&config.span(), problem));
            };
            let serving = one(config.get_ref(), source)?;
            on_the_ladder(config.get_ref(), known, source)?;
            Ok((route.clone(), serving))
        })
        .collect()
}

fn one(config: &ServingConfig, source: &ConfigSource) -> Result<ServingSettings, ConfigError> {
    let usual = RequestBudgetSettings::default();
    Ok(ServingSettings {
        budget: RequestBudgetSettings {
            total: millis(config.budget_ms.as_ref(), source)?.unwrap_or(usual.total),
            attempts_most: positive(config.attempts_most.as_ref(), source)?
                .unwrap_or(usual.attempts_most),
            ..usual
        },
        actions: actions(config, source)?,
        hold_back: hold_back(config, source)?,
        validation: validation(config, source)?,
        step_down_to: config.step_down_to.as_ref().map(|mode| *mode.get_ref()),
        notice: notice(config, source)?,
        short: short(&config.short, source)?,
        cache: config.cache.as_ref().map(|cache| self::cache(cache, source)).transpose()?,
        variables: variables(config, source)?,
    })
}

/// A route steps down to modes that it has.
fn on_the_ladder(
    config: &ServingConfig,
    route: &Route,
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    match &config.step_down_to {
        Some(mode) if *mode.get_ref() == Mode::Off => {
            let problem = "only operators switch a route off: name a mode above it";
            Err(source.refused(&mode.span(), problem))
        }
        Some(mode) if !route.modes.contains(mode.get_ref()) => {
            let has: Vec<&str> = route.modes.iter().map(|mode| mode.as_str()).collect();
            let problem = format!("the route `{}` has the modes {}", route.id, has.join(", "));
            Err(source.refused(&mode.span(), problem))
        }
        _ => Ok(()),
    }
}

fn actions(config: &ServingConfig, source: &ConfigSource) -> Result<Matrix, ConfigError> {
    let Some(changes) = &config.actions else { return Ok(Matrix::default()) };
    Matrix::with_changes(changes.get_ref())
        .map_err(|error| source.refused(&changes.span(), error.to_string()))
}

/// Naming refusals asks for validation as well: there is no other use for them.
fn validation(
    config: &ServingConfig,
    source: &ConfigSource,
) -> Result<Option<Arc<RefusalPatterns>>, ConfigError> {
    let RefusalsConfig { phrases, expressions, anywhere } = &config.refusals;
    let Some(span) = phrases.as_ref().or(expressions.as_ref()).map(Spanned::span) else {
        return Ok(config.validate.then(Arc::default));
    };
    let listed = |list: &Option<Spanned<Vec<String>>>| {
        list.as_ref().map(|list| list.get_ref().clone()).unwrap_or_default()
    };
    let scope = if *anywhere { PatternScope::Anywhere } else { PatternScope::Opening };
    RefusalPatterns::try_new(&listed(phrases), &listed(expressions), scope)
        .map(|patterns| Some(Arc::new(patterns)))
        .map_err(|error| source.refused(&span, error.to_string()))
}

fn hold_back(config: &ServingConfig, source: &ConfigSource) -> Result<HoldBack, ConfigError> {
    let Some(config) = &config.hold_back else { return Ok(HoldBack::default()) };
    match config.get_ref() {
        HoldBackConfig::Word(HoldBackWord::Whole) => Ok(HoldBack::Whole),
        HoldBackConfig::Tokens(0) => Ok(HoldBack::FirstContent),
        HoldBackConfig::Tokens(tokens) if *tokens <= MOST_HELD_BACK => {
            Ok(HoldBack::Tokens(*tokens))
        }
        HoldBackConfig::Tokens(_) => {
            let problem =
                format!("at most {MOST_HELD_BACK} tokens are held back; or use \"whole\"");
            Err(source.refused(&config.span(), problem))
        }
    }
}

fn short(config: &ShortConfig, source: &ConfigSource) -> Result<ShortSettings, ConfigError> {
    let usual = ShortSettings::default();
    Ok(ShortSettings {
        max_tokens: positive(config.max_tokens.as_ref(), source)?.unwrap_or(usual.max_tokens),
        hint: config
            .hint
            .as_ref()
            .map(|hint| bounded(hint, source))
            .transpose()?
            .unwrap_or(usual.hint),
    })
}

fn cache(config: &CacheConfig, source: &ConfigSource) -> Result<CacheSettings, ConfigError> {
    let usual = CacheSettings::default();
    let ttl = seconds(config.ttl_s.as_ref(), source)?.unwrap_or(usual.ttl);
    let stale = seconds(config.stale_s.as_ref(), source)?.unwrap_or(usual.stale.max(ttl));
    match &config.stale_s {
        Some(configured) if stale < ttl => {
            let problem = "an answer is stale after it was fresh: `stale_s` is at least `ttl_s`";
            Err(source.refused(&configured.span(), problem))
        }
        _ => Ok(CacheSettings { ttl, stale }),
    }
}

fn notice(config: &ServingConfig, source: &ConfigSource) -> Result<Option<String>, ConfigError> {
    let Some(configured) = &config.notice else { return Ok(None) };
    let notice = bounded(configured, source)?;
    let own = variables(config, source)?;
    match template::unknown_variable(&notice, &own) {
        None => Ok(Some(notice)),
        Some(name) => {
            let known = template::known_variables(&own);
            let problem = format!("it names the variable `{{{name}}}`; known: {known}");
            Err(source.refused(&configured.span(), problem))
        }
    }
}

fn variables(
    config: &ServingConfig,
    source: &ConfigSource,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut variables = BTreeMap::new();
    for (name, value) in &config.variables {
        if !template::is_name(name) {
            let problem = format!("`{name}` cannot be a variable: use a-z and _");
            return Err(source.refused(&value.span(), problem));
        }
        if template::VARIABLES.contains(&name.as_str()) {
            let problem = format!("`{name}` is the gateway's own; choose another name");
            return Err(source.refused(&value.span(), problem));
        }
        variables.insert(name.clone(), bounded(value, source)?);
    }
    Ok(variables)
}

fn bounded(text: &Spanned<String>, source: &ConfigSource) -> Result<String, ConfigError> {
    let length = text.get_ref().chars().count();
    if length == 0 || length > LONGEST_TEXT {
        let problem = format!("expected a text of 1 to {LONGEST_TEXT} characters");
        return Err(source.refused(&text.span(), problem));
    }
    Ok(text.get_ref().clone())
}
