//! What works and will be regretted: said at start, by `--check` and at every reload.
//!
//! Not for what is refused; that is in the way of starting. Each sentence says what to do.

use changeover_cost::PriceBook;
use changeover_domain::{ProviderKind, Target, TokenPrices, UnixMs};
use changeover_policy::routing::chain_problems;

use crate::settings::{GatewaySettings, Role};
use crate::tls::Tls;

/// Everything that is to be said about a configuration at `now`.
pub(crate) fn warnings(settings: &GatewaySettings, now: UnixMs) -> Vec<String> {
    let mut all = about_routes(settings);
    all.extend(about_prices(settings, now));
    all.extend(about_access(settings));
    let certificate = |side: &str, tls: Option<&Tls>| {
        let warning = tls?.validity().warning(now)?;
        Some(format!("{side}: {warning}"))
    };
    all.extend(certificate("tls", settings.tls.as_ref()));
    all.extend(certificate("admin.tls", settings.admin_tls.as_ref()));
    all
}

fn about_routes(settings: &GatewaySettings) -> Vec<String> {
    let catalogue = &settings.catalogue;
    let provider_of = |target: &_| {
        let target = catalogue.target(target)?;
        catalogue.provider(&target.provider).map(|access| &access.provider)
    };
    let chains = catalogue.routes.iter().flat_map(|route| chain_problems(route, provider_of));
    let unused = catalogue
        .targets
        .iter()
        .filter(|target| !catalogue.routes.iter().any(|route| route.targets.contains(&target.id)));
    chains
        .map(|problem| problem.to_string())
        .chain(unused.map(|target| format!("the target `{}` is in no route", target.id)))
        .collect()
}

fn about_prices(settings: &GatewaySettings, now: UnixMs) -> Vec<String> {
    let catalogue = &settings.catalogue;
    let prices = PriceBook::new(catalogue.prices.clone());
    let of_target = |target: &Target| {
        let provider = &catalogue.provider(&target.provider)?.provider;
        let found = prices.prices(provider, target, now);
        Some(match found {
            None => format!(
                "no price is known for the target `{}` (model `{}`): what it costs will be shown \
                 as unpriced; set its `price`",
                target.id, target.model
            ),
            Some(found) if writes_unpriced(provider.kind, &found) => format!(
                "the price of the target `{}` says nothing about writing to its cache: requests \
                 that do will be shown as unpriced; set `cache_write` and `cache_write_1h` in it",
                target.id
            ),
            Some(_) => return None,
        })
    };
    catalogue.targets.iter().filter_map(of_target).collect()
}

/// Whether a vendor that bills the writing of its cache has no price for it.
fn writes_unpriced(kind: ProviderKind, prices: &TokenPrices) -> bool {
    let all = [prices.cache_write_picodollars, prices.cache_write_1h_picodollars];
    kind == ProviderKind::Anthropic && all.contains(&None)
}

fn about_access(settings: &GatewaySettings) -> Vec<String> {
    let mut all = Vec::new();
    let reached = !settings.listen.ip().is_loopback();
    if reached && settings.tls.is_none() {
        all.push(format!(
            "other machines reach {}, and what applications send there travels in clear: set `tls`",
            settings.listen
        ));
    }
    let certified = settings.tls.as_ref().is_some_and(Tls::asks_for_certificates);
    if reached && settings.callers.is_empty() && !certified {
        all.push(format!(
            "whoever reaches {} may ask, on your keys: add `[[callers]]`",
            settings.listen
        ));
    }
    if !settings.tokens.iter().any(|token| token.role >= Role::Operate) {
        all.push("no token has the role `operate`: no console can pull a lever here".to_owned());
    }
    all
}
