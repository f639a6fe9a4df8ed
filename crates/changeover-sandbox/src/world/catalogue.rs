//! The default world in the words of a configuration: providers, targets, routes and their traffic.

use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{
    Capabilities, Criticality, IdError, Mode, Provider, ProviderId, Route, RouteId, Slo, Target,
    TargetId, TokenPrices,
};
use changeover_http::{ClientTls, Secret};

use crate::profile::ProviderProfile;
use crate::traffic::{RouteTraffic, TrafficContent};

/// Name, criticality, targets and modes of each route.
const ROUTES: [(&str, Criticality, &[&str], &[Mode]); 4] = [
    (
        "chat",
        Criticality::MustSucceed,
        &["claude-opus", "gpt-main", "gemini-pro"],
        &[Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off],
    ),
    (
        "extract",
        Criticality::CanDegrade,
        &["claude-haiku", "gpt-mini"],
        &[Mode::Full, Mode::Cached, Mode::Template, Mode::Off],
    ),
    (
        "agent",
        Criticality::CanDelay,
        &["claude-opus", "gpt-main"],
        &[Mode::Full, Mode::Short, Mode::Off],
    ),
    (
        "summary",
        Criticality::CanDelay,
        &["azure-main-sweden", "azure-main-virginia"],
        &[Mode::Full, Mode::Off],
    ),
];

/// Adds the routes of which all targets are there.
pub(super) fn add_routes(catalogue: &mut Catalogue) -> Result<(), IdError> {
    for (id, criticality, targets, modes) in ROUTES {
        let targets = targets.iter().map(|target| TargetId::try_new(*target));
        let targets: Vec<TargetId> = targets.collect::<Result<_, _>>()?;
        if targets.iter().all(|target| catalogue.target(target).is_some()) {
            let (id, modes) = (RouteId::try_new(id)?, modes.to_vec());
            catalogue.routes.push(Route { id, criticality, targets, modes });
        }
    }
    Ok(())
}

pub(super) fn provider_id(profile: &ProviderProfile) -> Result<ProviderId, IdError> {
    ProviderId::try_new(profile.id)
}

/// Adds a provider that answers at `base_url` and is believed by `tls`, and a target for each of its
/// models.
pub(super) fn add_provider(
    catalogue: &mut Catalogue,
    profile: &ProviderProfile,
    base_url: String,
    tls: ClientTls,
) -> Result<(), IdError> {
    let id = provider_id(profile)?;
    for model in profile.models {
        let target = TargetId::try_new(model.target)?;
        if let Some([input, cached_input, output]) = model.prices {
            let prices = TokenPrices::of_chat(input, cached_input, output);
            catalogue.prices.insert(target.clone(), prices);
        }
        catalogue.targets.push(Target {
            id: target,
            provider: id.clone(),
            model: model.name.to_owned(),
            region: model.region.map(ToOwned::to_owned),
            capabilities: Capabilities {
                context_tokens: model.context_tokens,
                ..Capabilities::default()
            },
            slo: Slo::default(),
        });
    }
    catalogue.providers.push(ProviderAccess {
        provider: Provider { id, name: profile.name.to_owned(), kind: profile.kind, base_url },
        key: Some(Secret::new(profile.key)),
        tls,
    });
    Ok(())
}

/// How the default world is used.
pub(super) fn usual_traffic() -> Vec<RouteTraffic> {
    [
        ("chat", 40.0, 0.7, TrafficContent::Chat),
        ("extract", 90.0, 0.0, TrafficContent::Extract),
        ("agent", 8.0, 0.3, TrafficContent::Agent),
        ("summary", 24.0, 0.5, TrafficContent::Chat),
    ]
    .into_iter()
    .filter_map(|(route, per_minute, stream_share, content)| {
        Some(RouteTraffic {
            route: RouteId::try_new(route).ok()?,
            per_minute,
            stream_share,
            content,
        })
    })
    .collect()
}
