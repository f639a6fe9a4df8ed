//! The default world in the words of a configuration: providers, targets, routes and their traffic.

use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{
    Capabilities, Criticality, IdError, Mode, Provider, ProviderId, Route, RouteId, Slo, Target,
    TargetId,
};
use changeover_http::Secret;

use crate::profile::ProviderProfile;
use crate::traffic::{RouteTraffic, TrafficContent};

/// Name, criticality, targets and modes of each route.
const ROUTES: [(&str, Criticality, &[&str], &[Mode]); 3] = [
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
];

/// A catalogue with the routes alone; providers and targets follow as their doors open.
pub(super) fn routes_only() -> Result<Catalogue, IdError> {
    let mut catalogue = Catalogue::default();
    for (id, criticality, targets, modes) in ROUTES {
        let targets = targets.iter().map(|target| TargetId::try_new(*target));
        catalogue.routes.push(Route {
            id: RouteId::try_new(id)?,
            criticality,
            targets: targets.collect::<Result<_, _>>()?,
            modes: modes.to_vec(),
        });
    }
    Ok(catalogue)
}

pub(super) fn provider_id(profile: &ProviderProfile) -> Result<ProviderId, IdError> {
    ProviderId::try_new(profile.id)
}

/// Adds a provider that answers at `base_url`, and a target for each of its models.
pub(super) fn add_provider(
    catalogue: &mut Catalogue,
    profile: &ProviderProfile,
    base_url: String,
) -> Result<(), IdError> {
    let id = provider_id(profile)?;
    for model in profile.models {
        catalogue.targets.push(Target {
            id: TargetId::try_new(model.target)?,
            provider: id.clone(),
            model: model.name.to_owned(),
            region: None,
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
    });
    Ok(())
}

/// How the default world is used.
pub(super) fn usual_traffic() -> Vec<RouteTraffic> {
    [
        ("chat", 40.0, 0.7, TrafficContent::Chat),
        ("extract", 90.0, 0.0, TrafficContent::Extract),
        ("agent", 8.0, 0.3, TrafficContent::Agent),
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
