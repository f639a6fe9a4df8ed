//! Which of several secrets was shown.
//!
//! The one comparison of secrets in the gateway, for callers' keys and for admin tokens. Every secret
//! is compared in full, by hash, and none is left out when another fits or when nothing was shown:
//! the time taken tells nothing about how much of a guess was right.

use changeover_http::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The holder of the secret that was shown. A holder without a secret is nobody.
pub(crate) fn holder<'a, T>(
    shown: Option<&str>,
    holders: impl IntoIterator<Item = &'a T>,
    secret: impl Fn(&T) -> &Secret,
) -> Option<&'a T> {
    let shown = Sha256::digest(shown.unwrap_or_default().as_bytes());
    let mut found = None;
    for holder in holders {
        let held = secret(holder).expose();
        let same = shown.ct_eq(&Sha256::digest(held.as_bytes()));
        if bool::from(same) && !held.is_empty() {
            found = Some(holder);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_opens_and_an_empty_one_opens_nothing() {
        let holders = [("one", Secret::new("s-1")), ("none", Secret::new(""))];
        let found = |shown| holder(shown, &holders, |(_, secret)| secret).map(|(name, _)| *name);
        assert_eq!(found(Some("s-1")), Some("one"));
        for shown in [None, Some(""), Some("s-"), Some("s-12"), Some("S-1")] {
            assert_eq!(found(shown), None, "{shown:?}");
        }
    }
}
