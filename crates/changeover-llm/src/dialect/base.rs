//! Providers' addresses, put together once.
//!
//! To parse one and to put the rest behind it costs as much as to read the whole question that is sent
//! there, and it is the same few addresses for ever. So each thread remembers them; what is remembered
//! follows from the texts alone, and is forgotten when there are more than any configuration has.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::Url;

use super::BadAddress;

/// More providers than anybody has, and more addresses of each.
const MOST: usize = 64;

/// A base and what was found behind it.
struct Base {
    url: Url,
    places: Vec<Place>,
}

/// An address behind a base.
struct Place {
    version: String,
    segments: Vec<String>,
    url: Url,
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Base>> = const { RefCell::new(BTreeMap::new()) };
}

/// The address in a text, without slashes at its end.
pub(crate) fn base_address(text: &str) -> Result<Url, BadAddress> {
    with_base(text, |base| Ok(base.url.clone()))
}

/// The address of `segments` under `base`. The version is added where the base does not end with
/// one already, as `https://api.openai.com` and `https://api.openai.com/v1` mean the same.
pub(crate) fn address(base: &str, version: &str, segments: &[&str]) -> Result<Url, BadAddress> {
    with_base(base, |base| {
        let known = |place: &&Place| place.version == version && place.segments == segments;
        if let Some(place) = base.places.iter().find(known) {
            return Ok(place.url.clone());
        }
        let url = put_together(base.url.clone(), version, segments)?;
        if base.places.len() >= MOST {
            base.places.clear();
        }
        let segments = segments.iter().map(|segment| (*segment).to_owned()).collect();
        base.places.push(Place { version: version.to_owned(), segments, url: url.clone() });
        Ok(url)
    })
}

fn with_base<T>(
    text: &str,
    step: impl FnOnce(&mut Base) -> Result<T, BadAddress>,
) -> Result<T, BadAddress> {
    let text = text.trim_end_matches('/');
    KNOWN.with_borrow_mut(|known| {
        if let Some(base) = known.get_mut(text) {
            return step(base);
        }
        let url = Url::parse(text).map_err(|_| BadAddress)?;
        if known.len() >= MOST {
            known.clear();
        }
        step(known.entry(text.to_owned()).or_insert(Base { url, places: Vec::new() }))
    })
}

fn put_together(mut url: Url, version: &str, segments: &[&str]) -> Result<Url, BadAddress> {
    let versioned =
        url.path_segments().and_then(|mut segments| segments.next_back()).is_some_and(is_version);
    url.path_segments_mut()
        .map_err(|()| BadAddress)?
        .pop_if_empty()
        .extend((!versioned).then_some(version).filter(|version| !version.is_empty()))
        .extend(segments);
    Ok(url)
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_added_once_and_a_model_name_cannot_leave_its_place() {
        let at = |base, segments: &[&str]| address(base, "v1", segments).unwrap().to_string();
        for _twice in 0..2 {
            assert_eq!(at("https://a.example", &["messages"]), "https://a.example/v1/messages");
            assert_eq!(at("https://a.example/v1/", &["messages"]), "https://a.example/v1/messages");
            assert_eq!(at("http://h:1/sub", &["x"]), "http://h:1/sub/v1/x");
            assert_eq!(
                at("http://h/v1beta", &["models", "../a?b"]),
                "http://h/v1beta/models/..%2Fa%3Fb"
            );
            assert_eq!(address("no address", "v1", &[]), Err(BadAddress));
        }
        assert_eq!(address("http://h:1/sub", "", &["x"]).unwrap().path(), "/sub/x");
    }

    #[test]
    fn what_is_remembered_is_what_was_parsed_and_memory_is_bounded() {
        for index in 0..2 * MOST {
            let text = format!("https://h{index}.example/v1/");
            let wanted = Url::parse(text.trim_end_matches('/')).unwrap();
            assert_eq!(base_address(&text), Ok(wanted.clone()), "the first time");
            assert_eq!(base_address(&text), Ok(wanted), "and from memory");
            let model = index.to_string();
            let place = address("https://a.example", "v1", &["models", &model]).unwrap();
            assert_eq!(place.path(), format!("/v1/models/{index}"));
        }
        assert!(KNOWN.with_borrow(BTreeMap::len) <= MOST);
        assert!(KNOWN.with_borrow(|known| known.values().all(|base| base.places.len() <= MOST)));
        assert_eq!(base_address("no address"), Err(BadAddress));
    }
}
