//! Whether a gateway can run with its settings at all, wherever they come from. A file's are held
//! to the same when it is read, with the line at which they fail.

use std::collections::BTreeMap;

use changeover_policy::routing::{ChainProblem, chain_problems};

use super::{GatewaySettings, SERVED_MODES};
use crate::error::GatewayError;
use crate::template;
use crate::tls::Tls;

/// Refuses settings that cannot be served.
pub(crate) fn check(settings: &GatewaySettings) -> Result<(), GatewayError> {
    let admin = settings.admin_listen;
    let certified = settings.admin_tls.as_ref().is_some_and(Tls::asks_for_certificates);
    if !admin.ip().is_loopback() && !certified {
        return Err(GatewayError::RemoteAdmin(admin));
    }
    for route in &settings.catalogue.routes {
        let problems = chain_problems(route, |_| None);
        if let Some(problem) = problems.into_iter().find(ChainProblem::is_refused) {
            return Err(GatewayError::Chain(problem));
        }
        let unserved = route.modes.iter().find(|mode| !SERVED_MODES.contains(mode));
        if let Some(mode) = unserved {
            return Err(GatewayError::UnservedMode {
                route: route.id.clone(),
                mode: mode.as_str(),
                allowed: SERVED_MODES.map(|mode| format!("`{}`", mode.as_str())).join(", "),
            });
        }
        let none = BTreeMap::new();
        let own = settings.serving.get(&route.id).map_or(&none, |serving| &serving.variables);
        if let Some(name) = template::unknown_variable(settings.template(&route.id), own) {
            return Err(GatewayError::TemplateVariable {
                route: route.id.clone(),
                name: name.to_owned(),
                allowed: template::known_variables(own),
            });
        }
    }
    Ok(())
}
