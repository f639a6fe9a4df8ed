//! What an incident is known by: the page's own id wherever there is one, and never its title, its
//! date or a hash of the whole object.

use sha2::{Digest as _, Sha256};

/// The longest native id that is kept as it is.
const MAX_NATIVE_CHARS: usize = 300;
/// Where the code of an incident stands in links, on the platforms that put it there. The code is
/// the same in a page's JSON, RSS, Atom and webhooks; the entries' own ids are not.
const BEFORE_CODE: [&str; 4] = ["/incidents/", "/incident/", "/maintenances/", "/maintenance/"];

/// The incident's code in a link to it.
pub(crate) fn incident_code(link: &str) -> Option<&str> {
    let (_, code) = BEFORE_CODE.iter().find_map(|mark| link.split_once(mark))?;
    let code = code.trim_start_matches('/').split(['/', '?', '#']).next()?.trim();
    (!code.is_empty()).then_some(code)
}

/// The page's own id, or a digest where it is too long to carry about.
pub(super) fn native(text: &str) -> String {
    if text.chars().count() > MAX_NATIVE_CHARS { digest(&[text]) } else { text.to_owned() }
}

/// A short stable name for something that has none of its own.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    short_name(hash)
}

/// The same of one part and of words, whatever white space stands between them.
pub(super) fn words_digest(part: &str, words: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(part);
    for word in words.split_whitespace() {
        hash.update(b" ");
        hash.update(word);
    }
    short_name(hash)
}

fn short_name(hash: Sha256) -> String {
    let hash = hash.finalize();
    let start = hash.first_chunk::<8>().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(start))
}

/// The link if it is one that a browser may open. incident.io writes a double slash after the host.
pub(crate) fn web_link(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let is_web = ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_clean = text.len() <= 2_000
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    let rest = match rest.split_once("//") {
        Some((host, path)) if !host.contains(['/', '?', '#']) => format!("{host}/{path}"),
        _ => rest.to_owned(),
    };
    (is_web && is_clean).then(|| format!("{}://{rest}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_digest_keep_apart() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(native(&"x".repeat(301)).len(), 16);
    }

    #[test]
    fn the_code_is_found_on_every_platform_that_has_one() {
        for link in [
            "https://s.test/incidents/abc123",
            "https://s.test//incidents/abc123?x=1",
            "https://s.test/incident/abc123/",
            "https://s.test/maintenance/abc123#top",
            "incidents/../incidents/abc123",
        ] {
            assert_eq!(incident_code(link), Some("abc123"), "{link}");
        }
        assert_eq!(incident_code("https://s.test/"), None);
        assert_eq!(incident_code("https://s.test/incidents/"), None);
    }

    #[test]
    fn only_web_links_are_kept() {
        assert_eq!(
            web_link("https://status.example.com//incidents/x").as_deref(),
            Some("https://status.example.com/incidents/x")
        );
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "https://a b", "file:///etc/passwd", ""]
        {
            assert_eq!(web_link(bad), None, "{bad}");
        }
    }
}
