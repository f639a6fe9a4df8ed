//! Whether a route's chain of targets can keep what it promises.
//!
//! Not for the order in which targets are asked ([`super::candidates`]). Looked at when a
//! configuration is read, and said in words that whoever wrote it can act on.
//!
//! A chain of more than three cannot be used: each hop costs the caller time, and the fourth
//! comes when nobody waits any more. A chain within one fault domain can, but it does not do what
//! a standby is for: when the platform is down, all of it is. Two accounts at the same address
//! are one platform.

use std::fmt;

use changeover_domain::{Provider, Route, RouteId, TargetId};

/// The most targets of a route, its primary included.
pub const LONGEST_CHAIN: usize = 3;

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainProblem {
    /// It is deeper than [`LONGEST_CHAIN`].
    TooLong { route: RouteId, targets: Vec<TargetId> },
    /// All its targets are in one fault domain.
    OneFaultDomain {
        route: RouteId,
        /// As a person calls it.
        provider: String,
        targets: Vec<TargetId>,
    },
}

impl ChainProblem {
    /// Whether a configuration with this problem is to be refused, and not only remarked upon.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::TooLong { .. })
    }
}

impl fmt::Display for ChainProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { route, targets } => write!(
                f,
                "the route `{route}` has {} targets: at most {LONGEST_CHAIN} are asked in turn, \
                 remove {}",
                targets.len(),
                listed(targets.iter().skip(LONGEST_CHAIN))
            ),
            Self::OneFaultDomain { route, provider, targets } => {
                let (all, are) = match targets.len() {
                    1 => ("its only target", "is"),
                    _ => ("all its targets", "are"),
                };
                write!(
                    f,
                    "the route `{route}` does not survive a platform-wide outage of {provider}: \
                     {all} ({}) {are} there, add one of another provider",
                    listed(targets.iter())
                )
            }
        }
    }
}

fn listed<'a>(targets: impl Iterator<Item = &'a TargetId>) -> String {
    targets.map(|target| format!("`{target}`")).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a route's chain; empty if nothing is. A target whose provider is not known
/// is taken as a fault domain of its own.
#[must_use]
pub fn chain_problems<'a>(
    route: &Route,
    provider_of: impl Fn(&TargetId) -> Option<&'a Provider>,
) -> Vec<ChainProblem> {
    let mut problems = Vec::new();
    let (id, targets) = (&route.id, &route.targets);
    if targets.len() > LONGEST_CHAIN {
        problems.push(ChainProblem::TooLong { route: id.clone(), targets: targets.clone() });
    }
    let first = targets.first().and_then(&provider_of);
    let shared = first.filter(|first| {
        targets.iter().map(&provider_of).all(|other| {
            other.is_some_and(|other| other.id == first.id || address(other) == address(first))
        })
    });
    if let Some(provider) = shared {
        problems.push(ChainProblem::OneFaultDomain {
            route: id.clone(),
            provider: provider.name.clone(),
            targets: targets.clone(),
        });
    }
    problems
}

/// Host and port of a provider's address.
fn address(provider: &Provider) -> String {
    let url = provider.base_url.as_str();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    authority.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use changeover_domain::{Criticality, Mode, ProviderId, ProviderKind};

    use super::*;

    fn provider(id: &str, name: &str, base_url: &str) -> Provider {
        Provider {
            id: ProviderId::try_new(id).unwrap(),
            name: name.to_owned(),
            kind: ProviderKind::OpenaiCompatible,
            base_url: base_url.to_owned(),
        }
    }

    /// The words for a chain whose targets are at these providers.
    fn words(chain: &[&Provider]) -> Vec<(bool, String)> {
        let id = |at: usize| TargetId::try_new(format!("t{at}")).unwrap();
        let route = Route {
            id: RouteId::try_new("chat").unwrap(),
            criticality: Criticality::MustSucceed,
            targets: (0..chain.len()).map(id).collect(),
            modes: vec![Mode::Full],
        };
        let provider_of =
            |target: &TargetId| (0..chain.len()).find(|at| id(*at) == *target).map(|at| chain[at]);
        chain_problems(&route, provider_of)
            .iter()
            .map(|problem| (problem.is_refused(), problem.to_string()))
            .collect()
    }

    #[test]
    fn a_chain_over_two_platforms_of_at_most_three_is_fine() {
        let one = provider("anthropic", "Anthropic", "https://api.anthropic.com");
        let other = provider("openai", "OpenAI", "https://api.openai.com");
        assert_eq!(words(&[&one, &other]), []);
        assert_eq!(words(&[&one, &one, &other]), []);
    }

    #[test]
    fn a_fourth_target_is_refused_and_named() {
        let one = provider("anthropic", "Anthropic", "https://api.anthropic.com");
        let other = provider("openai", "OpenAI", "https://api.openai.com");
        let expected = "the route `chat` has 5 targets: at most 3 are asked in turn, remove `t3`, \
                        `t4`";
        let found = words(&[&one, &other, &one, &one, &one]);
        assert_eq!(found, [(true, expected.to_owned())]);
    }

    #[test]
    fn a_chain_within_one_provider_is_said_not_to_survive_its_outage() {
        let one = provider("anthropic", "Anthropic", "https://api.anthropic.com");
        let expected = "the route `chat` does not survive a platform-wide outage of Anthropic: \
                        all its targets (`t0`, `t1`) are there, add one of another provider";
        assert_eq!(words(&[&one, &one]), [(false, expected.to_owned())]);
        let expected = "the route `chat` does not survive a platform-wide outage of Anthropic: \
                        its only target (`t0`) is there, add one of another provider";
        assert_eq!(words(&[&one]), [(false, expected.to_owned())]);
        assert_eq!(words(&[&one, &one, &one, &one]).len(), 2, "too long as well");
    }

    #[test]
    fn two_accounts_at_one_address_are_one_platform_and_two_ports_are_two() {
        let team = provider("team", "Anthropic (team)", "https://API.anthropic.com/v1");
        let research = provider("research", "Anthropic (research)", "https://api.anthropic.com");
        assert_eq!(words(&[&team, &research]).len(), 1);
        let local = provider("ollama", "Ollama", "http://127.0.0.1:11434/v1");
        let beside = provider("vllm", "vLLM", "http://127.0.0.1:8000/v1");
        assert_eq!(words(&[&local, &beside]), []);
    }
}
