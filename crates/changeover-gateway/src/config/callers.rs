//! `[[callers]]`: the applications that may ask, each with a key of its own.

use changeover_config::{Catalogue, ConfigError, ConfigSource, SecretRef, Spanned, resolve};
use changeover_domain::RouteId;
use serde::Deserialize;

use super::number::positive;
use crate::settings::Caller;

/// One entry of `[[callers]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallerConfig {
    name: Spanned<String>,
    key: Spanned<SecretRef>,
    routes: Option<Vec<Spanned<RouteId>>>,
    concurrency: Option<Spanned<u32>>,
}

/// Checks all entries and fetches their keys.
pub(super) fn checked(
    callers: &[CallerConfig],
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<Vec<Caller>, ConfigError> {
    let mut checked: Vec<Caller> = Vec::new();
    for caller in callers {
        let name = caller.name.get_ref();
        if name.trim().is_empty() || checked.iter().any(|other| other.name == *name) {
            let problem = "each caller needs a name of its own";
            return Err(source.refused(&caller.name.span(), problem));
        }
        let key = resolve(caller.key.get_ref())
            .map_err(|error| source.refused(&caller.key.span(), error.to_string()))?;
        if let Some(other) = checked.iter().find(|other| other.key == key) {
            let problem = format!("`{}` has the same key: each caller needs its own", other.name);
            return Err(source.refused(&caller.key.span(), problem));
        }
        let routes = caller.routes.as_deref();
        let routes = routes.map(|routes| known(routes, catalogue, source)).transpose()?;
        let concurrency = positive(caller.concurrency.as_ref(), source)?;
        checked.push(Caller { name: name.clone(), key, routes, concurrency });
    }
    Ok(checked)
}

fn known(
    routes: &[Spanned<RouteId>],
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<Vec<RouteId>, ConfigError> {
    let check = |route: &Spanned<RouteId>| {
        let id = route.get_ref();
        if catalogue.route(id).is_some() {
            return Ok(id.clone());
        }
        Err(source.refused(&route.span(), format!("there is no route `{id}`")))
    };
    routes.iter().map(check).collect()
}
