//! `[templates]`: the texts of mode `template`, from files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use changeover_config::{Catalogue, ConfigError, ConfigSource, Spanned};
use changeover_domain::RouteId;

use super::beside;
use crate::settings::ServingSettings;
use crate::template;

/// The largest template file, in bytes.
const TEMPLATE_LIMIT: usize = 64 * 1024;

/// Reads and checks the files.
pub(super) fn read(
    configured: &BTreeMap<RouteId, Spanned<PathBuf>>,
    serving: &BTreeMap<RouteId, ServingSettings>,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<BTreeMap<RouteId, String>, ConfigError> {
    let mut templates = BTreeMap::new();
    for (route, file) in configured {
        let refused = |problem: String| source.refused(&file.span(), problem);
        if catalogue.route(route).is_none() {
            return Err(refused(format!("there is no route `{route}` for this template")));
        }
        let path = beside(source, file.get_ref());
        let text = std::fs::read_to_string(&path)
            .map_err(|error| refused(format!("{} cannot be read: {error}", path.display())))?;
        if text.len() > TEMPLATE_LIMIT {
            return Err(refused(format!("a template has at most {TEMPLATE_LIMIT} bytes")));
        }
        let none = BTreeMap::new();
        let own = serving.get(route).map_or(&none, |serving| &serving.variables);
        if let Some(name) = template::unknown_variable(&text, own) {
            let known = template::known_variables(own);
            return Err(refused(format!(
                "the template names the variable `{{{name}}}`; known: {known}"
            )));
        }
        templates.insert(route.clone(), text);
    }
    Ok(templates)
}
