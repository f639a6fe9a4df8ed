//! The `RateLimit` and `RateLimit-Policy` fields of the IETF's draft, in its newer and older form.
//!
//! `RateLimit: "default";r=50;t=30` with `RateLimit-Policy: "default";q=100;w=60`, and before that
//! `RateLimit: limit=100, remaining=50, reset=30`. Several policies may stand in one field; the one
//! with the least left counts.

use std::time::Duration;

use super::value::{Headers, count};
use crate::answer::RateLimit;

/// No answer names more policies.
const MAX_ITEMS: usize = 16;

pub(super) fn parse(headers: Headers<'_>) -> RateLimit {
    let Some(field) = headers.value("ratelimit") else {
        return RateLimit::default();
    };
    if field.contains("remaining=") {
        return older(field);
    }
    let policies = headers.value("ratelimit-policy").unwrap_or_default();
    let stated = items(field).map(|item| newer(item, policies));
    stated.min_by_key(|limit| limit.remaining.unwrap_or(u64::MAX)).unwrap_or_default()
}

fn older(field: &str) -> RateLimit {
    RateLimit {
        limit: parameter(field, ',', "limit"),
        remaining: parameter(field, ',', "remaining"),
        reset: parameter(field, ',', "reset").map(Duration::from_secs),
        window: None,
    }
}

fn newer(item: &str, policies: &str) -> RateLimit {
    let name = item.split(';').next().unwrap_or_default().trim();
    let policy =
        items(policies).find(|policy| policy.split(';').next().map(str::trim) == Some(name));
    let of_policy = |key| policy.and_then(|policy| parameter(policy, ';', key));
    RateLimit {
        limit: of_policy("q"),
        remaining: parameter(item, ';', "r"),
        reset: parameter(item, ';', "t").map(Duration::from_secs),
        window: of_policy("w").map(Duration::from_secs),
    }
}

fn items(field: &str) -> impl Iterator<Item = &str> {
    field.split(',').map(str::trim).take(MAX_ITEMS)
}

fn parameter(item: &str, between: char, key: &str) -> Option<u64> {
    let named = item.split(between).filter_map(|part| part.split_once('='));
    let mut found = named.filter(|(name, _)| name.trim() == key);
    found.next().and_then(|(_, value)| count(value.trim()))
}
