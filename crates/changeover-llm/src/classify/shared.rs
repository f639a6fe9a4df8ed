//! Codes and words that mean the same at every vendor that uses them.
//!
//! Money comes before windows, because vendors send an empty account as a rate limit; a request
//! that can never fit comes before both, because no wait and no money cures it. The vendor's own
//! shortage comes before our limits, because it is told in their words.

mod access;
mod capacity;
mod limits;
mod model;
mod money;
mod output;
mod request;
mod server;

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer};

type Rule = fn(&HttpAnswer<'_>, &ErrorBody) -> Option<Classified>;

const RULES: [Rule; 17] = [
    limits::larger_than_window,
    money::spent,
    limits::concurrency,
    capacity::busy,
    output::context,
    limits::window,
    output::tool_call,
    output::content_policy,
    output::malformed,
    access::scope,
    access::key,
    model::missing,
    access::permission,
    server::own_time,
    request::too_many_bytes,
    request::refused,
    server::failed,
];

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    RULES.iter().find_map(|rule| rule(answer, error))
}
