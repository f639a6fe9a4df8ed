//! A few digits by which two people can tell that they use the same secret.
//!
//! Not for storing or checking a secret: thirty-two bits say "the same, most likely" and nothing
//! else. The rule it keeps: nobody comes from the digits back to the secret, and the digits are the
//! same on every console, so that they can be compared over the telephone.

use changeover_http::Secret;
use sha2::{Digest as _, Sha256};

use crate::ProviderAccess;

/// Before the secret, so that the digits are no prefix of a hash that anybody else makes of it.
const KEY: &[u8] = b"changeover credential fingerprint 1";
const BLOCK: usize = 64;

/// Eight hexadecimal digits of a keyed hash (HMAC-SHA-256) of the secret.
#[must_use]
pub fn fingerprint(secret: &Secret) -> String {
    digits(secret.expose().as_bytes(), 4)
}

/// Sixteen digits that two consoles share when they use the same account: the same address with the
/// same key.
#[must_use]
pub fn account(access: &ProviderAccess) -> String {
    let key = access.key.as_ref().map_or("", Secret::expose);
    digits(format!("{}\n{key}", access.provider.base_url).as_bytes(), 8)
}

fn digits(of: &[u8], bytes: usize) -> String {
    let padded = |pad: u8| {
        let key = KEY.iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
        key.map(|byte| byte ^ pad).collect::<Vec<u8>>()
    };
    let inner = Sha256::new_with_prefix(padded(0x36)).chain_update(of).finalize();
    let outer = Sha256::new_with_prefix(padded(0x5c)).chain_update(inner).finalize();
    outer.iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_has_the_same_digits_and_they_show_nothing_of_it() {
        let digits = fingerprint(&Secret::new("sk-test-0123456789"));
        assert_eq!(digits.len(), 8);
        assert!(digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(digits, fingerprint(&Secret::new(" sk-test-0123456789\n")), "as it is sent");
        assert_ne!(digits, fingerprint(&Secret::new("sk-test-0123456780")));
        // HMAC-SHA-256 of "secret" under our key, computed elsewhere.
        assert_eq!(fingerprint(&Secret::new("secret")), "0ee54e74");
    }
}
