//! What differs between two configurations, by name: for whoever reloads one and wants to see that
//! it was the right one. Values are not told, because some are secrets.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::{Caller, GatewaySettings};

/// The names of everything that differs: sections, and single entries of the long ones.
pub(crate) fn difference(before: &GatewaySettings, after: &GatewaySettings) -> Vec<String> {
    let mut all = Vec::new();
    for (what, one, other) in [
        ("provider", providers(before), providers(after)),
        ("target", targets(before), targets(after)),
        ("route", routes(before), routes(after)),
        ("template of", shown(&before.templates), shown(&after.templates)),
        ("serving of", shown(&before.serving), shown(&after.serving)),
        ("caller", callers(before), callers(after)),
        ("token", tokens(before), tokens(after)),
        ("webhooks of", hooks(before), hooks(after)),
    ] {
        all.extend(entries(what, &one, &other));
    }
    let sections = [
        ("tls", before.tls == after.tls),
        ("admin.tls", before.admin_tls == after.admin_tls),
        ("breaker", before.breaker == after.breaker),
        ("limits", (before.limits, before.connections) == (after.limits, after.connections)),
        ("drain", before.drain == after.drain),
        ("log", before.log == after.log),
        ("retry, cache or concurrency", before.shared_serving == after.shared_serving),
    ];
    all.extend(
        sections.into_iter().filter(|(_, same)| !same).map(|(name, _)| format!("{name} changed")),
    );
    all
}

/// Entries by name, each as a text that differs when it does.
type Entries = BTreeMap<String, String>;

fn entries<'a>(
    what: &'a str,
    before: &'a Entries,
    after: &'a Entries,
) -> impl Iterator<Item = String> + 'a {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let gone = gone.map(move |name| format!("{what} `{name}` removed"));
    let come = after.iter().filter_map(move |(name, value)| match before.get(name) {
        None => Some(format!("{what} `{name}` added")),
        Some(earlier) if earlier != value => Some(format!("{what} `{name}` changed")),
        Some(_) => None,
    });
    gone.chain(come)
}

fn shown<K: ToString, V: Debug>(map: &BTreeMap<K, V>) -> Entries {
    map.iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect()
}

/// The secret stays in memory: these texts are compared and dropped.
fn providers(settings: &GatewaySettings) -> Entries {
    let providers = settings.catalogue.providers.iter().map(|access| {
        let key = access.key.as_ref().map(changeover_http::Secret::expose);
        (access.provider.id.to_string(), format!("{:?} {key:?} {:?}", access.provider, access.tls))
    });
    providers.collect()
}

fn targets(settings: &GatewaySettings) -> Entries {
    let catalogue = &settings.catalogue;
    let targets = catalogue.targets.iter().map(|target| {
        let price = catalogue.prices.get(&target.id);
        (target.id.to_string(), format!("{target:?} {price:?}"))
    });
    targets.collect()
}

fn routes(settings: &GatewaySettings) -> Entries {
    let routes = settings.catalogue.routes.iter();
    routes.map(|route| (route.id.to_string(), format!("{route:?}"))).collect()
}

fn callers(settings: &GatewaySettings) -> Entries {
    let callers = settings.callers.iter().map(|caller| {
        let Caller { name, key, routes, concurrency } = caller;
        (name.clone(), format!("{routes:?} {concurrency:?} {:?}", key.expose()))
    });
    callers.collect()
}

fn tokens(settings: &GatewaySettings) -> Entries {
    let tokens = settings
        .tokens
        .iter()
        .map(|token| (token.name.clone(), format!("{:?} {:?}", token.role, token.secret.expose())));
    tokens.collect()
}

/// By page, which may have several doors while a secret is changed.
fn hooks(settings: &GatewaySettings) -> Entries {
    let mut pages = Entries::new();
    for door in settings.hooks.iter() {
        let doors = pages.entry(door.page().to_string()).or_default();
        doors.push_str(&format!("{:?}", door.fingerprint()));
    }
    pages
}

#[cfg(test)]
mod tests {
    use changeover_config::Catalogue;
    use changeover_domain::GatewayId;
    use changeover_http::Secret;

    use super::*;
    use crate::settings::{AdminToken, Role};

    #[test]
    fn what_differs_is_named_and_no_secret_is_told() {
        let id = GatewayId::try_new("g1").unwrap();
        let token = |name: &str, secret: &str| AdminToken {
            name: name.to_owned(),
            secret: Secret::new(secret),
            role: Role::Observe,
        };
        let mut before = GatewaySettings::new(id, "state".into(), Catalogue::default());
        before.tokens = vec![token("watch", "hush-1"), token("old", "hush-2")];
        let mut after = before.clone();
        assert!(difference(&before, &after).is_empty(), "nothing has changed");
        after.tokens = vec![token("watch", "hush-3"), token("new", "hush-2")];
        let shop = |concurrency| {
            let key = Secret::new("hush-4");
            vec![Caller { name: "shop".to_owned(), key, routes: None, concurrency }]
        };
        (before.callers, after.callers) = (shop(Some(8)), shop(Some(9)));
        after.breaker.minimum_calls += 1;
        let said = difference(&before, &after);
        assert_eq!(
            said,
            [
                "caller `shop` changed",
                "token `old` removed",
                "token `new` added",
                "token `watch` changed",
                "breaker changed"
            ]
        );
        assert!(!said.concat().contains("hush"), "{said:?}");
    }
}
