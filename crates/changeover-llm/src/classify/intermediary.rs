//! Bodies written by something between us and the model service. They are known by their first
//! bytes; the vendor's parser must not see them.

use changeover_domain::{FailureClass, Whose};
use serde_json::Value;

use super::words::Words;
use super::{Classified, HttpAnswer};

pub(super) fn judge(answer: &HttpAnswer<'_>) -> Option<Classified> {
    let head = answer.body.trim_start();
    if head.starts_with('<') {
        return Some(page(answer, head));
    }
    let words = Words::of(head);
    if words.any(&["upstream connect error", "no healthy upstream", "upstream request timeout"]) {
        return is_text(head).then(|| envoy(&words));
    }
    if head.starts_with('{') && words.any(&["\"cloudflare_error\""]) {
        return edge_problem(head);
    }
    if words.any(&["cf_bad_gateway", "cf_service_unavailable", "cf_gateway_timeout"]) {
        return Some(gateway_error("the vendor's edge could not reach the model service"));
    }
    None
}

/// A plain text with a refusal, that says nothing a vendor would say.
pub(super) fn text(answer: &HttpAnswer<'_>) -> Classified {
    if answer.status.is_some_and(|status| status >= 500 && status != 529) {
        return gateway_error("a plain text stands where the vendor's error should be");
    }
    if answer.status == Some(407) {
        return proxy_authentication();
    }
    super::status::judge(answer)
}

fn is_text(head: &str) -> bool {
    !head.is_empty()
        && !head.starts_with(['{', '[', '"'])
        && !head.starts_with("data:")
        && !head.starts_with("event:")
}

fn gateway_error(why: impl Into<String>) -> Classified {
    Classified::usual(FailureClass::GatewayError, why)
}

/// A page of HTML: a proxy's, an edge's or a filter's.
fn page(answer: &HttpAnswer<'_>, head: &str) -> Classified {
    let words = Words::of(head);
    if words.any(&[
        "zscaler",
        "__zsig",
        "zscloud",
        "fortiguard",
        "netskope",
        "web filter",
        "umbrella.com",
    ]) {
        return gateway_error("a web filter of the own network answered in the vendor's place")
            .whose(Whose::OurNetwork)
            .retryable(false)
            .next_target_helps(false);
    }
    if answer.status == Some(404) {
        return Classified::usual(FailureClass::InvalidRequest, "no API answers at this address")
            .whose(Whose::OurConfiguration)
            .next_target_helps(true);
    }
    if answer.status == Some(407) {
        return proxy_authentication();
    }
    let title =
        words.after("<title>").and_then(|rest| rest.split_once('<')).map(|(title, _)| title);
    gateway_error(title.map_or_else(
        || "a page came in place of the vendor's answer".to_owned(),
        |title| {
            format!("a page came in place of the vendor's answer: {}", super::words::excerpt(title))
        },
    ))
}

fn proxy_authentication() -> Classified {
    gateway_error("the own network's proxy asks who we are")
        .whose(Whose::OurNetwork)
        .retryable(false)
        .next_target_helps(false)
}

fn envoy(words: &Words) -> Classified {
    if words.any(&["reset reason: overflow"]) {
        return Classified::usual(FailureClass::Overloaded, "the vendor's front proxy is full");
    }
    gateway_error("the vendor's front proxy could not reach the model service")
}

/// Cloudflare's `application/problem+json`.
fn edge_problem(head: &str) -> Option<Classified> {
    let problem: Value = serde_json::from_str(head).ok()?;
    problem.get("cloudflare_error")?.as_bool()?.then_some(())?;
    let mut found = gateway_error("the vendor's edge answered in the model service's place");
    found.retry_after = problem
        .get("retry_after")
        .and_then(Value::as_u64)
        .filter(|seconds| *seconds > 0)
        .map(std::time::Duration::from_secs);
    Some(found)
}
