//! A configuration in a few lines, for `--check`: what somebody wants to see before a restart.

use std::fmt;

use changeover_domain::{Route, TargetId, UnixMs};

use changeover_webhook::Door;

use crate::settings::GatewaySettings;
use crate::tls::Tls;
use crate::warnings::warnings;

/// What a gateway would do with these settings.
#[derive(Debug)]
pub struct Summary<'a> {
    settings: &'a GatewaySettings,
    warnings: Vec<String>,
}

impl<'a> Summary<'a> {
    pub(crate) fn new(settings: &'a GatewaySettings, now: UnixMs) -> Self {
        Self { settings, warnings: warnings(settings, now) }
    }

    fn route(&self, route: &Route) -> String {
        let chain: Vec<String> = route.targets.iter().map(|target| self.target(target)).collect();
        let modes: Vec<&str> = route.modes.iter().map(|mode| mode.as_str()).collect();
        format!("{}; modes {}", chain.join(" → "), modes.join(", "))
    }

    fn target(&self, id: &TargetId) -> String {
        let catalogue = &self.settings.catalogue;
        let target = catalogue.target(id);
        let provider = target.and_then(|target| catalogue.provider(&target.provider));
        match (target, provider) {
            (Some(target), Some(access)) => {
                format!("{id} ({} {})", access.provider.name, target.model)
            }
            _ => id.to_string(),
        }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings;
        writeln!(f, "gateway {}", settings.id)?;
        let callers = match settings.callers.len() {
            0 => "whoever reaches it may ask".to_owned(),
            1 => "1 caller with a key".to_owned(),
            many => format!("{many} callers with keys"),
        };
        let spoken = spoken(settings.tls.as_ref());
        writeln!(f, "  applications  {} {spoken}, {callers}", settings.listen)?;
        let tokens: Vec<String> = settings
            .tokens
            .iter()
            .map(|token| format!("{} ({})", token.name, token.role.as_str()))
            .collect();
        let spoken = self::spoken(settings.admin_tls.as_ref());
        writeln!(
            f,
            "  consoles      {} {spoken}, tokens {}",
            settings.admin_listen,
            tokens.join(", ")
        )?;
        writeln!(f, "  state         {}", settings.state_dir.display())?;
        let hooks: Vec<String> = settings.hooks.iter().map(hook).collect();
        if !hooks.is_empty() {
            writeln!(f, "  webhooks      {}", hooks.join(", "))?;
        }
        for route in &settings.catalogue.routes {
            writeln!(f, "  route {:<8}{}", route.id.as_str(), self.route(route))?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        write!(f, "the configuration can be used")
    }
}

fn hook(door: &Door) -> String {
    let signed = if door.asks_for_signatures() { ", signed" } else { "" };
    format!("{} ({}{signed})", door.page(), door.platform().as_str())
}

fn spoken(tls: Option<&Tls>) -> &'static str {
    match tls {
        None => "in clear",
        Some(tls) if tls.asks_for_certificates() => "with TLS and callers' certificates",
        Some(_) => "with TLS",
    }
}
