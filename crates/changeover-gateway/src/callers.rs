//! Who asks: applications with keys of their own, and whose answers are kept apart from whose.
//!
//! Where no callers are configured whoever reaches the address may ask, and the key that is shown,
//! whatever it is, only keeps tenants apart. How many requests a caller has under way is [`Seats`]'.

mod seats;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use changeover_domain::RouteId;

use crate::cache::TenantId;
use crate::keys;
use crate::settings::Caller;

pub(crate) use seats::{NoSeat, Seat, Seats};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// `None` where no callers are configured.
    caller: Option<Arc<Caller>>,
}

/// The key is none of the configured ones, or there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownKey;

impl Asker {
    /// Whether this caller may use the route.
    pub(crate) fn may_use(&self, route: &RouteId) -> bool {
        let routes = self.caller.as_ref().and_then(|caller| caller.routes.as_ref());
        routes.is_none_or(|routes| routes.contains(route))
    }

    /// As it stands in logs.
    pub(crate) fn name(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| caller.name.as_str())
    }

    /// A place for one more of its requests. Where nobody is configured, there is no place to take.
    pub(crate) fn seat(&self, seats: &Seats) -> Result<Option<Seat>, NoSeat> {
        self.caller.as_deref().map(|caller| seats.take(caller)).transpose()
    }
}

/// Finds out who asks.
pub(crate) fn identify(headers: &HeaderMap, callers: &[Arc<Caller>]) -> Result<Asker, UnknownKey> {
    let shown = shown_key(headers);
    if callers.is_empty() {
        return Ok(Asker { caller: None });
    }
    let found = keys::holder(shown, callers, |caller: &Arc<Caller>| &caller.key);
    found.map(|caller| Asker { caller: Some(Arc::clone(caller)) }).ok_or(UnknownKey)
}

/// Whose answers are kept apart from everybody else's. Asked only where answers are kept: it is a hash
/// of the key.
pub(crate) fn tenant(headers: &HeaderMap) -> TenantId {
    TenantId::of_key(shown_key(headers))
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

    fn shop() -> [Arc<Caller>; 2] {
        let caller = |name: &str, key: &str, routes: Option<Vec<RouteId>>| {
            let key = Secret::new(key);
            Arc::new(Caller { name: name.into(), key, routes, concurrency: None })
        };
        [
            caller("shop", "k-shop", Some(vec![RouteId::try_new("chat").unwrap()])),
            caller("batch", "", None),
        ]
    }

    #[test]
    fn a_key_is_known_in_either_dialects_header() {
        let callers = shop();
        let bearer = headers("authorization", "Bearer k-shop");
        let own = headers("x-api-key", "k-shop");
        assert_eq!(tenant(&bearer), tenant(&own), "the same tenant at both doors");
        let (bearer, own) =
            (identify(&bearer, &callers).unwrap(), identify(&own, &callers).unwrap());
        assert_eq!((bearer.name(), own.name()), (Some("shop"), Some("shop")));
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
        let (one, other) = (headers("x-api-key", "one"), headers("x-api-key", "other"));
        assert_ne!(tenant(&one), tenant(&other));
        let one = identify(&one, &[]).unwrap();
        assert!(one.may_use(&RouteId::try_new("chat").unwrap()));
    }
}
