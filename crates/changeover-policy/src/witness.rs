//! Is our own network there? Evidence that has nothing to do with any provider.
//!
//! Not for measuring (probe) and not for saying what follows for a target (that is
//! [`crate::verdict`]). The rule it keeps: only a whole absence is "gone". Neutral hosts have bad
//! days too, so one that does not answer proves nothing while another does; and a reading that is
//! old or was never made is no evidence of either.

use changeover_domain::UnixMs;
use serde::{Deserialize, Serialize};

/// A reading that is older says nothing any more.
const FRESH_MS: i64 = 60_000;

/// How many neutral hosts were tried, and how many answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tried {
    pub tried: u32,
    pub answered: u32,
}

impl Tried {
    fn all_failed(self) -> bool {
        self.tried > 0 && self.answered == 0
    }
}

/// What was last seen of our own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WitnessReading {
    /// Whether an interface is up and has a route outside, where the system tells.
    pub route: Option<bool>,
    /// Names of neutral hosts that were looked up.
    pub names: Tried,
    /// TLS connections to neutral hosts.
    pub tls: Tried,
    /// When the reading was finished; `None` where none was ever made.
    pub read_at: Option<UnixMs>,
    /// Since when every reading has come to the same judgement.
    pub since: Option<UnixMs>,
}

impl WitnessReading {
    /// This reading as the one that follows `before`: whether the judgement is the same decides
    /// since when it holds.
    #[must_use]
    pub fn following(self, before: &Self) -> Self {
        let judged = |reading: &Self| reading.read_at.map(|at| own_network(reading, at));
        let since = if judged(&self) == judged(before) { before.since } else { None };
        Self { since: since.or(self.read_at), ..self }
    }
}

/// The judgement on our own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnNetwork {
    /// Neutral hosts answer.
    Present,
    /// No route, or no neutral host answers.
    Gone,
    /// There is a way out, and names cannot be looked up.
    NamesGone,
    /// Names are resolved, and no host completes a TLS connection: something of ours is in between.
    TlsGone,
    /// Nobody looked, or too long ago.
    #[default]
    Unknown,
}

impl OwnNetwork {
    /// Whether something of ours is known to be broken.
    #[must_use]
    pub fn is_broken(self) -> bool {
        matches!(self, Self::Gone | Self::NamesGone | Self::TlsGone)
    }

    /// The judgement in words.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Present => "your own network is there: neutral hosts answer",
            Self::Gone => "your own network is gone: no neutral host answers either",
            Self::NamesGone => "your resolver is gone: no neutral host's name is resolved either",
            Self::TlsGone => {
                "names resolve, and no TLS connection to a neutral host succeeds either"
            }
            Self::Unknown => "your own network was not looked at",
        }
    }
}

/// Judges a reading as of `now`.
#[must_use]
pub fn own_network(reading: &WitnessReading, now: UnixMs) -> OwnNetwork {
    let Some(age) = reading.read_at.map(|read_at| now.millis_since(read_at)) else {
        return OwnNetwork::Unknown;
    };
    if age > FRESH_MS {
        return OwnNetwork::Unknown;
    }
    let answers = reading.tls.answered > 0;
    match (reading.names.all_failed(), reading.tls.all_failed()) {
        // A host that is asked by its number answers: there is a way, and no names for it.
        (true, false) if answers || reading.route == Some(true) => OwnNetwork::NamesGone,
        (true, _) => OwnNetwork::Gone,
        (false, _) if answers => OwnNetwork::Present,
        _ if reading.route == Some(false) => OwnNetwork::Gone,
        (false, true) if reading.names.answered > 0 => OwnNetwork::TlsGone,
        (false, true) => OwnNetwork::Gone,
        (false, false) => OwnNetwork::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn reading(route: Option<bool>, names: (u32, u32), tls: (u32, u32)) -> WitnessReading {
        let tried = |(answered, tried)| Tried { tried, answered };
        WitnessReading {
            route,
            names: tried(names),
            tls: tried(tls),
            read_at: Some(NOW),
            since: None,
        }
    }

    #[test]
    fn each_part_of_the_way_out_has_its_own_absence() {
        let cases = [
            (Some(true), (3, 3), (3, 3), OwnNetwork::Present),
            (Some(true), (3, 3), (1, 3), OwnNetwork::Present),
            (Some(true), (0, 3), (0, 0), OwnNetwork::NamesGone),
            (Some(true), (0, 2), (1, 1), OwnNetwork::NamesGone),
            (Some(true), (0, 2), (0, 1), OwnNetwork::Gone),
            (None, (0, 2), (0, 0), OwnNetwork::Gone),
            (Some(true), (3, 3), (0, 3), OwnNetwork::TlsGone),
            (Some(false), (0, 3), (0, 3), OwnNetwork::Gone),
            (None, (0, 3), (0, 3), OwnNetwork::Gone),
            (None, (0, 0), (0, 0), OwnNetwork::Unknown),
            (Some(true), (2, 3), (0, 0), OwnNetwork::Unknown),
        ];
        for (route, names, tls, expected) in cases {
            assert_eq!(
                own_network(&reading(route, names, tls), NOW),
                expected,
                "{names:?} {tls:?}"
            );
        }
    }

    #[test]
    fn an_old_reading_and_none_say_nothing() {
        let gone = reading(Some(false), (0, 3), (0, 3));
        assert_eq!(own_network(&gone, NOW.plus_millis(60_000)), OwnNetwork::Gone);
        assert_eq!(own_network(&gone, NOW.plus_millis(60_001)), OwnNetwork::Unknown);
        assert_eq!(own_network(&WitnessReading::default(), NOW), OwnNetwork::Unknown);
    }

    #[test]
    fn it_is_remembered_since_when_the_judgement_is_the_same() {
        let at = |reading: WitnessReading, seconds: i64| WitnessReading {
            read_at: Some(NOW.plus_millis(seconds * 1_000)),
            ..reading
        };
        let (well, lost) = (reading(None, (3, 3), (3, 3)), reading(Some(false), (0, 3), (0, 3)));
        let first = at(well, 0).following(&WitnessReading::default());
        let second = at(reading(None, (3, 3), (2, 3)), 15).following(&first);
        assert_eq!(second.since, Some(NOW), "one host less is no other judgement");
        let third = at(lost, 30).following(&second);
        assert_eq!(third.since, third.read_at);
        assert_eq!(at(well, 45).following(&third).since, Some(NOW.plus_millis(45_000)));
    }

    #[test]
    fn a_system_that_denies_a_route_is_not_believed_while_hosts_answer() {
        assert_eq!(own_network(&reading(Some(false), (1, 1), (1, 1)), NOW), OwnNetwork::Present);
    }
}
