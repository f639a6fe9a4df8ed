//! Providers' base addresses, taken apart once.
//!
//! To parse one costs as much as to read the whole question that is sent there, and it is the same
//! few texts for ever. So each thread remembers them; what is remembered follows from the text
//! alone, and is forgotten when there are more texts than any configuration has.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::Url;

use super::BadAddress;

/// More providers than anybody has.
const MOST: usize = 64;

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Url>> = const { RefCell::new(BTreeMap::new()) };
}

/// The address in a text, without slashes at its end.
pub(crate) fn base_address(text: &str) -> Result<Url, BadAddress> {
    let text = text.trim_end_matches('/');
    KNOWN.with_borrow_mut(|known| {
        if let Some(url) = known.get(text) {
            return Ok(url.clone());
        }
        let url = Url::parse(text).map_err(|_| BadAddress)?;
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(text.to_owned(), url.clone());
        Ok(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_parsed() {
        for index in 0..2 * MOST {
            let text = format!("https://h{index}.example/v1/");
            let wanted = Url::parse(text.trim_end_matches('/')).unwrap();
            assert_eq!(base_address(&text), Ok(wanted.clone()), "the first time");
            assert_eq!(base_address(&text), Ok(wanted), "and from memory");
        }
        assert!(KNOWN.with_borrow(BTreeMap::len) <= MOST, "memory is bounded");
        assert_eq!(base_address("no address"), Err(BadAddress));
    }
}
