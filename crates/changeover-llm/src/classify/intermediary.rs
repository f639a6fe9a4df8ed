//! Bodies written by something between us and the model service. They are known by their first
//! bytes; the vendor's parser must not see them.

mod page;

use changeover_domain::{FailureClass, Whose};
use serde_json::Value;

use super::words::Words;
use super::{Classified, HttpAnswer};

pub(super) fn judge(answer: &HttpAnswer<'_>) -> Option<Classified> {
    let head = answer.body.trim_start();
    if page::is_page(head) {
        return Some(page::judge(answer, head));
    }
    let words = Words::of(head);
    if is_text(head) && words.any(&FRONT_PROXY) {
        return Some(envoy(&words));
    }
    if head.starts_with('{') && words.any(&["\"cloudflare_error\""]) {
        return edge_problem(head);
    }
    if words.any(&["cf_bad_gateway", "cf_service_unavailable", "cf_gateway_timeout"]) {
        return Some(gateway_error("the vendor's edge could not reach the model service"));
    }
    let claims_page = answer.content_type.is_some_and(|named| named.contains("text/html"));
    let text = is_text(head) && !head.is_empty();
    (claims_page && text && answer.status.is_some_and(|status| (200..300).contains(&status)))
        .then(page::no_api)
}

const FRONT_PROXY: [&str; 6] = [
    "upstream connect error",
    "no healthy upstream",
    "upstream request timeout",
    "stream timeout",
    "upstream max stream duration reached",
    "failure to get a peer from the ring-balancer",
];

/// A plain text with a refusal, that says nothing a vendor would say.
pub(super) fn text(answer: &HttpAnswer<'_>) -> Classified {
    match answer.status {
        // The service's own framework says so little; what stands between says "gateway".
        Some(500) => Classified::usual(FailureClass::ServerError, "the model service failed"),
        Some(status) if status > 500 && status != 529 && status != 501 => {
            gateway_error("a plain text stands where the vendor's error should be")
        }
        Some(407) => proxy_authentication(),
        _ => super::status::judge(answer),
    }
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

pub(super) fn proxy_authentication() -> Classified {
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
    if let Some(retryable) = problem.get("retryable").and_then(Value::as_bool) {
        found = found.retryable(retryable);
    }
    found.retry_after = problem
        .get("retry_after")
        .and_then(Value::as_u64)
        .filter(|seconds| *seconds > 0)
        .map(std::time::Duration::from_secs);
    Some(found)
}
