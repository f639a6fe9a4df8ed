//! A page of HTML where an API's answer should be: a proxy's, an edge's, a filter's or a web site's.

use changeover_domain::{FailureClass, Whose};

use super::{gateway_error, proxy_authentication};
use crate::classify::words::{Words, excerpt};
use crate::classify::{Classified, HttpAnswer};

/// How pages begin. Not every `<` is one: SDKs print the classes of their errors so.
const BEGINNINGS: [&str; 14] = [
    "<!doctype",
    "<html",
    "<head",
    "<body",
    "<?xml",
    "<!--",
    "<h1",
    "<h2",
    "<center",
    "<title",
    "<div",
    "<meta",
    "<style",
    "<p>",
];

/// What web filters of companies and governments write into their pages.
const FILTERS: [&str; 14] = [
    "zscaler",
    "__zsig",
    "zscloud",
    "fortiguard",
    "fortinet",
    "netskope",
    "web filter",
    "umbrella.com",
    "blue coat",
    "forcepoint",
    "sophos",
    "palo alto networks",
    "captive portal",
    "your organization's policy",
];

pub(super) fn is_page(head: &str) -> bool {
    let beginning: String = head.chars().take(12).collect::<String>().to_ascii_lowercase();
    BEGINNINGS.iter().any(|tag| beginning.starts_with(tag))
}

pub(super) fn judge(answer: &HttpAnswer<'_>, head: &str) -> Classified {
    let words = Words::of(head);
    if words.any(&FILTERS) {
        return own_network("a web filter of the own network answered in the vendor's place");
    }
    if words.any(&["squid", "cache administrator"]) {
        return own_network("the own network's proxy answered in the vendor's place");
    }
    by_status(answer.status).unwrap_or_else(|| other(answer, &words))
}

/// The base address is a web site's, not an API's.
pub(super) fn no_api() -> Classified {
    Classified::usual(FailureClass::InvalidRequest, "a web site, no API, answers at this address")
        .whose(Whose::OurConfiguration)
        .next_target_helps(true)
}

fn by_status(status: Option<u16>) -> Option<Classified> {
    Some(match status? {
        200..=299 => no_api(),
        300..=399 | 404 | 405 | 410 => {
            Classified::usual(FailureClass::InvalidRequest, "no API answers at this address")
                .whose(Whose::OurConfiguration)
                .next_target_helps(true)
        }
        401 => Classified::usual(FailureClass::Authentication, "the vendor's edge rejects our key"),
        407 => proxy_authentication(),
        413 | 414 | 431 | 494 => Classified::usual(
            FailureClass::PayloadTooLarge,
            "the request has too many bytes for a proxy on the way",
        ),
        _ => return None,
    })
}

fn other(answer: &HttpAnswer<'_>, words: &Words) -> Classified {
    if words.any(&["plain http request was sent to https port"]) {
        return no_api();
    }
    let title =
        words.after("<title>").and_then(|rest| rest.split_once('<')).map(|(title, _)| title.trim());
    let found = gateway_error(title.filter(|title| !title.is_empty()).map_or_else(
        || "a page came in place of the vendor's answer".to_owned(),
        |title| format!("a page came in place of the vendor's answer: {}", excerpt(title)),
    ));
    let blocked =
        words.any(&["you have been blocked", "access denied", "just a moment", "captcha"]);
    match answer.status {
        Some(403 | 451) if blocked => found.whose(Whose::OurNetwork).retryable(false),
        Some(400 | 403 | 451) => found.retryable(false),
        _ => found,
    }
}

fn own_network(why: &str) -> Classified {
    gateway_error(why).whose(Whose::OurNetwork).retryable(false).next_target_helps(false)
}
