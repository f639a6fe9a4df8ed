//! Who asks: applications with keys of their own, and whose answers are kept apart from whose.
//!
//! Where no callers are configured whoever reaches the address may ask, and the key that is shown,
//! whatever it is, only keeps tenants apart. Keys are compared by hash and in full, so that the time
//! taken tells nothing about how much of a guess was right.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use changeover_domain::RouteId;
use sha2::{Digest as _, Sha256};

use crate::cache::TenantId;
use crate::settings::Caller;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) tenant: TenantId,
    /// `None` where no callers are configured.
    caller: Option<&'a Caller>,
}

/// The key is none of the configured ones, or there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownKey;

impl Asker<'_> {
    /// Whether this caller may use the route.
    pub(crate) fn may_use(&self, route: &RouteId) -> bool {
        let routes = self.caller.and_then(|caller| caller.routes.as_ref());
        routes.is_none_or(|routes| routes.contains(route))
    }

    /// As it stands in logs.
    pub(crate) fn name(&self) -> Option<&str> {
        self.caller.map(|caller| caller.name.as_str())
    }
}

/// Finds out who asks.
pub(crate) fn identify<'a>(
    headers: &HeaderMap,
    callers: &'a [Caller],
) -> Result<Asker<'a>, UnknownKey> {
    let shown = shown_key(headers);
    let tenant = TenantId::of_key(shown);
    if callers.is_empty() {
        return Ok(Asker { tenant, caller: None });
    }
    let shown = Sha256::digest(shown.unwrap_or_default().as_bytes());
    let mut found = None;
    for caller in callers {
        let expected = Sha256::digest(caller.key.expose().as_bytes());
        let difference =
            shown.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b));
        // A caller without a key is nobody.
        if difference == 0 && !caller.key.expose().is_empty() {
            found = Some(caller);
        }
    }
    found.map(|caller| Asker { tenant, caller: Some(caller) }).ok_or(UnknownKey)
}

/// The key as either dialect shows it.
fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    let own = || headers.get("x-api-key").and_then(|value| value.to_str().ok());
    bearer.or_else(own)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use changeover_http::Secret;

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        [(name.parse().unwrap(), HeaderValue::from_static(value))].into_iter().collect()
    }

    fn shop() -> [Caller; 2] {
        let caller = |name: &str, key: &str, routes: Option<Vec<RouteId>>| Caller {
            name: name.into(),
            key: Secret::new(key),
            routes,
        };
        [
            caller("shop", "k-shop", Some(vec![RouteId::try_new("chat").unwrap()])),
            caller("batch", "", None),
        ]
    }

    #[test]
    fn a_key_is_known_in_either_dialects_header() {
        let callers = shop();
        let bearer = identify(&headers("authorization", "Bearer k-shop"), &callers).unwrap();
        let own = identify(&headers("x-api-key", "k-shop"), &callers).unwrap();
        assert_eq!(bearer.name(), Some("shop"));
        assert_eq!(bearer.tenant, own.tenant, "the same tenant at both doors");
        assert!(bearer.may_use(&RouteId::try_new("chat").unwrap()));
        assert!(!bearer.may_use(&RouteId::try_new("extract").unwrap()));
    }

    #[test]
    fn no_key_a_wrong_one_and_an_empty_one_open_nothing() {
        let callers = shop();
        let shown = [
            HeaderMap::new(),
            headers("authorization", "Bearer k-sho"),
            headers("authorization", "Basic k-shop"),
            headers("x-api-key", ""),
        ];
        assert!(shown.iter().all(|headers| identify(headers, &callers).is_err()));
    }

    #[test]
    fn where_nobody_is_configured_the_key_only_keeps_tenants_apart() {
        let one = identify(&headers("x-api-key", "one"), &[]).unwrap();
        let other = identify(&headers("x-api-key", "other"), &[]).unwrap();
        assert_ne!(one.tenant, other.tenant);
        assert!(one.may_use(&RouteId::try_new("chat").unwrap()));
    }
}
