//! `tracestate`: what tracing systems pass along, each under a key of its own.
//!
//! It is passed on word for word or not at all. One member that is not well-formed makes all of it
//! worthless, as the recommendation has it.

use axum::http::HeaderValue;

/// The most members.
const MEMBERS: usize = 32;
/// The longest that is passed on; the recommendation asks for 512 at least.
const LONGEST: usize = 2_048;
const LONGEST_VALUE: usize = 256;

/// All headers as one, if all of it is well-formed and there is something.
pub(super) fn joined<'a>(headers: impl Iterator<Item = &'a HeaderValue>) -> Option<HeaderValue> {
    let texts: Option<Vec<&str>> = headers.map(|header| header.to_str().ok()).collect();
    let text = texts?.join(",");
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
    // An empty member is allowed, and means nothing.
    let members: Vec<&str> = members.filter(|member| !member.is_empty()).collect();
    let fits = !members.is_empty() && members.len() <= MEMBERS && text.len() <= LONGEST;
    if !fits || !members.iter().all(|member| is_member(member)) || has_twin(&members) {
        return None;
    }
    HeaderValue::from_str(&members.join(",")).ok()
}

fn is_member(member: &str) -> bool {
    member.split_once('=').is_some_and(|(key, value)| is_key(key) && is_value(value))
}

/// A name, or a tenant's name at a system.
fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => is_name(key, 256, |byte| byte.is_ascii_lowercase()),
        Some((tenant, system)) => {
            is_name(tenant, 241, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && is_name(system, 14, |byte| byte.is_ascii_lowercase())
        }
    }
}

fn is_name(name: &str, longest: usize, begins: impl Fn(u8) -> bool) -> bool {
    let goes_on =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/".contains(&byte);
    name.len() <= longest && name.bytes().next().is_some_and(begins) && name.bytes().all(goes_on)
}

fn is_value(value: &str) -> bool {
    let printable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b',' && byte != b'=';
    !value.is_empty()
        && value.len() <= LONGEST_VALUE
        && value.bytes().all(printable)
        && !value.ends_with(' ')
}

fn has_twin(members: &[&str]) -> bool {
    let key = |member: &&str| member.split_once('=').map(|(key, _)| key.to_owned());
    let keys: std::collections::BTreeSet<_> = members.iter().map(key).collect();
    keys.len() < members.len()
}
