//! Secrets that cannot be printed, and the last net that keeps them out of texts.

use std::fmt;

/// A key or token. It has no `Display`, does not serialise, and its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret; surrounding white space, a common slip when pasting, is removed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself: only to be put into a request's header.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Words that begin a key as vendors make them.
const KEY_STARTS: [&str; 7] = ["sk-", "sk_", "AIza", "gsk_", "xai-", "Bearer ", "key="];
const MASK: char = '…';

/// Masks what looks like a vendor's key. Vendors echo keys in their error bodies, so every text of
/// theirs passes through here before it is kept or shown.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, start)) = next_key(rest) {
        let (before, from_key) = rest.split_at(at);
        clean.push_str(before);
        clean.push_str(start);
        clean.push(MASK);
        let after = from_key.strip_prefix(start).unwrap_or_default();
        rest =
            after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_*.+/=".contains(c));
    }
    clean.push_str(rest);
    clean
}

fn next_key(text: &str) -> Option<(usize, &'static str)> {
    let first = |start: &'static str| {
        let mut found = text.match_indices(start).map(|(at, _)| at);
        // "task-", "disk-": the end of a word begins no key.
        let ends_word = |before: &str| before.ends_with(char::is_alphanumeric);
        found.find(|at| !text.get(..*at).is_some_and(ends_word)).map(|at| (at, start))
    };
    KEY_STARTS.into_iter().filter_map(first).min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_vendors_echo_are_masked() {
        let text =
            "Incorrect API key provided: sk-proj-abc123*****xyz. Retry with key=AIzaSyD-99 now";
        assert_eq!(redact(text), "Incorrect API key provided: sk-… Retry with key=… now");
        assert_eq!(redact("Authorization: Bearer abc.def"), "Authorization: Bearer …");
        let plain = "/srv/ask-gateway/state, task-7, disk-full, monkey=1";
        assert_eq!(redact(plain), plain, "words are no keys");
        assert_eq!(redact("/srv/ask-1 (sk-live-2)"), "/srv/ask-1 (sk-…)");
        assert_eq!(redact("nothing here – naïve ☂"), "nothing here – naïve ☂");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new(" sk-live-1 \n");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "sk-live-1");
    }
}
