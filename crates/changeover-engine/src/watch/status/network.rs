//! Whose failure is it when pages cannot be read: theirs, or our own network's?
//!
//! The witness says it best: neutral hosts that answer or do not. Where nobody looked, pages of
//! several hosts that fall silent at once are the witness. One page alone proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use changeover_domain::{SourceId, UnixMs};
use changeover_policy::witness::{OwnNetwork, WitnessReading, own_network};

/// A try that is older says nothing of now.
const FRESH_MS: i64 = 10 * 60_000;

/// What the last try of a page came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastTry {
    pub(crate) host: String,
    pub(crate) at: UnixMs,
    /// Nobody was there, or nobody finished answering.
    pub(crate) is_silence: bool,
}

/// Whether pages are silent because our own network is down.
pub(super) fn is_ours(
    tries: &BTreeMap<SourceId, LastTry>,
    witness: &WitnessReading,
    now: UnixMs,
) -> bool {
    match own_network(witness, now) {
        OwnNetwork::Present => false,
        OwnNetwork::Gone | OwnNetwork::NamesGone | OwnNetwork::TlsGone => true,
        OwnNetwork::Unknown => {
            let fresh = tries.values().filter(|last| now.millis_since(last.at) <= FRESH_MS);
            let (silent, heard): (Vec<_>, Vec<_>) = fresh.partition(|last| last.is_silence);
            let hosts: BTreeSet<&str> = silent.iter().map(|last| last.host.as_str()).collect();
            heard.is_empty() && hosts.len() >= 2
        }
    }
}

/// The pages that could tell whether it is the network, where nobody else does.
pub(super) fn witnesses(
    tries: &BTreeMap<SourceId, LastTry>,
    witness: &WitnessReading,
    now: UnixMs,
) -> Vec<SourceId> {
    let is_needed = own_network(witness, now) == OwnNetwork::Unknown;
    tries.keys().filter(|_| is_needed).cloned().collect()
}

/// The pages that were silent when they were last tried.
pub(super) fn silent(tries: &BTreeMap<SourceId, LastTry>) -> Vec<SourceId> {
    let silent = tries.iter().filter(|(_, last)| last.is_silence);
    silent.map(|(source, _)| source.clone()).collect()
}

/// The host and port of an address.
pub(crate) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use changeover_policy::witness::Tried;

    use super::*;

    const NOW: UnixMs = UnixMs(10_000_000);

    fn tries(all: &[(&str, &str, i64, bool)]) -> BTreeMap<SourceId, LastTry> {
        let one = |(id, host, ago_s, is_silence): &(&str, &str, i64, bool)| {
            let at = NOW.plus_millis(-ago_s * 1_000);
            let last = LastTry { host: (*host).to_owned(), at, is_silence: *is_silence };
            (SourceId::try_new(*id).unwrap(), last)
        };
        all.iter().map(one).collect()
    }

    fn witness(answered: u32) -> WitnessReading {
        let tried = Tried { tried: 3, answered };
        WitnessReading { names: tried, tls: tried, read_at: Some(NOW), ..Default::default() }
    }

    #[test]
    fn pages_of_several_hosts_that_fall_silent_at_once_are_not_to_blame() {
        let nobody = WitnessReading::default();
        let both = tries(&[("a", "a.test", 5, true), ("b", "b.test", 60, true)]);
        assert!(is_ours(&both, &nobody, NOW));
        let one_heard = tries(&[("a", "a.test", 5, true), ("b", "b.test", 60, false)]);
        assert!(!is_ours(&one_heard, &nobody, NOW));
        let one_host = tries(&[("a", "a.test", 5, true), ("b", "a.test", 60, true)]);
        assert!(!is_ours(&one_host, &nobody, NOW), "one host may be down");
        let alone = tries(&[("a", "a.test", 5, true)]);
        assert!(!is_ours(&alone, &nobody, NOW));
        let heard_long_ago = tries(&[
            ("a", "a.test", 5, true),
            ("b", "b.test", 6, true),
            ("c", "c.test", 900, false),
        ]);
        assert!(is_ours(&heard_long_ago, &nobody, NOW));
    }

    #[test]
    fn the_witness_is_believed_before_the_pages() {
        let both = tries(&[("a", "a.test", 5, true), ("b", "b.test", 60, true)]);
        assert!(!is_ours(&both, &witness(2), NOW), "neutral hosts answer");
        let alone = tries(&[("a", "a.test", 5, true)]);
        assert!(is_ours(&alone, &witness(0), NOW));
    }

    #[test]
    fn a_host_is_what_stands_between_scheme_and_path() {
        assert_eq!(host("https://status.test/api/v2?x=1"), "status.test");
        assert_eq!(host("http://127.0.0.1:9/feed"), "127.0.0.1:9");
    }
}
