//! The readers of status pages, with what is known of each: its components, and the names by which it
//! may call our targets' models.

use changeover_clock::Clock;
use changeover_config::{ModelNameConfig, StatusPlatform};
use changeover_domain::{Target, TargetId};
use changeover_status::{
    ComponentRule, ModelNames, Platform, StatusPoller, StatusSource, is_model,
};

use crate::setup::{Setup, StatusPage};

pub(super) fn pollers(setup: &Setup, clock: &Clock, http: &reqwest::Client) -> Vec<StatusPoller> {
    let poller = |page: &StatusPage| {
        let source = StatusSource {
            id: page.id.clone(),
            provider: page.provider.clone(),
            platform: platform(page.platform),
            url: page.url.clone(),
            fallback: page.fallback.clone(),
            interval: page.interval,
            flaps: page.flaps,
            names: names(setup, page),
            components: components(setup, page),
        };
        StatusPoller::new(http.clone(), clock.clone(), source)
    };
    setup.pages.iter().map(poller).collect()
}

fn own<'a>(setup: &'a Setup, page: &'a StatusPage) -> impl Iterator<Item = &'a Target> {
    setup.catalogue.targets.iter().filter(|target| target.provider == page.provider)
}

/// The targets whose models are meant by any of the patterns.
fn meant(setup: &Setup, page: &StatusPage, patterns: &[String]) -> Vec<TargetId> {
    let is_meant = |target: &&Target| patterns.iter().any(|one| is_model(one, &target.model));
    own(setup, page).filter(is_meant).map(|target| target.id.clone()).collect()
}

/// What is known of a page's components, with our targets for the vendor's models.
fn components(setup: &Setup, page: &StatusPage) -> Vec<ComponentRule> {
    let all_known = all_known(setup, page);
    let known = page.components.iter().map(|component| {
        let targets = meant(setup, page, &component.models);
        // One that is for certain models serves nobody here where none of them is a target.
        let may_serve = component.models.is_empty() || !targets.is_empty() || !all_known;
        let serves = component.serves && may_serve;
        ComponentRule {
            id: component.id.clone(),
            was: component.was.clone(),
            name: component.name.clone(),
            targets,
            serves,
            only: component.only,
        }
    });
    known.collect()
}

/// Whether it is known of each of our targets which listed model it is. A deployment at Azure may be
/// called anything.
fn all_known(setup: &Setup, page: &StatusPage) -> bool {
    let listed = || page.known_models.iter().chain(&page.models);
    own(setup, page).all(|target| {
        listed().any(|one| patterns(one).iter().any(|pattern| is_model(pattern, &target.model)))
    })
}

/// The ids that an entry of the list means.
fn patterns(one: &ModelNameConfig) -> &[String] {
    if one.is.is_empty() { one.says.get(..1).unwrap_or_default() } else { &one.is }
}

/// What the page may call our targets' models, and what it calls others': the list, each target's own
/// model, and before all what the user says.
fn names(setup: &Setup, page: &StatusPage) -> ModelNames {
    let mut names = ModelNames::none();
    let targets = |one: &ModelNameConfig| meant(setup, page, patterns(one));
    for one in &page.known_models {
        names.add(one.says.iter().map(String::as_str), &targets(one));
    }
    for target in own(setup, page) {
        names.add_model(&target.model, &target.id);
    }
    for one in &page.models {
        names.set(one.says.iter().map(String::as_str), &targets(one));
    }
    if all_known(setup, page) {
        names.tell_others();
    }
    names
}

/// The reader for a configured platform.
fn platform(configured: StatusPlatform) -> Platform {
    match configured {
        StatusPlatform::Statuspage => Platform::Statuspage,
        StatusPlatform::IncidentIo => Platform::IncidentIo,
        StatusPlatform::GoogleCloud => Platform::GoogleCloud,
        StatusPlatform::AwsHealth => Platform::AwsHealth,
        StatusPlatform::Azure => Platform::Azure,
        StatusPlatform::Instatus => Platform::Instatus,
        StatusPlatform::BetterStack => Platform::BetterStack,
        StatusPlatform::Checkly => Platform::Checkly,
        StatusPlatform::Xai => Platform::Xai,
        StatusPlatform::Datadog => Platform::Datadog,
        StatusPlatform::OnlineOrNot => Platform::OnlineOrNot,
        StatusPlatform::Flashcat => Platform::Flashcat,
        StatusPlatform::Volcengine => Platform::Volcengine,
        StatusPlatform::Rss => Platform::Rss,
        StatusPlatform::Atom => Platform::Atom,
    }
}

#[cfg(test)]
mod tests;
